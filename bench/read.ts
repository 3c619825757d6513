/** CSV to memory, through csv-parse and through the scanner, against csv-parse alone, DuckDB and R's data.table. */

import { statSync } from 'node:fs';
import { Parser } from 'csv-parse';
import type { Dataset } from '../src/dataset/dataset.js';
import { scanDataset } from '../src/dataset/read/read.js';
import { createHeap } from '../src/objective/simd/host.js';
import { resolveOptions } from '../src/options/resolve.js';
import { readRows } from '../src/source/csv/rows.js';
import { openSource, readBytes } from '../src/source/open.js';
import { placesIn } from '../src/source/places.js';
import { scanRows } from '../src/source/scan/scanRows.js';
import { datasetsByParser } from '../test/support/oracle.js';
import { csvFile, type Shape } from './data.js';
import { duckDb } from './duckdb.js';
import { fread } from './fread.js';
import { inPairs, printTable, ratiosOf, shown } from './measure.js';

const RUNS = 5;

const TABLES: readonly (readonly [what: string, shape: Shape])[] = [
  ['50,000 x 28, 6 digits', { rows: 50_000, columns: 28, digits: 6 }],
  ['50,000 x 28, 17 digits', { rows: 50_000, columns: 28 }],
  ['50,000 x 14 and 14 factors', { rows: 50_000, columns: 14, factors: 14, digits: 6 }],
  ['50,000 x 24 and 4 factors, quoted', { rows: 50_000, columns: 24, factors: 4, digits: 6, isQuoted: true }],
];

/** DuckDB and the scanner cut only large files up for their threads. */
const LARGE_TABLES = TABLES.map(
  ([what, shape]) => [what.replace('50,000', '500,000'), { ...shape, rows: 10 * shape.rows }] as const,
);

async function readTable(path: string): Promise<Dataset> {
  const { read } = resolveOptions({});
  const source = openSource(path);
  const bytes = readBytes(source, () => {});
  const batches = readRows(bytes, placesIn(source.name), read.delimiter);
  return (await datasetsByParser(batches, source.name, read)).training;
}

/** As training reads: the rows in the memory of the kernel, where they are trained on. */
async function scanTable(path: string, threads: number): Promise<void> {
  const source = openSource(path);
  const { name, byteLength } = source;
  const bytes = readBytes(source, () => {});
  const { read, heap: plan } = resolveOptions({});
  const heap = createHeap(plan);
  await scanDataset(bytes, placesIn(name), read, () => heap.createStore(), { threads, byteLength });
  await heap.close();
}

/** The scanner with its rows thrown away: numbers and codes in columns, but not in shards. */
async function scanOnly(path: string, { columns, factors = 0 }: Shape, threads: number): Promise<void> {
  const all = Array.from({ length: columns + factors }, (_, column) => column);
  const plan = {
    columns: all.length + 1,
    numerics: all.slice(0, columns),
    pivots: new Float64Array(columns),
    factors: all.slice(columns),
    target: all.length,
    missingWords: [],
  };
  let rows = 0;
  const source = openSource(path);
  await scanRows(
    readBytes(source, () => {}),
    placesIn(source.name),
    ',',
    {
      add: () => {
        rows++;
      },
      addScanned: () => {},
      // the header is no row of numbers
      plan: () => (rows > 1 ? plan : undefined),
    },
    { headRows: 2, threads, byteLength: source.byteLength },
  );
}

/** csv-parse with its rows thrown away. */
class Discarding extends Parser {
  override push(row: unknown): boolean {
    return row === null ? super.push(null) : true;
  }
}

/** The bytes come as they come to the tool, and the options are those of src/source/rows.ts. */
async function parseOnly(path: string): Promise<void> {
  const parser = new Discarding({
    delimiter: ',',
    record_delimiter: ['\r\n', '\n', '\r'],
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 1 << 26,
  });
  parser.resume();
  for await (const chunk of readBytes(openSource(path), () => {})) {
    await new Promise((resolve) => parser.write(chunk, resolve));
  }
  await new Promise<void>((resolve) => parser.end(resolve));
}

type Reader = (path: string, shape: Shape) => Promise<unknown>;

/** One reader against another on every table; `against` says what the last column is. */
async function compareReaders(
  title: string,
  against: string,
  a: Reader,
  b: Reader,
  tables = TABLES,
): Promise<void> {
  const rows: string[][] = [];
  for (const [what, shape] of tables) {
    const path = csvFile('read.csv', shape);
    const pairs = await inPairs(
      RUNS,
      () => a(path, shape),
      () => b(path, shape),
    );
    const megabytes = statSync(path).size / 1e6;
    const speed = shown(pairs.a, (seconds) => megabytes / seconds);
    const times = shown(ratiosOf({ a: pairs.b, b: pairs.a }));
    rows.push([what, megabytes.toFixed(1), speed, times]);
  }
  console.log(`${title}\n`);
  printTable(['table', 'MB', 'MB/s', `times as fast as ${against}`], rows);
}

export async function benchRead(): Promise<void> {
  await compareReaders('CSV to a dataset through csv-parse', 'csv-parse alone', readTable, parseOnly);
  await compareReaders(
    'CSV to a dataset through the scanner, one thread',
    'through csv-parse',
    (path) => scanTable(path, 1),
    readTable,
  );
  await compareReaders(
    'CSV to columns, one thread',
    'csv-parse alone',
    (path, shape) => scanOnly(path, shape, 1),
    parseOnly,
  );
  for (const count of [1, 2]) {
    const read = await duckDb(count);
    const threads = count === 1 ? 'one thread' : `${count} threads`;
    const against = 'DuckDB on as many';
    const readers: readonly (readonly [what: string, reader: Reader])[] = [
      ['columns', (path, shape) => scanOnly(path, shape, count)],
      ['a dataset', (path) => scanTable(path, count)],
    ];
    for (const [what, reader] of readers) {
      await compareReaders(`CSV to ${what}, ${threads}`, against, reader, read, LARGE_TABLES);
    }
  }
  const r = await fread(2);
  if (r === undefined) {
    console.log('Against fread: skipped, R with data.table is not installed (`r-cran-data.table`)\n');
    return;
  }
  await compareReaders(
    'CSV to a dataset, 2 threads',
    'fread on as many',
    (path) => scanTable(path, 2),
    r.read,
    LARGE_TABLES,
  );
  r.close();
}
