/** The commands of docs/recipes.md, as they stand there. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { ROOT, shell, temporary } from '../support/support.js';

const text = readFileSync(join(ROOT, 'docs/recipes.md'), 'utf8');
const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, command]) => command!.trim());
const folder = temporary('recipes');

const NAMES = ['age', 'fare', 'class', 'survived'];
const ROWS = Array.from(
  { length: 60 },
  (_, i) =>
    [
      20 + ((i * 7) % 40),
      ((i * 13) % 50) / 4,
      ['first', 'second, or third'][i % 2]!,
      (i * i) % 5 > 1 ? 'yes' : 'no',
    ] as const,
);
const csv = (rows: readonly (readonly unknown[])[], names = NAMES) =>
  `${[names, ...rows].map((row) => row.map((cell) => (String(cell).includes(',') ? `"${cell}"` : cell)).join(',')).join('\n')}\n`;

/** Programs that CI has no server or binary for, as the package for node that has the same engine. */
const STAND_INS = {
  duckdb: `
    import { DuckDBInstance } from '@duckdb/node-api';
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(process.argv[3]);`,
  psql: `
    import { PGlite } from '@electric-sql/pglite';
    import { readFileSync } from 'node:fs';
    const database = new PGlite();
    await database.exec('create table people (age int, fare float, class text, survived text)');
    await database.query("copy people from '/dev/blob' (format csv, header)", [], { blob: new Blob([readFileSync('people.csv')]) });
    const { blob } = await database.query(process.argv[3].replace('stdout', "'/dev/blob'"));
    process.stdout.write(await blob.text());`,
};

/** Programs that must be there. */
const PROGRAMS = ['sqlite3', 'xz', 'zstd', 'jq'];
const isThere = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

describe('the recipes', () => {
  const stands = Object.keys(STAND_INS)
    .map((name) => `${name}() { ${JSON.stringify(process.execPath)} ${join(folder, `${name}.mjs`)} "$@"; }`)
    .join('; ');
  let expected = '';
  before(async () => {
    mkdirSync(folder, { recursive: true });
    const file = (name: string, content: string) => writeFileSync(join(folder, name), content);
    for (const [name, code] of Object.entries(STAND_INS)) {
      // modules are looked for from where the script is
      file(
        `${name}.mjs`,
        code.replace(/from '(@[^']+)'/, (_, specifier) => `from '${import.meta.resolve(specifier)}'`),
      );
    }
    file('people.csv', csv(ROWS));
    file(
      'numbered.csv',
      csv(
        ROWS.map((row, i) => [i, ...row]),
        ['id', ...NAMES],
      ),
    );
    const objects = ROWS.map(([age, fare, kind, survived]) => ({ age, fare, class: kind, survived }));
    file('people.jsonl', objects.map((row) => JSON.stringify(row)).join('\n'));
    file(
      'nested.jsonl',
      objects
        .map(({ fare, class: kind, ...row }) => JSON.stringify({ ...row, ticket: { fare, class: kind } }))
        .join('\n'),
    );
    file('first.csv', csv(ROWS.slice(0, 25)));
    file('second.csv', csv(ROWS.slice(25)));
    for (const name of ['people', 'first', 'second']) {
      if (isThere('xz')) execFileSync('xz', ['-k', `${name}.csv`], { cwd: folder });
    }
    if (isThere('zstd')) execFileSync('zstd', ['-q', 'people.csv'], { cwd: folder });
    if (isThere('sqlite3')) {
      execFileSync('sqlite3', ['people.db', '.import --csv people.csv people'], { cwd: folder });
    }
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(
      `copy (from read_csv('${join(folder, 'people.csv')}')) to '${join(folder, 'people.parquet')}'`,
    );
    expected = (await shell(`cd ${folder}; bce-train people.csv`)).stdout;
    assert.match(expected, /^feature,weight\n/);
  });

  for (const command of commands) {
    const missing = PROGRAMS.filter(
      (program) => new RegExp(`\\b${program} `).test(command) && !isThere(program),
    );
    it(command.split('\n')[0]!, {
      skip: missing.length > 0 && `it needs ${missing.join(', ')}`,
    }, async () => {
      const { stdout, stderr, code } = await shell(`cd ${folder}; ${stands}; set -o pipefail; ${command}`);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, expected, stderr);
    });
  }

  it('are all that have a heading', () => assert.ok(commands.length >= 10));
});
