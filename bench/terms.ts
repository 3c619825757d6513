/** What terms cost: an epoch of factors together, and reading with terms against without and through csv-parse. */
import { statSync } from 'node:fs';
import type { Dataset } from '../src/dataset/dataset.js';
import { scanDataset } from '../src/dataset/read/read.js';
import { parallelObjective } from '../src/objective/simd/parallel.js';
import type { TrainOptions } from '../src/options/library.js';
import { resolveOptions } from '../src/options/resolve.js';
import { readRows } from '../src/source/csv/rows.js';
import { openSource, readBytes } from '../src/source/open.js';
import { placesIn } from '../src/source/places.js';
import { HeapStore } from '../src/storage/heapStore.js';
import { SharedHeap } from '../src/storage/sharedHeap.js';
import { datasetsByParser } from '../test/support/oracle.js';
import { csvFile } from './data.js';
import { inPairs, printTable, ratiosOf, shown } from './measure.js';

const ROWS = 1_000_000;
const RUNS = 3;
const LEVELS = [50, 40];

const READS: readonly (readonly [what: string, options: TrainOptions])[] = [
  ['f0*f1', { add: ['f0*f1'] }],
  ['poly(x0, 3) + x0:x1', { add: ['poly(x0, 3) + x0:x1'] }],
];

export async function benchTerms(): Promise<void> {
  const path = csvFile('terms.csv', { rows: ROWS, columns: 4, factors: 2, levels: LEVELS, digits: 6 });
  await benchEpoch(path);
  await benchReading(path);
}

async function benchEpoch(path: string): Promise<void> {
  const plain = await epochOf(path, 'y ~ f0 + f1');
  const together = await epochOf(path, 'y ~ f0*f1');
  const pairs = await inPairs(RUNS, together.evaluate, plain.evaluate, 0.5);
  await Promise.all([plain.close(), together.close()]);
  console.log(
    `An epoch of ${ROWS.toLocaleString('en')} rows on one thread, two factors of ${LEVELS.join(' and ')} levels\n`,
  );
  printTable(
    ['terms', 'weights', 'ms an epoch', 'times f0 + f1'],
    [
      ['f0 + f1', String(plain.weights), shown(pairs.b, (seconds) => 1000 * seconds), ''],
      [
        'f0*f1',
        String(together.weights),
        shown(pairs.a, (seconds) => 1000 * seconds),
        shown(ratiosOf(pairs)),
      ],
    ],
  );
}

async function epochOf(path: string, formula: string) {
  const objective = await parallelObjective(await read(path, { formula }, new SharedHeap()), 'mean', {
    threads: 1,
  });
  const w = new Float64Array(objective.size).fill(0.1);
  const g = new Float64Array(objective.size);
  return {
    weights: objective.size,
    evaluate: () => objective.evaluate(w, g),
    close: () => objective.close(),
  };
}

async function benchReading(path: string): Promise<void> {
  const megabytes = statSync(path).size / 1e6;
  const rows: string[][] = [];
  for (const [what, options] of READS) {
    const plain = await inPairs(
      RUNS,
      () => read(path, options),
      () => read(path, {}),
    );
    const parsed = await inPairs(
      1,
      () => parse(path, options),
      () => read(path, options),
    );
    rows.push([what, shown(plain.a), shown(ratiosOf(plain)), shown(ratiosOf(parsed))]);
  }
  console.log(`CSV of ${megabytes.toFixed(0)} MB to a dataset with terms, one thread\n`);
  printTable(
    ['terms', 'seconds', 'times the seconds without terms', 'times as fast as through csv-parse'],
    rows,
  );
}

async function read(path: string, options: TrainOptions, heap?: SharedHeap): Promise<Dataset> {
  const source = openSource(path);
  const { name, byteLength } = source;
  const bytes = readBytes(source, () => {});
  const { read: asked } = resolveOptions(options);
  return (
    await scanDataset(bytes, placesIn(name), asked, heap && (() => new HeapStore(heap)), {
      threads: 1,
      byteLength,
    })
  ).training;
}

async function parse(path: string, options: TrainOptions): Promise<Dataset> {
  const { read: asked } = resolveOptions(options);
  const source = openSource(path);
  const batches = readRows(
    readBytes(source, () => {}),
    placesIn(source.name),
    asked.delimiter,
  );
  return (await datasetsByParser(batches, source.name, asked)).training;
}
