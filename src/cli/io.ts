/** The world as the command line sees it; tests hand in their own. */
import type { Readable, Writable } from 'node:stream';
import { BceError } from '../errors.js';
import { reasonOf } from '../source/open.js';
import { printable } from '../text.js';

export interface Terminal {
  readonly isTTY?: boolean | undefined;
  /** Characters in a line; undefined where it is no terminal. */
  readonly columns?: number | undefined;
}

export interface Io {
  readonly stdin: Readable & Terminal;
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` at the first Ctrl-C; returns what takes it off again. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

/** The real one. */
export function processIo(): Io {
  const { stdout, stderr, env } = process;
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
    onInterrupt,
  };
}

/**
 * The first Ctrl-C calls the listener; the next one ends the process the way the shell expects. A handler
 * stays in place all the while, so a file being written synchronously is never cut.
 */
function onInterrupt(listener: () => void): () => void {
  let isFirst = true;
  const handle = () => {
    if (isFirst) {
      isFirst = false;
      listener();
      return;
    }
    process.off('SIGINT', handle);
    process.kill(process.pid, 'SIGINT');
  };
  process.on('SIGINT', handle);
  return () => {
    process.off('SIGINT', handle);
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
