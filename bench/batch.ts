/** Passes in mini-batches: how near the minimum they come, and how long they take, beside SGDClassifier of scikit-learn. */
import { type FitOptions, fit } from '../src/fit/fit.js';
import { openTables, type Tables } from '../src/open.js';
import { resolveOptions } from '../src/options/resolve.js';
import { csvFile, type Shape } from './data.js';
import { printTable } from './measure.js';
import { PYTHON, ROOT, run } from './process.js';

const TABLE: Shape = { rows: 1_000_000, columns: 28, digits: 6 };

const PASSES = [1, 5] as const;

const OURS = [
  { title: '--batch 256', options: {} },
  { title: '--batch 4096 --lr 1', options: { batch: 4096, learningRate: 1 } },
  { title: '--batch 256 --lr-schedule cosine', options: { learningRateSchedule: 'cosine' } },
  {
    title: '--batch 256 --momentum 0.9 --lr 0.02 --lr-schedule cosine',
    options: { momentum: 0.9, learningRate: 0.02, learningRateSchedule: 'cosine' },
  },
  {
    title: '--batch 256 --optimizer adam --lr 0.01 --lr-schedule cosine',
    options: { optimizer: 'adam', learningRate: 0.01, learningRateSchedule: 'cosine' },
  },
] as const;

export async function benchBatch(): Promise<void> {
  const file = csvFile('batch.csv', TABLE);
  const options = resolveOptions({});
  const tables = await openTables({ data: file, validation: undefined, options }, () => {}, undefined);
  const rows: string[][] = [];
  try {
    const { fit: newton } = resolveOptions({ optimizer: 'newton' });
    const { loss: minimum } = await descend(tables, newton);
    for (const { title, options: asked } of OURS) {
      const cells: string[] = [];
      for (const epochs of PASSES) {
        const { fit: ours } = resolveOptions({ batch: 256, ...asked, epochs, tolerance: 0 });
        cells.push(shownFit(await descend(tables, ours), minimum));
      }
      rows.push([title, ...cells]);
    }
    for (const average of [false, true]) rows.push(await peer(file, average, minimum));
  } finally {
    await tables.close();
  }
  console.log(
    `Mini-batches on ${TABLE.rows} x ${TABLE.columns}, standardized: J over its minimum, and seconds without reading.\n`,
  );
  console.log('Ours with J over all rows before and after, on one thread but for these.\n');
  printTable(['', ...PASSES.map((passes) => (passes === 1 ? '1 pass' : `${passes} passes`))], rows);
}

interface Found {
  readonly loss: number;
  readonly seconds: number;
}

async function descend({ training }: Tables, options: FitOptions): Promise<Found> {
  const start = performance.now();
  const fitted = await fit(training, options);
  const seconds = (performance.now() - start) / 1000;
  await fitted.close();
  return { loss: fitted.run.chosen.loss, seconds };
}

async function peer(file: string, average: boolean, minimum: number): Promise<string[]> {
  const cells: string[] = [];
  for (const passes of PASSES) {
    const asked = [file, String(passes), ...(average ? ['average'] : [])];
    const found = await run(PYTHON, [`${ROOT}bench/peers/sklearnSgd.py`, ...asked]).catch(() => undefined);
    const [seconds, loss] = found?.stdout.trim().split(' ').map(Number) ?? [];
    cells.push(
      seconds === undefined || loss === undefined
        ? 'not installed: apt-get install python3-sklearn python3-pandas'
        : shownFit({ seconds, loss }, minimum),
    );
  }
  return [`SGDClassifier${average ? ', averaged' : ''}`, ...cells];
}

function shownFit({ loss, seconds }: Found, minimum: number): string {
  return `${(100 * (loss / minimum - 1)).toPrecision(2)} %, ${seconds.toPrecision(3)} s`;
}
