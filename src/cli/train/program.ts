/** A program of the user's that computes J and its gradient. */
import { spawn } from 'node:child_process';
import { BceError } from '../../errors.js';
import type { Objective } from '../../objective/objective.js';
import { parseNumber } from '../../source/csv/number.js';
import { counted, printable, quoted } from '../../text.js';

/**
 * An objective that runs a command for every evaluation: weights in, J and gradient out, a number a line. A run an
 * evaluation works whatever the language does to its buffers.
 *
 * @param size weights (terms, and the intercept last if there is one); the program has the intercept first
 * @param order the terms in the order of the file
 * @throws BceError PROGRAM_FAILED
 */
export function programObjective(
  command: string,
  size: number,
  order: readonly number[],
  signal: AbortSignal,
): Objective {
  // places of the program's weights among ours
  const places = size > order.length ? [size - 1, ...order] : order;
  return {
    size,
    async evaluate(w, g) {
      const answer = await run(command, `${places.map((j) => w[j]).join('\n')}\n`, mostOf(size), signal);
      const words = answer.split(/\s+/).filter((word) => word !== '');
      const numbers = words.map(parseNumber);
      const broken = numbers.findIndex((value) => !Number.isFinite(value));
      if (broken >= 0) throw failed(command, `expected numbers, got ${quoted(words[broken]!)}`);
      if (numbers.length !== size + 1) {
        throw failed(
          command,
          `expected J and ${counted(size, 'entry', 'entries')} of its gradient, got ${counted(numbers.length, 'number')}`,
        );
      }
      places.forEach((j, k) => {
        g[j] = numbers[k + 1]!;
      });
      return numbers[0]!;
    },
  };
}

/** Characters of an answer at most: many times what its numbers take, however they are padded. */
const mostOf = (size: number) => 1_000_000 + 1000 * size;

/** Characters of complaints that are kept: the last line is told. */
const MOST_COMPLAINT = 10_000;

function run(command: string, input: string, most: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'pipe'], signal });
    let [output, complaint] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length <= most) return;
      // it may go on for ever: its next line finds no reader
      child.stdout.destroy();
      child.kill();
      reject(failed(command, `expected some numbers, got ${counted(output.length, 'character')} and no end`));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-MOST_COMPLAINT);
    });
    child.on('error', (error) =>
      reject(
        signal.aborted
          ? new BceError('INTERRUPTED', 'interrupted while checking: no verdict')
          : failed(command, error.message),
      ),
    );
    child.on('close', (code, killer) => {
      if (code === 0) resolve(output);
      else {
        const last = complaint.trimEnd().split('\n').at(-1) ?? '';
        reject(
          failed(
            command,
            `it ended with ${killer ?? `exit code ${code}`}${last === '' ? '' : `: ${printable(last)}`}`,
          ),
        );
      }
    });
    // a program that does not read its input ends before it is written
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function failed(command: string, what: string): BceError {
  return new BceError(
    'PROGRAM_FAILED',
    `${printable(command)}: ${what}`,
    'it reads the weights, the intercept first, a number a line, and writes J and then its gradient in the same order',
  );
}
