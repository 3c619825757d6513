/** Rows that are not trained on. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { StratifiedSampler } from '../../src/dataset/read/holdOut.js';
import { readValidation } from '../../src/dataset/read/validation.js';
import { namedWeights, train } from '../../src/index.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { readBytes, streamSource } from '../../src/source/open.js';
import { placesIn } from '../../src/source/places.js';
import { ArrayStore } from '../../src/storage/store.js';
import {
  bceTrain,
  datasetOfCsv,
  datasetsOfCsv,
  error,
  example,
  seeded,
  temporary,
} from '../support/support.js';

const titanic = example('titanic.csv');

describe('the choice of rows', () => {
  it('takes the share of each class, from everywhere', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(),
        fc.array(fc.nat(1), { maxLength: 400 }),
        (share, seed, labels) => {
          const sampler = new StratifiedSampler({ share, seed });
          const seen = [0, 0];
          const taken = [0, 0];
          for (const label of labels) {
            seen[label]!++;
            if (sampler.takes(label, true)) taken[label]!++;
            // evenly: never more than one interval off
            assert.ok(Math.abs(taken[label]! - share * seen[label]!) <= 1 + 1e-9);
          }
        },
      ),
    );
  });

  it('is made up for where a row must stay', () => {
    const sampler = new StratifiedSampler({ share: 0.5, seed: 1 });
    const taken = Array.from({ length: 40 }, (_, i) => sampler.takes(0, i >= 10));
    assert.equal(taken.filter(Boolean).length, 20);
    assert.ok(!taken.slice(0, 10).includes(true));
  });

  it('depends on the seed alone', async () => {
    const at = (seed: number) => train(titanic, { missing: 'drop', validation: 0.25, seed, epochs: 2 });
    assert.deepEqual(await at(3), await at(3));
    assert.notDeepEqual((await at(3)).validation, (await at(4)).validation);
  });

  it('keeps every level and label in training', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},L${i % 20},${i % 3 === 0 ? 1 : 0}`);
    const { training, heldOut } = await datasetsOfCsv(`a,f,y\n${rows.join('\n')}\n`, { validation: 0.7 });
    assert.equal(training.rows + heldOut!.rows, 60);
    assert.ok(heldOut!.rows >= 35);
    const factor = training.features.find(({ name }) => name === 'f')!;
    assert.ok(
      factor.kind === 'categorical' && factor.levels.length === 20 && factor.counts.every((n) => n > 0),
    );
  });

  it('leaves the training to the other rows', async () => {
    const { training, heldOut } = await datasetsOfCsv(readFileSync(titanic), {
      missing: 'drop',
      validation: 0.2,
    });
    assert.equal(training.rows + heldOut!.rows, 1046);
    const { positives, negatives } = heldOut!.target;
    assert.ok(Math.abs(positives - 0.2 * 427) <= 1 && Math.abs(negatives - 0.2 * 619) <= 1);
    const ages = training.features.find(({ name }) => name === 'age')!;
    const all = await datasetOfCsv(readFileSync(titanic), { missing: 'drop' });
    const allAges = all.features.find(({ name }) => name === 'age')!;
    assert.ok(ages.kind === 'numeric' && allAges.kind === 'numeric' && ages.mean !== allAges.mean);
  });
});

describe('a validation file', () => {
  const [header, ...lines] = readFileSync(titanic, 'utf8').trim().split('\n');
  const whole = lines.filter((line) => !line.includes('NA') && !line.includes(',,'));
  const trainPath = temporary('train.csv', `${header}\n${whole.slice(0, 700).join('\n')}\n`);
  const rest = whole.slice(700);

  it('has the loss of its rows at the weights of every epoch', async () => {
    const validation = temporary('valid.csv', `${header}\n${rest.join('\n')}\n`);
    const model = await train(trainPath, { validation, optimizer: 'newton', tolerance: 1e-12, l2: 0.1 });
    const weights = new Map(namedWeights(model).map(({ feature, weight }) => [feature, weight]));
    const losses = rest.map((line) => {
      const [sex, age, cls, survived] = line.split(',');
      const h =
        weights.get('(intercept)')! +
        (weights.get(`sex=${sex}`) ?? 0) +
        weights.get('age')! * Number(age) +
        (weights.get(`passengerClass=${cls}`) ?? 0);
      return Math.max(h, 0) - (survived === 'yes' ? h : 0) + Math.log1p(Math.exp(-Math.abs(h)));
    });
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    assert.ok(error(model.validation!.loss, mean) < 1e-12);
    assert.equal(model.validation!.rows, rest.length);
    assert.equal(model.validation!.history.length, model.history.length);
    assert.ok(error(model.validation!.history[0]!, Math.LN2) < 1e-15);
  });

  it('may have its columns in another order, and more of them', async () => {
    const moved = rest.map((line) => {
      const [sex, age, cls, survived] = line.split(',');
      return `x,${survived},${cls},${age},${sex}`;
    });
    const [one, other] = [
      temporary('straight.csv', `${header}\n${rest.join('\n')}\n`),
      temporary('moved.csv', `id,survived,passengerClass,age,sex\n${moved.join('\n')}\n`),
    ];
    const at = (validation: string) => train(trainPath, { validation, epochs: 5 });
    assert.deepEqual((await at(one)).validation, (await at(other)).validation);
  });

  it('takes class weights and row weights as training does', async () => {
    const csv = 'w,a,y\n1,1,0\n2,2,1\n1,3,0\n3,4,1\n1,0,1\n';
    const path = temporary('weights.csv', csv);
    const valid = temporary('valid-weights.csv', 'w,a,y\n2,1,0\n5,2.5,1\n');
    const copies = temporary('valid-copies.csv', `w,a,y\n${'1,1,0\n'.repeat(2)}${'1,2.5,1\n'.repeat(5)}`);
    const at = (validation: string) =>
      train(path, { weightColumn: 'w', classWeight: [1, 3], validation, epochs: 5 });
    const [one, other] = [await at(valid), await at(copies)];
    one.validation!.history.forEach((loss, k) => {
      assert.ok(error(loss, other.validation!.history[k]!) < 1e-14);
    });
  });

  const base = 'a,f,y\n1,p,no\n2,q,yes\n3,p,yes\n2.5,q,no\n';
  const cases: [what: string, valid: string, flags: string, code: number, message: RegExp][] = [
    ['an empty file', '', '', 1, /valid\S*: the file is empty/],
    ['a header only', 'a,f,y\n', '', 1, /expected rows of data, found only a header/],
    ['a missing column', 'a,y\n1,no\n', '', 1, /found no "f"[\s\S]*its columns are "a", "y"/],
    ['a third label', 'a,f,y\n1,p,maybe\n', '', 1, /:2: column "y": expected "no" or "yes", got "maybe"/],
    ['a word', 'a,f,y\nx,p,no\n', '', 1, /:2: column "a": expected a number, got "x"/],
    [
      'an unknown level',
      'a,f,y\n1,z,no\n',
      '',
      1,
      /:2: column "f": expected a level of the training rows, got "z"/,
    ],
    [
      'a missing cell',
      'a,f,y\n,p,no\n',
      '',
      1,
      /:2: expected a value in every cell, found missing ones in "a" \(1\)/,
    ],
    ['a ragged row', 'a,f,y\n1,p\n', '', 1, /:2: expected 3 cells, found 2/],
    [
      'an unknown level, dropped',
      'a,f,y\n1,z,no\n2,p,no\n',
      '--missing drop',
      0,
      /1 row, y = 1 in 0, 1 row left out/,
    ],
    [
      'an unknown level, filled',
      'a,f,y\n1,z,no\n,p,no\n',
      '--missing mean',
      0,
      /2 missing cells filled as in training/,
    ],
  ];
  for (const [i, [what, content, flags, expected, message]] of cases.entries()) {
    it(`deals with ${what}`, async () => {
      const path = temporary(`valid-${i}.csv`, content);
      const args = ['-', '--validation', path, '--epochs', '1', ...flags.split(' ').filter(Boolean)];
      const { code, stderr } = await bceTrain(args, { stdin: base });
      assert.match(stderr, message);
      assert.equal(code, expected);
    });
  }

  it('comes from standard input when the data do not', async () => {
    const path = temporary('base.csv', base);
    const { code, stderr } = await bceTrain([path, '--validation', '-', '--epochs', '1'], { stdin: base });
    assert.match(stderr, /validation: <stdin>, 4 rows/);
    assert.equal(code, 0);
    const twice = await bceTrain(['-', '--validation', '-'], { stdin: base });
    assert.match(twice.stderr, /standard input holds the data/);
    assert.equal(twice.code, 2);
  });
});

describe('patience', () => {
  it('ends with the weights of the lowest validation loss', async () => {
    const options = {
      missing: 'drop',
      optimizer: 'lbfgs',
      validation: 0.2,
      epochs: 60,
      tolerance: 0,
    } as const;
    const model = await train(titanic, { ...options, patience: 3 });
    const { history, loss } = model.validation!;
    const best = history.indexOf(Math.min(...history));
    assert.equal(model.result.status, 'patience');
    assert.deepEqual([model.result.weightsOfEpoch, loss], [best, history[best]]);
    assert.equal(model.result.epochs, best + 3);
    assert.equal(model.result.loss, model.history[best]);
    const upToBest = await train(titanic, { ...options, epochs: best });
    assert.deepEqual(namedWeights(model), namedWeights(upToBest));
  });

  it('gives the best weights however the run ends', async () => {
    const model = await train(titanic, {
      missing: 'drop',
      optimizer: 'lbfgs',
      validation: 0.2,
      patience: 50,
    });
    const { history } = model.validation!;
    assert.equal(model.result.status, 'patience');
    assert.equal(model.result.weightsOfEpoch, history.indexOf(Math.min(...history)));
    assert.ok(model.result.weightsOfEpoch < model.result.epochs);
  });
});

describe('another file', () => {
  it('comes out the same through the scanner and without it, in every policy', async () => {
    const random = seeded(9);
    const cell = (text: string) => (random() > 0.96 ? '' : text);
    const rows = Array.from({ length: 1500 }, () =>
      [
        random() > 0.9 ? 'new' : ['red', 'blue'][random() > 0 ? 1 : 0],
        cell(String(random())),
        String(Math.abs(random())),
        random() > 0 ? 'yes' : 'no',
        'extra',
      ].join(','),
    );
    const other = `colour,x,w,y,more\n${rows.join('\n')}\n`;
    const columns = ['x', 'colour'];
    for (const missing of ['drop', 'mean'] as const) {
      const options: TrainOptions = {
        features: columns,
        target: 'y',
        weightColumn: 'w',
        missing,
        classWeight: 'balanced',
      };
      const { read } = resolveOptions(options);
      const training = await datasetOfCsv('x,colour,w,y\n1,red,1,yes\n2,blue,2,no\n3,red,1,no\n', options);
      const shardsWith = async (fewBytes: number) => {
        const store = new ArrayStore();
        const source = streamSource(Readable.from([Buffer.from(other)]), 'other.csv');
        const bytes = readBytes(source, () => {});
        const { reading, weightSum, leftOut } = await readValidation(
          bytes,
          placesIn(source.name),
          read,
          training,
          store,
          {
            fewBytes,
          },
        );
        return { reading, weightSum, leftOut, shards: store.shards };
      };
      const scanned = await shardsWith(0);
      assert.ok(missing === 'drop' ? scanned.leftOut.length > 0 : scanned.reading.filled > 0);
      assert.deepEqual(scanned, await shardsWith(Number.POSITIVE_INFINITY));
    }
  });
});
