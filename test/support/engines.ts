/** Runs exported scorers where they are meant to run, on rows of cells. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { temporary } from './support.js';

/** What a scorer is run on: null is a missing cell. */
export interface Rows {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly rows: readonly Readonly<Record<string, number | string | null>>[];
}

/** Gives the probability of each row, NaN for none. */
export type Engine = (code: Buffer, rows: Rows) => Promise<number[]>;

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
const numberOf = (value: unknown) => (value === null ? Number.NaN : Number(value));

/** Loaded by a name that the compiler does not follow: some bring no types for node. */
function load(name: string) {
  return import(name);
}

function cells({ numbers, texts, rows }: Rows): (number | string | null)[][] {
  return rows.map((row, i) => [i, ...numbers.map((name) => row[name]!), ...texts.map((name) => row[name]!)]);
}

/** The columns of the table `data`, and a place for each value. */
function tableOf(
  { numbers, texts }: Rows,
  double: string,
  text: string,
): { columns: string; marks: string[] } {
  const columns = [
    '"row id" integer',
    ...numbers.map((name) => `${quote(name)} ${double}`),
    ...texts.map((name) => `${quote(name)} ${text}`),
  ];
  return { columns: columns.join(', '), marks: columns.map((_, i) => `$${i + 1}`) };
}

/** The query as a table in the order of the rows. */
function ordered(sql: string): string {
  return `SELECT probability FROM (${sql.trim().replace(/;$/, '')}) AS result ORDER BY "row id"`;
}

export const sqlite: Engine = async (code, rows) => {
  const { default: initialize } = await load('sql.js');
  const SQL = await initialize({ useOldExtensionFunctions: false });
  const database = new SQL.Database();
  const { columns, marks } = tableOf(rows, 'REAL', 'TEXT');
  database.run(`CREATE TABLE data (${columns})`);
  const insert = database.prepare(`INSERT INTO data VALUES (${marks.map(() => '?').join(', ')})`);
  for (const row of cells(rows)) insert.run(row);
  insert.free();
  const [{ values }] = database.exec(ordered(String(code)));
  database.close();
  return values.map(([value]: unknown[]) => numberOf(value));
};

export const duckdb: Engine = async (code, rows) => {
  const { DuckDBInstance } = await load('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const { columns } = tableOf(rows, 'DOUBLE', 'VARCHAR');
  await connection.run(`CREATE TABLE data (${columns})`);
  const appender = await connection.createAppender('data');
  for (const [id, ...row] of cells(rows)) {
    appender.appendInteger(id);
    row.forEach((cell, c) => {
      if (cell === null) appender.appendNull();
      else if (c < rows.numbers.length) appender.appendDouble(cell);
      else appender.appendVarchar(cell);
    });
    appender.endRow();
  }
  appender.closeSync();
  const result = await connection.runAndReadAll(ordered(String(code)));
  const values = result.getRows().map(([value]: unknown[]) => numberOf(value));
  connection.closeSync();
  return values;
};

/** One server for all tables: it takes seconds to start. */
export async function startPostgres(): Promise<{ run: Engine; stop: () => Promise<void> }> {
  const { PGlite } = await load('@electric-sql/pglite');
  const server = new PGlite();
  return {
    async run(code, rows) {
      const { columns } = tableOf(rows, 'double precision', 'text');
      await server.exec(`DROP TABLE IF EXISTS data; CREATE TABLE data (${columns})`);
      const all = JSON.stringify(
        cells(rows).map((row) => Object.fromEntries(row.map((cell, c) => [nameOf(rows, c), cell]))),
      );
      await server.query('INSERT INTO data SELECT * FROM json_populate_recordset(NULL::data, $1)', [all]);
      const result = await server.query(ordered(String(code)));
      return result.rows.map(({ probability }: { probability: unknown }) => numberOf(probability));
    },
    stop: () => server.close(),
  };
}

function nameOf({ numbers, texts }: Rows, column: number): string {
  return ['row id', ...numbers, ...texts][column]!;
}

/** A module is loaded once by its path, so each has its own. */
let modules = 0;

export const javaScript: Engine = async (code, { rows }) => {
  const path = temporary(`scorer-${modules++}.mjs`, code);
  const { probability } = await import(pathToFileURL(path).href);
  return rows.map(probability);
};

/** Undefined when there is no C compiler. */
export function compiler(): string | undefined {
  return ['cc', 'gcc', 'clang'].find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

const DRIVER = `
#include <stdio.h>
#include <stdlib.h>
static int count(const char *const *names) { int n = 0; while (names[n]) n++; return n; }
int main(void) {
  const int d = count(bce_numbers), k = count(bce_texts);
  double *x = calloc(d + 1, sizeof *x);
  char **text = calloc(k + 1, sizeof *text);
  while (1) {
    int length;
    if (d > 0 && fread(x, sizeof *x, d, stdin) != (size_t)d) return 0;
    for (int f = 0; f < k; f++) {
      if (fread(&length, 4, 1, stdin) != 1) return 0;
      free(text[f]);
      text[f] = length < 0 ? 0 : calloc(length + 1, 1);
      if (length > 0 && fread(text[f], 1, length, stdin) != (size_t)length) return 1;
    }
    printf("%.17g\\n", bce_probability(x, (const char *const *)text));
  }
}
`;

export const c: Engine = async (code, { rows, numbers, texts }) => {
  const [source, program] = [temporary('scorer.c'), temporary('scorer')];
  writeFileSync(source, code + DRIVER);
  execFileSync(compiler()!, ['-std=c99', '-Wall', '-Wextra', '-Werror', '-O1', '-o', program, source, '-lm']);
  const input = rows.flatMap((row) => [
    Buffer.from(Float64Array.from(numbers, (name) => numberOf(row[name])).buffer),
    ...texts.flatMap((name) => {
      const bytes = row[name] === null ? undefined : Buffer.from(String(row[name]));
      const length = Buffer.alloc(4);
      length.writeInt32LE(bytes?.length ?? -1);
      return bytes === undefined ? [length] : [length, bytes];
    }),
  ]);
  const output = execFileSync(program, { input: Buffer.concat(input), maxBuffer: 1 << 28 });
  return String(output).trim().split('\n').map(Number);
};

export const onnx: Engine = async (code, { rows, numbers, texts }) => {
  const { InferenceSession, Tensor, env } = await load('onnxruntime-web');
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(new Uint8Array(code));
  const shape = [rows.length, 1];
  const feeds = Object.fromEntries([
    ...numbers.map((name) => [
      name,
      new Tensor(
        'float64',
        Float64Array.from(rows, (row) => numberOf(row[name])),
        shape,
      ),
    ]),
    ...texts.map((name) => [
      name,
      new Tensor(
        'string',
        rows.map((row) => String(row[name] ?? '')),
        shape,
      ),
    ]),
  ]);
  const wanted = session.inputNames.map((name: string) => [name, feeds[name]]);
  const { probability } = await session.run(Object.fromEntries(wanted));
  await session.release();
  return [...probability.data];
};
