/** Metrics, held to those of scikit-learn, to identities, and to a count of all pairs. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Metrics, train } from '../../src/index.js';
import {
  calibrationBins,
  eachThreshold,
  histogramByClass,
  probabilitiesOf,
} from '../../src/metrics/curves.js';
import { metricsOf } from '../../src/metrics/metrics.js';
import { ascendingOrder } from '../../src/metrics/order.js';
import { type Scored, ScoredCollector } from '../../src/metrics/scored.js';
import { modelAsJson } from '../../src/model/format.js';
import { bcePredict, bceTrain, example, fixture, readJson, seeded, temporary } from '../support/support.js';

interface Case {
  name: string;
  threshold: number;
  h: number[];
  y: number[];
  c: number[] | null;
  metrics: Record<string, number>;
  curves: { fpr: number[]; tpr: number[]; recall: number[]; precision: number[] } | null;
}

const { cases, titanic }: { cases: Case[]; titanic: Record<string, number> } = readJson(
  fixture('metrics.json'),
);

function scoredOf({ h, y, c }: { h: number[]; y: number[]; c?: number[] | null }): Scored {
  const collector = new ScoredCollector(c != null);
  for (let i = 0; i < h.length; i++) collector.push(h[i]!, y[i]!, c?.[i] ?? 1);
  return collector.finalize();
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-12, `${i}: ${value}, ${expected[i]}`);
  });
}

describe('metrics', () => {
  for (const { name, threshold, metrics, curves, ...rows } of cases) {
    it(`are those of scikit-learn: ${name}`, () => {
      const found = metricsOf(scoredOf(rows), threshold);
      for (const [key, expected] of Object.entries(metrics)) {
        const value = found[key as keyof Metrics]!;
        // scikit-learn loses digits of the log loss where z rounds to 1
        const room = name === 'saturated' && /logLoss|mcF/.test(key) ? 1e-2 : 1e-12;
        assert.ok(
          Math.abs(value - expected) <= room * Math.max(1, Math.abs(expected)),
          `${key}: ${value}, ${expected}`,
        );
      }
      if (curves === null) return;
      const [ones, zeros]: [number[], number[]] = [[], []];
      const scored = scoredOf(rows);
      eachThreshold(scored, probabilitiesOf(scored), (_, truePositives, falsePositives) => {
        ones.push(truePositives);
        zeros.push(falsePositives);
      });
      const shares = (counts: readonly number[]) => counts.map((count) => count / counts.at(-1)!);
      assertClose([0, ...shares(zeros)], curves.fpr);
      assertClose([0, ...shares(ones)], curves.tpr);
      // scikit-learn ends where the recall is 1 the first time
      const recalled = curves.recall.length;
      assertClose(shares(ones).slice(0, recalled), curves.recall);
      assertClose(ones.map((count, k) => count / (count + zeros[k]!)).slice(0, recalled), curves.precision);
    });
  }

  it('of the saturated rows have the log loss of the logits, to the last digits', () => {
    const { h, y } = cases.find(({ name }) => name === 'saturated')!;
    const terms = h.map(
      (hi, i) => Math.log1p(Math.exp(-Math.abs(hi))) + (y[i] === 1 ? Math.max(-hi, 0) : Math.max(hi, 0)),
    );
    const mean = terms.reduce((sum, term) => sum + term, 0) / h.length;
    assert.ok(Math.abs(metricsOf(scoredOf({ h, y }), 0.5).logLoss - mean) < 1e-14);
  });

  it('count the pairs in the right order, ties for half', () => {
    const row = fc.tuple(
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: 0, max: 1 }),
      fc.integer({ min: 1, max: 5 }),
    );
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const [h, y, c] = [0, 1, 2].map((k) => rows.map((cells) => cells[k]!)) as [
          number[],
          number[],
          number[],
        ];
        let [pairs, right] = [0, 0];
        rows.forEach(([hi, yi, ci]) => {
          rows.forEach(([hj, yj, cj]) => {
            if (yi !== 1 || yj !== 0) return;
            pairs += ci * cj;
            right += ci * cj * (hi > hj ? 1 : hi === hj ? 0.5 : 0);
          });
        });
        const found = metricsOf(scoredOf({ h, y, c }), 0.5);
        if (pairs === 0) assert.equal(found.rocAuc, undefined);
        else assert.ok(Math.abs(found.rocAuc! - right / pairs) < 1e-12);
        // a weight of n is n copies
        const copies = scoredOf({
          h: h.flatMap((value, i) => Array(c[i]).fill(value)),
          y: y.flatMap((value, i) => Array(c[i]).fill(value)),
        });
        const { rows: count, ...repeated } = metricsOf(copies, 0.5);
        const { rows: m, ...weighted } = found;
        assert.deepEqual([count, m], [found.weight, rows.length]);
        for (const [key, value] of Object.entries(weighted)) {
          const other = repeated[key as keyof typeof repeated];
          if (value === undefined) assert.equal(other, undefined, key);
          else assert.ok(Math.abs(value - other!) < 1e-12, `${key}: ${value}, ${other}`);
        }
      }),
    );
  });

  it('of broken weights are 0 where they should be, and shares up to 1', () => {
    const rows = fc.array(fc.tuple(fc.boolean(), fc.constantFrom(0.1, 0.2, 0.3, 0.7, 1.1)), { minLength: 1 });
    fc.assert(
      fc.property(rows, (pairs) => {
        const [y, c] = [pairs.map(([isOne]) => Number(isOne)), pairs.map(([, weight]) => weight)];
        const found = metricsOf(scoredOf({ h: y.map((label, i) => 1 + i + 1000 * label), y, c }), 0.5);
        assert.deepEqual([found.trueNegatives, found.falseNegatives], [0, 0]);
        assert.ok((found.rocAuc ?? 1) <= 1 && (found.averagePrecision ?? 1) <= 1);
        assert.ok((found.rocAuc ?? 1) > 1 - 1e-12 && (found.averagePrecision ?? 1) > 1 - 1e-12);
      }),
    );
  });

  it('have no value where there is none', () => {
    const found = metricsOf(scoredOf({ h: [-1, -2], y: [0, 0] }), 0.5);
    const { rocAuc, averagePrecision, precision, recall, f1, mcFaddenR2, accuracy } = found;
    assert.deepEqual([rocAuc, averagePrecision, precision, recall, f1, mcFaddenR2], Array(6).fill(undefined));
    assert.equal(accuracy, 1);
    const endless = metricsOf(scoredOf({ h: [Infinity, -Infinity], y: [1, 0] }), 0.5);
    assert.deepEqual([endless.logLoss, endless.rocAuc], [0, 1]);
  });

  it('sort many probabilities as comparing them would, ties in the order of the rows', () => {
    const random = seeded(3);
    const p = Float64Array.from({ length: 20_000 }, (_, i) =>
      i % 3 === 0 ? 0.5 : ((random() + 1) / 2) ** 40,
    );
    p.set([0, 1, 5e-324, 1 - 2 ** -53], 100);
    const expected = Uint32Array.from(p.keys()).sort((a, b) => p[a]! - p[b]! || a - b);
    assert.deepEqual(ascendingOrder(p), expected);
  });

  it('put probabilities into bins by class', () => {
    const p = Float64Array.of(0, 0.1, 0.25, 0.999, 1);
    const scored = { h: p, y: Uint8Array.of(0, 1, 1, 0, 1), c: Float64Array.of(1, 2, 3, 4, 5) };
    const { negative, positive } = histogramByClass(scored, p, 4);
    assert.deepEqual(
      [[...negative], [...positive]],
      [
        [1, 0, 0, 4],
        [2, 3, 0, 5],
      ],
    );
    const bins = calibrationBins(scored, p, 4);
    assert.deepEqual(
      bins.map(({ weight }) => weight),
      [6, 0, 0, 9],
    );
    assert.deepEqual(
      bins.map(({ observed }) => observed),
      [5 / 6, NaN, NaN, 5 / 9],
    );
    assert.equal(probabilitiesOf({ ...scored, h: Float64Array.of(0) })[0], 0.5);
  });
});

describe('metrics of the command line', () => {
  const path = example('titanic.csv');

  it('are those of scikit-learn on the Titanic, whichever way they are asked for', async () => {
    const options = ['--missing', 'drop', '--optimizer', 'newton', '--tolerance', '1e-12'];
    const json = temporary('metrics-model.json');
    const csv = temporary('metrics-weights.csv');
    const { stderr } = await bceTrain([path, ...options, '--metrics', '-o', json]);
    await bceTrain([path, ...options, '-o', csv]);
    const { training, validation } = readJson(json).metrics;
    assert.equal(validation, null);
    assert.match(
      stderr,
      /\nlog loss +0\.469624\nbrier +0\.149938\n.*\nroc auc +0\.840063\n[\s\S]*\naccuracy +0\.784895\n/,
    );
    const of = async (file: string) =>
      JSON.parse(
        (await bcePredict([file, path, '--missing', 'drop', '--evaluate', '--format', 'json'])).stdout,
      );
    for (const found of [training, await of(json), await of(csv)]) {
      for (const [key, expected] of Object.entries(titanic)) {
        assert.ok(Math.abs(found[key] - expected) < 1e-11, `${key}: ${found[key]}, ${expected}`);
      }
    }
  });

  it('leave class weights out and row weights in, in training as in --evaluate', async () => {
    const data = temporary(
      'weighted.csv',
      `x,n,y\n${Array.from({ length: 300 }, (_, i) => `${(i * 37) % 101},${(i % 4) + 0.3},${(i * 53) % 100 < 30 + ((i * 37) % 50) ? 'b' : 'a'}`).join('\n')}\n`,
    );
    const options = { weightColumn: 'n', classWeight: [1, 3] as const, validation: 0.25, metrics: true };
    const model = await train(data, options);
    const { training, validation } = model.metrics!;
    assert.ok(validation !== undefined && Math.abs(training.logLoss - model.result.loss) > 0.1);
    const whole = JSON.parse(
      (
        await bcePredict([
          temporary('weighted.json', modelAsJson(model)),
          data,
          '--evaluate',
          '--format',
          'json',
        ])
      ).stdout,
    );
    // the mean over both parts is that over all rows
    const mean = (training.logLoss * training.weight + validation.logLoss * validation.weight) / whole.weight;
    assert.ok(Math.abs(mean - whole.logLoss) < 1e-12);
    assert.ok(Math.abs(training.weight + validation.weight - whole.weight) < 1e-9);
  });

  const model = () => temporary('labels.csv', 'feature,weight\nx,1\n');
  const evaluated = (stdin: string, ...flags: string[]) =>
    bcePredict([model(), '-', '--evaluate', '--format', 'json', ...flags], { stdin });

  it('take the last column for the target beside weights alone, and settle labels as training does', async () => {
    const data = 'x,y\n-1,no\n2,yes\n3,yes\n';
    assert.equal(JSON.parse((await evaluated(data)).stdout).accuracy, 1);
    assert.equal(JSON.parse((await evaluated(data, '--positive', 'no')).stdout).accuracy, 0);
    const other = await evaluated('y,x\n0,-1\n1,1\n', '--target', 'y');
    assert.equal(JSON.parse(other.stdout).rocAuc, 1);
    const feature = await evaluated('y,x\n0,-1\n1,1\n');
    assert.match(feature.stderr, /--target: column "x" is a feature/);
    const third = await evaluated(`${data}1,maybe\n`);
    assert.match(third.stderr, /expected two labels, found 3/);
  });

  it('weigh rows by a column, leave out those with weight 0, and refuse what has no label', async () => {
    const data = 'x,n,y\n-1,2,0\n2,0,1\n3,1,1\n4,1,\n';
    const refused = await evaluated(data, '--weight-column', 'n');
    assert.match(
      refused.stderr,
      /<stdin>:5: column "y": expected a label or weight, found a missing cell\nhint: --missing drop/,
    );
    const { stdout, stderr } = await evaluated(data, '--weight-column', 'n', '--missing', 'drop');
    const { rows, weight, positives } = JSON.parse(stdout);
    assert.deepEqual([rows, weight, positives], [2, 3, 1]);
    assert.match(stderr, /note: 1 row with weight 0 left out/);
  });

  it('refuse flags that would have no effect', async () => {
    const of = async (...flags: string[]) =>
      (await bcePredict([model(), '-', ...flags], { stdin: 'x\n1\n' })).stderr;
    assert.match(await of('--target', 'y'), /--target goes with --evaluate only/);
    assert.match(await of('--threshold', '0.4'), /--threshold goes with --kind class or --evaluate only/);
    assert.match(await of('--evaluate', '--append'), /--evaluate and --append cannot be used together/);
    assert.match(await of('--evaluate', '--missing', 'empty'), /--missing empty and --evaluate cannot/);
    assert.match(
      await of('--unseen', 'missing'),
      /--unseen missing goes with --missing mean, drop or empty only/,
    );
    assert.match((await bceTrain([path, '--metrics', '--quiet'])).stderr, /--quiet and --metrics cannot/);
  });
});
