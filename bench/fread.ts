/** R's data.table reading a CSV into memory, in a process that stays, as DuckDB does in this one. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ROOT, run } from './process.js';

const R = 'Rscript';

export interface Fread {
  /** Reads a file; what was read before goes. */
  read(path: string): Promise<void>;
  close(): void;
}

/** What reads files on so many threads; undefined where it is not installed. */
export async function fread(threads: number): Promise<Fread | undefined> {
  try {
    await run(R, ['-e', 'library(data.table)']);
  } catch {
    return undefined;
  }
  const child = spawn(R, [`${ROOT}bench/peers/fread.R`, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async read(path) {
      child.stdin.write(`${path}\n`);
      if ((await answers.next()).done) throw new Error('fread.R has ended');
    },
    close: () => child.stdin.end(),
  };
}
