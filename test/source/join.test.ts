/** Several files as one: the bits of the files one after the other, columns by their names, errors at the lines of each. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { predict, train } from '../../src/index.js';
import { bcePredict, bceTrain, bitsOf, temporary } from '../support/support.js';

mkdirSync(temporary('join'), { recursive: true });
const file = (name: string, content: string | Buffer) => temporary(`join/${name}`, content);
const folder = dirname(file('any', ''));
const JSON_FLAGS = ['--quiet', '--epochs', '3', '--format', 'json'];

async function modelOf(args: readonly string[], stdin?: Buffer): Promise<unknown> {
  const { stdout, stderr, code } = await bceTrain([...args, ...JSON_FLAGS], { stdin: stdin ?? '' });
  assert.equal(code, 0, stderr);
  return bitsOf(stdout);
}

const NAMES = ['größe', 'b', 'text', 'y'];
const row = (i: number) => [
  i / 8,
  (i * 7) % 13,
  i % 3 > 0 ? 'an "odd" one,\nof two lines' : 'plain',
  (i * i) % 5 > 1 ? 1 : 0,
];

interface Form {
  readonly order: readonly number[];
  readonly delimiter: string;
  readonly end: string;
  readonly isEnded: boolean;
  readonly pack: (text: string) => Buffer;
}

function written(
  from: number,
  to: number,
  { order, delimiter, end, isEnded, pack }: Form,
  names = NAMES,
): Buffer {
  const quoted = (cell: unknown) =>
    /["\n,;\t ]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell);
  const lines = [names, ...Array.from({ length: to - from }, (_, i) => row(from + i))];
  const text = lines.map((cells) => order.map((column) => quoted(cells[column])).join(delimiter)).join(end);
  return pack(text + (isEnded ? end : ''));
}

const PLAIN: Form = { order: [0, 1, 2, 3], delimiter: ',', end: '\n', isEnded: true, pack: Buffer.from };
const form: fc.Arbitrary<Form> = fc.record({
  order: fc.oneof(fc.constant(PLAIN.order), fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 })),
  delimiter: fc.constantFrom(',', ',', ';', '\t', '|'),
  end: fc.constantFrom('\n', '\r\n', '\r'),
  isEnded: fc.boolean(),
  pack: fc.constantFrom(
    (text: string) => Buffer.from(text),
    (text: string) => Buffer.from(`\ufeff${text}`),
    (text: string) => gzipSync(text),
    (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    (text: string) => Buffer.from(`\n\n${text}`),
  ),
});

describe('several files', () => {
  it('give the bits of one, in whatever form each is written', async () => {
    const parts = fc.array(fc.tuple(form, fc.constantFrom(0, 1, 7, 400)), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(parts, form, async (others, first) => {
        const forms: readonly (readonly [Form, number])[] = [
          [{ ...first, order: PLAIN.order }, 30],
          ...others,
        ];
        const ends = forms.map((_, i) => forms.slice(0, i + 1).reduce((sum, [, rows]) => sum + rows, 0));
        const paths = forms.map(([one, rows], i) =>
          file(`part${i}.csv`, written(ends[i]! - rows, ends[i]!, one)),
        );
        const whole = file('whole.csv', written(0, ends.at(-1)!, PLAIN));
        assert.deepEqual(await modelOf(paths), await modelOf([whole]));
      }),
      { numRuns: 25 },
    );
  });

  const many = 30_000;
  const cut = [0, 9_000, 9_001, 22_000, many];
  const shapes = (forms: readonly Form[]) =>
    forms.map((one, i) => file(`large${i}.csv`, written(cut[i]!, cut[i + 1]!, one)));
  it('give the bits of one through the scanner, with any threads and memory, from standard input too', async () => {
    const reversed = { ...PLAIN, order: [3, 2, 1, 0], isEnded: false };
    const paths = shapes([PLAIN, reversed, { ...PLAIN, isEnded: false }, { ...PLAIN, delimiter: ';' }]);
    const whole = file('large.csv', written(0, many, PLAIN));
    const expected = await modelOf([whole]);
    assert.deepEqual(await modelOf([...paths, '--threads', '1']), expected);
    assert.deepEqual(await modelOf([...paths, '--threads', '3', '--memory', '100k']), expected);
    const [first, second, ...rest] = paths as [string, string, ...string[]];
    assert.deepEqual(await modelOf([first, '-', ...rest], written(9_000, 9_001, reversed)), expected);
    assert.ok(second);
  });

  it('predict, print and evaluate as one, and validate', async () => {
    const model = file(
      'model.json',
      (await bceTrain([file('whole.csv', written(0, 200, PLAIN)), ...JSON_FLAGS])).stdout,
    );
    const [a, b] = [
      written(0, 90, PLAIN),
      written(90, 200, { ...PLAIN, order: [2, 3, 0, 1], delimiter: ';' }),
    ];
    const paths = [file('a.csv', a), file('b.csv', b)];
    for (const flags of [[], ['--append'], ['--evaluate', '--format', 'json']]) {
      const several = await bcePredict([model, ...paths, '-q', ...flags]);
      const one = await bcePredict([model, file('whole.csv', written(0, 200, PLAIN)), '-q', ...flags]);
      assert.deepEqual([several.stdout, several.code], [one.stdout, 0]);
    }
    const pattern = temporary('join/[ab].csv');
    const asked = (validation: string) =>
      modelOf([file('whole.csv', written(0, 200, PLAIN)), '--validation', validation]);
    assert.deepEqual(await asked(pattern), await asked(file('whole2.csv', written(0, 200, PLAIN))));
    const several = await predict(model, paths);
    assert.deepEqual(several, await predict(model, file('whole.csv', written(0, 200, PLAIN))));
    const { terms } = await train(paths, { epochs: 3 });
    assert.deepEqual(terms, (await train(file('whole.csv', written(0, 200, PLAIN)), { epochs: 3 })).terms);
  });

  it('may lack or have more of what nobody uses', async () => {
    const a = file('used.csv', 'id,x,y\n1,3,0\n2,1,1\n3,2,0\n4,2,1\n');
    const b = file('more.csv', 'y,note,x\n0,hm,2\n1,"a\nb",5\n');
    const plain = file('plain.csv', 'x,y\n3,0\n1,1\n2,0\n2,1\n2,0\n5,1\n');
    const weights = (await bceTrain([plain, '-q'])).stdout;
    assert.equal((await bceTrain([a, b, '--features', 'x', '-q'])).stdout, weights);
    assert.equal((await bceTrain([a, b, '--formula', 'y ~ x', '-q'])).stdout, weights);
    const model = file('used-weights.csv', weights);
    assert.equal(
      (await bcePredict([model, a, b, '-q'])).stdout,
      (await bcePredict([model, plain, '-q'])).stdout,
    );
    const { stderr } = await bceTrain([
      file('used.csv', 'id,x,y\n1,3,0\n'),
      file('more.csv', 'y,note,x\n0,hm,2\n1,a,b,c\n'),
      '--features',
      'x',
    ]);
    assert.match(stderr, /more.csv:3: expected 3 cells, found 4\nhint: the columns are "y", "note", "x"/);
  });

  it('may have a header and nothing else, or no header at all', async () => {
    const rows = '1,0\n2,1\n3,0\n4,1\n';
    const expected = (await bceTrain([file('plain.csv', `x,y\n${rows}`), '-q'])).stdout;
    const paths = [file('empty.csv', 'x,y'), file('rows.csv', `x,y\n${rows}`), file('none.csv', 'y,x\n')];
    assert.equal((await bceTrain([...paths, '-q'])).stdout, expected);
    const bare = [file('bare1.csv', '1,0\n2,1'), file('bare2.csv', '3;0\n4;1\n')];
    assert.equal((await bceTrain([...bare, '-q'])).stdout, expected.replace('x,', 'x1,'));
  });

  it('begin with lines that are passed over, each of them', async () => {
    const rows = ['1,0\n2,1\n', '3,0\n4,1\n'];
    const expected = (await bceTrain([file('plain.csv', `x,y\n${rows.join('')}`), '-q'])).stdout;
    const paths = rows.map((part, i) => file(`noted${i}.csv`, `made in May\n# part ${i}\nx,y\n${part}`));
    assert.equal((await bceTrain([...paths, '--skip', '1', '--comment', '#', '-q'])).stdout, expected);
    const separated = rows.map((part, i) => file(`sep${i}.csv`, `sep=;\nx;y\n${part.replaceAll(',', ';')}`));
    assert.equal((await bceTrain([...separated, '-q'])).stdout, expected);
  });
});

describe('a pattern', () => {
  it('is the files that it matches, in the order of their bytes, unless a file has that very name', async () => {
    const parts = ['B', 'a', 'ä'].map((name, i) =>
      file(`of ${name}.csv`, `x,y\n${i},0\n${9 - i},1\n${i + 2},1\n`),
    );
    const expected = await modelOf(parts);
    assert.deepEqual(await modelOf([temporary('join/of *.csv')]), expected);
    assert.deepEqual(await modelOf([temporary('join/of {B,a,ä}.csv')]), expected);
    assert.deepEqual(await modelOf([temporary('join/of ?.csv')]), expected);
    const literal = file('of [x].csv', 'x,y\n1,0\n2,1\n');
    const { stderr } = await bceTrain([literal]);
    assert.match(stderr, /of \[x\].csv: 2 rows/);
  });
});

describe('files that do not fit', () => {
  const a = 'x,t,y\n1,u,0\n2,v,1\n';
  const cases: readonly (readonly [
    what: string,
    b: string,
    says: RegExp,
    hint: RegExp,
    flags?: readonly string[],
  ])[] = [
    [
      'a column less',
      'x,y\n1,0\n',
      /b\.csv:1: expected the columns of \S+a\.csv, found no "t"$/m,
      /each needs all/,
    ],
    [
      'a column more',
      'x,t,y,z\n1,u,0,2\n',
      /b\.csv:1: .* found "z" besides/,
      /with \S+b\.csv before the others, --target y --drop z/,
    ],
    ['another name', '\n\nX,t,y\n1,u,0\n', /b\.csv:3: .* found no "x", but "X"/, /by the names/],
    [
      'no header',
      '1,2,0\n',
      /b\.csv:1: expected a header, as in \S+a\.csv, found numbers/,
      /cat \S+a\.csv \S+b\.csv > whole\.csv/,
    ],
    ['a name twice', 'x,t,t,y\n1,u,v,0\n', /b\.csv:1: two columns are called "t": 2 and 3/, /must differ/],
    ['nothing', '\n', /b\.csv: the file is empty/, /^/],
    [
      'a word',
      `x,t,y\n"1\n",u,0\n${'9,u,0\n'.repeat(40)}word,u,1\n`,
      /b\.csv:44: column "x": expected a number, got "word"/,
      /--categorical x/,
    ],
    [
      'a word in another order',
      `y,x,t\n\n0,"1\n",u\n1,word,u\n`,
      /b\.csv:5: column "x": expected a number, got "word"/,
      /--categorical x/,
    ],
    [
      'more cells',
      'x,t,y\n1,u,0\n1,u,0,0\n',
      /b\.csv:3: expected 3 cells, found 4/,
      /the columns are "x", "t", "y"/,
    ],
    [
      'fewer cells in another order',
      'y,t,x\n1,u,0\n1,u\n',
      /b\.csv:3: expected 3 cells, found 2/,
      /the columns are "y", "t", "x"/,
    ],
    [
      'an open quote',
      'x,t,y\n1,u,0\n1,"u,0\n',
      /b\.csv:3: column 2: expected a closing quote/,
      /> mended\.csv, then name mended\.csv in its place:/,
    ],
    ['a missing cell', 'x,t,y\n1,,0\n', /b\.csv:2: .*missing ones in "t" \(1\), in 3 rows/, /--missing drop/],
    ['a third label', 'x,t,y\n1,u,5\n', /expected two labels, found 3/, /--target/],
  ];
  for (const [what, b, says, hint, flags = []] of cases) {
    it(`are refused with where and why: ${what}`, async () => {
      const { stdout, stderr, code } = await bceTrain([file('a.csv', a), file('b.csv', b), ...flags]);
      assert.deepEqual([stdout, code], ['', 1], stderr);
      assert.match(stderr, says);
      assert.match(/hint: (.*)/.exec(stderr)?.[1] ?? '', hint);
    });
  }

  it('are found out before the first is read', async () => {
    const open = file('a.csv', 'x,t,y\n1,"u,0\n');
    const { stderr } = await bceTrain([open, file('b.csv', 'x,y\n1,0\n')]);
    assert.match(stderr, /b\.csv:1: expected the columns/);
    assert.match(
      (await bceTrain([open, file('b.csv', a)])).stderr,
      /a\.csv:2: column 2: expected a closing quote/,
    );
  });

  it('are refused on the command line where they are no files', async () => {
    const path = file('a.csv', a);
    const lines: readonly (readonly [readonly string[], RegExp, number])[] = [
      [[path, path], /a\.csv" is named twice/, 2],
      [['-', '-'], /standard input is named twice/, 2],
      [[path, ''], /data: expected the name of a file, got ""/, 2],
      [[path, 'clickhouse://h/d/t'], /one table of ClickHouse, or files, got more/, 2],
      [[temporary('join/nothing*.csv')], /nothing\*\.csv: no file has a name of this pattern/, 1],
      [[path, temporary('join/none.txt')], /none\.txt: no such file/, 1],
      [[path, folder], /expected a file, found a directory/, 1],
      [[path, file('b.csv', a), '-o', temporary('join/b.csv')], /b\.csv is the file of the data/, 2],
    ];
    for (const [args, says, code] of lines) {
      const outcome = await bceTrain(args);
      assert.equal(outcome.code, code, outcome.stderr);
      assert.match(outcome.stderr, says);
    }
  });
});
