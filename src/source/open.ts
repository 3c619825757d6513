/** Bytes of a file or of standard input, unpacked where their content says so, as UTF-8. */
import {
  closeSync,
  createReadStream,
  fstatSync,
  openSync,
  ReadStream,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { BceError } from '../errors.js';
import { reasonOf } from '../runtime/systemErrors.js';
import { createYielder } from '../runtime/yield.js';
import { printable } from '../text.js';
import { decoded, type Encoding, markedEncoding } from './decode.js';
import { skipped, withoutComments } from './lines.js';
import { type Pieces, peek, prepend } from './pieces.js';
import { unpacked } from './unpack.js';

/** What the bytes of a table are. */
export interface TextOptions {
  /** Undefined: UTF-16 where a byte order mark says so, else UTF-8. */
  readonly encoding: Encoding | undefined;
  /** Lines before the table. */
  readonly skip: number;
  /** What begins a line that is passed over; undefined for none. */
  readonly comment: string | undefined;
  /** Character between cells; undefined where it has yet to be found. */
  readonly delimiter: string | undefined;
}

const PLAIN_TEXT: TextOptions = { encoding: undefined, skip: 0, comment: undefined, delimiter: undefined };

/** Bytes read at a time: large enough that a small file comes in one piece. */
const PIECE_BYTES = 1 << 17;

const STDIN = 0;

export interface Source {
  /** What messages call it: the path as given, or `<stdin>`. */
  readonly name: string;
  /** Bytes in all, compressed as they lie there; undefined when nobody can know (a pipe). */
  readonly byteLength: number | undefined;
  /** Whether the bytes may be asked for more than once. */
  readonly isRepeatable: boolean;
  /** Its bytes as they lie there. */
  pieces(signal: AbortSignal | undefined): Pieces;
  /** Makes whoever waits for a piece wait no longer. */
  stop(): void;
}

/** A stream that is open already, such as standard input. @throws BceError FILE_UNREADABLE for a directory */
export function streamSource(stream: Readable, name: string): Source {
  const { fd } = stream as Readable & { readonly fd?: unknown };
  // node gives it no bytes and no error
  if (typeof fd === 'number' && fstatSync(fd).isDirectory()) {
    throw new BceError('FILE_UNREADABLE', `${name}: expected a file, found a directory`);
  }
  const file = fileUnder(stream);
  return {
    name,
    byteLength: file === undefined ? undefined : bytesLeft(file),
    isRepeatable: false,
    pieces: (signal) => (file === undefined ? piecesOfStream(stream, signal) : piecesOfOpen(file, signal)),
    stop: () => stream.destroy(),
  };
}

/** The descriptor of standard input where it is a file that nobody has begun to read; the stream is slow. */
function fileUnder(stream: Readable): number | undefined {
  if (!(stream instanceof ReadStream) || stream.readableDidRead || stream.readableEncoding !== null) {
    return undefined;
  }
  const { fd } = stream as ReadStream & { readonly fd?: unknown };
  return fd === STDIN && fstatSync(fd).isFile() ? fd : undefined;
}

/** Bytes from where the next read begins; undefined where the system does not tell that place. */
function bytesLeft(fd: number): number | undefined {
  try {
    const position = /^pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return position === undefined ? undefined : Math.max(0, fstatSync(fd).size - Number(position));
  } catch {
    return undefined;
  }
}

/** @throws BceError FILE_UNREADABLE */
export function openSource(path: string): Source {
  const name = printable(path);
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) {
      throw new BceError('FILE_UNREADABLE', `${name}: expected a file, found a directory`);
    }
    if (!stats.isFile()) return streamSource(createReadStream(path, { highWaterMark: PIECE_BYTES }), name);
    return {
      name,
      byteLength: stats.size,
      isRepeatable: true,
      pieces: (signal) => piecesOfFile(path, signal),
      // a file lets nobody wait
      stop: () => {},
    };
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** Ends with the stream destroyed, whether or not it was read to its end: no open pipe keeps the process alive. */
async function* piecesOfStream(stream: Readable, signal: AbortSignal | undefined): Pieces {
  if (signal !== undefined) addAbortSignal(signal, stream);
  try {
    for await (const piece of stream) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
  } finally {
    stream.destroy();
  }
}

async function* piecesOfFile(path: string, signal: AbortSignal | undefined): Pieces {
  const fd = openSync(path, 'r');
  try {
    yield* piecesOfOpen(fd, signal);
  } finally {
    closeSync(fd);
  }
}

/**
 * From where the file stands. A file lets nobody wait, so the thread reads by itself: to have another read would take
 * a core from those that scan.
 */
async function* piecesOfOpen(fd: number, signal: AbortSignal | undefined): Pieces {
  const yielder = createYielder();
  let buffer: Buffer | undefined;
  for (;;) {
    signal?.throwIfAborted();
    buffer ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
    const bytesRead = readSync(fd, buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    buffer = yield buffer.subarray(0, bytesRead);
    if (yielder.isDue(bytesRead)) await yielder.yield();
  }
}

/** Bytes of a text that is held whole, at most: a longer one fits into no string. */
export const MOST_TEXT_BYTES = 400 * 2 ** 20;

/** A text that should be small is not. */
export function tooLong(name: string): BceError {
  return new BceError(
    'WEIGHTS_UNREADABLE',
    `${name}: expected a file of weights or a model, of at most ${MOST_TEXT_BYTES >> 20} MiB, found more`,
    'it may be the data: bce-predict takes the model first, --init a file of weights',
  );
}

/** A small file whole. @throws BceError FILE_UNREADABLE, WEIGHTS_UNREADABLE */
export function readText(path: string): string {
  try {
    if (statSync(path).size > MOST_TEXT_BYTES) throw tooLong(printable(path));
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(printable(path), error);
  }
}

/**
 * The plain bytes of a source, piece by piece. To return from it closes the source, even while somebody waits
 * for a piece.
 *
 * @param onBytes told how many bytes of the source, as they lie there, each piece took
 * @param text what the bytes are, and the lines to pass over
 * @throws BceError FILE_UNREADABLE, GZIP_DAMAGED, ZSTD_DAMAGED, NOT_TEXT, INTERRUPTED
 */
export function readBytes(
  source: Source,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
  text: TextOptions = PLAIN_TEXT,
): Pieces {
  const bytes = plainBytes(source, onBytes, signal, text);
  const end = bytes.return.bind(bytes);
  // a generator that waits for a pipe hears of it only when the pipe has sent more
  bytes.return = (value) => {
    source.stop();
    return end(value);
  };
  return bytes;
}

async function* plainBytes(
  source: Source,
  onBytes: (count: number) => void,
  signal: AbortSignal | undefined,
  text: TextOptions,
): Pieces {
  try {
    const pieces = counting(source.pieces(signal), onBytes);
    yield* await asText(await unpacked(pieces, source.name), text, source.name);
  } catch (error) {
    if (signal?.aborted) throw new BceError('INTERRUPTED', 'interrupted while reading: no weights');
    throw unreadable(source.name, error);
  } finally {
    source.stop();
  }
}

/** In UTF-8, from the table on; plain text goes on as it came. */
async function asText(plain: Pieces, options: TextOptions, name: string): Promise<Pieces> {
  const { encoding: given, skip, comment, delimiter } = options;
  const first = await peek(plain, MARK_BYTES);
  const encoding = given ?? markedEncoding(first) ?? 'utf8';
  let bytes = decoded(prepend(first, plain), encoding, name);
  if (skip > 0) bytes = skipped(bytes, skip, name);
  return comment === undefined ? bytes : withoutComments(bytes, comment, delimiter);
}

/** Bytes that tell UTF-16. */
const MARK_BYTES = 2;

async function* counting(pieces: Pieces, onBytes: (count: number) => void): Pieces {
  try {
    let buffer: Buffer | undefined;
    for (;;) {
      const { done, value } = await pieces.next(buffer);
      if (done) return;
      onBytes(value.length);
      buffer = yield value;
    }
  } finally {
    await pieces.return();
  }
}

/** A failed system call on a file to be read as our error; other errors as they are. */
export function unreadable(name: string, error: unknown): unknown {
  const isSystemError = error instanceof Error && 'syscall' in error;
  return isSystemError ? new BceError('FILE_UNREADABLE', `${name}: ${reasonOf(error)}`) : error;
}
