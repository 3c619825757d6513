/** CSV to memory: the whole way into shards, against csv-parse alone on the same bytes. */
import { statSync } from 'node:fs';
import { Parser } from 'csv-parse';
import type { Dataset } from '../src/dataset/dataset.js';
import { readDataset } from '../src/dataset/read.js';
import { resolveOptions } from '../src/options.js';
import { openSource, readBytes } from '../src/source/open.js';
import { readRows } from '../src/source/rows.js';
import { csvFile, type Shape } from './data.js';
import { inPairs, printTable, ratiosOf, shown } from './measure.js';

const RUNS = 5;

const TABLES: readonly (readonly [what: string, shape: Shape])[] = [
  ['50,000 x 28, 6 digits', { rows: 50_000, columns: 28, digits: 6 }],
  ['50,000 x 28, 17 digits', { rows: 50_000, columns: 28 }],
  ['50,000 x 24 and 4 factors, quoted', { rows: 50_000, columns: 24, factors: 4, digits: 6, isQuoted: true }],
];

async function readTable(path: string): Promise<Dataset> {
  const { read } = resolveOptions({});
  const source = openSource(path);
  const bytes = readBytes(source, () => {});
  const batches = readRows(bytes, source.name, read.delimiter);
  return (await readDataset(batches, source.name, read)).training;
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

export async function benchRead(): Promise<void> {
  const rows: string[][] = [];
  for (const [what, shape] of TABLES) {
    const path = csvFile('read.csv', shape);
    const pairs = await inPairs(
      RUNS,
      () => readTable(path),
      () => parseOnly(path),
    );
    const megabytes = statSync(path).size / 1e6;
    const speed = shown(pairs.a, (seconds) => megabytes / seconds);
    rows.push([what, megabytes.toFixed(1), speed, shown(ratiosOf(pairs))]);
  }
  console.log('CSV to memory\n');
  printTable(['table', 'MB', 'MB/s', 'time against csv-parse alone'], rows);
}
