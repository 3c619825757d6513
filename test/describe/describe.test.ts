/** What --describe and `describe` tell of a file, and whether the command that they suggest trains. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { it, describe as suite } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { BceError, describe, type TableDescription, train } from '../../src/index.js';
import { bceTrain, example, fixture, shell, spawnBceTrain, temporary } from '../support/support.js';

/** 60 rows: a number, another and a label. */
const rows = Array.from({ length: 60 }, (_, i) => ({
  a: (i * 7) % 11,
  b: (i * 3) % 7,
  y: ((i * 5) % 8) % 2,
}));
const csv = (header: string, cells: (row: (typeof rows)[number], i: number) => string) =>
  `${header}\n${rows.map(cells).join('\n')}\n`;

const cases = readdirSync(fixture('cases')).filter((name) => /\.(csv|dat)$/.test(name));
const data = ['age', 'birthwt', 'breast_cancer', 'credit', 'patients', 'separated', 'spam'];
const tables = [
  ...cases.map((name) => fixture(`cases/${name}`)),
  ...data.map((name) => fixture(`${name}.csv`)),
  example('pima.csv'),
  example('titanic.csv'),
];

/** A line of the shell; without a pipe in this process, as the shell would split it. */
function run(line: string) {
  if (line.includes(' | ')) return shell(line);
  const words = [...line.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(')/g, (_, text, quote) => text ?? quote),
  );
  return bceTrain(words.slice(1));
}

suite('the command that is suggested', () => {
  for (const path of tables) {
    it(`trains: ${path.split('/').at(-1)}`, async () => {
      const { command, rowsUsed, target } = await describe(path);
      assert.ok(command !== null);
      const { code, stdout, stderr } = await run(`${command} --epochs 1 --format json`);
      assert.equal(code, 0, stderr);
      const model = JSON.parse(stdout);
      // what it says is what training does
      assert.equal(model.rows, rowsUsed);
      assert.deepEqual(model.target, target);
    });
  }

  const files: readonly (readonly [name: string, content: string | Buffer, command: string])[] = [
    [
      'useless.csv',
      csv('id,a,b,again,same,y,name', ({ a, b, y }, i) => `${i + 100},${a},${b},${b},3,${y},n${i}`),
      'bce-train FILE --target y --drop id,again,name',
    ],
    [
      'latin1.csv',
      Buffer.from(
        csv('größe,y', ({ a, y }) => `${a},${y}`),
        'latin1',
      ),
      'bce-train FILE --encoding windows-1252',
    ],
    [
      'utf16.csv',
      Buffer.from(
        csv('size,y', ({ a, y }) => `${a},${y}`),
        'utf16le',
      ),
      'bce-train FILE --encoding utf16le',
    ],
    [
      'utf16-percent.csv',
      Buffer.from(`\ufeff${csv('größe,y', ({ a, y }) => `${a}%,${y}`)}`, 'utf16le'),
      `iconv -f UTF-16LE -t UTF-8 FILE | awk -F, -v OFS=, 'NR>1{gsub(/ *% */,"",$1)}1' | bce-train -`,
    ],
    [
      'percent.csv.gz',
      gzipSync(csv('a;y', ({ a, y }) => `${a}%;${y}`)),
      `gzip -dc FILE | awk -F';' -v OFS=';' 'NR>1{gsub(/ *% */,"",$1)}1' | bce-train -`,
    ],
    [
      'controls.csv',
      `${csv('a,y', ({ a, y }) => `${a},${y}`)}\x1a\0`,
      `tr -d '\\000\\032' < FILE | bce-train -`,
    ],
    [
      'preamble-percent.csv',
      `Report\nMade,\n${csv('a,b,y', ({ a, b, y }) => `${a},${b}%,${y}`)}`,
      `awk -F, -v OFS=, 'NR>1{gsub(/ *% */,"",$2)}1' FILE | bce-train - --skip 2`,
    ],
    [
      "it's 100% odd.csv",
      csv('"a, b","c ""d""",y', ({ a, b, y }, i) => `${i === 5 ? '' : a},${i === 7 ? 'oops' : b},${y}`),
      `bce-train FILE --missing-values oops --missing drop`,
    ],
    [
      'ids with commas.csv',
      csv('"who, when",a,y', ({ a, y }, i) => `n${i},${a},${y}`),
      'bce-train FILE --drop 1',
    ],
    [
      'header-again.csv',
      csv('a,y', ({ a, y }, i) => (i === 30 ? '"a","y"' : `${a},${y}`)),
      `awk 'NR==1{h=$0} NR==1||$0!=h' FILE | sed 32d | bce-train -`,
    ],
    [
      'some-rewritten.csv',
      csv('a,b,y', ({ a, b, y }) => `${a}%,${b}-,${y}`),
      `awk -F, -v OFS=, 'NR>1{gsub(/ *% */,"",$1)}1' FILE | bce-train - --drop b`,
    ],
    [
      'one-word.csv',
      csv('a,b,y', ({ a, b, y }) => `${a},${b < 5 ? 'none at all' : b},${y}`),
      'bce-train FILE --categorical b',
    ],
    [
      'words.csv',
      csv('a,y', ({ a, y }) => `${['low', 'high'][a] ?? a},${y}`),
      'bce-train FILE --categorical a',
    ],
    [
      'label-unknown.csv',
      csv('a,y', ({ a, y }, i) => `${a},${i === 4 ? 'unknown' : ['no', 'yes'][y]}`),
      'bce-train FILE --missing-values unknown --missing drop',
    ],
    [
      'mostly-missing.csv',
      csv('a,b,y', ({ a, b, y }, i) => `${a},${i > 5 ? '' : b},${y}`),
      'bce-train FILE --drop b',
    ],
    [
      'everywhere-missing.csv',
      csv(
        'a,b,c,y',
        ({ a, b, y }, i) => `${[a, b, i % 5].map((x, k) => (i % 3 === k ? '' : x)).join(',')},${y}`,
      ),
      'bce-train FILE --missing mean',
    ],
    [
      'units.csv',
      csv('a,b,y', ({ b, y }, i) => `${i} ${i % 2 ? 'kg' : 'lb'},${b},${y}`),
      'bce-train FILE --drop a',
    ],
    [
      'target-first.csv',
      csv('survived,a', ({ y }, i) => `${y},${i * 1.5}`),
      'bce-train FILE --target survived',
    ],
    ['like-the-target.csv', csv('a,leak,y', ({ a, y }) => `${a},${y},${y}`), 'bce-train FILE --drop leak'],
    [
      'wide.csv',
      `${Array.from({ length: 90 }, (_, j) => `x${j}`).join()},y\n${rows
        .map(({ y }, i) => [...Array.from({ length: 90 }, (_, j) => (i * (j + 3)) % 101), y].join())
        .join('\n')}\n`,
      'bce-train FILE --lr auto',
    ],
  ];
  for (const [name, content, expected] of files) {
    it(`is what the file needs, and trains: ${name}`, async () => {
      const path = temporary(name, content);
      const { command } = await describe(path);
      const word = /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
      assert.equal(command, expected.replace('FILE', word));
      const { code, stderr } = await run(`${command} --epochs 1`);
      assert.equal(code, 0, stderr);
    });
  }

  it('keeps the options that were given', async () => {
    const { stdout } = await bceTrain([
      ...[example('titanic.csv'), '--describe', '--format', 'json', '--features', 'age,sex'],
      ...['--class-weight', '1:2', '--positive', 'no', '--no-missing-values'],
    ]);
    const { command, target } = JSON.parse(stdout) as TableDescription;
    assert.match(command!, /--positive no --features age,sex .*--missing drop --class-weight 1:2/);
    assert.match(command!, /--no-missing-values/);
    assert.equal(target!.positive, 'no');
  });

  it('is one that the library takes, whatever the cells are', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        'NA',
        '?',
        '1',
        '2',
        '3.5',
        '-4',
        '20%',
        '$5',
        '1,5',
        'yes',
        'no',
        'a',
        'inf',
        '7 kg',
      ),
      fc.stringMatching(/^[ab01.,;"%$-]{0,4}$/),
    );
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((columns) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 2, maxLength: 14 }),
      );
    await fc.assert(
      fc.asyncProperty(table, async (cells) => {
        const quotedCell = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = cells.map((row) => row.map(quotedCell).join(',')).join('\n');
        let description: TableDescription;
        try {
          description = await describe(Readable.from([Buffer.from(text)]));
        } catch (error) {
          assert.ok(error instanceof BceError, String(error));
          return;
        }
        const { command, options, rowsUsed } = description;
        // a filter of the shell is no option
        if (command === null || !command.startsWith('bce-train ')) return;
        const model = await train(Readable.from([Buffer.from(text)]), { ...options, epochs: 0 });
        assert.equal(model.rows, rowsUsed);
      }),
      { numRuns: 100 },
    );
  });
});

suite('what is told', () => {
  it('is what the cells are, of every column', async () => {
    const { columns, rows: count, header, delimiter, obstacles } = await describe(example('titanic.csv'));
    assert.equal(count, 1309);
    assert.equal(header, true);
    assert.equal(delimiter, ',');
    assert.deepEqual(
      columns.map(({ name, role, kind, missing, distinct }) => [name, role, kind, missing, distinct]),
      [
        ['sex', 'feature', 'text', 0, 2],
        ['age', 'feature', 'numeric', 263, 98],
        ['passengerClass', 'feature', 'text', 0, 3],
        ['survived', 'target', 'text', 0, 2],
      ],
    );
    assert.deepEqual([columns[1]!.min, columns[1]!.max], [0.166700006, 80]);
    assert.deepEqual(columns[2]!.levels[0], { level: '3rd', rows: 709 });
    assert.deepEqual(
      obstacles.map(({ code, settledBy }) => [code, settledBy]),
      [['CELLS_MISSING', '--missing drop']],
    );
  });

  it('has ids, constants, columns that are there twice, and the notation of numbers', async () => {
    const text = csv('id,a,again,same,rate,y', ({ a, y }, i) => `${i + 1},${a},${a},3,${i}%,${y}`);
    const { columns, obstacles } = await describe(Readable.from([Buffer.from(text)]));
    assert.deepEqual(
      columns.map(({ name, notes, sameAs, notation }) => [name, notes.join(), sameAs, notation]),
      [
        ['id', 'index', null, null],
        ['a', '', null, null],
        ['again', 'duplicate', 'a', null],
        ['same', 'constant', null, null],
        ['rate', '', null, 'a percent sign'],
        ['y', '', null, null],
      ],
    );
    assert.equal(obstacles[0]!.code, 'CSV_NOT_NUMERIC');
    assert.equal(obstacles[0]!.settledBy, `awk -F, -v OFS=, 'NR>1{gsub(/ *% */,"",$5)}1'`);
  });

  it('finds columns that are there twice, by their values or their names, among thousands', async () => {
    const width = 6000;
    const columns = [...Array(width).keys()];
    // every third column is the one before it, and half of these share a name
    const names = columns.map((c) => (c % 3 === 2 && c % 2 === 0 ? 'again' : `x${c}`));
    const cells = (i: number) =>
      columns.map((c) => Math.sin((c % 3 === 2 ? c - 1 : c) + i * Math.SQRT2).toFixed(6));
    const table = rows.slice(0, 20).map(({ y }, i) => [...cells(i), y].join(','));
    const path = temporary('thousands.csv', `${[...names, 'y'].join(',')}\n${table.join('\n')}\n`);
    const { columns: told, command, weights } = await describe(path);
    const same = columns.filter((c) => c % 3 === 2);
    assert.deepEqual(
      told.flatMap(({ sameAs }, c) => (sameAs === null ? [] : [[c, sameAs]])),
      same.map((c) => [c, `x${c - 1}`]),
    );
    assert.equal(weights, width - same.length + 1);
    const dropped = /--drop (\S+)/.exec(command!)![1]!.split(',');
    // those of one name by their numbers
    assert.equal(new Set(dropped).size, dropped.length);
    assert.equal(dropped.length, same.length);
  });

  it('leaves a column in that was asked for by name', async () => {
    const path = temporary(
      'asked.csv',
      csv('id,a,y', ({ a, y }, i) => `${i + 1},${a},${y}`),
    );
    assert.equal((await describe(path)).command, `bce-train ${path} --drop id`);
    assert.equal(
      (await describe(path, { features: ['id', 'a'] })).command,
      `bce-train ${path} --features id,a`,
    );
  });

  it('is the same of a pipe, of gzip and of the file', async () => {
    const bytes = readFileSync(example('titanic.csv'));
    const ofFile = await describe(example('titanic.csv'));
    const packed = await describe(temporary('titanic.csv.gz', gzipSync(bytes)));
    const { code, stdout } = await spawnBceTrain(['-', '--describe', '--format', 'json'], bytes.toString());
    assert.equal(code, 0);
    const { format, version, ...piped } = JSON.parse(stdout);
    assert.equal(format, 'bce-train table');
    assert.deepEqual(piped.columns, ofFile.columns);
    assert.deepEqual(packed.columns, ofFile.columns);
    assert.equal(packed.compression, 'gzip');
    assert.equal(piped.command, 'bce-train - --missing drop');
    assert.equal(piped.source, '<stdin>');
  });

  it('is that of several files together, whose command names them all', async () => {
    const [header = '', ...lines] = readFileSync(example('titanic.csv'), 'utf8').trimEnd().split('\n');
    const half = lines.length >> 1;
    const paths = [lines.slice(0, half), lines.slice(half)].map((part, k) =>
      temporary(`part-${k}.csv`, `${[header, ...part].join('\n')}\n`),
    );
    const { columns, rows: count, command } = await describe(paths);
    assert.equal(count, 1309);
    assert.deepEqual(columns, (await describe(example('titanic.csv'))).columns);
    assert.equal(command, `bce-train ${paths.join(' ')} --missing drop`);
    assert.equal((await run(`${command} --epochs 1`)).code, 0);
  });

  it('says so where nothing settles what is in the way', async () => {
    const text = `${csv('a,y', ({ a, y }) => `${a},${y}`)}1,0,1\n`;
    const ragged = await describe(Readable.from([Buffer.from(text)]));
    assert.equal(ragged.command, null);
    assert.deepEqual(
      ragged.obstacles.map(({ code, settledBy }) => [code, settledBy]),
      [['CSV_RAGGED_ROW', null]],
    );
    assert.equal(ragged.columns.length, 2);
    const path = temporary(
      'one-label.csv',
      csv('a,y', ({ a }) => `${a},yes`),
    );
    const { code, stdout } = await bceTrain([path, '--describe']);
    assert.equal(code, 0);
    assert.match(stdout, /expected two labels, found 1/);
    assert.match(stdout, /no command to suggest/);
  });

  const failures: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
    [['no-such.csv', '--describe'], 1, /no-such\.csv: no such file/],
    [[temporary('empty.csv', ''), '--describe'], 1, /the file is empty/],
    [[temporary('header.csv', 'a,y\n'), '--describe'], 1, /found only a header/],
    [[example('titanic.csv'), '--describe', '--target', 'surived'], 2, /did you mean "survived"/],
    [[example('titanic.csv'), '--describe', '--epochs', '3'], 2, /--describe and --epochs cannot be used/],
    [[example('titanic.csv'), '--describe', '-o', 'x'], 2, /--describe and --output cannot be used/],
    [[example('titanic.csv'), '--describe', '--format', 'csv'], 2, /--describe and --format csv cannot/],
    [[example('titanic.csv'), '--describe', '--explain'], 2, /cannot be used together/],
    [['clickhouse://h/d/t', '--describe'], 2, /--describe and a table of ClickHouse cannot/],
  ];
  for (const [args, code, message] of failures) {
    it(`is a failure: ${args.slice(1).join(' ')} of ${args[0]!.split('/').at(-1)}`, async () => {
      const outcome = await bceTrain(args);
      assert.equal(outcome.code, code);
      assert.equal(outcome.stdout, '');
      assert.match(outcome.stderr, message);
    });
  }

  it('is refused for arrays, for tables on a server and for options that are none', async () => {
    const usage = { code: 'USAGE' };
    await assert.rejects(describe({ X: [[1]], y: [1] } as never), usage);
    await assert.rejects(describe('clickhouse://h/d/t'), usage);
    await assert.rejects(describe(example('titanic.csv'), { learningrate: 1 } as never), usage);
  });
});
