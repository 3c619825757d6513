/** Visits to the data until J is within 1e-10 of its minimum, by optimizer, on real tables. */

import { existsSync, writeFileSync } from 'node:fs';
import type { Dataset } from '../src/dataset/dataset.js';
import { type FitOptions, fit } from '../src/fit/fit.js';
import { composeProblem } from '../src/fit/problem.js';
import { localTable } from '../src/objective/localTable.js';
import type { Table } from '../src/objective/table.js';
import { OPTIMIZERS, type Optimizer, TRAITS } from '../src/optimizer/optimizers.js';
import type { TrainOptions } from '../src/options/library.js';
import { resolveOptions } from '../src/options/resolve.js';
import { readRows } from '../src/source/csv/rows.js';
import { openSource, readBytes } from '../src/source/open.js';
import { placesIn } from '../src/source/places.js';
import { datasetsByParser } from '../test/support/oracle.js';
import { temporary } from './data.js';
import { printTable } from './measure.js';
import { PYTHON, ROOT, run } from './process.js';
import { eachRow } from './solvedRows.js';

/** Near enough to the minimum. */
const GAP = 1e-10;

const MOST_EPOCHS = 50_000;

const TABLES: readonly (readonly [path: string, options: TrainOptions])[] = [
  ['examples/titanic.csv', { missing: 'drop' }],
  ['test/fixtures/birthwt.csv', {}],
  ['examples/pima.csv', {}],
  ['test/fixtures/credit.csv', { missing: 'drop' }],
  ['test/fixtures/spam.csv', {}],
];

export async function benchPasses(): Promise<void> {
  const hasPeer = await run(PYTHON, ['-c', 'import scipy']).then(
    () => true,
    () => false,
  );
  const rows: string[][] = [];
  for (const [path, options] of TABLES) {
    const name = path.replace(/.*\//, '');
    if (!existsSync(`${ROOT}${path}`)) {
      rows.push([name, ...OPTIMIZERS.map(() => 'skipped: no such file'), '']);
      continue;
    }
    const { read, fit: fitOptions } = resolveOptions(options);
    const source = openSource(`${ROOT}${path}`);
    const batches = readRows(
      readBytes(source, () => {}),
      placesIn(source.name),
      read.delimiter,
    );
    const tables = await datasetsByParser(batches, source.name, read);
    const training = localTable(tables.training);
    const minimum = await minimumOf(training, fitOptions);
    const passes: string[] = [];
    for (const optimizer of OPTIMIZERS) passes.push(await passesOf(training, fitOptions, optimizer, minimum));
    const peer = hasPeer ? await iterationsOfPeer(training, fitOptions, minimum) : 'not installed';
    rows.push([name, ...passes, peer]);
  }
  console.log(`Visits to the data until J - J* < ${GAP}, from zero weights on standardized columns\n`);
  printTable(['table', ...OPTIMIZERS.map(titleOf), 'lbfgs of scikit-learn, iterations'], rows);
}

function titleOf(optimizer: Optimizer): string {
  const { autoRate, learningRate } = TRAITS[optimizer];
  if (autoRate !== undefined) return `${optimizer} --lr auto`;
  return learningRate === undefined ? optimizer : `${optimizer} --lr ${learningRate}`;
}

async function minimumOf(dataset: Dataset & Table, options: FitOptions): Promise<number> {
  const exact = { ...options, optimizer: 'newton' as const, learningRate: undefined, tolerance: 1e-13 };
  const { run: result } = await fit(dataset, exact);
  if (result.ending.status !== 'tolerance') throw new Error(`no minimum: ${result.ending.status}`);
  return result.last.loss;
}

async function passesOf(
  dataset: Dataset & Table,
  options: FitOptions,
  optimizer: Optimizer,
  minimum: number,
): Promise<string> {
  const abort = new AbortController();
  const { autoRate, learningRate } = TRAITS[optimizer];
  const { run: result, step } = await fit(
    dataset,
    {
      ...options,
      optimizer,
      learningRate: autoRate === undefined ? learningRate : 'auto',
      epochs: MOST_EPOCHS,
      tolerance: 0,
    },
    {
      onEpoch: ({ loss }) => {
        if (loss - minimum < GAP) abort.abort();
      },
      signal: abort.signal,
    },
  );
  const { loss, passes } = result.last;
  return loss - minimum < GAP ? String(passes + step.passes) : `more than ${MOST_EPOCHS}`;
}

/** Iterations after which the lbfgs of scikit-learn is as near, on the same columns. */
async function iterationsOfPeer(
  dataset: Dataset & Table,
  options: FitOptions,
  minimum: number,
): Promise<string> {
  const problem = composeProblem(dataset, options);
  const labels: number[] = [];
  for await (const { y, rows } of dataset.shards) labels.push(...y.subarray(0, rows));
  const lines: string[] = [];
  await eachRow(dataset, problem, (x) => {
    // the last entry is the intercept's 1
    lines.push(`${x.subarray(0, x.length - 1).join(',')},${labels[lines.length]}\n`);
  });
  const path = temporary('standardized.csv');
  writeFileSync(path, lines.join(''));
  const script = `${ROOT}bench/peers/lbfgsIterations.py`;
  return (await run(PYTHON, [script, path, String(minimum + GAP)])).stdout.trim();
}
