/** CSV to memory: the whole way into shards, against csv-parse alone on the same bytes. */
import { readFileSync, statSync } from 'node:fs';
import { Parser } from 'csv-parse';
import type { Dataset } from '../src/dataset/dataset.js';
import { readDataset } from '../src/dataset/read.js';
import { resolveOptions } from '../src/options.js';
import { openSource, readBytes } from '../src/source/open.js';
import { readRows } from '../src/source/rows.js';
import { csvFile, type Shape } from './data.js';
import { inPairs, printTable, shown } from './measure.js';

export function readTable(path: string): Promise<Dataset> {
  const { read } = resolveOptions({});
  const source = openSource(path);
  return readDataset(
    readRows(
      readBytes(source, () => {}),
      source.name,
      undefined,
    ),
    source.name,
    read,
  );
}

/** csv-parse with its rows thrown away. */
class Discarding extends Parser {
  override push(row: unknown): boolean {
    return row === null ? super.push(null) : true;
  }
}

async function parseOnly(bytes: Buffer): Promise<void> {
  const parser = new Discarding({
    record_delimiter: ['\r\n', '\n', '\r'],
    bom: true,
    relax_column_count: true,
  });
  parser.resume();
  for (let start = 0; start < bytes.length; start += 1 << 17) {
    await new Promise((resolve) => parser.write(bytes.subarray(start, start + (1 << 17)), resolve));
  }
}

const TABLES: readonly [what: string, shape: Shape][] = [
  ['50,000 x 28, 6 digits', { rows: 50_000, columns: 28, digits: 6 }],
  ['50,000 x 28, 17 digits', { rows: 50_000, columns: 28 }],
  ['50,000 x 24 and 4 factors, quoted', { rows: 50_000, columns: 24, factors: 4, digits: 6, isQuoted: true }],
];

export async function benchRead(): Promise<void> {
  const rows: string[][] = [];
  for (const [what, shape] of TABLES) {
    const path = csvFile('read.csv', shape);
    const bytes = readFileSync(path);
    const { seconds, ratio } = await inPairs(
      5,
      () => readTable(path),
      () => parseOnly(bytes),
    );
    const megabytes = statSync(path).size / 1e6;
    rows.push([what, (megabytes / seconds.median).toFixed(0), shown(ratio)]);
  }
  console.log('CSV to memory\n');
  printTable(['table', 'MB/s', 'time against csv-parse alone'], rows);
}
