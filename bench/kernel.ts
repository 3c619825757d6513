/** One epoch of the reference objective, against a plain read of the same memory. */
import type { Dataset } from '../src/dataset/dataset.js';
import { referenceObjective } from '../src/objective/reference.js';
import { csvFile, type Shape } from './data.js';
import { inPairs, printTable, shown } from './measure.js';
import { readTable } from './read.js';

const TABLES: readonly [what: string, shape: Shape][] = [
  ['100,000 x 4', { rows: 100_000, columns: 4, digits: 6 }],
  ['50,000 x 28', { rows: 50_000, columns: 28, digits: 6 }],
  ['50,000 x 28 and 4 factors', { rows: 50_000, columns: 28, factors: 4, digits: 6 }],
  ['5,000 x 200', { rows: 5000, columns: 200, digits: 6 }],
];

/** Sum of all doubles held: what any epoch must read. */
function sumOf({ shards }: Dataset): number {
  let sum = 0;
  for (const { X } of shards) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let p = 0; p < X.length; p += 4) {
      a += X[p]!;
      b += X[p + 1]!;
      c += X[p + 2]!;
      d += X[p + 3]!;
    }
    sum += a + b + c + d;
  }
  return sum;
}

export async function benchKernel(): Promise<void> {
  const rows: string[][] = [];
  // kept, so that no sum can be left out
  let sink = 0;
  for (const [what, shape] of TABLES) {
    const dataset = await readTable(csvFile('kernel.csv', shape));
    const objective = referenceObjective(dataset, 'mean', true);
    const w = new Float64Array(objective.size).fill(0.1);
    const g = new Float64Array(objective.size);
    const { seconds, ratio } = await inPairs(
      15,
      () => objective.evaluate(w, g),
      () => {
        sink += sumOf(dataset);
      },
    );
    const cells = dataset.rows * (dataset.numerics + dataset.factors.length);
    rows.push([what, shown(seconds, 1e3), ((seconds.median / cells) * 1e9).toFixed(2), shown(ratio)]);
  }
  console.log('One epoch of the reference objective, one thread\n');
  printTable(['table', 'ms', 'ns a cell', 'time against a plain read'], rows);
  if (Number.isNaN(sink)) throw new Error('the tables hold no numbers');
}
