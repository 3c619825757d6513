/** How numbers are written that are no decimals, and that no hint about them does harm. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutRow, withRowNames } from '../../src/dataset/schema/head.js';
import { writingOf } from '../../src/dataset/schema/writing.js';
import { bceTrain, shell, temporary } from '../support/support.js';

describe('writingOf', () => {
  const cases: readonly (readonly [what: string, texts: readonly string[]])[] = [
    ['a point between groups of digits', ['3.000.000', '1.250.000']],
    ['a comma between groups of digits (thousands)', ['1,200', '3,300']],
    ['a comma between groups of digits (lakhs)', ['3,00,000', '1,200']],
    ['a decimal comma', ['3,5', '1,25']],
    ['a minus sign behind the number', ['3-', '2', '4-']],
    ['another currency sign', ['₩3000', '₩4000']],
    ['the currency $', ['$3', '$4']],
    ['a permille sign', ['30‰', '25 ‰']],
    ['an apostrophe before the number', ["'3", "'4"]],
    ['a sign of approximation', ['~3', '~4.5']],
    ['Arabic digits', ['\u0663', '\u0664\u0665']],
    ['Persian digits', ['\u06f3', '\u06f4\u06f5']],
    ['a character of no width', ['\u200b3', '\u200b4']],
    ['the unit kg', ['3 kg', '4 kg']],
    ['units that differ ("kg", "lb")', ['3 kg', '2 lb', '4 kg', '5 kg']],
    ['units that differ ("K", "M")', ['3K', '2M', '450K', '5.5M']],
    ['a binary number', ['0b11', '0b10']],
    ['an octal number', ['0o17', '0o7']],
    ['a power of ten', ['3×10^3', '2 x 10^-2']],
    ['a power of ten', ['3·10²', '2*10⁻¹²']],
    ['a power of ten', ['3×10^3', '2×10⁻²', '4*10**5']],
  ];
  for (const [what, texts] of cases) {
    it(`finds ${what}`, () => assert.equal(writingOf(texts)?.what, what));
  }
  for (const texts of [
    ['a', 'b'],
    ['1st', '2nd'],
    ['1st', '2nd', '3rd', '1st', '2nd', '3rd', '3rd', '4th', '4th'],
    ['10a', '3b', '4c', '7d'],
    ['12:30', '12:45', '13:00'],
    ['2024-01-03', '2024-02-05'],
    ['10-20', '20-30'],
    ['1.2.3', '2.10.4'],
    ['?', '1'],
    ['A1', 'A2'],
  ]) {
    it(`finds nothing in ${texts.join(' ')}`, () => assert.equal(writingOf(texts), undefined));
  }

  it('gives no command that a unit could break', () => {
    const writing = writingOf(["3 l/'s", "4 l/'s"]);
    assert.ok(writing !== undefined);
    assert.equal(writing.awk('$1'), undefined);
    assert.equal(writing.sed, undefined);
  });
});

describe('a first row of units', () => {
  const hint = (cells: readonly string[]) => withoutRow('f.csv', ['a', 'b'], cells, 2, [0, 1], true);
  for (const cells of [
    ['years', 'kg/m^2'],
    ['(%)', '°C'],
    ['years', ''],
    ['$', 'm2'],
  ]) {
    it(`is seen in ${cells.join(' | ')}`, () => assert.match(hint(cells) ?? '', /sed 2d/));
  }
  for (const cells of [
    ['?', '?'],
    ['-', '-'],
    ['None', 'NULL'],
    ['<3', '>4'],
    ['3 kg', '4 kg'],
    ['years', '4'],
    ['', ''],
  ]) {
    it(`is not seen in ${cells.join(' | ')}`, () => assert.equal(hint(cells), undefined));
  }
});

describe('a row with one cell too many', () => {
  it('has a row name in front where that is text', () => {
    assert.match(withRowNames('f.csv', ',', ['Mazda', '1'], true), /sed .* --drop row\.names/);
  });
  it('may be a number with a comma, of which nothing is left out', () => {
    const hint = withRowNames('f.csv', ',', ['1', '200', '0'], true);
    assert.doesNotMatch(hint, /sed|--drop/);
    assert.match(hint, /write it as a plain number/);
  });
});

describe('the command for units', () => {
  for (const [what, of] of [
    ['quoted cells', (i: number) => `"${i} kg","${(i * 7) % 3 === 0 ? 1 : 0}"\n`],
    ['lines that end in CRLF', (i: number) => `${(i * 7) % 3 === 0 ? 1 : 0},${i} kg\r\n`],
  ] as const) {
    it(`works on ${what}`, async () => {
      const isFirst = what === 'quoted cells';
      const rows = Array.from({ length: 40 }, (_, i) => of(i + 1)).join('');
      const file = temporary(`units${+isFirst}.csv`, `${isFirst ? 'm,y\n' : 'y,m\r\n'}${rows}`);
      const { code, stderr } = await bceTrain([file, '--target', 'y']);
      assert.equal(code, 1);
      const awk = /hint: (awk .*) \| bce-train - makes/.exec(stderr)?.[1];
      assert.ok(awk !== undefined, stderr);
      const numbers = await shell(`${awk} | tail -n +2 | tr -d '"\\r' | cut -d, -f${isFirst ? 1 : 2}`);
      assert.deepEqual(
        numbers.stdout.trim().split('\n').map(Number),
        Array.from({ length: 40 }, (_, i) => i + 1),
      );
    });
  }
});
