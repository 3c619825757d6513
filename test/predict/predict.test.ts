/** Predictions: the right rows, the right numbers, whatever way they come in and go out. */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { predictMain } from '../../src/cli/predict/main.js';
import { namedWeights, type TrainOptions, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { parseModelFile } from '../../src/model/modelFile.js';
import { type RowScorer, rowScorer, type ScoreOptions } from '../../src/predict/scoreRows.js';
import { scorerOf } from '../../src/predict/scorerOfFile.js';
import { weightsAsCsv } from '../../src/report/text/weights.js';
import { PLAIN_NUMBERS } from '../../src/source/csv/number.js';
import { readRows } from '../../src/source/csv/rows.js';
import { placesIn } from '../../src/source/places.js';
import { scanRows } from '../../src/source/scan/scanRows.js';
import { bcePredict, example, fixture, readJson, shell, temporary } from '../support/support.js';

const titanic = example('titanic.csv');

/** Column `feature,weight` of a few weights. */
function weightsFile(name: string, weights: Readonly<Record<string, number>>): string {
  const named = Object.entries(weights).map(([feature, weight]) => ({ feature, weight }));
  return temporary(name, weightsAsCsv(named, ','));
}

function numbersOf(stdout: string): number[] {
  return stdout.trimEnd().split('\n').slice(1).map(Number);
}

describe('predictions', () => {
  const tables: [string, string, TrainOptions][] = [
    ['titanic', titanic, { missing: 'drop' }],
    ['birthwt', fixture('birthwt.csv'), {}],
    ['pima', example('pima.csv'), {}],
    ['credit', fixture('credit.csv'), { missing: 'drop' }],
    ['spam', fixture('spam.csv'), {}],
    ['patients', fixture('patients.csv'), {}],
  ];
  for (const [name, path, options] of tables) {
    it(`are sigma of the weighted cells on ${name}, from a JSON model and from weights`, async () => {
      const model = await train(path, { ...options, optimizer: 'lbfgs' });
      const weights = new Map(namedWeights(model).map(({ feature, weight }) => [feature, weight]));
      const rows: Record<string, string>[] = parse(readFileSync(path), { columns: true });
      const isMissing = (cell: string) => cell === '' || cell === 'NA';
      const expected = rows.flatMap((row) => {
        const { [model.target.name]: _, ...cells } = row;
        if (Object.values(row).some(isMissing)) return [];
        let h = weights.get('(intercept)')!;
        for (const [column, cell] of Object.entries(cells)) {
          const slope = weights.get(column);
          h += slope === undefined ? (weights.get(`${column}=${cell}`) ?? 0) : slope * Number(cell);
        }
        return [1 / (1 + Math.exp(-h))];
      });
      const json = temporary(`${name}.json`, modelAsJson(model));
      const csv = weightsFile(`${name}-weights.csv`, Object.fromEntries(weights));
      for (const file of [json, csv]) {
        const { code, stdout } = await bcePredict([file, path, '--missing', 'drop']);
        assert.equal(code, 0);
        const predicted = numbersOf(stdout);
        assert.equal(predicted.length, expected.length);
        predicted.forEach((p, i) => {
          assert.ok(Math.abs(p - expected[i]!) <= 1e-14, `row ${i}: ${p}, ${expected[i]}`);
        });
      }
    });
  }

  it('keep their digits where a column lies far from zero', async () => {
    const start = 1.7e12;
    const lines = Array.from({ length: 400 }, (_, i) => `${start + i},${(i * 7919) % 400 > i ? 0 : 1}`);
    const data = temporary('times.csv', `ms,y\n${lines.join('\n')}\n`);
    const model = await train(data, { optimizer: 'newton' });
    const { pivot, mu, s, weights } = model.descent;
    const { stdout } = await bcePredict([
      temporary('times.json', modelAsJson(model)),
      data,
      '--kind',
      'logit',
    ]);
    numbersOf(stdout).forEach((h, i) => {
      const exact = ((start + i - pivot[0]! - mu[0]!) / s[0]!) * weights[0]! + weights[1]!;
      assert.ok(Math.abs(h - exact) < 1e-12, `${h} ${exact}`);
    });
    // a slope changed by hand counts as it is
    const [intercept, slope] = model.terms;
    assert.ok(intercept !== undefined && slope !== undefined);
    const changed = { ...model, terms: [intercept, { ...slope, weight: 2 * slope.weight }] };
    const by = await bcePredict([temporary('changed.json', modelAsJson(changed)), data, '--kind', 'logit']);
    const slopes = numbersOf(by.stdout);
    assert.ok(Math.abs(slopes[1]! - slopes[0]! - 2 * slope.weight) < 0.01);
  });

  it('saturate without overflow', async () => {
    const weights = weightsFile('steep.csv', { x: 1 });
    const { stdout } = await bcePredict([weights, '-'], {
      stdin: 'x,y\n1000,1\n-1000,0\n-700,0\n1e308,1\n0,1\n',
    });
    assert.deepEqual(numbersOf(stdout), [1, 0, Math.exp(-700), 1, 0.5]);
  });

  it('refuse a logit that is no number', async () => {
    const weights = weightsFile('huge.csv', { x: 1e300, z: -1e300 });
    const { code, stderr } = await bcePredict([weights, '-'], { stdin: 'x,z\n1e300,1e300\n' });
    assert.equal(code, 1);
    assert.match(stderr, /<stdin>:2: the logit is /);
  });
});

describe('the columns', () => {
  const weights = () => weightsFile('two.csv', { '(intercept)': 0.5, age: 0.1, 'sex=male': -1 });

  it('are found by name in any order, others ignored', async () => {
    const plain = await bcePredict([weights(), '-'], { stdin: 'sex,age\nmale,3\nfemale,4\n' });
    const other = await bcePredict([weights(), '-'], {
      stdin: 'note;age;"x";sex\n"a; ""b""";3;;male\nrest;4;;female\n',
    });
    assert.deepEqual(numbersOf(plain.stdout), [sigma(0.5 + 0.1 * 3 - 1), sigma(0.5 + 0.1 * 4)]);
    assert.equal(other.stdout, plain.stdout);
  });

  it('are named when they are missing, with those that are near', async () => {
    const { code, stdout, stderr } = await bcePredict([weights(), '-'], { stdin: 'Sex,ages,y\nmale,3,1\n' });
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /found no "age", "sex"\nhint: did you mean "ages" for "age", "Sex" for "sex"\?/);
  });

  it('of weights that are all 0 need not be there', async () => {
    const file = weightsFile('sparse.csv', { '(intercept)': 0, a: 1, b: 0, 'c=u': 0 });
    const { stdout } = await bcePredict([file, '-'], { stdin: 'a\n0\n' });
    assert.deepEqual(numbersOf(stdout), [0.5]);
  });

  it('called x1, x2, ... are those of a file without a header', async () => {
    const file = weightsFile('numbered.csv', { x2: 2 });
    const { stdout } = await bcePredict([file, '-', '--no-header'], { stdin: '9,0\n9,1\n' });
    assert.equal(stdout, `probability\n0.5\n${sigma(2)}\n`);
  });

  it('and levels of weights are told apart by the header', async () => {
    const file = weightsFile('equals.csv', { 'a=b': 1, 'c=d=e': 2 });
    const numeric = await bcePredict([file, '-'], { stdin: 'a=b,c\n3,d=e\n' });
    assert.deepEqual(numbersOf(numeric.stdout), [sigma(5)]);
    const level = await bcePredict([file, '-'], { stdin: 'a,c=d\nb,e\n' });
    assert.deepEqual(numbersOf(level.stdout), [sigma(3)]);
    const both = await bcePredict([file, '-'], { stdin: 'a,a=b,c\nb,1,d\n' });
    assert.equal(both.code, 1);
    assert.match(both.stderr, /"a=b" can belong to more than one column: "a=b", "a"\nhint: a JSON model/);
  });
});

function sigma(h: number): number {
  return h < 0 ? Math.exp(h) / (1 + Math.exp(h)) : 1 / (1 + Math.exp(-h));
}

describe('missing cells and unseen levels', () => {
  let json = '';
  let mean = 0;
  before(async () => {
    const model = await train(titanic, { missing: 'drop', optimizer: 'newton' });
    json = temporary('titanic-model.json', modelAsJson(model));
    const age = model.features.find(({ name }) => name === 'age');
    mean = age?.kind === 'numeric' ? age.mean : 0;
  });
  const data = 'sex,age,passengerClass\nmale,NA,1st\n,30,2nd\nfemale,30,4th\nfemale,30,1st\n';

  it('are errors by default, after the rows before them', async () => {
    const stdin = 'sex,age,passengerClass\nfemale,30,1st\nmale,,1st\n';
    const { code, stdout, stderr } = await bcePredict([json, '-'], { stdin });
    assert.equal(code, 1);
    assert.equal(numbersOf(stdout).length, 1);
    assert.match(
      stderr,
      /<stdin>:3: column "age": expected a value, found a missing cell\nhint: --missing empty/,
    );
    const unseen = await bcePredict([json, '-', '--missing', 'drop'], { stdin: data });
    assert.match(
      unseen.stderr,
      /<stdin>:4: column "passengerClass": expected a level of .*, got "4th"\nhint:/,
    );
  });

  it('leave their predictions empty, their rows out, or take what training would', async () => {
    const of = async (...flags: string[]) =>
      (await bcePredict([json, '-', ...flags], { stdin: data })).stdout;
    const all = await of('--missing', 'empty', '--unseen', 'missing');
    assert.deepEqual(
      all.split('\n').map((line) => line !== ''),
      [true, false, false, false, true, false],
    );
    assert.equal((await of('--missing', 'drop', '--unseen', 'missing')).split('\n').length, 3);
    const filled = numbersOf(await of('--missing', 'mean', '--unseen', 'missing'));
    const stdin = `sex,age,passengerClass\nmale,${mean},1st\nmale,30,2nd\nfemale,30,3rd\nfemale,30,1st\n`;
    assert.deepEqual(filled, numbersOf((await bcePredict([json, '-'], { stdin })).stdout));
    const baseline = numbersOf(await of('--missing', 'mean', '--unseen', 'baseline'));
    assert.equal(baseline[2], baseline[3]);
  });

  it('are counted by column on standard error', async () => {
    const flags = ['--missing', 'empty', '--unseen', 'missing'];
    const { stderr } = await bcePredict([json, '-', ...flags], { stdin: data });
    assert.equal(
      stderr,
      'note: missing cells: "age" 1, "sex" 1\n' +
        'note: levels that no training row had: "passengerClass" 1, the first "4th"\n' +
        '<stdin>: 4 rows, 3 with missing cells\n',
    );
  });

  it('of weights alone: the text before all levels is the baseline, one after them is none', async () => {
    const file = weightsFile('classes.csv', { 'class=2nd': 1, 'class=3rd': 2 });
    const first = await bcePredict([file, '-'], { stdin: 'class\n2nd\n1st\n1st\n3rd\n' });
    assert.deepEqual(numbersOf(first.stdout), [sigma(1), 0.5, 0.5, sigma(2)]);
    assert.match(
      first.stderr,
      /note: column "class": "1st" has no weight and comes first: taken for the baseline/,
    );
    const after = await bcePredict([file, '-'], { stdin: 'class\n1st\n4th\n' });
    assert.match(after.stderr, /<stdin>:3: column "class": expected a level of .*, got "4th"/);
    const second = await bcePredict([file, '-'], { stdin: 'class\n1st\n0th\n' });
    assert.match(second.stderr, /<stdin>:3: column "class": expected one level .*, got "0th" after "1st"/);
    const taken = await bcePredict([file, '-', '--unseen', 'baseline'], { stdin: 'class\n1st\n0th\n4th\n' });
    assert.deepEqual(numbersOf(taken.stdout), [0.5, 0.5, 0.5]);
    assert.match(taken.stderr, /levels that no training row had: "class" 2, the first "0th"/);
  });
});

describe('the form of the output', () => {
  const weights = () => weightsFile('one.csv', { x: 1 });

  it('is a logit or a class from a threshold on when asked', async () => {
    const stdin = 'x\n-1\n0\n1\n';
    const of = async (...flags: string[]) => (await bcePredict([weights(), '-', ...flags], { stdin })).stdout;
    assert.equal(await of('--kind', 'logit'), 'logit\n-1\n0\n1\n');
    assert.equal(await of('--kind', 'class'), 'class\n0\n1\n1\n');
    assert.equal(await of('--kind', 'class', '--threshold', '0.7', '--name', 'y'), 'y\n0\n0\n1\n');
  });

  it('is a class in the words of a JSON model', async () => {
    const model = await train(titanic, { missing: 'drop' });
    const json = temporary('words.json', modelAsJson(model));
    const stdin = 'sex,age,passengerClass\nfemale,30,1st\nmale,30,3rd\n';
    const { stdout } = await bcePredict([json, '-', '--kind', 'class'], { stdin });
    assert.equal(stdout, 'class\nyes\nno\n');
  });

  it('keeps appended rows byte for byte, with quotes, line ends, blank lines and other bytes', async () => {
    const stdin = Buffer.concat([
      Buffer.from('\ufeffnote;x\r\n"a;\r\nb ""c""";0\n\n   \n'),
      Buffer.from([0xe9, 0x3b, 0x31, 0x0d]),
      Buffer.from('"";"-1"\r\nlast;2'),
    ]);
    const io = await captured([weights(), '-', '--append', '--delimiter', ';'], stdin);
    const expected = Buffer.concat([
      Buffer.from(`\ufeffnote;x;probability\r\n"a;\r\nb ""c""";0;0.5\n`),
      Buffer.from([0xe9, 0x3b, 0x31]),
      Buffer.from(`;${sigma(1)}\r"";"-1";${sigma(-1)}\r\nlast;2;${sigma(2)}\n`),
    ]);
    assert.deepEqual(io, expected);
  });

  it('appends the same whatever the size of the file, and refuses a name that is taken', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `${i % 7 === 3 ? `"q ""${i}"""` : i},${i % 11}`);
    const stdin = `id,x\n${rows.join('\n')}\n`;
    const { stdout } = await bcePredict([weights(), '-', '--append'], { stdin });
    const expected = rows.map((row, i) => `${row},${sigma(i % 11)}`);
    assert.equal(stdout, `id,x,probability\n${expected.join('\n')}\n`);
    const taken = await bcePredict([weights(), '-', '--append', '--name', 'id'], { stdin });
    assert.equal(taken.code, 2);
    assert.match(taken.stderr, /--append: the data have a column "id" already\nhint: .*--name/);
  });

  it('refuses a name that is empty', async () => {
    for (const [flag, ...others] of [['--name'], ['--table', '--export', 'sql']] as const) {
      const { code, stderr } = await bcePredict([fixture('titanic-model.json'), ...others, flag!, '']);
      assert.deepEqual([code, stderr], [2, `error: ${flag}: expected a name, got ""\n`]);
    }
  });

  it('has no header beside rows that have none', async () => {
    const file = weightsFile('headless.csv', { x1: 1 });
    const { stdout } = await bcePredict([file, '-', '--append'], { stdin: '0,7\n' });
    assert.equal(stdout, '0,7,0.5\n');
  });
});

/** What is written for `stdin`, as bytes. */
async function captured(args: readonly string[], stdin: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const stderr = new Writable({ write: (_, __, done) => done() });
  const io = { stdin: Readable.from([stdin]), stdout, stderr, env: {}, onInterrupt: () => () => {} };
  assert.equal(await predictMain(args, io), 0);
  return Buffer.concat(chunks);
}

describe('the file of the model', () => {
  it('may begin with the byte order mark that Windows puts in front', async () => {
    const model = readFileSync(fixture('titanic-model.json'), 'utf8');
    const plain = await bcePredict([fixture('titanic-model.json'), titanic, '--missing', 'mean']);
    const marked = temporary('marked.json', `\ufeff${model}`);
    assert.deepEqual(await bcePredict([marked, titanic, '--missing', 'mean']), plain);
    const table = temporary('marked.tsv', '\ufefffeature\tweight\r\nx\t2\r\n');
    assert.deepEqual(numbersOf((await bcePredict([table, '-'], { stdin: 'x,y\n0,1\n' })).stdout), [0.5]);
  });

  it('may be of format 1, and of before there was a version of it', async () => {
    const args = [titanic, '--missing', 'mean', '-q'];
    const today = await bcePredict([fixture('titanic-model.json'), ...args]);
    assert.equal(today.code, 0);
    const model = readJson(fixture('titanic-model-1.json'));
    assert.deepEqual(await bcePredict([fixture('titanic-model-1.json'), ...args]), today);
    delete model.formatVersion;
    assert.deepEqual(await bcePredict([temporary('old.json', JSON.stringify(model)), ...args]), today);
  });

  const brokenOnes: [
    what: string,
    change: (model: ReturnType<typeof JSON.parse>) => void,
    message: RegExp,
  ][] = [
    ['no features', (model) => delete model.features, /broken\.json: expected a list of features/],
    ['a feature that is null', ({ features }) => (features[0] = null), /feature 1: expected its name, kind/],
    ['no weights', ({ features }) => delete features[0].weights, /feature 1: expected its name, kind and we/],
    [
      'a weight too many',
      ({ features }) => features[0].weights.push(1),
      /feature 1: expected its name, kind/,
    ],
    ['no weight', ({ features }) => delete features[1].weight, /the weight of "age" is no finite number/],
    [
      'an intercept that is a text',
      (model) => (model.intercept = 'x'),
      /"\(intercept\)" is no finite number/,
    ],
  ];
  for (const [what, change, message] of brokenOnes) {
    it(`of format 1 is refused with ${what}`, async () => {
      const model = readJson(fixture('titanic-model-1.json'));
      change(model);
      const { code, stderr } = await bcePredict([temporary('broken.json', JSON.stringify(model)), titanic]);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /fault of/);
      assert.equal(code, 1);
    });
  }

  const broken: [what: string, change: (model: ReturnType<typeof JSON.parse>) => void, message: RegExp][] = [
    [
      'a newer format',
      (model) => Object.assign(model, { formatVersion: 3, version: '3.1.0' }),
      /broken\.json: expected a model file of format 2, found format 3 of bce-train 3\.1\.0\nhint: this is bce-train/,
    ],
    ['a format that is no number', (model) => (model.formatVersion = 'x'), /whole number as "formatVersion"/],
    ['no features', (model) => delete model.features, /broken\.json: expected a list of features/],
    [
      'a feature that is null',
      ({ features }) => (features[0] = null),
      /feature 1: expected its name, and its/,
    ],
    [
      'a name that is none',
      ({ features }) => (features[1].name = 5),
      /feature 2: expected its name, and its/,
    ],
    ['a kind that is none', ({ features }) => (features[0].kind = 'x'), /feature 1: expected its name, and/],
    ['no levels', ({ features }) => delete features[0].levels, /feature 1: expected its name, and its kind/],
    ['no terms', (model) => delete model.terms, /broken\.json: expected a list of terms/],
    ['a term that is null', ({ terms }) => (terms[0] = null), /term 1: expected its name/],
    ['a term without a name', ({ terms }) => delete terms[1].name, /term 2: expected its name/],
    ['a term too few', ({ terms }) => terms.pop(), /broken\.json: no weight for "passengerClass=3rd"/],
    ['a term too many', ({ terms }) => terms.push({ name: 'x', weight: 1 }), /no feature has a weight "x"/],
    ['a term twice', ({ terms }) => terms.push(terms[1]), /two weights are called "sex=male"/],
    ['no intercept', ({ terms }) => terms.shift(), /no weight for \(intercept\)/],
    [
      'a most frequent level that is none',
      ({ features }) => (features[0].mostFrequent = 'x'),
      /feature 1: expected its mean, or its levels and the most frequent of them/,
    ],
    ['no mean', ({ features }) => (features[1].mean = null), /feature 2: expected its mean, or/],
    [
      'an intercept that is a text',
      ({ terms }) => (terms[0].weight = 'x'),
      /"\(intercept\)" is no finite number/,
    ],
  ];
  for (const [what, change, message] of broken) {
    it(`is refused with ${what}`, async () => {
      const model = JSON.parse(readFileSync(fixture('titanic-model.json'), 'utf8'));
      change(model);
      const path = temporary('broken.json', JSON.stringify(model));
      const { code, stderr } = await bcePredict([path, titanic]);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /fault of/);
      assert.equal(code, 1);
    });
  }

  it('tells the weights as they were solved for whole, or counts as without them', async () => {
    const of = async (descent: unknown) => {
      const model = JSON.parse(readFileSync(fixture('titanic-model.json'), 'utf8'));
      const path = temporary('descent.json', JSON.stringify({ ...model, descent }));
      return bcePredict([path, titanic, '--missing', 'mean']);
    };
    const without = await of(undefined);
    assert.equal(without.code, 0);
    for (const descent of [null, 5, {}, { weights: 1, pivot: 'abc', mu: 2, s: 3 }, { pivot: [1] }]) {
      assert.deepEqual(await of(descent), without);
    }
  });
});

describe('the way in and out', () => {
  it('takes the model or the data from standard input, gzip or not, but not both', async () => {
    const weights = weightsFile('in.csv', { x: 1 });
    const data = temporary('in-data.csv', 'x\n0\n');
    const expected = 'probability\n0.5\n';
    assert.equal((await bcePredict(['-', data], { stdin: readFileSync(weights) })).stdout, expected);
    assert.equal((await bcePredict([weights], { stdin: gzipSync('x\n0\n') })).stdout, expected);
    assert.equal(
      (await bcePredict(['-', data], { stdin: gzipSync(readFileSync(weights)) })).stdout,
      expected,
    );
    const { code, stderr } = await bcePredict(['-']);
    assert.deepEqual([code, /cannot both come from standard input/.test(stderr)], [2, true]);
  });

  it('shows how it is used when it would wait for rows to be typed', async () => {
    const { code, stderr } = await bcePredict([weightsFile('tty.csv', { x: 1 })], { isTTY: { stdin: true } });
    assert.deepEqual([code, stderr.split('\n')[0]], [2, 'usage: bce-predict [options] <model> [data]']);
  });

  it('names itself in hints', async () => {
    const { stderr } = await bcePredict([weightsFile('hint.csv', { x: 1 }), '-'], {
      stdin: 'BZh91AY&SY data',
    });
    assert.match(stderr, /hint: \.\.\. \| bzip2 -dc \| bce-predict \S+hint\.csv - reads it\n/);
  });

  it('reads no more while nobody takes what it writes', async () => {
    const weights = weightsFile('slow.csv', { x: 1 });
    const piece = Buffer.from('1\n'.repeat(1 << 15));
    let pulled = 0;
    const stdin = Readable.from(
      (function* () {
        yield Buffer.from('x\n');
        for (let i = 0; i < 1000; i++) {
          pulled++;
          yield piece;
        }
      })(),
      { objectMode: false },
    );
    let onWritten = (_: () => void) => {};
    const written = new Promise<() => void>((resolve) => {
      onWritten = resolve;
    });
    const stdout = new Writable({ write: (_, __, done) => onWritten(done) });
    const stderr = new Writable({ write: (_, __, done) => done() });
    const io = { stdin, stdout, stderr, env: {}, onInterrupt: () => () => {} };
    const running = predictMain([weights, '-'], io);
    const release = await written;
    for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(pulled > 0 && pulled < 64, `${pulled} pieces pulled`);
    stdout._write = (_, __, done) => done();
    release();
    assert.equal(await running, 0);
    assert.equal(pulled, 1000);
  });

  it('does not wait for more when a row is refused', async () => {
    const weights = weightsFile('open.csv', { x: 1 });
    const stdin = new Readable({ read: () => {} });
    stdin.push(`x\n${'1\n'.repeat(1 << 17)}word\n${'1\n'.repeat(1 << 19)}`);
    const { code, stderr } = await bcePredict([weights, '-'], { stdin });
    assert.equal(code, 1);
    assert.match(stderr, /<stdin>:131074: column "x": expected a number, got "word"/);
  });

  it('gives the same on threads, to the row that is refused', async () => {
    const weights = weightsFile('threads.csv', { x: 1, 'f=m': 2, 'f=n': -1 });
    // as many bytes as threads are started for; each meets the levels in an order of its own
    const id = 'q, '.repeat(250);
    const levelOf = (i: number) => 'lmn'[(i + Math.floor(i / 500)) % 3];
    const rows = Array.from({ length: 90_000 }, (_, i) => `${i % 97},"${id}${i}",${levelOf(i)}`);
    rows.push('1,,unseen', ...rows.slice(0, 10_000));
    const path = temporary('threads-data.csv', `x,id,f\n${rows.join('\n')}\n`);
    const [one, ...others] = await Promise.all(
      [
        ['--threads', '1'],
        ['--threads', '3'],
        ['--threads', '2', '--append'],
      ].map((flags) => bcePredict([weights, path, ...flags])),
    );
    assert.ok(statSync(path).size >= 2 ** 26);
    assert.match(one!.stderr, /threads-data\.csv:90002: column "f": expected a level/);
    for (const { stderr } of others) assert.equal(stderr, one!.stderr);
    assert.equal(others[0]!.stdout, one!.stdout);
    const lines = one!.stdout.split('\n');
    assert.equal(lines.length, 90_002);
    const appended = [`x,id,f,${lines[0]}`, ...lines.slice(1, -1).map((p, i) => `${rows[i]},${p}`), ''];
    assert.equal(others[1]!.stdout, appended.join('\n'));
  });

  it('ends quietly when its reader has gone, and fails when the disk is full', async () => {
    const weights = weightsFile('pipe.csv', { x: 1 });
    const rows = temporary('pipe-data.csv', `x\n${'0.25\n'.repeat(200_000)}`);
    const gone = await shell(`set -o pipefail; bce-predict ${weights} ${rows} | head -2`);
    assert.deepEqual([gone.code, gone.stdout, gone.stderr], [0, `probability\n${sigma(0.25)}\n`, '']);
    const full = await shell(`bce-predict ${weights} ${rows} > /dev/full`);
    assert.deepEqual(
      [full.code, full.stderr],
      [1, 'error: standard output: cannot write: no space left on the device\n'],
    );
  });

  it('goes from training to predicting through a pipe', async () => {
    const line = `bce-train ${titanic} --missing drop --optimizer newton -q | bce-predict - ${titanic} --missing drop -q | wc -l`;
    const { code, stdout, stderr } = await shell(line);
    assert.deepEqual([code, stdout.trim(), stderr], [0, '1047', '']);
  });
});

describe('scanned rows', () => {
  const weights = 'feature,weight\n(intercept),0.1\na,0.5\nb,-0.25\nf=m,1.5\nf=n,-2\n';
  const file = parseModelFile(weights, 'weights.csv');
  const options: ScoreOptions = {
    header: true,
    missing: 'empty',
    unseen: 'missing',
    missingWords: ['NA', '-9'],
    numbers: PLAIN_NUMBERS,
    evaluation: undefined,
  };

  type Scored = [h: number, line: number];

  /** Every row as it is scored, then what ended it. */
  async function scored(
    read: (intake: RowScorer['intake']) => Promise<void>,
    changed: Partial<ScoreOptions> = {},
  ) {
    const rows: Scored[] = [];
    const sink = { begin: () => {}, take: (h: number, line: number) => void rows.push([h, line]) };
    const { intake, counts } = rowScorer(
      placesIn('t.csv'),
      { ...options, ...changed },
      (names) => scorerOf(file, names),
      sink,
    );
    const end = await read(intake).then(
      () => 'done',
      (error: Error) => error.message,
    );
    return { rows, end, counts };
  }

  async function* once(text: string) {
    if (text !== '') yield Buffer.from(text);
  }

  it('have the logits, the lines, the counts and the errors of parsed ones', async () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, min: -9, max: 9 }).map(String),
      fc.constantFrom('', ' NA', '-9.0', '" 1"', 'word'),
    );
    const odd = fc.constantFrom('m', 'n', 'k', '"m"', '', 'NA', 'z', ' n ', '"a""b"', '-9');
    const usual = fc.tuple(
      fc.integer().map(String),
      fc.integer().map(String),
      fc.constantFrom('m', 'n', 'k'),
    );
    const row = fc.oneof({ weight: 6, arbitrary: usual }, fc.tuple(number, number, odd));
    const lineEnd = fc.constantFrom('\n', '\r\n', '\n\n');
    const table = fc.array(fc.tuple(row, lineEnd), { maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 32, max: 400 }), async (rows, chunkBytes) => {
        const text = `f,b,other,a\n${rows.map(([[a, b, f], end]) => `${f},${b},"x, y",${a}${end}`).join('')}`;
        const parsed = await scored(async (scorer) => {
          for await (const batch of readRows(once(text), placesIn('t.csv'), ',')) {
            batch.rows.forEach((cells, r) => {
              scorer.add(cells, batch.lines[r]!);
            });
          }
        });
        const sizes = { headRows: 1, chunkBytes, fewBytes: 0 };
        const scanned = await scored((scorer) => scanRows(once(text), placesIn('t.csv'), ',', scorer, sizes));
        assert.deepEqual(scanned, parsed);
      }),
      { numRuns: 300 },
    );
  });

  it('that weigh nothing say nothing of the baseline, as parsed ones', async () => {
    const text = 'a,b,f,w,y\n1,1,i,0,1\n1,1,k,1,0\n1,1,m,1,1\n1,1,j,0,1\n';
    const changed = { evaluation: { target: 'y', weightColumn: 'w' } };
    const parsed = await scored(async (scorer) => {
      for await (const { rows, lines } of readRows(once(text), placesIn('t.csv'), ',')) {
        rows.forEach((cells, r) => {
          scorer.add(cells, lines[r]!);
        });
      }
    }, changed);
    assert.deepEqual([parsed.end, [...parsed.counts.baselines]], ['done', [['f', 'k']]]);
    const sizes = { headRows: 1, fewBytes: 0 };
    const scanned = await scored(
      (scorer) => scanRows(once(text), placesIn('t.csv'), ',', scorer, sizes),
      changed,
    );
    assert.deepEqual(scanned, parsed);
  });
});
