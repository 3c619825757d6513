/** Lines that are no rows: the same bits as without them, errors at the lines of the file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { withoutComments } from '../../src/source/lines.js';
import { bcePredict, bceTrain, bitsOf, temporary } from '../support/support.js';

async function emptied(text: string, mark = '#', size = 1 << 20, delimiter?: string): Promise<string> {
  const bytes = Buffer.from(text);
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const parts: Buffer[] = [];
  for await (const part of withoutComments(pieces(), mark, delimiter)) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

describe('--comment', () => {
  const cases: readonly (readonly [what: string, text: string, expected: string, delimiter?: string])[] = [
    ['lines with it, whatever ends them', '# a\r\nx,y\r# b\n1,#2\n  # c', '\r\nx,y\r\n1,#2\n'],
    ['no line within quotes', 'x,y\n"a\n# b",1\n# c\n', 'x,y\n"a\n# b",1\n\n'],
    ['none after doubled quotes', 'x\n"a ""b""\n# c"\n# d\n', 'x\n"a ""b""\n# c"\n\n'],
    ['lines after a quote within a cell', 'x,y\n5" pipe,1\n# c\n', 'x,y\n5" pipe,1\n\n'],
    ['lines after two of them', 'x,y\n5"" pipe,1\n# c\n', 'x,y\n5"" pipe,1\n\n'],
    ['lines in which a quote is open', '# it is 5"\nx,y\n# "\n1,2\n', '\nx,y\n\n1,2\n'],
    ['a first line behind a byte order mark', '\ufeff# a\nx,y\n', '\nx,y\n'],
    ['no line where a tab is before it', '\t#1\n#2\n', '\t#1\n\n'],
    ['no line in quotes behind a delimiter of its own', 'x^"a\n#b"\n', 'x^"a\n#b"\n', '^'],
    ['no line in quotes behind a blank that parts cells', 'x "a\n#b"\n', 'x "a\n#b"\n', ' '],
  ];
  for (const [what, text, expected, delimiter] of cases) {
    it(`empties ${what}`, async () => {
      for (const size of [1, 2, 3, 5, 1 << 20])
        assert.equal(await emptied(text, '#', size, delimiter), expected);
    });
  }

  it('takes more than one character', async () => {
    assert.equal(await emptied('## a\n#x,y\n1,2\n', '##'), '\n#x,y\n1,2\n');
  });

  it('leaves every table without such lines as it is, however it is cut', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (table, size) => {
        assert.equal(await emptied(table, '#', size), table);
      }),
    );
  });

  it('gives the bits of the file without them, and errors at its lines, in both commands', async () => {
    const rows = Array.from(
      { length: 2000 },
      (_, i) => `${i / 4},${i % 7 > 2 ? 'a' : 'b'},${(i * i) % 5 > 1 ? 1 : 0}`,
    );
    const plain = temporary('plain.csv', `x,c,y\n${rows.join('\n')}\n`);
    const commented = rows.flatMap((row, i) => (i % 90 === 0 ? ['# a, note', row, ' #"'] : [row]));
    const noted = temporary('noted.csv', `# made in May\nx,c,y\n${commented.join('\n')}\n`);
    const flags = ['--quiet', '--format', 'json'];
    const expected = (await bceTrain([plain, ...flags])).stdout;
    const { stdout } = await bceTrain([noted, '--comment', '#', ...flags]);
    assert.deepEqual(bitsOf(stdout), bitsOf(expected));
    const model = temporary('lines.json', expected);
    const predicted = await bcePredict([model, noted, '--comment', '#', '--append', '-q']);
    const asPlain = await bcePredict([model, plain, '--append', '-q']);
    assert.equal(predicted.stdout.replaceAll(/^\n/gm, ''), asPlain.stdout);
    const bad = temporary('noted-bad.csv', '# note\nx,y\n1,0\n# note\nword,1\n2,0\n3,1\n');
    const { stderr } = await bceTrain([bad, '--comment', '#']);
    assert.match(stderr, /noted-bad.csv:5: column "x": expected a number, got "word"/);
    assert.match(
      (await bceTrain([bad])).stderr,
      /hint: --comment '#' leaves out the lines that begin with #/,
    );
  });

  it('is refused where it cannot begin a line', async () => {
    for (const mark of ['', '"', 'a\nb', ' #']) {
      const { stderr, code } = await bceTrain([temporary('any.csv', 'x,y\n1,0\n'), '--comment', mark]);
      assert.equal(code, 2, JSON.stringify(mark));
      assert.match(stderr, /--comment: expected a text without quotes and line ends/);
    }
  });
});
