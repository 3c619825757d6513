/** The byte scanner against csv-parse on texts of every kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ScanOptions } from '../../src/source/scan/scanRows.js';
import { ABC, compare, EAGER, type Kind } from '../support/scanning.js';

/** Rows of ABC after a first one; how many of them the scanner reads itself. */
async function scannedOf(text: string | Buffer, sizes: ScanOptions = EAGER): Promise<number> {
  const bytes = Buffer.concat([Buffer.from('1,a,yes\n'), Buffer.from(text)]);
  return (await compare(bytes, ABC, bytes.length, sizes)).scanned;
}

describe('the scanner', () => {
  const plain: readonly (readonly [what: string, text: string, rows: number])[] = [
    ['numbers and texts', '1,a,yes\n-2.5,b,no\n', 2],
    ['no line end at the end', '1,a,yes\n2,b,no', 2],
    ['CRLF', '1,a,yes\r\n2,b,no\r\n', 2],
    ['CR', '1,a,yes\r2,b,no\r', 2],
    ['CR and LF by turns', '1,a,yes\n\r2,b,no\r\n\r3,c,no\r', 3],
    ['empty lines', '\n\n1,a,yes\n\r\n\n2,b,no\n\n', 2],
    ['quotes', '"1","a","yes"\n"-2.5","b c","no"\n', 2],
    ['blanks', ' 1 ,  a,yes \n" 2\t","\tb ",  no\n', 2],
    ['doubled quotes', '1,"a ""b""",yes\n2,"""",no\n', 2],
    ['delimiters in quotes', '1,"a,b",yes\n2,",",no\n', 2],
    ['line ends in quotes', '1,"a\nb",yes\n2,"\r\n\r",no\n3,"\n\n",no\n4,x,no\n', 4],
    ['line ends in quotes around a number', '"\n1","a",yes\n2,x,no\n', 2],
    ['missing cells', ',a,yes\nNA,,no\n-999,n/a,\n-999.0,-999.00,NaN\n"","",""\n"n/a",two words,ü\n', 6],
    ['nothing at the end', '1,a,', 1],
    ['exponents', '1e3,a,yes\n"1.5E-7",b,no\n', 2],
    ['other alphabets', '1,żółć,yes\n2,日本語,no\n3,"🙂",no\n', 3],
    ['a text longer than a word', `1,${'long '.repeat(50)},yes\n2,${'long '.repeat(50)}!,no\n`, 2],
  ];
  for (const [what, text, rows] of plain) {
    it(`reads by itself: ${what}`, async () => assert.equal(await scannedOf(text), rows));
  }

  const odd: readonly (readonly [what: string, text: string | Buffer, rows: number])[] = [
    ['too few cells', '1,a,yes\n2,b\n3,c,no\n', 1],
    ['too many cells', '1,a,yes\n2,b,no,\n3,c,no\n', 1],
    ['a word for a number', '1,a,yes\nx,b,no\n3,c,no\n', 1],
    ['a hexadecimal number', '1,a,yes\n0x10,b,no\n', 1],
    ['an infinite number', '1,a,yes\n1e999,b,no\n', 1],
    ['a letter after a quote', '1,a,yes\n2,"b"x,no\n3,c,no\n', 1],
    ['a quote that is not closed', '1,a,yes\n2,"b,no\n3,c,no\n', 1],
    ['a quote that is not closed at the very end', '1,a,yes\n2,b,"', 1],
    ['a stray quote and an earlier word', '1,a,yes\nx,b,no\n2,b",no\n', 1],
    ['a number with a stray quote', '1,a,yes\n2",b,no\n', 1],
    ['a number with a doubled quote', '1,a,yes\n"2""",b,no\n', 1],
    ['a line of blanks', '1,a,yes\n   \n2,b,no\n', 2],
    ['an empty cell in quotes alone on a line', '1,a,yes\n""\n2,b,no\n', 2],
    ['a NUL', '1,a,yes\n2,b\0,no\n3,c,no\n', 2],
    ['a NUL after a quote', '1,a,yes\n2,"b"\0,no\n3,c,no\n', 2],
    ['a NUL for a number', '1,a,yes\n2\0,b,no\n3,c,no\n', 1],
    ['bytes that are no UTF-8', Buffer.from('1,a,yes\n2,\xff,no\n3,c,no\n', 'latin1'), 2],
    ['a cut-off character', Buffer.from('1,a,yes\n2,\xe6\x97,no\n3,c,no\n', 'latin1'), 2],
    ['an overlong form', Buffer.from('1,a,yes\n2,\xc0\xaf,no\n3,c,no\n', 'latin1'), 2],
    ['a surrogate in UTF-8', Buffer.from('1,a,yes\n2,\xed\xa0\x80,no\n3,c,no\n', 'latin1'), 2],
    ['a replacement character', '1,a,yes\n2,\ufffd,no\n3,c,no\n', 2],
    ['wide blanks', '1,a,yes\n2,\u00a0b\u3000,no\n\u20033\u2003,c,no\n4,\ufeffd,no\n', 1],
    ['a BOM within the file', '1,a,yes\n\ufeff2,b,no\n\ufeff"3",c,no\n', 1],
    ['a missing word with a quote', '1,"""",yes\n"""",b,no\n3,c,no\n', 2],
  ];
  for (const [what, text, rows] of odd) {
    it(`leaves to csv-parse: ${what}`, async () => assert.equal(await scannedOf(text), rows));
  }

  it('does without a BOM and starts after it', async () => {
    const bytes = Buffer.from('\ufeff"1",a,yes\n2,b,no\n');
    assert.equal((await compare(bytes, ABC, 1, EAGER)).scanned, 1);
  });

  it('goes back to work after an odd row, and leaves a chunk of them alone', async () => {
    const odd = '1,\u00a0a,yes\n';
    const even = '2,b,no\n'.repeat(10);
    assert.equal(await scannedOf(`${even}${odd}${even}`), 20);
    assert.equal(await scannedOf(`${even}${odd}${even}${odd}${even}`), 20);
  });

  it('knows more texts than it has room for at first', async () => {
    const rows = Array.from(
      { length: 3000 },
      (_, i) => `${i},"level ${i % 1500} ${'x'.repeat(i % 97)}",yes\n`,
    );
    assert.equal(await scannedOf(rows.join('')), 3000);
    assert.equal(await scannedOf(rows.join(''), { ...EAGER, chunkBytes: 1000 }), 3000);
  });

  it('knows again the short texts of columns side by side, however long and however many', async () => {
    const kinds: readonly Kind[] = ['factor', 'factor', 'factor', 'number', 'factor', 'factor', 'target'];
    const texts = [3, 7, 300].map((count) =>
      Array.from({ length: count }, (_, i) => {
        const text = `${'abcdefghijklmnopqrstuvwxyz'.slice(0, i % 18)}${i % 5 === 0 ? '' : i}`;
        if (i % 23 === 3) return 'NA';
        return i % 11 === 1 ? `"${text}"` : i % 29 === 4 ? ` ${text} ` : text;
      }),
    );
    const rows = Array.from({ length: 2000 }, (_, i) => {
      const cells = [0, 1, 2].map((f) => texts[f]![(i * i + f) % texts[f]!.length]!);
      return `${cells[0]},${cells[1]},${cells[2]},${i},${cells[2]},${cells[1]},${i % 2 === 0 ? 'yes' : 'no'}\n`;
    });
    const bytes = Buffer.from(`a,b,c,0,d,e,yes\n${rows.join('')}`);
    const table = { ...ABC, kinds };
    assert.equal((await compare(bytes, table, bytes.length, EAGER)).scanned, 2000);
    assert.equal((await compare(bytes, table, 100, { ...EAGER, chunkBytes: 999 })).scanned, 2000);
  });

  it('has room for a text of any length', async () => {
    const text = 'y'.repeat(200_000);
    assert.equal(await scannedOf(`1,${text},yes\n2,${text}z,no\n3,"${text}",no\n`), 3);
    // texts with doubled quotes are copied, if they are not too long
    assert.equal(await scannedOf(`1,"${text}""",yes\n2,"${text}""",no\n`), 0);
  });

  it('reads more rows than a batch holds, and wider ones', async () => {
    assert.equal(await scannedOf('1.5,a,yes\n2.5,b,no\n'.repeat(20_000)), 40_000);
    const kinds: Kind[] = [...Array.from({ length: 3000 }, (): Kind => 'number'), 'target'];
    const row = `${kinds
      .slice(1)
      .map((_, j) => j / 8)
      .join(',')},yes\n`;
    const table = { ...ABC, kinds };
    assert.equal((await compare(Buffer.from(row.repeat(70)), table, 1 << 16, EAGER)).scanned, 69);
  });

  it('leaves a row longer than it waits for to csv-parse, with all that follows', async () => {
    const text = `1,a,yes\n2,"${'b\n'.repeat(400)}",no\n3,c,no\n4,"d"x,no\n`;
    assert.equal(await scannedOf(text, { ...EAGER, chunkBytes: 16 }), 1);
    assert.equal(await scannedOf(text, { ...EAGER, chunkBytes: 64 }), 3);
  });

  it('leaves files to csv-parse whose delimiter it does not know', async () => {
    for (const delimiter of ['é', '1', '.', 'e', '-']) {
      const bytes = Buffer.from(['8', 'a', 'no'].join(delimiter).concat('\n').repeat(5));
      const { scanned, rows } = await compare(bytes, { ...ABC, delimiter }, 100, EAGER);
      assert.deepEqual({ scanned, rows }, { scanned: 0, rows: 5 });
    }
  });
});
