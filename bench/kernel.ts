/** One epoch of the reference objective, against a plain read of the same memory. */
import type { Dataset } from '../src/dataset/dataset.js';
import { readDataset } from '../src/dataset/read.js';
import { referenceObjective } from '../src/objective/reference.js';
import { resolveOptions } from '../src/options.js';
import type { RowBatch } from '../src/source/rows.js';
import { rowsOf, type Shape } from './data.js';
import { inPairs, printTable, ratiosOf, shown } from './measure.js';

const RUNS = 15;
/** Long enough that a tick of the clock or a collection of garbage does not show. */
const TURN_SECONDS = 0.03;

const TABLES: readonly (readonly [what: string, shape: Shape])[] = [
  ['10,000 x 4', { rows: 10_000, columns: 4 }],
  ['100,000 x 28', { rows: 100_000, columns: 28 }],
  ['100,000 x 28 and 4 factors', { rows: 100_000, columns: 28, factors: 4 }],
  ['20,000 x 200', { rows: 20_000, columns: 200 }],
];

/** The rows as they come from a file, without the file. */
async function* batchesOf(shape: Shape): AsyncGenerator<RowBatch> {
  let line = 1;
  for (const row of rowsOf(shape)) yield { rows: [row], lines: [line++] };
}

/** Sum of all doubles held: what any epoch must read. Blocks are of 32 rows, so 8 divides every length. */
function sumOf({ shards }: Dataset): number {
  let sum = 0;
  for (const { X } of shards) {
    // eight sums, or each addition waits for the one before; the last entry first spares bounds checks
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let p = 7; p < X.length; p += 8) {
      h += X[p]!;
      g += X[p - 1]!;
      f += X[p - 2]!;
      e += X[p - 3]!;
      d += X[p - 4]!;
      c += X[p - 5]!;
      b += X[p - 6]!;
      a += X[p - 7]!;
    }
    sum += a + b + c + d + e + f + g + h;
  }
  return sum;
}

export async function benchKernel(): Promise<void> {
  const rows: string[][] = [];
  // kept, so that no sum can be left out
  let sink = 0;
  for (const [what, shape] of TABLES) {
    const { training: dataset } = await readDataset(batchesOf(shape), what, resolveOptions({}).read);
    const objective = referenceObjective(dataset, 'mean', true);
    const w = new Float64Array(objective.size).fill(0.1);
    const g = new Float64Array(objective.size);
    const pairs = await inPairs(
      RUNS,
      async () => {
        sink += await objective.evaluate(w, g);
      },
      () => {
        sink += sumOf(dataset);
      },
      TURN_SECONDS,
    );
    const cells = dataset.rows * (dataset.numerics + dataset.factors.length);
    const ms = shown(pairs.a, (seconds) => seconds * 1e3);
    const nsPerCell = shown(pairs.a, (seconds) => (seconds / cells) * 1e9);
    rows.push([what, ms, nsPerCell, shown(ratiosOf(pairs))]);
  }
  if (!Number.isFinite(sink)) throw new Error('expected finite losses and sums');
  console.log('One epoch of the reference objective, one thread\n');
  printTable(['table', 'ms', 'ns a cell', 'time against a plain read'], rows);
}
