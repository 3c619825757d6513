/** Files that other readers guess at: what is refused, and that the way out that is named leads out. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fixture, shell, temporary } from '../support/support.js';

const folder = temporary('cases');
cpSync(fixture('cases'), folder, { recursive: true });

/** A command that mends the file on its way, as a hint shows it, up to the words after it. */
const PIPE =
  /hint: .*?((?:\.\.\. \| )?(?:awk|sed|tail|grep|tr|gzip) .*?\| bce-(?:train|predict) \S*-(?: --drop [\w.,]+)?)/;

type Weights = Readonly<Record<string, number>>;

async function weightsOf(command: string): Promise<Weights> {
  const { stdout, stderr, code } = await shell(`cd ${folder}; ${command}`);
  assert.equal(code, 0, stderr);
  const rows = stdout.trim().split('\n').slice(1);
  return Object.fromEntries(
    rows.map((row) => {
      const at = row.lastIndexOf(',');
      return [row.slice(0, at), Number(row.slice(at + 1))];
    }),
  );
}

function near(found: Weights, expected: Weights): void {
  assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort());
  for (const [name, weight] of Object.entries(expected)) {
    assert.ok(Math.abs(found[name]! - weight) <= 2e-9 * Math.abs(weight), `${name}: ${found[name]}`);
  }
}

const RATE: Weights = { '(intercept)': -1.659902388, rate: 0.04140018503 };
const AREA: Weights = { '(intercept)': -1.66079184, area: 0.0008938840979 };
const A: Weights = { '(intercept)': -3.438290847905154, a: 1.1947457784067468 };
const NEWTON = '--optimizer newton -q';

/** File written for the case, if it is none of the fixtures; what is said; the flags of the way out; what comes out. */
interface Case {
  readonly file: string;
  readonly text?: string;
  readonly flags?: string;
  readonly says: RegExp;
  /** Flags that the hint names in place of a command. */
  readonly way?: string;
  readonly weights: Weights;
}

const rates = (write: (x: number) => string, delimiter = ',') => {
  const labels = [0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1];
  return `rate${delimiter}y\n${labels.map((y, i) => `${write(10 * ((i % 8) + 1))}${delimiter}${y}\n`).join('')}`;
};
let plain: Weights | undefined;
const ofPlainRates = async () => {
  const path = temporary('cases/plain.csv', rates(String));
  plain ??= await weightsOf(`bce-train ${path} ${NEWTON}`);
  return plain;
};

const CASES: readonly Case[] = [
  { file: 'percent.csv', says: /found a percent sign: "10%"/, weights: RATE },
  { file: 'currency.csv', says: /found the currency \$: "\$10"/, weights: RATE },
  { file: 'unit.csv', says: /found the unit kg: "10 kg"/, weights: RATE },
  {
    file: 'decimal-comma-int-first.csv',
    says: /decimal-comma-int-first.csv:3: column "x": expected plain numbers, found a decimal comma: "5,9"/,
    way: '--decimal comma',
    weights: { '(intercept)': -3.73194476, x: 0.6866076514 },
  },
  {
    file: 'thousands-semicolon.csv',
    says: /\(thousands\): "1,200"/,
    way: '--thousands comma',
    weights: AREA,
  },
  {
    file: 'thousands-comma.csv',
    says: /\(thousands\): "1,200"/,
    way: '--thousands comma',
    weights: { '(intercept)': -1.997715805020002, area: 0.0008847520038637342 },
  },
  {
    file: 'text-no-header.csv',
    says: /names or data.*"yes" stands in its column again/,
    way: '--no-header',
    weights: { '(intercept)': -0.1857279458, 'x1=red': 0.3714558917, 'x2=small': 0.3714558917 },
  },
  {
    file: 'integer-names.csv',
    says: /names or data.*they count the columns/,
    way: '--header',
    weights: { '(intercept)': -1.474562016, '0': 0.3642036906 },
  },
  { file: 'preamble.csv', says: /tail -n \+3 preamble.csv/, weights: A },
  { file: 'comment.csv', says: /--comment '#' leaves out/, way: "--comment '#'", weights: A },
  { file: 'units-row.csv', says: /sed 2d units-row.csv/, weights: A },
  { file: 'header-twice.csv', says: /repeat the header/, weights: A },
];

describe('a file that is refused', () => {
  for (const { file, text, flags = '', says, way, weights } of CASES) {
    it(`goes the way that is named: ${file}`, async () => {
      if (text !== undefined) temporary(`cases/${file}`, text);
      const { stderr, stdout, code } = await shell(`cd ${folder}; bce-train ${file} ${flags} ${NEWTON}`);
      assert.deepEqual([stdout, code], ['', 1], stderr);
      assert.match(stderr, says);
      const command = way === undefined ? PIPE.exec(stderr)?.[1] : `bce-train ${file} ${way}`;
      assert.ok(command !== undefined, stderr);
      near(await weightsOf(`${command} ${flags} ${NEWTON}`), weights);
    });
  }

  const grouped = (x: number, separator: string) => String(100 * x).replace(/\B(?=(\d{3})+$)/g, separator);
  const writings: readonly (readonly [
    what: string,
    write: (x: number) => string,
    scale: number,
    delimiter?: string,
  ])[] = [
    ['a percent sign', (x) => `${x} %`, 1],
    ['a currency before', (x) => `€${x}`, 1],
    ['a currency behind', (x) => `${x} €`, 1],
    ['a currency code', (x) => `USD ${x}`, 1],
    ['a currency and thousands', (x) => `$${grouped(x, ',')}`, 100, ';'],
    ['a unit', (x) => `${x}mm`, 1],
    ['an apostrophe', (x) => grouped(x, "'"), 100],
    ['a point and a comma', (x) => `${grouped(x, '.')},00`, 100, ';'],
    ['an exponent with a comma', (x) => `${x / 10},0E+01`, 1, ';'],
    ['a formula', (x) => `="${x}"`, 1],
    ['a no-break space', (x) => grouped(x, '\u00a0'), 100],
    ['a narrow no-break space', (x) => grouped(x, '\u202f'), 100],
    ['a blank', (x) => grouped(x, ' '), 100],
    ['an underscore', (x) => grouped(x, '_'), 100],
    ['a decimal comma', (x) => String(x / 8).replace('.', ','), 1 / 8, ';'],
    ['a quoted decimal comma', (x) => `"${(x / 8).toFixed(2).replace('.', ',')}"`, 1 / 8],
    ['quoted thousands', (x) => `"${grouped(100 * x, ',')}"`, 10_000],
  ];
  for (const [what, write, scale, delimiter] of writings) {
    it(`has numbers with ${what}, and the way that is named reads them`, async () => {
      const expected = await ofPlainRates();
      const path = temporary('cases/written.csv', rates(write, delimiter));
      const { stderr, code } = await shell(`cd ${folder}; bce-train written.csv ${NEWTON}`);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /written.csv:\d+: column "rate": expected (plain numbers|a number)/);
      const flags = /hint: ((?:--decimal \w+|--thousands \w+| )+) reads such numbers/.exec(stderr)?.[1];
      const command = flags === undefined ? PIPE.exec(stderr)?.[1] : `bce-train written.csv ${flags}`;
      assert.ok(command !== undefined, stderr);
      const found = await weightsOf(`${command} ${NEWTON}`);
      near({ ...found, rate: found.rate! * scale }, expected);
      assert.ok(path !== '');
    });
  }

  for (const [what, write] of [
    ['a hexadecimal number', (x: number) => `0x${x.toString(16)}`],
    [
      'digits of full width',
      (x: number) => [...String(x)].map((d) => String.fromCharCode(0xff10 + Number(d))).join(''),
    ],
  ] as const) {
    it(`has numbers that no command makes plain: ${what}`, async () => {
      temporary('cases/written.csv', rates(write));
      const { stderr, code } = await shell(`cd ${folder}; bce-train written.csv ${NEWTON}`);
      assert.match(stderr, new RegExp(`found ${what}.*\\nhint: write such numbers plainly`));
      assert.equal(code, 1);
    });
  }

  it('has several columns that cannot be used, all told at once', async () => {
    const rows = Array.from(
      { length: 300 },
      (_, i) =>
        `name ${i},ticket ${i},${i % 3 === 0 ? '' : i % 50},${i}%,${(i * 7) % 11},${(i * 5) % 7 > 3 ? 1 : 0}\n`,
    );
    temporary('cases/many.csv', `name,ticket,age,share,x,y\n${rows.join('')}`);
    const { stderr } = await shell(`cd ${folder}; bce-train many.csv ${NEWTON}`);
    assert.match(stderr, /3 columns cannot be used as they are: "name" .*, "ticket" .*, "share" /);
    const flags = /hint: (--drop \S+(?: --missing drop)?) goes on/.exec(stderr)![1]!;
    assert.equal(flags, '--drop name,ticket,share --missing drop');
    const names = Object.keys(await weightsOf(`bce-train many.csv ${flags} ${NEWTON}`));
    assert.deepEqual(names, ['(intercept)', 'age', 'x']);
  });

  it('has a delimiter at the end of each line, which makes no column', async () => {
    temporary('cases/ends.csv', 'a,y,\n1,0,\n2,1,\n3,0,\n4,1,\n5,1,\n2.5,0,\n');
    near(await weightsOf(`bce-train ends.csv ${NEWTON}`), A);
  });
});

describe('a file that is read', () => {
  const read: readonly (readonly [command: string, weights: Weights])[] = [
    [`bce-train sep-line.csv ${NEWTON}`, A],
    [`bce-train inch.csv ${NEWTON}`, { '(intercept)': 0, '"t=5"" pipe"': 0 }],
  ];
  for (const [command, weights] of read) it(command, async () => near(await weightsOf(command), weights));

  it('tells of words that may mean a missing cell', async () => {
    const { stderr } = await shell(`cd ${folder}; bce-train marker-as-level.csv --optimizer newton`);
    assert.match(stderr, /note: column "work": "\?" in 3 rows is a level; --missing-values '\?'/);
  });

  it('leaves out columns by number, whatever they are called', async () => {
    assert.deepEqual(Object.keys(await weightsOf('bce-train index-column.csv --drop 1 -q --l2 1')), [
      '(intercept)',
      'a',
      'b',
    ]);
    assert.deepEqual(Object.keys(await weightsOf('bce-train duplicate-names.csv --drop 3 -q --l2 1')), [
      '(intercept)',
      'a',
      'b',
    ]);
    const { stdout } = await shell(`cd ${folder}; bce-predict index-column.weights.csv index-column.csv -q`);
    assert.equal(stdout.trim().split('\n').length, 7);
  });

  it('has rows of one class that weigh nothing', async () => {
    const { stderr } = await shell(`cd ${folder}; bce-train weight-zero-class.csv --weight-column w`);
    assert.match(stderr, /all rows with "0" \(2\) weigh 0/);
  });

  it('takes + for the positive label', async () => {
    temporary('cases/signs.csv', 'x,y\n1,-\n2,+\n3,-\n4,+\n');
    const { stderr } = await shell(`cd ${folder}; bce-train signs.csv`);
    assert.match(stderr, /1 is "\+" \(2 rows\), 0 is "-"/);
  });

  it('has levels that are the same number as those trained on', async () => {
    temporary('cases/four.csv', 'g,y\n4,0\n5,1\n4,1\n5,1\n4,0\n5,0\n');
    temporary('cases/point.csv', 'g\n4.0\n5.00\n');
    temporary('cases/same.csv', 'g\n4\n5\n');
    const predict = (file: string) =>
      shell(
        `cd ${folder}; bce-train four.csv --categorical g -q -o four.json 2> four.log; bce-predict four.json ${file} -q`,
      );
    assert.equal((await predict('point.csv')).stdout, (await predict('same.csv')).stdout);
  });

  it('is one row a line, however runs of blanks part its cells', async () => {
    const { stderr } = await shell(`cd ${folder}; bce-train aligned.dat --delimiter space`);
    assert.match(stderr, /aligned.dat: 5 rows, 4 features \(4 numeric\)/);
  });
});
