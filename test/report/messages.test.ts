/** Texts for people and for programs: pure functions from results to strings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { MOST_CONFIRMED } from '../../src/diagnostics/collinear.js';
import { NOTHING_KNOWN } from '../../src/diagnostics/diagnose.js';
import { train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { HistoryKeeper } from '../../src/optimizer/history.js';
import { diagnosisWarnings } from '../../src/report/text/ending.js';
import { historyHeader, historyRow } from '../../src/report/text/history.js';
import { noteLines, warningLines } from '../../src/report/text/messages.js';
import { weightsAsCsv, weightsAsTable } from '../../src/report/text/weights.js';
import {
  byteOrder,
  counted,
  grouped,
  inByteOrder,
  listed,
  printable,
  quoted,
  shellWord,
} from '../../src/text.js';
import { datasetOfCsv, example } from '../support/support.js';

describe('text', () => {
  it('shows what a terminal would obey', () => {
    assert.equal(printable('a\u001b[31m\tb\n\u009b\u202e\ud800'), 'a\\x1b[31m\\tb\\n\\x9b\\u202e\\ud800');
    assert.equal(printable('é \u{1f600} "x"'), 'é \u{1f600} "x"');
  });

  it('quotes cells, and cuts long ones', () => {
    assert.equal(quoted('say "x"'), '"say \\"x\\""');
    assert.equal(quoted('x'.repeat(99)), `"${'x'.repeat(57)}..."`);
  });

  it('makes words that a shell takes as they are', () => {
    assert.equal(shellWord('age'), 'age');
    assert.equal(shellWord("it's $HOME"), "'it'\\''s $HOME'");
    assert.equal(shellWord(''), "''");
  });

  it('counts in every locale alike', () => {
    assert.deepEqual([grouped(1), grouped(1309), grouped(1234567)], ['1', '1,309', '1,234,567']);
    assert.deepEqual([counted(1, 'row'), counted(0, 'row')], ['1 row', '0 rows']);
  });

  it('cuts long lists', () => {
    assert.equal(listed(['a', 'b', 'c'], 2), 'a, b and 1 more');
  });

  it('orders by bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        assert.equal(Math.sign(byteOrder(a, b)), expected);
      }),
    );
    const ordered = ['Z', 'z', '\uffee', '\u{1f600}'];
    assert.deepEqual(ordered.toReversed().sort(byteOrder), ordered);
    assert.deepEqual(inByteOrder(ordered.toReversed()), ordered);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        assert.deepEqual(inByteOrder([...texts]), texts.toSorted(byteOrder));
      }),
    );
  });
});

describe('weights', () => {
  const weights = fc.array(
    fc.record({ feature: fc.string(), weight: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
  );

  for (const delimiter of [',', '\t'] as const) {
    it(`read back the same from ${JSON.stringify(delimiter)} text`, () => {
      fc.assert(
        fc.property(weights, (written) => {
          const rows: string[][] = parse(weightsAsCsv(written, delimiter), {
            delimiter,
            relax_quotes: false,
          });
          assert.deepEqual(rows[0], ['feature', 'weight']);
          assert.deepEqual(
            rows.slice(1).map(([feature, weight]) => [feature, Number(weight)]),
            written.map(({ feature, weight }) => [feature, weight + 0]),
          );
        }),
      );
    });
  }

  it('stand with their points below each other in a table', () => {
    const table = weightsAsTable([
      { feature: '(intercept)', weight: -12.5 },
      { feature: 'a', weight: 0.001 },
      { feature: 'b', weight: 1e-9 },
    ]);
    assert.equal(
      table,
      'feature            weight\n(intercept)  -12.5000\na              0.00100000\nb              1.00000e-9\n',
    );
  });

  it('may be more than a call takes arguments', () => {
    const weights = Array.from({ length: 200_000 }, (_, j) => ({ feature: `id=${j}`, weight: j / 8 }));
    assert.equal(weightsAsTable(weights).split('\n').length, 200_002);
  });
});

describe('the model as JSON', () => {
  it('reads back every double', async () => {
    const model = await train(example('titanic.csv'), { missing: 'drop', epochs: 30 });
    const { history, terms, features, target, result } = JSON.parse(modelAsJson(model));
    assert.deepEqual({ history, terms, features, target, result }, { ...pick(model) });
  });

  function pick({ history, terms, features, target, result }: Awaited<ReturnType<typeof train>>) {
    return { history, terms, features, target, result };
  }
});

describe('the history', () => {
  it('is a line an epoch', () => {
    const epoch = { epoch: 1, loss: 0.25, maxGradient: 1e-7, passes: 2, w: new Float64Array(1) };
    const plain = { isOfBatches: false, hasValidation: false };
    assert.equal(historyHeader(plain), 'epoch,loss,max_gradient\n');
    assert.equal(historyRow({ ...epoch, validation: undefined }, plain), '1,0.25,1e-7\n');
    const validated = { isOfBatches: false, hasValidation: true };
    assert.equal(historyHeader(validated), 'epoch,loss,max_gradient,validation_loss\n');
    assert.equal(historyRow({ ...epoch, validation: 0.7 }, validated), '1,0.25,1e-7,0.7\n');
  });

  it('leaves empty what is not known of batches', () => {
    const ofBatches = { isOfBatches: true, hasValidation: true };
    const epoch = { epoch: 1, passes: 2, w: new Float64Array(1), validation: 0.7 };
    const unknown = { loss: Number.NaN, maxGradient: Number.NaN };
    assert.equal(historyHeader(ofBatches), 'epoch,loss,max_gradient,batch_loss,validation_loss\n');
    assert.equal(historyRow({ ...epoch, loss: 0.5, maxGradient: 1 }, ofBatches), '1,0.5,1,,0.7\n');
    assert.equal(historyRow({ ...epoch, ...unknown, batchLoss: 0.6 }, ofBatches), '1,,,0.6,0.7\n');
  });

  it('has every second epoch, then every fourth, of a run that is too long to remember', () => {
    const history = new HistoryKeeper(4);
    for (let epoch = 0; epoch < 18; epoch++) history.add(stepAt(epoch), undefined);
    assert.deepEqual([history.every, history.losses, history.maxGradients], [8, [-0, -8, -16], [0, 4, 8]]);
  });

  it('has those of batches from J at the start on, and J at the end', () => {
    const history = new HistoryKeeper(4);
    history.add(stepAt(0), undefined);
    for (let epoch = 1; epoch < 10; epoch++) {
      history.add({ ...stepAt(epoch), loss: Number.NaN, batchLoss: -epoch }, undefined);
    }
    history.settle(-9.5, 1);
    assert.deepEqual([history.every, history.batchLosses], [4, [-0, -4, -8]]);
    assert.deepEqual(
      [history.losses, history.maxGradients],
      [
        [-0, -9.5],
        [0, 1],
      ],
    );
  });

  function stepAt(epoch: number) {
    return { epoch, loss: -epoch, maxGradient: epoch / 2, passes: epoch + 1, w: new Float64Array(1) };
  }
});

describe('warnings', () => {
  it('tell of columns too far from zero for their spread', async () => {
    const far = Array.from({ length: 4 }, (_, i) => `${1e15 + i},${i % 2}\n`).join('');
    const [warning] = warningLines(await datasetOfCsv(`t,y\n${far}`));
    assert.match(warning!, /^column "t": its mean is 9e\+14 times its spread/);
    assert.deepEqual(warningLines(await datasetOfCsv('t,y\n1700000000000,0\n1700000100000,1\n')), []);
  });
});

describe('notes', () => {
  it('tell of a text column that has no baseline without an intercept, as in R', async () => {
    const notes = async (intercept: boolean) =>
      noteLines(await datasetOfCsv('g,x,y\np,1,0\nq,2,1\np,4,1\n', { intercept })).join('\n');
    assert.match(
      await notes(false),
      /^without an intercept every level of "g" has a weight, as R gives the first text column$/,
    );
    assert.equal(await notes(true), '');
  });
});

describe('weights that are not unique', () => {
  const warnings = (count: number) =>
    diagnosisWarnings(
      {
        ...NOTHING_KNOWN,
        collinear: Array.from({ length: count }, (_, j) => ({ term: `x${j}`, others: ['a'], isExact: true })),
      },
      [],
    );

  it('are told one by one, then in one line with what leaves them out', () => {
    assert.equal(warnings(3).length, 3);
    assert.match(warnings(4).join(), /^4 weights .*; --drop x0,x1,x2,x3 leaves them out, --l2 LAMBDA/);
  });

  it('are left out with the term that computes them, which is no column to drop', async () => {
    const { features } = await datasetOfCsv('a,x,y\n1,2,0\n2,5,1\n4,3,1\n', { add: ['x>2'] });
    const lines = diagnosisWarnings(
      {
        ...NOTHING_KNOWN,
        collinear: ['x>2', 'x'].map((term) => ({ term, others: ['a'], isExact: true })),
      },
      features,
    );
    assert.match(lines[0]!, /without the term "x>2", or with --l2 LAMBDA, the weights are$/);
    assert.match(lines[1]!, /--drop x leaves it out/);
  });

  it('are at least so many where no more have been looked at, and none of them is to be dropped by name', () => {
    assert.match(warnings(MOST_CONFIRMED).join(), /^at least 200 weights .* and 190 more; --l2 LAMBDA makes/);
  });
});
