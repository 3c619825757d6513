/** Exported scorers give, where they run, the probabilities of bce-predict. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import { type Model, type TrainOptions, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import {
  c,
  compiler,
  duckdb,
  type Engine,
  javaScript,
  onnx,
  type Rows,
  sqlite,
  startPostgres,
} from '../support/engines.js';
import { bcePredict, example, exported, fixture, temporary } from '../support/support.js';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres.stop());

const ENGINES: readonly [name: string, flags: readonly string[], engine: Engine][] = [
  ['SQLite', ['sql'], sqlite],
  ['DuckDB', ['sql', '--dialect', 'duckdb'], duckdb],
  ['PostgreSQL', ['sql', '--dialect', 'postgres'], (...given) => postgres.run(...given)],
  ['JavaScript', ['js'], javaScript],
  ['C', ['c'], c],
  ['ONNX Runtime', ['onnx'], onnx],
];

/** The cells that the weighted columns of a model have in a CSV. */
function rowsOf(model: Model, csv: string): Rows {
  const isMissing = (cell: string) => cell === '' || cell === 'NA';
  const weighted = model.features.filter(({ name }) =>
    model.terms.some(({ feature, weight }) => feature === name && weight !== 0),
  );
  const namesOf = (kind: string) =>
    weighted.filter((feature) => feature.kind === kind).map(({ name }) => name);
  const [numbers, texts] = [namesOf('numeric'), namesOf('categorical')];
  const rows = (parse(csv, { columns: true }) as Record<string, string>[]).map((row) =>
    Object.fromEntries([
      ...numbers.map((name) => [name, isMissing(row[name]!) ? null : Number(row[name])]),
      ...texts.map((name) => [name, isMissing(row[name]!) ? null : row[name]]),
    ]),
  );
  return { numbers, texts, rows };
}

async function assertSame(
  model: string,
  data: string,
  rows: Rows,
  policy: readonly string[],
  skipC: () => void,
) {
  const { stdout, stderr } = await bcePredict([model, data, ...policy]);
  assert.doesNotMatch(stderr, /error/);
  const expected = stdout.split('\n').slice(1, -1);
  assert.equal(expected.length, rows.rows.length);
  for (const [name, flags, engine] of ENGINES) {
    if (name === 'C' && compiler() === undefined) {
      skipC();
      continue;
    }
    const found = await engine(await exported([model, '--export', ...flags, ...policy]), rows);
    assert.equal(found.length, expected.length, name);
    expected.forEach((cell, i) => {
      if (cell === '') assert.ok(Number.isNaN(found[i]), `${name}, row ${i}: ${found[i]}`);
      else assert.ok(Math.abs(found[i]! - Number(cell)) <= 1e-12, `${name}, row ${i}: ${found[i]}, ${cell}`);
    });
  }
}

describe('an exported model', () => {
  const tables: [string, string, TrainOptions][] = [
    ['titanic', example('titanic.csv'), { missing: 'drop' }],
    ['birthwt', fixture('birthwt.csv'), { categorical: ['race'] }],
    ['pima', example('pima.csv'), {}],
    ['credit', fixture('credit.csv'), { missing: 'mean' }],
    ['spam', fixture('spam.csv'), {}],
    ['patients', fixture('patients.csv'), {}],
    ['age', fixture('age.csv'), {}],
    ['breast_cancer', fixture('breast_cancer.csv'), { l2: 0.01 }],
    ['separated', fixture('separated.csv'), { epochs: 20 }],
    ['pima with L1', example('pima.csv'), { optimizer: 'nesterov', l1: 0.05 }],
  ];
  for (const [name, path, options] of tables) {
    it(`has the probabilities of bce-predict everywhere: ${name}`, async (t) => {
      const model = await train(path, { optimizer: 'lbfgs', ...options });
      const file = temporary('model.json', modelAsJson(model));
      const rows = rowsOf(model, readFileSync(path, 'utf8'));
      const policy = ['--missing', options.missing === 'mean' ? 'mean' : 'empty', '--unseen', 'missing'];
      await assertSame(file, path, rows, policy, () => t.diagnostic('no C compiler: C is left out'));
    });
  }

  const lines = ['"a""b",it\'s,"x\ny; DROP TABLE data; --",café \\,ms,??/,h_0,logit,y'];
  const levels = ["o'k", '"q"', 'a\\', '??/', 'é', '%s', '-- $1'];
  for (let i = 0; i < 140; i++) {
    const level = levels[i % 7]!.replaceAll('"', '""');
    const cells = [
      i % 5,
      (i * 7) % 11,
      `"${level}"`,
      levels[(i * 3) % 5]!.replaceAll('"', ''),
      1.7e12 + i * i,
    ];
    lines.push(
      [...cells, (i % 3) - 1, (i * 13) % 17, (i * 5) % 7, (i * 37) % 100 > (i % 5) * 20 ? 1 : 0].join(','),
    );
  }
  const training = `${lines.join('\n')}\n`;
  const holes = [
    `,1,"o'k",é,1700000000000,0,1,1,0`,
    `1,NA,"o'k",é,1700000000001,0,1,1,0`,
    `1,1,,é,1700000000002,0,1,1,0`,
    `1,1,never,é,1700000000003,0,1,1,0`,
    `1,1,"o'k",never,1700000000004,0,1,1,0`,
    `1,1,"o'k",é,,0,1,1,0`,
  ];
  for (const missing of ['empty', 'mean']) {
    for (const unseen of ['missing', 'baseline']) {
      it(`quotes odd names and levels, keeps digits, and does as told: ${missing}, ${unseen}`, async (t) => {
        const model = await train(temporary('odd.csv', training), { optimizer: 'newton', l2: 0.01 });
        assert.ok(model.descent.pivot.some((pivot) => pivot !== 0));
        const file = temporary('odd.json', modelAsJson(model));
        const csv = `${training}${holes.join('\n')}\n`;
        const policy = ['--missing', missing, '--unseen', unseen];
        const rows = rowsOf(model, csv);
        const say = () => t.diagnostic('no C compiler: C is left out');
        await assertSame(file, temporary('holes.csv', csv), rows, policy, say);
      });
    }
  }

  it('comes from weights alone when unseen levels are the baseline', async () => {
    const weights = temporary('alone.csv', 'feature,weight\n(intercept),0.5\nx,2\nf=b,1\nf=c,-1\n');
    const refused = await bcePredict([weights, '--export', 'js']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /does not name the baseline of "f"/);
    const code = await exported([weights, '--export', 'js', '--unseen', 'baseline']);
    const rows = [
      { x: 0, f: 'a' },
      { x: 1, f: 'b' },
    ];
    const sigma = (h: number) => 1 / (1 + Math.exp(-h));
    assert.deepEqual(await javaScript(code, { numbers: ['x'], texts: ['f'], rows }), [
      sigma(0.5),
      sigma(3.5),
    ]);
    const unclear = temporary('unclear.csv', 'feature,weight\na=b=c,1\n');
    assert.match(
      (await bcePredict([unclear, '--export', 'js'])).stderr,
      /can be read as levels of more than one column/,
    );
  });

  it('names a column that SQLite does not find, in place of taking its name for a text', async () => {
    const weights = temporary('x.csv', 'feature,weight\nx,2\n');
    const sql = await exported([weights, '--export', 'sql']);
    await assert.rejects(
      sqlite(sql, { numbers: ['z'], texts: [], rows: [{ z: 1 }] }),
      /no such column: t\.x/,
    );
  });

  it('is not led astray by a logit and a probability that the table has already', async () => {
    const weights = temporary('led.csv', 'feature,weight\nx,2\n');
    const table = {
      numbers: ['logit', 'probability', 'x'],
      texts: [],
      rows: [{ logit: 9, probability: 0.9, x: 0 }],
    };
    const sql = await exported([weights, '--export', 'sql']);
    assert.deepEqual(await sqlite(sql, table), [0.5]);
    const duck = await exported([weights, '--export', 'sql', '--dialect', 'duckdb']);
    assert.deepEqual(await duckdb(duck, table), [0.5]);
    const strict = await exported([weights, '--export', 'sql', '--dialect', 'postgres']);
    await assert.rejects(postgres.run(strict, table), /"logit" is ambiguous/);
  });

  it('of more weights than an expression may be deep is a sum of sums', async () => {
    const names = Array.from({ length: 1500 }, (_, j) => `x${j}`);
    const lines = names.map((name, j) => `${name},${((j * 7) % 11) - 5}`);
    const weights = temporary('deep.csv', `feature,weight\n(intercept),0.25\n${lines.join('\n')}\n`);
    const row = Object.fromEntries(names.map((name, j) => [name, ((j * 5) % 13) / 64]));
    const h = names.reduce((so, _, j) => so + (((j * 7) % 11) - 5) * (((j * 5) % 13) / 64), 0.25);
    const table = { numbers: names, texts: [], rows: [row] };
    for (const [dialect, engine] of [
      ['sqlite', sqlite],
      ['duckdb', duckdb],
    ] as const) {
      const [p] = await engine(await exported([weights, '--export', 'sql', '--dialect', dialect]), table);
      assert.ok(Math.abs(p! - 1 / (1 + Math.exp(-h))) <= 1e-12, `${dialect}: ${p}, ${h}`);
    }
  });

  it('selects from the table that is named', async () => {
    const { stdout } = await bcePredict([fixture('titanic-model.json'), '--export', 'sql', '--table', 'a"b']);
    assert.match(stdout, /FROM "a""b" AS t/);
  });

  it('without a weight is a constant, which ONNX has no form for', async () => {
    const weights = temporary('constant.csv', 'feature,weight\n(intercept),0\nx,0\n');
    const rows = { numbers: [], texts: [], rows: [{}] };
    assert.deepEqual(await javaScript(await exported([weights, '--export', 'js']), rows), [0.5]);
    assert.deepEqual(await sqlite(await exported([weights, '--export', 'sql']), rows), [0.5]);
    const { code, stderr } = await bcePredict([weights, '--export', 'onnx']);
    assert.deepEqual([code, /expected a model in which some column has a weight/.test(stderr)], [2, true]);
  });

  it('passes the checker of ONNX', async (t) => {
    const check = 'import sys, onnx; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)';
    const python = ['python3', '/usr/bin/python3'].find(hasOnnx);
    if (python === undefined) {
      t.skip('no python3 has the package onnx; on Debian: apt-get install python3-onnx');
      return;
    }
    const path = temporary('model.onnx', await exported([fixture('titanic-model.json'), '--export', 'onnx']));
    execFileSync(python, ['-c', check, path]);
  });

  it('refuses flags that it has no use for', async () => {
    const of = async (...flags: string[]) =>
      (await bcePredict([fixture('titanic-model.json'), '--export', 'js', ...flags])).stderr;
    assert.match(await of('--append'), /--export and --append cannot be used together/);
    assert.match(await of('--missing', 'drop'), /--export and --missing drop cannot be used together/);
    assert.match(await of('--unseen', 'error'), /--export and --unseen error cannot be used together/);
    assert.match(await of('--dialect', 'duckdb'), /--dialect goes with --export sql only/);
    const data = await bcePredict([fixture('titanic-model.json'), example('titanic.csv'), '--export', 'js']);
    assert.match(data.stderr, /--export: expected a model only, got data too/);
  });
});

function hasOnnx(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import onnx'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
