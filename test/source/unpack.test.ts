/** Packed files: told by their content, read here or named with the command that unpacks them. */
import assert from 'node:assert/strict';
import { Transform } from 'node:stream';
import { describe, it } from 'node:test';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import type { Pieces } from '../../src/source/pieces.js';
import { unpacked, type Zlib } from '../../src/source/unpack.js';
import { bcePredict, bceTrain, bitsOf, temporary } from '../support/support.js';

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** A frame that `StandIn` takes: what it says, after the magic number and its length. */
function frame(text: string): Buffer {
  return Buffer.concat([MAGIC, Buffer.from([text.length]), Buffer.from(text)]);
}

/** Behaves as node's zstd does: a frame that ends within a piece ends the stream, and the rest is not taken in. */
class StandIn extends Transform {
  bytesWritten = 0;
  #bytes: Buffer = Buffer.alloc(0);

  override _transform(piece: Buffer, _: string, done: (error?: Error | null) => void): void {
    const before = this.#bytes.length;
    const bytes = Buffer.concat([this.#bytes, piece]);
    const end = bytes.length < 5 ? Number.POSITIVE_INFINITY : 5 + bytes[4]!;
    if (bytes.length >= 4 && !bytes.subarray(0, 4).equals(MAGIC)) {
      done(Object.assign(new Error('Unknown frame descriptor'), { code: 'ZSTD_error_prefix_unknown' }));
      return;
    }
    this.bytesWritten += Math.min(bytes.length, end) - before;
    this.#bytes = end > bytes.length ? bytes : Buffer.alloc(0);
    if (end <= bytes.length) this.push(bytes.subarray(5, end));
    if (end < bytes.length) this.push(null);
    else done();
  }

  override _flush(done: (error?: Error | null) => void): void {
    const isWhole = this.#bytes.length === 0;
    done(isWhole ? null : Object.assign(new Error('unexpected end of file'), { code: 'Z_BUF_ERROR' }));
  }
}

const withZstd = { createZstdDecompress: () => new StandIn() } as unknown as Zlib;

async function* inPieces(bytes: Buffer, ends: readonly number[]): Pieces {
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    if (end > start) yield bytes.subarray(start, end);
    start = Math.max(start, end);
  }
}

async function textOf(bytes: Buffer, host?: Zlib, ends: readonly number[] = []): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of await unpacked(inPieces(bytes, ends), 'my data.csv', host))
    parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

describe('zstd', () => {
  it('is read to the last of its frames, however they are cut into pieces', async () => {
    const cuts = fc.array(fc.nat(40), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^\w{0,9}$/), { minLength: 1, maxLength: 4 }),
        cuts,
        async (texts, at) => {
          const bytes = Buffer.concat(texts.map(frame));
          assert.equal(
            await textOf(
              bytes,
              withZstd,
              at.toSorted((a, b) => a - b),
            ),
            texts.join(''),
          );
        },
      ),
    );
  });

  it('is refused where it is damaged or cut off, or where something else follows', async () => {
    for (const bytes of [frame('abc').subarray(0, 6), Buffer.concat([frame('abc'), Buffer.from('junk')])]) {
      await assert.rejects(textOf(bytes, withZstd), {
        code: 'ZSTD_DAMAGED',
        message: /^my data.csv: damaged or cut-off zstd/,
      });
    }
  });

  it('names the pipe where node has none', async () => {
    await assert.rejects(textOf(frame('abc'), { createGunzip: zlib.createGunzip } as Zlib), {
      code: 'NOT_TEXT',
      message: /^my data.csv: .*found zstd data, which node reads from version 22.15 on/,
      hint: "zstd -dc 'my data.csv' | bce-train - reads it",
    });
  });

  const { zstdCompressSync } = zlib as unknown as { zstdCompressSync?: (bytes: Buffer) => Buffer };
  it('gives the bits of the plain file, in both commands', {
    skip: zstdCompressSync === undefined && 'this node has no zstd',
  }, async () => {
    const rows = Array.from(
      { length: 3000 },
      (_, i) => `${i / 8},${(i * 7) % 11},${(i * i) % 3 > 0 ? 1 : 0}\n`,
    );
    const head = `a,b,y\n${rows.slice(0, 1000).join('')}`;
    const parts = [head, rows.slice(1000).join('')].map((part) => zstdCompressSync!(Buffer.from(part)));
    const packed = temporary('packed.csv', Buffer.concat(parts));
    const plain = temporary('plain.csv', head + rows.slice(1000).join(''));
    const flags = ['--quiet', '--format', 'json'];
    const { stdout } = await bceTrain([packed, ...flags]);
    assert.deepEqual(bitsOf(stdout), bitsOf((await bceTrain([plain, ...flags])).stdout));
    const model = temporary('unpack.json', stdout);
    assert.deepEqual(await bcePredict([model, packed, '-q']), await bcePredict([model, plain, '-q']));
  });
});

describe('what is no text', () => {
  const forms: readonly (readonly [what: string, start: string, says: RegExp, hint: string])[] = [
    ['xz', '\xfd7zXZ\0\0\x04', /found xz data/, "xz -dc 'my data.csv' | bce-train - reads it"],
    ['bzip2', 'BZh91AY&SY....', /found bzip2 data/, "bzip2 -dc 'my data.csv' | bce-train - reads it"],
    ['lz4', '\x04\x22\x4d\x18d@', /found lz4 data/, "lz4 -dc 'my data.csv' | bce-train - reads it"],
    ['compress', '\x1f\x9d\x90', /found data of compress/, "gzip -dc 'my data.csv' | bce-train - reads it"],
    [
      'zip',
      'PK\x03\x04\x14\0',
      /found a zip archive or a spreadsheet/,
      "unzip -p 'my data.csv' | bce-train - reads it",
    ],
    [
      'Parquet',
      'PAR1\x15\x04\x15',
      /found a Parquet file/,
      "duckdb -csv -c 'from '\\''my data.csv'\\''' | bce-train - reads it; docs/recipes.md has more",
    ],
    [
      'SQLite',
      'SQLite format 3\0',
      /found a database of SQLite/,
      "sqlite3 -csv -header 'my data.csv' 'select * from TABLE' | bce-train - reads it; docs/recipes.md has more",
    ],
    ['Arrow', 'ARROW1\0\0', /found an Arrow file/, 'convert it to CSV first'],
  ];
  for (const [what, start, says, hint] of forms) {
    it(`is named with what reads it: ${what}`, () =>
      assert.rejects(textOf(Buffer.from(start, 'latin1')), { code: 'NOT_TEXT', message: says, hint }));
  }
});
