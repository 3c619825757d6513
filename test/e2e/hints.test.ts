/** Hints are promises: each is followed literally, in both commands. Those of odd files are in cases.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { train } from '../../src/index.js';
import { bcePredict, bceTrain, example, fixture, seeded, shell, temporary } from '../support/support.js';

const [pima, titanic] = [example('pima.csv'), example('titanic.csv')];

describe('a hint of bce-train', () => {
  const random = seeded(12);
  const rows = Array.from({ length: 60 }, (_, i) => [random(), random(), i] as const);
  const csv = (head: string, row: (a: number, b: number, i: number) => string) =>
    `${head}\n${rows.map(([a, b, i]) => row(a, b, i)).join('\n')}\n`;
  const label = (i: number) => (i * 7) % 5 > 1;

  /** What the file holds, the flags, what is said, and the flags of the hint that lead on. */
  const cases: readonly (readonly [what: string, text: string, flags: string, says: RegExp, code: number])[] =
    [
      [
        'missing cells',
        csv('a,b,y', (a, b, i) => `${i % 9 === 0 ? '' : a},${b},${+label(i)}`),
        '',
        /hint: (--missing drop) leaves such rows out, /,
        1,
      ],
      [
        'missing cells to fill',
        csv('a,b,y', (a, b, i) => `${i % 9 === 0 ? '' : a},${b},${+label(i)}`),
        '',
        /, (--missing mean) fills them/,
        1,
      ],
      [
        'a word that means a missing cell',
        csv('a,b,y', (a, b, i) => `${i % 9 === 0 ? '?' : a},${b},${+label(i)}`),
        '--missing drop',
        /hint: (--missing-values '\?') if it means a missing cell/,
        1,
      ],
      [
        'a column with a word',
        csv('a,b,y', (a, b, i) => `${i === 5 ? 'x' : a},${b},${+label(i)}`),
        '',
        /, (--drop a) to leave it out/,
        1,
      ],
      [
        'blanks between cells',
        csv('a b y', (a, b, i) => `${a} ${b} ${+label(i)}`),
        '',
        /hint: (--delimiter space) if blanks separate the cells/,
        1,
      ],
      [
        'a mark between cells',
        csv('a^b^y', (a, b, i) => `${a}^${b}^${+label(i)}`),
        '',
        /hint: (--delimiter '\^') if that separates the cells/,
        1,
      ],
      [
        'an id',
        csv('id,a,y', (a, _, i) => `n${i},${a},${+label(i)}`),
        '--max-levels 20',
        /leave it out with (--drop id);/,
        1,
      ],
      [
        'an index without a name',
        csv(',a,y', (a, _, i) => `${i},${a},${+label(i)}`),
        '',
        /hint: (--drop 1) leaves it out/,
        1,
      ],
      [
        'two names that are the same',
        csv('a,a,y', (a, b, i) => `${a},${b},${+label(i)}`),
        '',
        /hint: (--drop 2) keeps the first/,
        1,
      ],
      [
        'a step that is too long',
        csv('a,b,y', (a, b, i) => `${a},${b},${+label(i)}`),
        '--lr 500',
        /; (--lr \S+) cannot diverge/,
        3,
      ],
      [
        'separated classes',
        csv('a,b,y', (a, b) => `${a},${b},${a > 0 ? 1 : 0}`),
        '--strict --optimizer newton',
        /; (--l2) LAMBDA gives an answer/,
        3,
      ],
      [
        'a column that follows from others',
        csv('a,b,c,y', (a, b, i) => `${a},${b},${a + b},${+label(i)}`),
        '--strict --optimizer newton',
        /; (--drop c) leaves it out/,
        3,
      ],
      [
        'columns that nearly follow from each other',
        csv('a,b,y', (a, b, i) => `${1e6 + a},${1e6 + a + 1e-5 * b},${+label(i)}`),
        '--strict --optimizer lbfgs --epochs 300',
        /(--optimizer newton) tells them apart/,
        3,
      ],
    ];
  for (const [what, text, flags, says, expected] of cases) {
    it(`leads on: ${what}`, async () => {
      const given = flags.split(' ').filter((flag) => flag !== '');
      const refused = await bceTrain(['-', '-q', ...given], { stdin: text });
      assert.equal(refused.code, expected, refused.stderr);
      const hinted = says.exec(refused.stderr)?.[1];
      assert.ok(hinted !== undefined, refused.stderr);
      const [flag, value = '0.1'] = hinted.split(' ');
      const kept = given.filter((word, i) => word !== flag && given[i - 1] !== flag);
      const followed = await bceTrain(['-', '-q', ...kept, flag!, value.replaceAll("'", '')], {
        stdin: text,
      });
      assert.equal(followed.code, 0, followed.stderr);
    });
  }

  for (const flags of [
    '--lr 0.5',
    '--l1 0.01',
    '--bounds age:0:',
    '--optimizer nesterov --epochs 3 --bounds age:0:',
    '--optimizer adam --epochs 3',
    '--batch 32 --epochs 2',
    '--batch 32 --epochs 2 --bounds age:0:',
  ]) {
    it(`names an optimizer that takes what is asked for: ${flags}`, async () => {
      const given = flags.split(' ');
      const { stderr } = await bceTrain([pima, '-q', ...given]);
      const named = /--optimizer ([\w-]+)/.exec(stderr)?.[1];
      assert.ok(named !== undefined, stderr);
      const steps = ['--optimizer', '--lr', '--batch', '--epochs'];
      const kept = given.filter((word, i) => !steps.includes(word) && !steps.includes(given[i - 1]!));
      const followed = await bceTrain([pima, ...kept, '--optimizer', named]);
      assert.match(followed.stderr, /^converged/m);
    });
  }

  it('leads from an ending of pages to the report, or to weights', async () => {
    const page = temporary('hints.html');
    const { stderr, code } = await bceTrain([pima, '-o', page]);
    assert.equal(code, 2);
    assert.match(stderr, /hint: --report \S+hints.html writes a page about training; --format csv writes/);
    for (const flags of [
      ['--report', page],
      ['-o', page, '--format', 'csv'],
      ['-o', page, '--explain'],
    ]) {
      assert.equal((await bceTrain([pima, '-q', ...flags])).code, 0, flags.join(' '));
    }
    assert.equal((await bceTrain([pima, '-o', temporary('hints.tex'), '--path'])).code, 2);
  });

  it('calls for longer steps where they are so short that J stands still', async () => {
    const { stderr } = await bceTrain([pima, '--lr', '1e-300']);
    assert.match(stderr, /--lr auto takes 3.10, 3e\+300 times as long$/m);
    assert.match(stderr, /J stands still; --lr auto or --optimizer lbfgs takes longer steps$/m);
  });

  it('names the choice that was meant', async () => {
    const { stderr } = await bceTrain([pima, '--optimizer', 'netwon']);
    assert.match(
      stderr,
      /--optimizer: expected gd, .* or proximal-newton, got "netwon"\nhint: did you mean newton\?/,
    );
    await assert.rejects(train(pima, { missing: 'dropp' as 'drop' }), { hint: 'did you mean drop?' });
  });

  it('names the nearest column', async () => {
    const { stderr } = await bceTrain([pima, '--target', 'typ']);
    const name = /did you mean "(\w+)"/.exec(stderr)![1]!;
    assert.equal((await bceTrain([pima, '--target', name, '-q'])).code, 0);
  });

  it('offers no flag that would split the word at its comma', async () => {
    const { stderr } = await bceTrain(['-'], { stdin: 'b,y\n700,0\n"a,b",1\n300,0\n500,1\n' });
    assert.match(stderr, /expected a number, got "a,b"\nhint: --categorical b/);
  });

  it('tells many collinear columns in one line', async () => {
    const wide = Array.from({ length: 20 }, (_, i) =>
      [...Array.from({ length: 50 }, random), i % 2].join(','),
    );
    const names = Array.from({ length: 50 }, (_, j) => `x${j}`);
    const { stderr } = await bceTrain(['-', '-q', '--epochs', '3'], {
      stdin: `${names.join(',')},y\n${wide.join('\n')}\n`,
    });
    assert.ok(stderr.split('\n').filter((line) => line.startsWith('warning:')).length <= 3, stderr);
    assert.match(stderr, /31 weights are not unique/);
  });
});

describe('a hint of bce-predict', () => {
  const weights = temporary('hints-weights.csv', 'feature,weight\n(intercept),0.5\na,0.25\n');

  it('says which comes first, when the two are the wrong way round', async () => {
    await bceTrain([pima, '-q', '--optimizer', 'newton', '-o', temporary('hints.json')]);
    const { stderr, code } = await bcePredict([pima, temporary('hints.json')]);
    assert.match(
      stderr,
      /pima.csv: expected a table with the columns feature and weight[\s\S]*takes the model first/,
    );
    assert.equal(code, 1);
  });

  it('blames the command before an empty pipe', async () => {
    const { stderr } = await shell(`false | bce-predict - ${pima}`);
    assert.match(stderr, /<stdin>: expected weights or a model, found nothing\nhint: the command/);
  });

  it('names the target of the model where a feature was named', async () => {
    const model = temporary('hints-target.json');
    await bceTrain([pima, '-q', '--optimizer', 'newton', '-o', model]);
    const { stderr, code } = await bcePredict([model, pima, '--evaluate', '--target', 'age']);
    assert.match(stderr, /column "age" is a feature of .*\nhint: without --target it is "type"/);
    assert.equal(code, 2);
  });

  it('offers no flag of training', async () => {
    const data = temporary('hints-data.csv', 'a\n1\nx\n');
    const { stderr } = await bcePredict([weights, data]);
    assert.match(stderr, /expected a number, got "x"/);
    assert.doesNotMatch(stderr, /--categorical|--drop/);
    const followed = await bcePredict([weights, data, '--missing-values', 'x', '--missing', 'empty']);
    assert.equal(followed.code, 0);
  });

  const rows = 'a\n1\n2.5\n3\n';
  for (const [what, text] of [
    ['units', rows.replace('a\n', 'a\nkg\n')],
    ['a percent sign', rows.replaceAll(/(\d)\n/g, '$1%\n')],
    ['a decimal comma', rows.replace('2.5', '"2,5"')],
    ['bytes that are no text', `${rows}\u001a`],
  ] as const) {
    it(`names a command that predicts: ${what}`, async () => {
      const path = temporary('hints-odd.csv', text);
      const { stderr } = await shell(`bce-predict ${weights} ${path}`);
      const command = /hint: .*?((?:awk|sed|tr) .*\| bce-predict \S+ -)/.exec(stderr)?.[1];
      assert.ok(command !== undefined, stderr);
      const plain = await shell(`printf '${rows.replaceAll('\n', '\\n')}' | bce-predict ${weights} - -q`);
      assert.equal((await shell(`${command} -q`)).stdout, plain.stdout, command);
    });
  }

  it('names the encoding of UTF-16 without a mark', async () => {
    for (const encoding of ['utf16le', 'utf16be'] as const) {
      const bytes = Buffer.from(rows, 'utf16le');
      const path = temporary('hints-utf16.csv', encoding === 'utf16le' ? bytes : bytes.swap16());
      const { stderr } = await bcePredict([weights, path]);
      assert.match(stderr, new RegExp(`hint: if the file is UTF-16: --encoding ${encoding}, else tr -d`));
      const { stdout } = await bcePredict([weights, path, '--encoding', encoding, '-q']);
      assert.equal(stdout, (await bcePredict([weights, temporary('hints-rows.csv', rows), '-q'])).stdout);
    }
  });

  it('tells how to begin at a header that stands further down', async () => {
    const path = temporary('hints-preamble.csv', `Report\n\n${rows}`);
    const { stderr } = await shell(`bce-predict ${weights} ${path}`);
    assert.match(stderr, /; --skip N begins below line N, if the header stands further down/);
    const { stdout } = await bcePredict([weights, path, '--skip', '2', '-q']);
    assert.equal(stdout, (await bcePredict([weights, temporary('hints-rows.csv', rows), '-q'])).stdout);
  });

  it('warns of a model that is not at the optimum, and of one without', async () => {
    const [early, separated] = [temporary('early.json'), temporary('separated.json')];
    await bceTrain([pima, '-q', '--epochs', '3', '-o', early]);
    await bceTrain([fixture('separated.csv'), '-q', '-o', separated]);
    assert.match(
      (await bcePredict([early, pima, '-q'])).stderr,
      /^warning: .*early.json: its training did not converge/,
    );
    assert.match(
      (await bcePredict([separated, fixture('separated.csv'), '-q'])).stderr,
      /^warning: .*separated.json: the classes of its training rows are separated/,
    );
    await bceTrain([pima, '-q', '--optimizer', 'newton', '-o', early]);
    assert.equal((await bcePredict([early, pima, '-q'])).stderr, '');
  });
});

describe('words for flags', () => {
  it('ask for help and the version', async () => {
    for (const run of [bceTrain, bcePredict]) {
      assert.equal((await run(['help'])).stdout, (await run(['--help'])).stdout);
      assert.equal((await run(['version'])).stdout, (await run(['--version'])).stdout);
    }
  });

  it('are no values of flags that need none', async () => {
    const flags = ['--missing', 'drop', '--epochs', '2', '-q'];
    const { stdout } = await bceTrain([titanic, '--explain', '1', ...flags]);
    assert.equal((await bceTrain(['--explain', titanic, ...flags])).stdout, stdout);
    const compared = await bceTrain([titanic, '--compare', ...flags.slice(0, 4)]);
    assert.equal((await bceTrain(['--compare', titanic, ...flags.slice(0, 4)])).stdout, compared.stdout);
    assert.match(
      (await bceTrain([titanic, '--explain', '1.5'])).stderr,
      /--explain: expected a whole number/,
    );
  });
});

describe('--explain', () => {
  it('refuses a row that is not there before it trains', async () => {
    const { stderr, code } = await bceTrain([pima, '--explain', '99999']);
    assert.match(stderr, /expected a row from 1 to \d+, got 99999/);
    assert.doesNotMatch(stderr, /^epoch/m);
    assert.equal(code, 2);
  });

  it('tells a row of weight 0 from one with a missing cell', async () => {
    const stdin = 'w,x,y\n1,1,0\n0,2,1\n1,3,1\n2,4,0\n';
    const { stderr } = await bceTrain(['-', '--explain', '2', '--weight-column', 'w'], { stdin });
    assert.match(stderr, /row 2 has weight 0 and was left out/);
  });

  it('shows the sums that are computed: weights of rows and classes, penalties, and the parts of h', async () => {
    const random = seeded(14);
    const rows = Array.from({ length: 30 }, (_, i) => `${random()},${5 * random()},${1 + (i % 3)},${i % 2}`);
    const flags = ['--weight-column', 'c', '--class-weight', '1:2', '--l2', '0.3', '--epochs', '4', '-q'];
    const { stdout } = await bceTrain(['-', '--explain', '2', '--format', 'json', ...flags], {
      stdin: `a,b,c,y\n${rows.join('\n')}\n`,
    });
    const { h, z, y, weight, weightSum, terms, J, penalty } = JSON.parse(stdout);
    assert.equal(weight, 4);
    assert.equal(weightSum, 90);
    const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} for ${b}`);
    near(
      terms.reduce((sum: number, { part }: { part: number }) => sum + part, 0),
      h,
    );
    for (const { x, cancelled } of terms) near(cancelled, weight * (z - y) * x);
    // the last loss that is told is that of the weights, penalty and all
    const run = await bceTrain(['-', '--history', temporary('explained.csv'), ...flags], {
      stdin: `a,b,c,y\n${rows.join('\n')}\n`,
    });
    assert.equal(run.code, 0);
    const { readFileSync } = await import('node:fs');
    const last = readFileSync(temporary('explained.csv'), 'utf8').trim().split('\n').at(-1)!.split(',');
    near(J + penalty, Number(last[1]));
  });
});

describe('the library', () => {
  const good = { X: [[1], [2], [3], [4]], y: [0, 1, 0, 1] };
  const refused: readonly (readonly [what: string, data: unknown, says: RegExp])[] = [
    ['a list of objects', [{ a: 1 }], /^data: expected the path of a file/],
    ['nothing', undefined, /^data: expected the path of a file/],
    ['a number', 3, /^data: expected the path of a file/],
    ['rows that are no lists', { ...good, X: [1, 2, 3, 4] }, /^X\[0\]: expected a row of numbers, got 1/],
    [
      'labels that are texts',
      { ...good, y: ['0', '1', '0', '1'] },
      /^y\[0\]: expected 0 or 1, got the text "0"/,
    ],
    ['no labels', { X: good.X, y: null }, /^y: expected a list, got null/],
    [
      'numbers that are texts',
      { ...good, X: [['1'], [2], [3], [4]] },
      /^X\[0\]\[0\]: expected a finite number, got the text/,
    ],
    ['weights that are no list', { ...good, weights: 2 }, /^weights: expected a list, got 2/],
  ];
  for (const [what, data, says] of refused) {
    it(`refuses ${what}, in words`, async () => {
      await assert.rejects(train(data as never), (error: Error) => {
        assert.equal(error.name, 'BceError');
        assert.match(error.message, says);
        return true;
      });
    });
  }
});
