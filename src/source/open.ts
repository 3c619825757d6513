/** Bytes of a file or of standard input, decompressed when their content says gzip, as UTF-8. */
import { createReadStream, fstatSync, ReadStream, read, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { BceError } from '../errors.js';
import { reasonOf } from '../runtime/systemErrors.js';
import { printable } from '../text.js';
import { decoded, markedEncoding, PLAIN_TEXT, skipped, type TextOptions } from './decode.js';
import { piped } from './piped.js';

/** Bytes read at a time: large enough that a small file comes in one piece. */
const PIECE_BYTES = 1 << 17;

const STDIN = 0;

/**
 * Bytes, piece by piece. `next(buffer)` says where the next piece may be put: it then is a view of the start of
 * `buffer`, or lies in memory of its own, as it comes cheaper.
 */
export type Pieces = AsyncGenerator<Buffer, void, Buffer | undefined>;

export interface Source {
  /** What messages call it: the path as given, or `<stdin>`. */
  readonly name: string;
  /** Bytes in all, compressed as they lie there; undefined when nobody can know (a pipe). */
  readonly byteLength: number | undefined;
  /** Its bytes as they lie there; may be asked for once. */
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
  const file = await open(path);
  try {
    yield* piecesOfOpen(file.fd, signal);
  } finally {
    await file.close();
  }
}

const readInto = promisify(read);

/** From where the file stands. */
async function* piecesOfOpen(fd: number, signal: AbortSignal | undefined): Pieces {
  let buffer: Buffer | undefined;
  for (;;) {
    signal?.throwIfAborted();
    buffer ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
    const { bytesRead } = await readInto(fd, buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    buffer = yield buffer.subarray(0, bytesRead);
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
 * @throws BceError FILE_UNREADABLE, GZIP_DAMAGED, NOT_TEXT, INTERRUPTED
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
    const first = await peek(pieces, MAGIC_BYTES);
    refuseOtherFormats(first, source.name);
    const bytes = prepend(first, pieces);
    const plain = isGzip(first) ? gunzip(bytes, source.name) : bytes;
    yield* await asText(plain, text, source.name);
  } catch (error) {
    if (signal?.aborted) throw new BceError('INTERRUPTED', 'interrupted while reading: no weights');
    throw unreadable(source.name, error);
  } finally {
    source.stop();
  }
}

/** In UTF-8, from the table on; plain text goes on as it came. */
async function asText(plain: Pieces, { encoding: given, skip }: TextOptions, name: string): Promise<Pieces> {
  const first = await peek(plain, MARK_BYTES);
  const encoding = given ?? markedEncoding(first) ?? 'utf8';
  const bytes = decoded(prepend(first, plain), encoding, name);
  return skip > 0 ? skipped(bytes, skip) : bytes;
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

/** At least `byteLength` bytes from the front, fewer only at the end of the input. */
export async function peek(pieces: Pieces, byteLength: number): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < byteLength) {
    const { done, value } = await pieces.next();
    if (done) break;
    first = first.length === 0 ? value : Buffer.concat([first, value]);
  }
  return first;
}

/** To leave it closes the rest too, also before any of the rest is asked for. */
export async function* prepend(first: Buffer, rest: Pieces): Pieces {
  try {
    if (first.length > 0) yield first;
    yield* rest;
  } finally {
    await rest.return();
  }
}

function isGzip(first: Buffer): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

/** Bytes that are unpacked at once. */
const GUNZIP_BYTES = 1 << 17;

async function* gunzip(bytes: Pieces, name: string): Pieces {
  const [{ createGunzip }, { pipeline, Readable }] = await Promise.all([
    import('node:zlib'),
    import('node:stream'),
  ]);
  // the usual 16 KiB are mostly a way from one stream to the next
  const plain = createGunzip({ chunkSize: GUNZIP_BYTES });
  // an error on either side destroys both; it comes out of the loop below
  pipeline(Readable.from(bytes, { objectMode: false }), plain, () => {});
  try {
    yield* plain;
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new BceError('GZIP_DAMAGED', `${name}: damaged or cut-off gzip data: ${error.message}`);
  }
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('Z_');
}

/** First bytes of files that are no CSV; long enough that no header begins like them. */
const OTHER_FORMATS: readonly [magic: RegExp, what: string, unpack: string][] = [
  [/^\x28\xb5\x2f\xfd/, 'zstd data', 'zstd -dc'],
  [/^\xfd7zXZ\0/, 'xz data', 'xz -dc'],
  [/^BZh[1-9]1AY&SY/, 'bzip2 data', 'bzip2 -dc'],
  [/^PK\x03\x04/, 'a zip archive or a spreadsheet', 'unzip -p'],
  [/^PAR1[\0-\x1f]/, 'a Parquet file', ''],
];

/** Bytes that the longest of them needs. */
const MAGIC_BYTES = 10;

function refuseOtherFormats(first: Buffer, name: string): void {
  const text = first.toString('latin1', 0, MAGIC_BYTES);
  for (const [magic, what, unpack] of OTHER_FORMATS) {
    if (!magic.test(text)) continue;
    const hint = unpack === '' ? 'convert it to CSV first' : `${piped(unpack, name)} reads it`;
    throw new BceError('NOT_TEXT', `${name}: expected CSV text or gzip, found ${what}`, hint);
  }
}

/** A failed system call on a file to be read as our error; other errors as they are. */
export function unreadable(name: string, error: unknown): unknown {
  const isSystemError = error instanceof Error && 'syscall' in error;
  return isSystemError ? new BceError('FILE_UNREADABLE', `${name}: ${reasonOf(error)}`) : error;
}
