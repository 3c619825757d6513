/** Parts of dates as terms: what they are of a text, in models, and in every export. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { predict, type TrainOptions, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { DATE_PARTS, datePart } from '../../src/terms/dates.js';
import { c, compiler, duckdb, javaScript, sqlite, startPostgres } from '../support/engines.js';
import { bcePredict, bceTrain, exported, seeded, temporary } from '../support/support.js';

const PARTS = ['year', 'month', 'weekday', 'hour'] as const;
const partsOf = (text: string) => PARTS.map((part) => datePart(part, text));

describe('a date', () => {
  it('has the parts that the calendar has', () => {
    const days = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    const zone = fc.constantFrom('', 'Z', '+05:30', '-0800', '+01');
    fc.assert(
      fc.property(days, zone, fc.boolean(), (date, behind, isBlank) => {
        const text =
          date
            .toISOString()
            .slice(0, -1)
            .replace('T', isBlank ? ' ' : 'T') + behind;
        const expected = [
          date.getUTCFullYear(),
          date.getUTCMonth() + 1,
          date.getUTCDay() || 7,
          date.getUTCHours(),
        ];
        assert.deepEqual(partsOf(text), expected);
        assert.deepEqual(partsOf(text.slice(0, 10)), [...expected.slice(0, 3), Number.NaN]);
      }),
    );
  });

  const WRONG = [
    ...[
      '2023-02-29',
      '1900-02-29',
      '2024-04-31',
      '2024-00-10',
      '2024-13-01',
      '2024-01-00',
      '2024-01-32',
      '0000-01-01',
    ],
    ...[
      '2024-1-5',
      '24-01-05',
      '2024/01/05',
      '05.01.2024',
      '20240105',
      '2024-01',
      '2024-W01-1',
      '2024-01-05T',
      'today',
    ],
    ...[
      '2024-01-05T24:00',
      '2024-01-05T10:60',
      '2024-01-05T10:00:61',
      '2024-01-05T10:00:00.',
      '2024-01-05  10:00',
    ],
    ...['2024-01-05Z', '2024-01-05T10:00+1', '2024-01-05T10:00 Z', '2024-01-05x', '1704412800'],
  ];
  it('is none of a text that no calendar has, or that is written otherwise', () => {
    for (const text of WRONG)
      assert.deepEqual(
        partsOf(text),
        PARTS.map(() => Number.NaN),
        text,
      );
    for (const text of [
      '2024-02-29',
      '2000-02-29 23:59:60',
      '2024-01-05T10',
      '2024-12-31T10:00:00,5-11:30',
    ]) {
      assert.ok(Number.isFinite(datePart('year', text)), text);
    }
  });
});

const signed = seeded(3);
const random = () => (signed() + 1) / 2;
const between = (low: number, high: number) => low + Math.floor((high - low + 1) * random());
const pad = (n: number) => String(n).padStart(2, '0');
// enough for the scanner to take over
const rows = Array.from({ length: 3000 }, (_, i) => {
  const hour = between(0, 23);
  const month = between(1, 12);
  return {
    d: `${between(2019, 2024)}-${pad(month)}-${pad(between(1, 28))}${i % 2 === 0 ? 'T' : ' '}${pad(hour)}:${pad(between(0, 59))}${['', ':07', ':07.25Z', '+02:00'][i % 4]}`,
    x: Math.round(100 * random()) / 100,
    s: 'abc'[i % 3]!,
    y: (hour > 12 ? 1 : 0) + (month > 6 ? 1 : 0) + random() > 1.5 ? 1 : 0,
  };
});
const csvOf = (all: readonly { d: string | null; x: number; s: string; y?: number }[]) =>
  `d,x,s,y\n${all.map(({ d, x, s, y = 0 }) => `${d ?? ''},${x},${s},${y}`).join('\n')}\n`;
const FORMULA =
  'y ~ x + s + month(d)*s + weekday(d) + ns(hour(d), 3) + year(d) + weekday(d):x + (hour(d) > 12):(month(d)=3)';

describe('terms of dates', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  const options: TrainOptions = { formula: FORMULA, l2: 1e-3, optimizer: 'newton' };

  it('are factors in the order of their numbers, or numbers', async () => {
    const model = await train(temporary('dates.csv', csvOf(rows)), { ...options, reference: ['month(d)=3'] });
    const levels = (name: string) => {
      const feature = model.features.find((one) => one.name === name)!;
      return feature.kind === 'categorical' ? feature.levels : feature.kind;
    };
    assert.deepEqual(levels('weekday(d)'), ['1', '2', '3', '4', '5', '6', '7']);
    assert.deepEqual(levels('month(d)'), ['3', '1', '2', '4', '5', '6', '7', '8', '9', '10', '11', '12']);
    assert.equal(levels('year(d)'), 'numeric');
    const terms = model.terms.map(({ name }) => name);
    for (const name of [
      'month(d)=12',
      'weekday(d)=7',
      'weekday(d)=2:x',
      'month(d)=1:s=b',
      'hour(d)>12:month(d)=3',
    ]) {
      assert.ok(terms.includes(name), name);
    }
  });

  it('are those of the columns written out', async () => {
    const model = await train(temporary('dates.csv', csvOf(rows)), options);
    const expanded = rows.map(({ d, x, s, y }) => {
      const [year, month, weekday, hour] = partsOf(d);
      return [year, `m${pad(month!)}`, `w${weekday}`, hour, hour! > 12 && month === 3 ? 1 : 0, x, s, y].join(
        ',',
      );
    });
    const other = await train(
      temporary('expanded.csv', `year,month,weekday,hour,late,x,s,y\n${expanded.join('\n')}\n`),
      { ...options, formula: 'y ~ x + s + month*s + weekday + ns(hour, 3) + year + weekday:x + late' },
    );
    assert.ok(Math.abs(model.result.loss - other.result.loss) < 1e-12);
    assert.equal(model.terms.length, other.terms.length);
  });

  it('have the probabilities of bce-predict in every export, and none of what is no date', async () => {
    const model = await train(temporary('dates.csv', csvOf(rows)), options);
    const path = temporary('dates.json', modelAsJson(model));
    const odd = [
      '2023-02-29',
      '2024-01-05',
      'soon',
      null,
      '2024-02-29T05:00',
      '2024-13-01T05:00',
      '0000-01-01T05',
      '2024-06-05T25:00',
    ];
    const asked = [...rows.slice(0, 40), ...odd.map((d) => ({ d, x: 0.5, s: 'b' }))];
    const expected = await predict(model, temporary('new.csv', csvOf(asked)), { missing: 'empty' });
    assert.equal(expected.filter(Number.isNaN).length, odd.length - 1);
    const cells = { numbers: ['x'], texts: ['s', 'd'], rows: asked };
    for (const [name, flags, engine] of [
      ['SQLite', ['sql'], sqlite],
      ['DuckDB', ['sql', '--dialect', 'duckdb'], duckdb],
      ['PostgreSQL', ['sql', '--dialect', 'postgres'], postgres.run],
      ['JavaScript', ['js'], javaScript],
      ...(compiler() === undefined ? [] : [['C', ['c'], c] as const]),
    ] as const) {
      const found = await engine(await exported([path, '--export', ...flags]), cells);
      for (const [i, p] of found.entries()) {
        assert.ok(
          Object.is(p, expected[i]) || Math.abs(p - expected[i]!) <= 1e-12,
          `${name}: ${asked[i]!.d}: ${p}, ${expected[i]}`,
        );
      }
    }
    const { stderr, code } = await bcePredict([path, '--export', 'onnx']);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /--export onnx: expected terms of numbers and levels, found "hour\(d\)": ONNX reads no dates/,
    );
  });

  it('go by a file of weights, whose baselines are named where they are not the first', async () => {
    const path = temporary('dates.csv', csvOf(rows));
    const args = [path, '--formula', 'y ~ x + month(d) + year(d):x', '--reference', 'month(d)=3', '--quiet'];
    const whole = temporary('whole.json', '');
    await bceTrain([...args, '-o', whole]);
    const { stdout } = await bceTrain(args);
    assert.match(stdout, /\nmonth\(d\)=3,0\nmonth\(d\)=1,/);
    const predictions = async (model: string) =>
      (await bcePredict([model, path, '--quiet'])).stdout.split('\n').slice(1, -1).map(Number);
    const [ofWeights, ofModel] = [
      await predictions(temporary('weights.csv', stdout)),
      await predictions(whole),
    ];
    assert.equal(ofWeights.length, rows.length);
    for (const [i, p] of ofWeights.entries()) assert.ok(Math.abs(p - ofModel[i]!) < 1e-12);
  });

  const BAD: readonly [add: string, message: RegExp][] = [
    ['month(x)', /:2: term "month\(x\)": expected a date, as 2024-03-05, got "0\.\d+"/],
    [
      'hour(day)',
      /:2: term "hour\(day\)": expected a date with a time, as 2024-03-05T13:45, got "2024-03-05"/,
    ],
    ['month(d)=13', /character 10: expected a whole number from 1 to 12, found "13"/],
    ['month(log(x))', /character 10: expected "\)", found "\(x\)\)"/],
    ['weekday(2)', /character 9: expected a column of dates/],
  ];
  for (const [add, message] of BAD) {
    it(`are refused: ${add}`, async () => {
      const data = csvOf(rows)
        .split('\n')
        .map((line, i) => (line === '' ? line : `${i === 0 ? 'day' : '2024-03-05'},${line}`));
      const { stderr, code } = await bceTrain([
        temporary('bad.csv', data.join('\n')),
        '--drop',
        'd,day',
        '--add',
        add,
      ]);
      assert.notEqual(code, 0);
      assert.match(stderr, message);
    });
  }

  it('are missing where there is no date, by --missing', async () => {
    const data = csvOf([...rows, { d: 'soon', x: 1, s: 'a', y: 1 }, { d: null, x: 1, s: 'a', y: 0 }]);
    const { stderr } = await bceTrain([
      temporary('bad.csv', data),
      '--formula',
      'y ~ x + month(d)*s + hour(d):x',
      '--missing',
      'drop',
    ]);
    assert.match(stderr, /2 rows with a missing cell left out: "d" 1, "month\(d\)" 1, "hour\(d\)" 1/);
  });

  it('stand in the hint for a column with too many of them', async () => {
    const { stderr } = await bceTrain([temporary('dates.csv', csvOf(rows))]);
    assert.match(stderr, /hint: dates have parts: --drop d --add 'year\(d\) \+ month\(d\)'/);
  });
});

it('the least and the largest number of a part are met', () => {
  for (const [part, text] of [
    ['month', '2024-12-31'],
    ['weekday', '2024-03-03'],
    ['hour', '2024-03-03T23:00'],
  ] as const) {
    assert.equal(datePart(part, text), DATE_PARTS[part].most);
  }
});
