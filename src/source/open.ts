/** Bytes of a file or of standard input, decompressed when their content says gzip. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { BceError } from '../errors.js';
import { printable, shellWord } from '../text.js';

/** Bytes read at a time: large enough that a small file comes in one piece. */
const CHUNK_BYTES = 1 << 17;

export interface Source {
  /** What messages call it: the path as given, or `<stdin>`. */
  readonly name: string;
  /** Bytes in all, compressed as they lie there; undefined when nobody can know (a pipe). */
  readonly byteLength: number | undefined;
  readonly stream: Readable;
}

/** A stream that is open already, such as standard input. */
export function streamSource(stream: Readable, name: string): Source {
  return { name, byteLength: undefined, stream };
}

/** @throws BceError FILE_UNREADABLE */
export function openSource(path: string): Source {
  const name = printable(path);
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) {
      throw new BceError('FILE_UNREADABLE', `${name}: expected a file, found a directory`);
    }
    return {
      name,
      byteLength: stats.isFile() ? stats.size : undefined,
      stream: createReadStream(path, { highWaterMark: CHUNK_BYTES }),
    };
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** A small file whole. @throws BceError FILE_UNREADABLE */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(printable(path), error);
  }
}

/**
 * The plain bytes of a source, chunk by chunk. Ends with the stream destroyed, whether or not it was read
 * to its end, so that no open pipe keeps the process alive.
 *
 * @param onBytes told how many bytes of the source, as they lie there, each chunk took
 * @throws BceError FILE_UNREADABLE, GZIP_DAMAGED, NOT_TEXT, INTERRUPTED
 */
export async function* readBytes(
  source: Source,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  if (signal !== undefined) addAbortSignal(signal, source.stream);
  try {
    const chunks = counting(source.stream, onBytes);
    const first = await peek(chunks, MAGIC_BYTES);
    refuseOtherFormats(first, source.name);
    const bytes = prepend(first, chunks);
    yield* isGzip(first) ? gunzip(bytes, source.name) : bytes;
  } catch (error) {
    if (signal?.aborted) throw new BceError('INTERRUPTED', 'interrupted while reading: no weights');
    throw unreadable(source.name, error);
  } finally {
    source.stream.destroy();
  }
}

async function* counting(stream: Readable, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    const bytes: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    onBytes(bytes.length);
    yield bytes;
  }
}

/** At least `byteLength` bytes from the front, fewer only at the end of the input. */
export async function peek(chunks: AsyncGenerator<Buffer>, byteLength: number): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < byteLength) {
    const { done, value } = await chunks.next();
    if (done) break;
    first = first.length === 0 ? value : Buffer.concat([first, value]);
  }
  return first;
}

export async function* prepend(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* rest;
}

function isGzip(first: Buffer): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

async function* gunzip(bytes: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const [{ createGunzip }, { pipeline, Readable }] = await Promise.all([
    import('node:zlib'),
    import('node:stream'),
  ]);
  const plain = createGunzip();
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
  [/^(?:\xff\xfe|\xfe\xff)/, 'UTF-16 text', 'iconv -f utf-16 -t utf-8'],
];

/** Bytes that the longest of them needs. */
const MAGIC_BYTES = 10;

function refuseOtherFormats(first: Buffer, name: string): void {
  const text = first.toString('latin1', 0, MAGIC_BYTES);
  for (const [magic, what, unpack] of OTHER_FORMATS) {
    if (!magic.test(text)) continue;
    const hint =
      unpack === '' ? 'convert it to CSV first' : `${unpack} ${shellWord(name)} | bce-train - reads it`;
    throw new BceError('NOT_TEXT', `${name}: expected CSV text or gzip, found ${what}`, hint);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'expected a file, found a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EMFILE: 'too many open files',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
};

/** The reason of a failed system call in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}

/** A failed system call on a file to be read as our error; other errors as they are. */
export function unreadable(name: string, error: unknown): unknown {
  const isSystemError = error instanceof Error && 'syscall' in error;
  return isSystemError ? new BceError('FILE_UNREADABLE', `${name}: ${reasonOf(error)}`) : error;
}
