/** The world as the command line sees it; tests hand in their own. */
import { fstatSync } from 'node:fs';
import { type Readable, Writable } from 'node:stream';
import { BceError } from '../errors.js';
import { reasonOf } from '../runtime/systemErrors.js';
import { writeAll } from '../runtime/wholeFile.js';
import { printable } from '../text.js';

export interface Terminal {
  readonly isTTY?: boolean | undefined;
  /** Characters in a line; undefined where it is no terminal. */
  readonly columns?: number | undefined;
}

/** Where a terminal does not tell its width. */
export const USUAL_COLUMNS = 80;

/** Characters in a line; undefined where there is no terminal, and so nothing to fit. */
export function columnsOf({ isTTY, columns }: Terminal): number | undefined {
  if (isTTY !== true) return undefined;
  return columns === undefined || columns <= 0 ? USUAL_COLUMNS : columns;
}

export interface Io {
  readonly stdin: Readable & Terminal;
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` at the first Ctrl-C, or whatever else asks to end; returns what takes it off again. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** What a run that was asked to end ends with; 130 where nothing is told. */
  readonly interruptedCode?: () => number;
}

/** The real one. */
export function processIo(): Io {
  const { stderr, env } = process;
  const stdout = wholeOutput();
  // failures are met where the text is written; without a listener they would be thrown
  stdout.on('error', () => {});
  stderr.on('error', () => {});
  return {
    // made when it is first asked for: most runs read a file
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    env,
    ...interrupts(),
  };
}

/**
 * Standard output; where it is a file, one that is written to the last byte: the stream of node takes no notice when
 * the system writes less.
 */
function wholeOutput(): Writable & Terminal {
  try {
    if (!fstatSync(STDOUT).isFile()) return process.stdout;
  } catch {
    return process.stdout;
  }
  return new Writable({
    write(chunk: Buffer, _, done) {
      try {
        writeAll(STDOUT, chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

const STDOUT = 1;

/** Ends the process at once, where all that was written is handed on: what it holds need not be taken down piece by piece. */
export function leave(exitCode: number, { stdout, stderr }: Pick<Io, 'stdout' | 'stderr'>): void {
  process.exitCode = exitCode;
  if (stdout.writableLength === 0 && stderr.writableLength === 0) process.exit();
}

/** Signals that ask to end, with their numbers. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type Signal = keyof typeof SIGNALS;

/**
 * The first Ctrl-C calls the listener, as does a request to end (SIGTERM) or a terminal that has gone (SIGHUP); the
 * next one ends the process the way the shell expects. A handler stays in place all the while, so a file being
 * written synchronously is never cut.
 */
function interrupts(): Required<Pick<Io, 'onInterrupt' | 'interruptedCode'>> {
  let heard: Signal = 'SIGINT';
  return {
    onInterrupt(listener) {
      let isFirst = true;
      const handle = (signal: NodeJS.Signals) => {
        if (isFirst) {
          isFirst = false;
          heard = signal as Signal;
          listener();
          return;
        }
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      };
      for (const signal of Object.keys(SIGNALS)) process.on(signal, handle);
      return () => {
        for (const signal of Object.keys(SIGNALS)) process.off(signal, handle);
      };
    },
    interruptedCode: () => 128 + SIGNALS[heard],
  };
}

/** Writes all of `text`; settles when it is handed on, and throws the system's error when it cannot be. */
export function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Writes data to standard output. A reader that has gone, as `head` does, is no failure.
 *
 * @returns false when the reader has gone
 * @throws BceError FILE_UNWRITABLE
 */
export async function writeData(stdout: Writable & Terminal, data: string | Uint8Array): Promise<boolean> {
  if (data.length === 0) return true;
  try {
    // names from the file must not steer a terminal
    await write(stdout, stdout.isTTY === true ? shown(data) : data);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return false;
    throw new BceError('FILE_UNWRITABLE', `standard output: cannot write: ${reasonOf(error)}`);
  }
}

/** Tabs and line ends are the form of the data, not a part of it. */
function shown(data: string | Uint8Array): string {
  const text = typeof data === 'string' ? data : Buffer.from(data).toString();
  const parts = text.split(/(\t|\r?\n)/);
  return parts.map((part, i) => (i % 2 === 0 ? printable(part) : part)).join('');
}
