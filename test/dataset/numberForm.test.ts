/** Numbers with decimal commas and with separators between groups of digits: the same bits as of plain numbers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type FormWords, formOf, numberReader, parseNumber } from '../../src/source/csv/number.js';
import { ABC, compare, EAGER } from '../support/scanning.js';
import { bcePredict, bceTrain, bitsOf, temporary } from '../support/support.js';

/** A plain number with a comma for its point, and with a separator where it has four digits or more before it. */
function writtenIn(plain: string, { decimal, thousands }: { decimal: string; thousands: string }): string {
  const [, sign, whole, rest] = /^(-?)(\d*)(.*)$/.exec(plain)!;
  const groups = /^0\d/.test(whole!) ? whole! : whole!.replace(/\B(?=(\d{3})+$)/g, thousands);
  return sign! + groups + rest!.replace('.', decimal);
}

const FORMS: readonly FormWords[] = [
  { decimal: 'comma' },
  { decimal: 'comma', thousands: 'point' },
  { decimal: 'comma', thousands: 'space' },
  { decimal: 'comma', thousands: 'apostrophe' },
  { thousands: 'comma' },
  { thousands: 'underscore' },
];
const flagsOf = ({ decimal = 'point', thousands }: FormWords) => [
  '--decimal',
  decimal,
  ...(thousands === undefined ? [] : ['--thousands', thousands]),
];

describe('numberReader', () => {
  it('gives the very double of the plain number', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.integer().map(String),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((x) => x.toFixed(3)),
    );
    fc.assert(
      fc.property(number, fc.constantFrom(...FORMS), (plain, words) => {
        const form = formOf(words);
        const written = writtenIn(plain, { decimal: form.decimal, thousands: form.thousands.charAt(0) });
        assert.ok(Object.is(numberReader(form)(` ${written} `), parseNumber(plain)), written);
        // without separators too
        const simply = writtenIn(plain, { decimal: form.decimal, thousands: '' });
        assert.ok(Object.is(numberReader(form)(simply), parseNumber(plain)), simply);
      }),
    );
  });

  const words: readonly (readonly [form: FormWords, texts: readonly string[]])[] = [
    [{ decimal: 'comma' }, ['1.5', '.5', '1.234', '1,2,3', ',', '1,5,', 'x', '']],
    [
      { decimal: 'comma', thousands: 'point' },
      [
        '0.125',
        '1.5',
        '1.2345',
        '12.34',
        '1.234.5',
        '.123',
        '1..234',
        '01.234',
        '1.234.',
        '1.234,5.0',
        '1234.567',
      ],
    ],
    [
      { thousands: 'comma' },
      ['1,5', '0,125', ',123', '1,234,56', '1,23,45', '1234,567', '1,,234', '1,234.5,6', '1.234,567'],
    ],
    [{ thousands: 'space' }, ['1 5', '1  234', '1 234\u00a0567', 'a b']],
  ];
  for (const [form, texts] of words) {
    it(`takes for words what is not written so: ${flagsOf(form).join(' ')}`, () => {
      for (const text of texts) assert.ok(Number.isNaN(numberReader(formOf(form))(text)), text);
    });
  }

  it('takes groups as in India, other blanks, and numbers that are not finite', () => {
    const read = (words: FormWords, text: string) => numberReader(formOf(words))(text);
    assert.equal(read({ thousands: 'comma' }, '-12,34,567.5e1'), -12345675);
    assert.equal(read({ thousands: 'space', decimal: 'comma' }, '1\u202f234\u202f567,5'), 1234567.5);
    assert.equal(read({ thousands: 'apostrophe' }, '1\u2019234.5'), 1234.5);
    assert.equal(read({ decimal: 'comma' }, 'NaN'), Number.POSITIVE_INFINITY);
    assert.equal(read({ decimal: 'comma' }, '1,0e999'), Number.POSITIVE_INFINITY);
  });
});

describe('the scanner', () => {
  const scanned = async (words: FormWords, text: string, delimiter = ';') => {
    const bytes = Buffer.from(`1;a;yes\n${text}`.replaceAll(';', delimiter));
    const table = { ...ABC, delimiter, numbers: formOf(words), missingWords: ['NA', '-1000'] };
    return (await compare(bytes, table, bytes.length, EAGER)).scanned;
  };
  it('reads decimal commas and groups by itself', async () => {
    const commas =
      '1,5;a;yes\n-0,25e1;b;no\n",5";1,5;no\n5,;c;yes\n123456789,123456789;a;no\n0,1234567890123456789012;a;no\n';
    assert.equal(await scanned({ decimal: 'comma' }, commas), 6);
    const points = '1.234,5;a;yes\n-12.345.678;b;no\n"1.000";c;no\n -1.000 ;-1.000;yes\nNA;x;no\n';
    assert.equal(await scanned({ decimal: 'comma', thousands: 'point' }, points), 5);
    assert.equal(
      await scanned({ thousands: 'comma' }, '"1,234.5";a;yes\n"12,34,567";b;no\n3;c;no\n', ','),
      3,
    );
    assert.equal(await scanned({ thousands: 'space' }, '1 234.5;a;yes\n1 2;b;no\n'), 1);
  });

  it('leaves to csv-parse what is not written so', async () => {
    assert.equal(await scanned({ decimal: 'comma' }, '1,5;a;yes\n1.5;b;no\n'), 1);
    assert.equal(await scanned({ decimal: 'comma', thousands: 'point' }, '1,5;a;yes\n0.125;b;no\n'), 1);
    assert.equal(await scanned({ decimal: 'comma' }, '"1,5";a;yes\n'), 1);
    // a mark between cells as well: only quotes tell
    assert.equal(await scanned({ decimal: 'comma' }, '"1,5";a;yes\n', ','), 0);
  });
});

describe('--decimal and --thousands', () => {
  const plainRow = (i: number) => [
    (i * 1237) / 8,
    i % 3 > 0 ? 'a,b' : '1.5',
    (i % 7) / 4,
    (i * i) % 5 > 1 ? '1.0' : '0.0',
  ];
  const table = (rows: number, write: (plain: string) => string, header = 'x;t;w;y\n') =>
    `${header}${Array.from({ length: rows }, (_, i) =>
      plainRow(i)
        .map((cell, c) => (c === 1 ? String(cell) : write(String(cell))))
        .join(';'),
    ).join('\n')}\n`;
  const flags = [
    '--weight-column',
    'w',
    '--categorical',
    't',
    '--quiet',
    '--epochs',
    '3',
    '--format',
    'json',
  ];

  for (const words of FORMS) {
    const [form, given] = [formOf(words), flagsOf(words)];
    const write = (plain: string) =>
      writtenIn(plain, { decimal: form.decimal, thousands: form.thousands.charAt(0) });
    it(`give the bits of plain numbers, in both commands: ${given.join(' ')}`, async () => {
      for (const rows of [60, 5000]) {
        const plain = temporary(
          'plain.csv',
          table(rows, (text) => text),
        );
        const other = temporary('other.csv', table(rows, write));
        const expected = (await bceTrain([plain, ...flags])).stdout;
        const { stdout, stderr } = await bceTrain([other, ...flags, ...given]);
        assert.deepEqual(bitsOf(stdout), bitsOf(expected), stderr);
        const threaded = await bceTrain([other, ...flags, ...given, '--threads', '1', '--memory', '0']);
        assert.deepEqual(bitsOf(threaded.stdout), bitsOf(stdout));
        const model = temporary('numbers.json', expected);
        for (const more of [[], ['--evaluate']]) {
          const asPlain = await bcePredict([model, plain, '-q', ...more]);
          assert.deepEqual(await bcePredict([model, other, '-q', ...more, ...given]), asPlain);
        }
        const validation = await bceTrain([plain, ...flags, '--validation', plain]);
        const both = await bceTrain([other, ...flags, ...given, '--validation', other]);
        assert.deepEqual(bitsOf(both.stdout), bitsOf(validation.stdout));
      }
    });
  }

  it('tell a header and a delimiter by the numbers', async () => {
    const rows = ['1,5\t0,25\t0', '2,25\t1,5\t1', '0,5\t2,75\t1', '1,125\t3,5\t0'].join('\n');
    const plain = (await bceTrain([temporary('bare.csv', rows.replaceAll(',', '.')), '-q'])).stdout;
    assert.equal((await bceTrain([temporary('bare.csv', rows), '-q', '--decimal', ','])).stdout, plain);
  });

  it('keep texts and the rows of --append as they are written', async () => {
    const path = temporary('texts.csv', 'v;x;y\n1,5;1,5;0\n2,5;2,5;1\n1,5;0,5;1\n2,5;1,25;0\n');
    const { stdout } = await bceTrain([path, '--categorical', 'v', '-q', '--decimal', 'comma']);
    assert.match(stdout, /^"v=2,5",/m);
    const model = temporary('texts-weights.csv', stdout);
    const appended = await bcePredict([
      model,
      path,
      '--decimal',
      'comma',
      '--append',
      '-q',
      '--kind',
      'class',
    ]);
    assert.match(appended.stdout, /^v;x;y;class\n1,5;1,5;0;[01]\n/);
  });

  it('are offered where they read all numbers of the file, and refused with why elsewhere', async () => {
    const cases: readonly (readonly [text: string, flags: readonly string[], says: RegExp])[] = [
      ['x;y\n1,5;0\n2,5;1\n', [], /hint: --decimal comma reads such numbers;/],
      ['x;y\n1.234,5;0\n2,5;1\n', [], /hint: --decimal comma --thousands point reads such numbers;/],
      [
        'x;y\n1.234,5;0\n2.345,5;1\n',
        ['--decimal', 'comma'],
        /found a point between groups.*\nhint: --decimal comma --thousands point reads/,
      ],
      ["x;y\n1'234.5;0\n2'345;1\n", [], /hint: --thousands apostrophe reads such numbers;/],
      [
        'x;y\n1\u00a0234,5;0\n2\u00a0345;1\n',
        [],
        /hint: --decimal comma --thousands space reads such numbers;/,
      ],
      ['x;z;y\n1,5;1.5;0\n2,5;2.5;1\n', [], /found a decimal comma: "1,5"\nhint: awk /],
      ['x;z;y\n1.234,5;1.234;0\n2.345,5;2.5;1\n', [], /hint: awk /],
      [
        'x;y\n1.5;0\n2.5;1\n',
        ['--decimal', 'comma'],
        /expected numbers with a decimal comma, found a decimal point: "1.5"\nhint: write such numbers as in 1200,5, or leave out --decimal comma/,
      ],
      [
        'x;y\n1;0\n2;1\n3;0\n1.5;1\n',
        ['--decimal', 'comma'],
        /numbers\.csv:5: column "x": expected a number, got "1.5"/,
      ],
      [
        'x;y\n5;0\n6;1\n7;1\n5,5;1\n',
        [],
        /numbers\.csv:5: .*got "5,5"\nhint: it has a decimal comma: --decimal comma if all numbers of the file are written so, else awk /,
      ],
    ];
    for (const [text, given, says] of cases) {
      const { stderr, code } = await bceTrain([temporary('numbers.csv', text), ...given]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, says);
    }
  });

  it('are refused where they contradict each other, or say nothing that is known', async () => {
    const path = temporary('numbers.csv', 'x,y\n1,0\n2,1\n');
    for (const [given, says] of [
      [
        ['--thousands', '.'],
        /--thousands point and --decimal point cannot be used together\nhint: --decimal comma --thousands point reads/,
      ],
      [['--thousands', ',', '--decimal', ','], /--thousands comma and --decimal comma cannot/],
      [['--decimal', 'x'], /--decimal: expected point or comma, got "x"/],
      [['--thousands', '-'], /--thousands: expected point, comma, space, apostrophe or underscore, got "-"/],
      [['--thousands', ''], /--thousands: expected .* got ""/],
    ] as const) {
      for (const outcome of [await bceTrain([path, ...given]), await bcePredict([path, path, ...given])]) {
        assert.equal(outcome.code, 2, outcome.stderr);
        assert.match(outcome.stderr, says);
      }
    }
  });
});
