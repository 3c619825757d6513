/** What fits a line of a terminal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { shortened, widthOf, wrapped } from '../src/layout.js';
import { aligned } from '../src/report/text/columns.js';

describe('the width of a text', () => {
  const widths: readonly (readonly [text: string, width: number])[] = [
    ['', 0],
    ['age', 3],
    ['café', 4],
    ['cafe\u0301', 4],
    ['年齢', 4],
    ['ｱｲｳ', 3],
    ['한국', 4],
    ['Ａ１', 4],
    ['👍', 2],
    ['\u2764', 1],
    ['\u2764\ufe0f', 2],
    ['🇩🇪', 2],
    ['🫠', 2],
    ['\u001b[33mwarning:\u001b[39m', 8],
    ['…', 1],
  ];
  for (const [text, width] of widths) {
    it(`is ${width} of ${JSON.stringify(text)}`, () => assert.equal(widthOf(text), width));
  }
});

describe('words in lines', () => {
  it('break at blanks, and nothing is lost', () => {
    const words = fc.array(fc.stringMatching(/^[a-z年👍'|-]{1,12}$/u), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 5, max: 60 }), (list, columns) => {
        const lines = wrapped(list.join(' '), columns, '  ');
        assert.equal(lines.map((line) => line.trim()).join(' '), list.join(' '));
        for (const line of lines) {
          assert.ok(widthOf(line) <= columns || !line.trim().includes(' ') || /--\S+ /.test(line));
        }
      }),
    );
  });

  it('never part a command that is to be pasted, nor a flag from its value', () => {
    const command = `sed -E '1b; s/("[0-9]*),([0-9]+")/\\1\\2/g' data.csv | bce-train -`;
    const lines = wrapped(`it has a comma: ${command} makes plain numbers of it; --missing drop helps`, 20);
    assert.ok(lines.includes(command), lines.join('\n'));
    assert.ok(lines.some((line) => line.includes('--missing drop')));
  });
});

describe('names that are cut', () => {
  it('fit, and differ where they did', () => {
    const name = fc.stringMatching(/^[ab年]{0,24}$/u);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), fc.integer({ min: 5, max: 20 }), (names, width) => {
        const cut = shortened(names, width);
        for (const text of cut) assert.ok(widthOf(text) <= width, text);
        assert.equal(new Set(cut).size, new Set(names).size);
      }),
    );
  });

  it('differ also where thousands are alike', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `${'x'.repeat(20)}${i}${'y'.repeat(20)}`);
    const cut = shortened(names, 12);
    assert.equal(new Set(cut).size, names.length);
    for (const text of cut) assert.ok(widthOf(text) <= 12);
  });

  it('keep what tells them apart, at the end, at the beginning or in the middle', () => {
    assert.deepEqual(shortened(['passengerClass=1st', 'passengerClass=2nd', 'age'], 9), [
      'pass…=1st',
      'pass…=2nd',
      'age',
    ]);
    const long = 'x'.repeat(30);
    assert.deepEqual(shortened([`${long}a${long}`, `${long}b${long}`], 8), ['xxxxx…#1', 'xxxxx…#2']);
  });
});

describe('a table on a terminal', () => {
  const rows = [
    ['feature', 'weight', 'std_error'],
    ['a column with a long name, first', '0.5', '0.25'],
    ['a column with a long name, second', '-1.5', '0.125'],
  ];

  it('is as wide as it is where there is no terminal', () => {
    assert.equal(widthOf(aligned(rows)[1]!), 52);
  });

  it('has its names cut first', () => {
    assert.deepEqual(aligned(rows, 40), [
      'feature                weight  std_error',
      'a column w…ame, first     0.5       0.25',
      'a column w…me, second    -1.5      0.125',
    ]);
  });

  it('comes in blocks where that is not enough, and below each other on a narrow terminal', () => {
    const wide = [
      ['feature', ...Array.from({ length: 8 }, (_, i) => `figure${i}`)],
      ['age', ...Array.from({ length: 8 }, (_, i) => `${i}`)],
    ];
    assert.deepEqual(aligned(wide, 60), [
      'feature  figure0  figure1  figure2  figure3  figure4',
      'age            0        1        2        3        4',
      '',
      'feature  figure5  figure6  figure7',
      'age            5        6        7',
    ]);
    assert.deepEqual(aligned(wide, 40).slice(0, 3), ['feature age', '  figure0  0', '  figure1  1']);
  });
});
