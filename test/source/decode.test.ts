/** Other encodings and skipped lines: the same bits as from the converted file, errors at the lines of the file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { decoded, type Encoding } from '../../src/source/decode.js';
import { skipped } from '../../src/source/lines.js';
import { bcePredict, bceTrain, bitsOf, temporary } from '../support/support.js';

const csv = `größe,land,y\n${Array.from({ length: 200 }, (_, i) => `${i},${i % 3 === 0 ? 'Österreich' : 'België'},${(i * 7) % 5 > 2 ? 'ja' : 'nein'}`).join('\n')}\n`;
const flags = ['--target', 'y', '--positive', 'ja', '--quiet', '--format', 'json'];
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer, void, Buffer | undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('encodings', () => {
  const forms: readonly (readonly [string, Buffer, readonly string[]])[] = [
    ['latin1', Buffer.from(csv, 'latin1'), ['--encoding', 'latin1']],
    ['windows-1252', Buffer.from(csv, 'latin1'), ['--encoding', 'windows-1252']],
    ['utf16le', utf16(csv), ['--encoding', 'utf16le']],
    ['utf16be', swapped(utf16(csv)), ['--encoding', 'utf16be']],
    ['a mark of utf16le', utf16(`\ufeff${csv}`), []],
    ['a mark of utf16be', swapped(utf16(`\ufeff${csv}`)), []],
    ['a mark of utf16le within gzip', gzipSync(utf16(`\ufeff${csv}`)), []],
  ];
  for (const [what, bytes, rest] of forms) {
    it(`give the bits of the converted file: ${what}`, async () => {
      const expected = await bceTrain([temporary('plain.csv', csv), ...flags]);
      const { stdout, code } = await bceTrain([temporary('other.csv', bytes), ...flags, ...rest]);
      assert.equal(code, 0);
      assert.deepEqual(bitsOf(stdout), bitsOf(expected.stdout));
      const model = temporary('decode.json', expected.stdout);
      const predicted = await bcePredict([
        model,
        temporary('other.csv', bytes),
        '--append',
        '--quiet',
        ...rest,
      ]);
      const plain = await bcePredict([model, temporary('plain.csv', csv), '--append', '--quiet']);
      assert.equal(predicted.stdout.replace('\ufeff', ''), plain.stdout);
    });
  }

  it('keep characters whole across pieces', async () => {
    const text = 'ä€𝄞b\n'.repeat(5);
    for (const [encoding, bytes] of [
      ['utf16le', utf16(text)],
      ['utf16be', swapped(utf16(text))],
    ] as const satisfies readonly (readonly [Encoding, Buffer])[]) {
      for (let size = 1; size < 9; size++) {
        const parts: Buffer[] = [];
        for await (const part of decoded(inPieces(bytes, size), encoding, 'data.csv')) parts.push(part);
        assert.equal(Buffer.concat(parts).toString(), text);
      }
    }
  });

  it('are refused where the bytes are none of them, and named where a name is no UTF-8', async () => {
    const odd = temporary('odd.csv', Buffer.from([0xff, 0xfe, 0x61]));
    const { stderr, code } = await bceTrain([odd]);
    assert.equal(code, 1);
    assert.match(stderr, /odd\.csv: expected utf16le, found bytes that it does not have/);
    const latin1 = temporary('latin1.csv', Buffer.from(csv, 'latin1'));
    assert.match((await bceTrain([latin1])).stderr, /hint: .*--encoding latin1/);
  });

  it('keep the lines of errors', async () => {
    const bad = utf16('\ufeffa,y\n1,0\nword,1\n');
    const { stderr } = await bceTrain([temporary('bad.csv', bad), '--numeric', 'a']);
    assert.match(stderr, /bad\.csv:3: column "a": expected a number, got "word"/);
  });
});

describe('--skip', () => {
  const table = 'a,y\n1,0\n2,1\n3,0\n4,1\n';
  it('begins behind the lines, whatever ends them, at the lines of the file', async () => {
    const expected = (await bceTrain([temporary('plain.csv', table), '--quiet'])).stdout;
    for (const end of ['\n', '\r\n', '\r']) {
      const text = `made in May;"odd${end}second, line${end}${table.replaceAll('\n', end)}`;
      const path = temporary('skip.csv', text);
      assert.equal((await bceTrain([path, '--skip', '2', '--quiet'])).stdout, expected);
      const bad = temporary('skip-bad.csv', text.replace('3,0', 'x,0'));
      const { stderr } = await bceTrain([bad, '--skip', '2', '--numeric', 'a']);
      assert.match(stderr, /skip-bad\.csv:6: column "a"/);
      const model = temporary('skip-weights.csv', expected);
      const { stdout } = await bcePredict([model, path, '--skip', '2', '--append', '--quiet']);
      assert.equal(
        stdout
          .replaceAll('\r\n', '\n')
          .split(/[\r\n]/)
          .filter(Boolean).length,
        5,
      );
    }
  });

  it('counts CRLF once across pieces', async () => {
    for (let size = 1; size < 6; size++) {
      const parts: Buffer[] = [];
      for await (const part of skipped(inPieces(Buffer.from('x\r\ny\r\na\r\nb'), size), 2, 'x.csv'))
        parts.push(part);
      assert.equal(Buffer.concat(parts).toString(), '\n\na\r\nb');
    }
  });

  it('goes by other names as well', async () => {
    const path = temporary('named.csv', Buffer.from(table, 'latin1'));
    const { stdout } = await bceTrain([path, '--encoding', 'latin1', '-q']);
    for (const name of ['Latin-1', 'ISO-8859-1', 'cp1252', 'CP-1252']) {
      assert.equal((await bceTrain([path, '--encoding', name, '-q'])).stdout, stdout);
    }
    const { code, stderr } = await bceTrain([path, '--encoding', 'utf-16', '-q']);
    assert.equal(code, 2);
    assert.match(stderr, /--encoding: expected utf8, utf16le, .*, got "utf-16"/);
  });

  it('says where nothing is left', async () => {
    const { stderr, code } = await bceTrain([temporary('short.csv', table), '--skip', '99']);
    assert.equal(code, 1);
    assert.match(stderr, /short\.csv: --skip 99 leaves nothing of the file/);
  });
});
