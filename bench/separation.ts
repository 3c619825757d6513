/** The verdict on separated classes: against an exact linear program, and the time it takes beside the training. */

import { Readable } from 'node:stream';
import type { Dataset } from '../src/dataset/dataset.js';
import { scanDataset } from '../src/dataset/read/read.js';
import { diagnose } from '../src/diagnostics/diagnose.js';
import { judgeSeparation } from '../src/diagnostics/separation/separation.js';
import type { SeparationVerdict } from '../src/diagnostics/separation/verdict.js';
import { fit } from '../src/fit/fit.js';
import { localTable } from '../src/objective/localTable.js';
import { createHeap } from '../src/objective/simd/host.js';
import type { Table } from '../src/objective/table.js';
import { OPTIMIZERS } from '../src/optimizer/optimizers.js';
import type { TrainOptions } from '../src/options/library.js';
import { resolveOptions } from '../src/options/resolve.js';
import { readBytes, streamSource } from '../src/source/open.js';
import { placesIn } from '../src/source/places.js';
import { verdictOn } from '../test/support/rational.js';
import { smallTable } from '../test/support/smallTables.js';
import { seeded } from './data.js';
import { printTable } from './measure.js';

const SMALL_TABLES = 10_000;

const TOLERANCES = [1e-2, 1e-6, 1e-12];

export async function benchSeparation(): Promise<void> {
  await agreement();
  await times();
}

/** Every table by one optimizer at one tolerance, each in turn. */
async function agreement(): Promise<void> {
  const random = seeded(20_261);
  const counts = new Map<string, number>();
  const verdicts = ['whole', 'part', 'none', 'unknown'];
  let diverged = 0;
  for (let i = 0, k = 0; i < SMALL_TABLES; k++) {
    const table = smallTable(random);
    if (table === undefined) continue;
    const { csv, intercept, isWeighted } = table;
    const options = {
      header: true,
      target: 'y',
      intercept,
      optimizer: OPTIMIZERS[k % OPTIMIZERS.length]!,
      tolerance: TOLERANCES[Math.floor(k / OPTIMIZERS.length) % TOLERANCES.length]!,
      ...(isWeighted && { weightColumn: 'weight' }),
    };
    const judged = await trainedVerdict(csv, options);
    if (judged === undefined) {
      diverged++;
      continue;
    }
    i++;
    const key = `${options.optimizer} ${verdictOn(table.signed)} ${judged}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  console.log(
    `Small tables by what a linear program in whole numbers says of them, and what the diagnosis says\n`,
  );
  const rows = OPTIMIZERS.flatMap((optimizer) =>
    ['whole', 'part', 'none'].map((truth) => [
      optimizer,
      truth,
      ...verdicts.map((told) => String(counts.get(`${optimizer} ${truth} ${told}`) ?? 0)),
    ]),
  );
  printTable(['optimizer', 'linear program', ...verdicts.map((told) => `told: ${told}`)], rows);
  console.log(`${diverged} more diverged, and have no weights to judge\n`);
}

async function datasetOf(csv: string, options: TrainOptions): Promise<Dataset & Table> {
  const { read } = resolveOptions(options);
  const source = streamSource(Readable.from([Buffer.from(csv)]), 'table');
  const heap = createHeap({ memory: undefined, tempDir: undefined });
  const bytes = readBytes(source, () => {});
  return localTable(
    (await scanDataset(bytes, placesIn('table'), read, () => heap.createStore(), {})).training,
  );
}

async function trainedVerdict(csv: string, options: TrainOptions): Promise<string | undefined> {
  const dataset = await datasetOf(csv, options);
  const fitted = await fit(dataset, resolveOptions(options).fit);
  const judged = await diagnose(dataset, resolveOptions(options).fit, fitted);
  await fitted.close();
  if (fitted.run.ending.status === 'diverged') return undefined;
  const { separation, unjudged } = judged;
  if (separation === undefined) return unjudged === undefined ? 'none' : 'unknown';
  return extentOf({ kind: 'separated', separation });
}

function extentOf(verdict: SeparationVerdict): string {
  if (verdict.kind !== 'separated') return verdict.kind;
  const { separation } = verdict;
  const isComplete =
    separation.isComplete === true ||
    (separation.kind === 'columns' &&
      separation.rules.some((rule) => rule.kind === 'threshold' && rule.isExact));
  return isComplete ? 'whole' : 'part';
}

const LARGE_ROWS = 100_000;

/** 94 numeric columns and 6 of text. */
const LARGE: Readonly<Record<string, (h: number, levels: readonly string[], random: () => number) => 0 | 1>> =
  {
    'not separated': (h, _, random) => (random() < 1 / (1 + Math.exp(-h)) ? 1 : 0),
    'nearly separated': (h, _, random) => (h > 0 === random() < 0.999 ? 1 : 0),
    'by three levels together': (h, [f, g, k], random) => {
      const side = Number(f === 'a') + Number(g === 'b') - Number(k === 'c');
      if (side !== 0) return side > 0 ? 1 : 0;
      return random() < 1 / (1 + Math.exp(-h)) ? 1 : 0;
    },
    'by all numbers together': (h) => (h > 0 ? 1 : 0),
  };

async function times(): Promise<void> {
  const rows: string[][] = [];
  for (const [name, labelOf] of Object.entries(LARGE)) {
    const dataset = await datasetOf(largeTable(labelOf), { target: 'y' });
    for (const optimizer of OPTIMIZERS) {
      const options = resolveOptions({ target: 'y', optimizer });
      let start = performance.now();
      const fitted = await fit(dataset, options.fit);
      const training = performance.now() - start;
      start = performance.now();
      const known = { passes: fitted.run.chosen.passes };
      const verdict = await judgeSeparation(dataset, fitted.v, undefined, known);
      const judging = performance.now() - start;
      await fitted.close();
      const terms =
        verdict.kind === 'separated' && verdict.separation.kind === 'combination'
          ? verdict.separation.terms.length
          : 0;
      rows.push([name, optimizer, extentOf(verdict), String(terms), training.toFixed(0), judging.toFixed(0)]);
    }
  }
  console.log(`${LARGE_ROWS} rows of 94 numbers and 6 texts; milliseconds without reading\n`);
  printTable(['table', 'optimizer', 'told', 'columns named', 'training', 'verdict'], rows);
}

function largeTable(labelOf: (typeof LARGE)[string]): string {
  const random = seeded(7);
  const w = Array.from({ length: 94 }, () => 2 * random() - 1);
  const lines = [[...w.map((_, j) => `x${j}`), ...'fgklmn', 'y'].join()];
  for (let i = 0; i < LARGE_ROWS; i++) {
    let h = 0;
    const x = w.map((wj) => {
      const cell = Math.round(20_000 * random() - 10_000) / 10_000;
      h += wj * cell;
      return cell;
    });
    const levels = Array.from({ length: 6 }, () => 'abcdefghijkl'[Math.floor(12 * random())]!);
    lines.push([...x, ...levels, labelOf(h, levels, random)].join());
  }
  return `${lines.join('\n')}\n`;
}
