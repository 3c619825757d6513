/** Derivatives of terms, held against differences of the terms. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { explainRow } from '../../src/check/explain.js';
import { derivative } from '../../src/terms/derivative.js';
import { compile } from '../../src/terms/evaluate.js';
import { nameOf } from '../../src/terms/expression.js';
import { parseTerms, termOf } from '../../src/terms/parse.js';
import { bceTrain, datasetOfCsv, example, fitOptions, seeded } from '../support/support.js';

const PLACES = ['x', 'u', 's'];
const indexOf = (name: string) => PLACES.indexOf(name);
const cellsOf = (x: number, u: number, s: string) => ({
  number: (place: number) => [x, u][place]!,
  text: (place: number) => (place === 2 ? s : ''),
  outside: () => Number.NaN,
});

/** Numbers of x and u, nested. */
const { number } = fc.letrec<{ number: string; inner: string }>((tie) => ({
  inner: fc.oneof({ depthSize: 'small' }, fc.constantFrom('x', 'u'), tie('number')),
  number: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('x', 'u', 'x>1', 's=m'),
    fc
      .tuple(fc.constantFrom('log', 'log1p', 'sqrt', 'exp', 'abs'), tie('inner'))
      .map(([name, of]) => `${name}(((${of}):u))`),
    fc
      .tuple(fc.constantFrom('scale', 'ns', 'bs'), tie('inner'))
      .map(([name, of]) =>
        name === 'scale'
          ? `scale(((${of}):u),2,3)`
          : `${name}(((${of}):u),knots=c(1,2),boundary=c(0.5,2.5))[2]`,
      ),
    fc.tuple(tie('inner'), fc.integer({ min: 2, max: 4 })).map(([of, k]) => `(x:(${of}))^${k}`),
    fc
      .array(tie('inner'), { minLength: 2, maxLength: 3 })
      .map((parts) => parts.map((p) => `(${p})`).join(':')),
  ),
}));

describe('the derivative of a term', () => {
  it('is what differences of it say', () => {
    let held = 0;
    fc.assert(
      fc.property(
        number,
        fc.double({ min: 0.2, max: 3, noNaN: true }),
        fc.double({ min: 0.2, max: 3, noNaN: true }),
        fc.constantFrom('m', 'f'),
        (text, x, u, s) => {
          const [term] = parseTerms(text, '--add');
          const { at } = derivative(term!, 'x', indexOf);
          const t = compile(term!, indexOf);
          const h = 1e-5 * x;
          const [low, here, high] = [x - h, x, x + h].map((value) => t(cellsOf(value, u, s)));
          const slope = at(cellsOf(x, u, s));
          if (![low, here, high, slope].every(Number.isFinite) || Math.abs(here!) > 1e8) return;
          if (Math.abs(x - 1) < 2 * h || /abs|sqrt/.test(text)) {
            // a step or a corner may lie between the two
            const left = (here! - low!) / h;
            const right = (high! - here!) / h;
            if (Math.abs(left - right) > 1e-2 * (1 + Math.abs(slope))) return;
          }
          held++;
          const difference = (high! - low!) / (2 * h);
          const tolerance = 1e-5 * Math.max(1, Math.abs(slope), Math.abs(here! / x));
          assert.ok(
            Math.abs(slope - difference) <= tolerance,
            `${text} at ${x}, ${u}: ${slope}, ${difference}`,
          );
        },
      ),
      { numRuns: 2000 },
    );
    assert.ok(held > 1000, `${held} were held against differences`);
  });

  const formulas: readonly (readonly [term: string, formula: string])[] = [
    ['x', '1'],
    ['u', '0'],
    ['log(x)', '1/x'],
    ['log(x^2)', '1/(x^2) * 2 * x'],
    ['x^3', '3 * x^2'],
    ['x:u', 'u'],
    ['x:u:s=m', 'u * s=m'],
    ['x:x', 'x + x'],
    ['exp((x:x))', 'exp(x:x) * (x + x)'],
    ['s=m:log1p(x)', 's=m * 1/(1 + x)'],
    ['sqrt(x)', '1/(2 * sqrt(x))'],
    ['scale(x^2,1,4)', '1/4 * 2 * x'],
    ['ns(x,knots=c(1,2),boundary=c(0,3))[2]:u', "u * ns[2]'(x)"],
    ['x>1', '0'],
    ['(x>1):u', '0'],
  ];
  for (const [term, formula] of formulas) {
    it(`of ${term} by x is written ${formula}`, () => {
      assert.equal(derivative(termOf(term) ?? parseTerms(term, '')[0]!, 'x', indexOf).formula, formula);
    });
  }

  it('is none at a corner, at a step and of a missing cell', () => {
    const slope = (text: string, x: number) => {
      const [term] = parseTerms(text, '');
      return derivative(term!, 'x', indexOf).at(cellsOf(x, 2, 'm'));
    };
    assert.deepEqual([slope('abs(x)', 0), slope('abs(x)', -2)], [Number.NaN, -1]);
    const hat = 'bs(x,knots=1,degree=1,boundary=c(0,3))[1]';
    assert.deepEqual([slope(hat, 1), slope(hat, 0.5), slope(hat, 9)], [Number.NaN, 1, -0.5]);
    assert.deepEqual([slope('x>1', 1), slope('x>1', 2)], [Number.NaN, 0]);
    assert.deepEqual([slope('sqrt(x)', 0), slope('x^2', Number.NaN)], [Number.NaN, Number.NaN]);
  });
});

describe('--explain', () => {
  const random = seeded(7);
  const rows = Array.from({ length: 60 }, (_, i) => ({
    x: 3 + 2 * random(),
    u: 2 + random(),
    s: 'abc'[i % 3]!,
    y: i % 2,
  }));
  const csvOf = (all: typeof rows) =>
    `x,u,s,y\n${all.map(({ x, u, s, y }) => `${x},${u},${s},${y}`).join('\n')}\n`;
  const fit = fitOptions({});
  const asked: readonly { add?: string[]; formula?: string }[] = [
    { add: ['poly(x, 3) + x*u'] },
    { add: ['log(x):s + x:s:u + sqrt(u)'] },
    { formula: '~ s + log(x) + exp(u) + (log(x)):u' },
    { formula: '~ s*x*u - x' },
  ];
  for (const options of asked) {
    it(`goes through ${options.add ?? options.formula} to the columns of the file`, async () => {
      for (const row of [1, 17, 60]) {
        const dataset = await datasetOfCsv(csvOf(rows), options, row);
        const w = Float64Array.from({ length: dataset.design.size }, (_, j) => Math.sin(j + 1));
        const { columns, cancelled } = await explainRow(dataset, fit, w, row);
        assert.deepEqual(columns.map(({ name }) => name).sort(), ['u', 'x']);
        for (const { name, x, slope, toInput, through } of columns) {
          const h = 1e-5;
          const logit = async (cell: number) => {
            const moved = rows.map((one, i) => (i === row - 1 ? { ...one, [name]: cell } : one));
            return (await explainRow(await datasetOfCsv(csvOf(moved), options, row), fit, w, row)).h;
          };
          const difference = ((await logit(x! + h)) - (await logit(x! - h))) / (2 * h);
          assert.ok(
            Math.abs(slope! - difference) < 1e-6 * Math.max(1, Math.abs(slope!)),
            `${name}: ${slope}, ${difference}`,
          );
          assert.equal(toInput, cancelled * slope!);
          assert.ok(through.length > 1);
        }
      }
    });
  }

  it('says what has no derivative', async () => {
    const csv = `x,s,y\n${rows.map(({ x, s, y }, i) => `${i === 3 ? 'NA' : i === 4 ? 3 : x},${s},${y}`).join('\n')}\n`;
    for (const row of [4, 5]) {
      const dataset = await datasetOfCsv(csv, { add: ['x>3'], missing: 'mean' }, row);
      const [column] = (await explainRow(dataset, fit, Float64Array.of(1, 2, 0, 0, 0), row)).columns;
      assert.deepEqual(
        [column!.x, column!.slope, column!.through.map(({ slope }) => slope)],
        [row === 4 ? undefined : 3, undefined, row === 4 ? [undefined, undefined] : [1, undefined]],
      );
      if (row === 4) assert.equal(column!.toInput, undefined);
    }
  });

  it('has nothing to add where there are no terms', async () => {
    const { columns } = await explainRow(await datasetOfCsv(csvOf(rows)), fit, new Float64Array(5), 1);
    assert.deepEqual(columns, []);
  });

  it('is told in the units of the file, in words', async () => {
    const { stdout } = await bceTrain([
      ...[example('titanic.csv'), '--missing', 'drop', '--epochs', '0'],
      ...['--add', 'age^2 + log1p(age):sex', '--explain', '5', '--quiet'],
    ]);
    assert.match(stdout, /dl\/dx = \(z-y\) dh\/dx\ncolumn/);
    assert.match(stdout, /age +25 +age +1 +1 +0 +0\n +age\^2 +2 \* age +50 /);
    assert.match(stdout, /log1p\(age\):sex=female +sex=female \* 1\/\(1 \+ age\) +0.03846/);
  });
});

it('a function of a product is read back by its name', () => {
  const [term] = parseTerms('log((x:u))', '');
  assert.deepEqual(termOf(nameOf(term!)), term);
});
