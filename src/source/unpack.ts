/** Packed bytes as plain ones, told by their content: gzip, and zstd where node has it; others are named with what unpacks them. */
import { pipeline, Readable, type Transform } from 'node:stream';
import { BceError } from '../errors.js';
import { shellWord } from '../text.js';
import { type Pieces, peek, prepend } from './pieces.js';
import { piped } from './piped.js';

/** What of node:zlib is used. */
export interface Zlib {
  createGunzip(options: { readonly chunkSize: number }): Transform;
  /** From node 22.15 on. */
  readonly createZstdDecompress?: (options: { readonly chunkSize: number }) => Unzstd;
}

type Unzstd = Transform & {
  /** Bytes taken in. */
  readonly bytesWritten: number;
};

/** Bytes that are unpacked at once: the usual 16 KiB are mostly a way from one stream to the next. */
const CHUNK = { chunkSize: 1 << 17 };

/** Bytes that tell what a file is. */
const MAGIC_BYTES = 16;
const GZIP = /^\x1f\x8b/;
/** A frame, or one that is to be skipped. */
const ZSTD = /^(?:\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)/;

/**
 * @param name what messages call the source
 * @param zlib that of another node, for tests
 * @throws BceError NOT_TEXT for what cannot be unpacked here; GZIP_DAMAGED, ZSTD_DAMAGED as it is read
 */
export async function unpacked(bytes: Pieces, name: string, zlib?: Zlib): Promise<Pieces> {
  const first = await peek(bytes, MAGIC_BYTES);
  const all = prepend(first, bytes);
  const magic = first.toString('latin1', 0, MAGIC_BYTES);
  if (GZIP.test(magic)) return gunzip(all, name, zlib ?? (await import('node:zlib')));
  if (ZSTD.test(magic)) {
    const { createZstdDecompress } = zlib ?? ((await import('node:zlib')) as Zlib);
    if (createZstdDecompress !== undefined) return unzstd(all, name, createZstdDecompress);
    throw notText(
      name,
      'zstd data, which node reads from version 22.15 on',
      `${piped('zstd -dc', name)} reads it`,
    );
  }
  for (const [pattern, what, hint] of OTHERS) {
    if (pattern.test(magic)) throw notText(name, what, hint(name));
  }
  return all;
}

async function* gunzip(bytes: Pieces, name: string, { createGunzip }: Zlib): Pieces {
  const plain = createGunzip(CHUNK);
  // an error on either side destroys both; it comes out of the loop below
  pipeline(Readable.from(bytes, { objectMode: false }), plain, () => {});
  try {
    yield* plain;
  } catch (error) {
    throw inOurWords(error, 'GZIP_DAMAGED', `${name}: damaged or cut-off gzip data`);
  }
}

/**
 * Frame after frame. Node's stream ends with the frame that ends within a piece, and takes no notice of what follows;
 * whatever it has not taken in goes to the next one.
 */
async function* unzstd(
  bytes: Pieces,
  name: string,
  create: NonNullable<Zlib['createZstdDecompress']>,
): Pieces {
  try {
    for (let rest = bytes; ; ) {
      const plain = create(CHUNK);
      const given = new GivenPieces(rest, plain);
      pipeline(Readable.from(given.pieces(), { objectMode: false }), plain, () => {});
      yield* plain;
      const left = given.left();
      if (left.length === 0) return;
      rest = prepend(left, bytes);
    }
  } catch (error) {
    throw inOurWords(error, 'ZSTD_DAMAGED', `${name}: damaged or cut-off zstd data`);
  } finally {
    await bytes.return();
  }
}

/** Holds the pieces that a stream was given until it has taken them in. */
class GivenPieces {
  readonly #source: Pieces;
  readonly #stream: Unzstd;
  #held: Buffer[] = [];
  /** Bytes given before those held. */
  #before = 0;

  constructor(source: Pieces, stream: Unzstd) {
    this.#source = source;
    this.#stream = stream;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    for (;;) {
      // not left, which would close it: the next stream may go on with it
      const { done, value } = await this.#source.next();
      if (done) return;
      this.#letGo();
      this.#held.push(value);
      yield value;
    }
  }

  #letGo(): void {
    while (this.#held.length > 0 && this.#before + this.#held[0]!.length <= this.#stream.bytesWritten) {
      this.#before += this.#held.shift()!.length;
    }
  }

  /** What was given and not taken in. */
  left(): Buffer {
    return Buffer.concat(this.#held).subarray(this.#stream.bytesWritten - this.#before);
  }
}

function inOurWords(error: unknown, code: 'GZIP_DAMAGED' | 'ZSTD_DAMAGED', what: string): unknown {
  const { code: theirs = '' } = error as NodeJS.ErrnoException;
  const isOfZlib = error instanceof Error && /^(?:Z_|ZSTD_)/.test(theirs);
  return isOfZlib ? new BceError(code, `${what}: ${error.message}`) : error;
}

function notText(name: string, what: string, hint: string): BceError {
  return new BceError(
    'NOT_TEXT',
    `${name}: expected text, plain or packed by gzip or zstd, found ${what}`,
    hint,
  );
}

const unpackedBy = (command: string) => (name: string) => `${piped(command, name)} reads it`;
/** Where a program reads no standard input, or wants a table named. */
const printedBy = (command: (file: string) => string) => (name: string) =>
  name.startsWith('<')
    ? 'save it to a file first'
    : `${command(name)} | bce-train - reads it; docs/recipes.md has more`;

/** First bytes of files that are no text; long enough that no header begins like them. */
const OTHERS: readonly (readonly [magic: RegExp, what: string, hint: (name: string) => string])[] = [
  [/^\xfd7zXZ\0/, 'xz data', unpackedBy('xz -dc')],
  [/^BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)/, 'bzip2 data', unpackedBy('bzip2 -dc')],
  [/^\x04\x22\x4d\x18/, 'lz4 data', unpackedBy('lz4 -dc')],
  [/^\x1f\x9d/, 'data of compress', unpackedBy('gzip -dc')],
  [/^PK\x03\x04/, 'a zip archive or a spreadsheet', unpackedBy('unzip -p')],
  [/^7z\xbc\xaf\x27\x1c/, 'a 7z archive', printedBy((file) => `7z x -so ${shellWord(file)}`)],
  [/^PAR1[\0-\x1f]/, 'a Parquet file', printedBy(duckdb)],
  [
    /^SQLite format 3\0/,
    'a database of SQLite',
    printedBy((file) => `sqlite3 -csv -header ${shellWord(file)} 'select * from TABLE'`),
  ],
  [/^ARROW1\0\0/, 'an Arrow file', () => 'convert it to CSV first'],
  [/^Obj\x01/, 'an Avro file', () => 'convert it to CSV first'],
  [/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/, 'a spreadsheet', () => 'save it as CSV first'],
];

function duckdb(file: string): string {
  const query = `from '${file.replaceAll("'", "''")}'`;
  return `duckdb -csv -c ${/^[\w./-]+$/.test(file) ? `"${query}"` : shellWord(query)}`;
}
