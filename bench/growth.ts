/** Seconds and peak memory of training as a table grows twofold, and twofold again, in each of its directions. */
import { rmSync, writeFileSync } from 'node:fs';
import { csvFile, seeded, temporary } from './data.js';
import { printTable } from './measure.js';
import { HAS_PEAK, peakOf, STATUS } from './peak.js';
import { BIN } from './process.js';

/** A direction in which a table grows. */
interface Direction {
  readonly what: string;
  /** The smallest size; the others are twice and four times it. */
  readonly size: number;
  readonly flags: readonly string[];
  /** Writes the table and returns its path. */
  table(size: number): string;
}

const DIRECTIONS: readonly Direction[] = [
  {
    what: 'columns of 100 rows',
    size: 25_000,
    flags: ['--epochs', '10'],
    table: (columns) => csvFile('growth.csv', { rows: 100, columns, digits: 4 }),
  },
  {
    what: 'columns of 100 rows, --describe',
    size: 25_000,
    flags: ['--describe'],
    table: (columns) => csvFile('growth.csv', { rows: 100, columns, digits: 4 }),
  },
  {
    what: 'levels, each in one row',
    size: 250_000,
    flags: ['--epochs', '10', '--max-levels', '2000000'],
    table: ownLevels,
  },
  {
    what: 'rows of 28 columns',
    size: 500_000,
    flags: ['--epochs', '10'],
    table: (rows) => csvFile('growth.csv', { rows, columns: 28, digits: 6 }),
  },
];

export async function benchGrowth(): Promise<void> {
  if (!HAS_PEAK) {
    console.log(`Growth: skipped, it needs ${STATUS} (Linux)\n`);
    return;
  }
  const rows: string[][] = [];
  for (const { what, size, flags, table } of DIRECTIONS) {
    let before = Number.NaN;
    for (const times of [1, 2, 4]) {
      const path = table(times * size);
      const start = performance.now();
      const peak = await peakOf([BIN, path, '--quiet', ...flags]);
      const seconds = (performance.now() - start) / 1000;
      rmSync(path);
      const ratio = Number.isNaN(before) ? '' : (seconds / before).toFixed(2);
      const count = (times * size).toLocaleString('en');
      rows.push([what, count, seconds.toFixed(2), ratio, (peak / 1e6).toFixed(0)]);
      before = seconds;
    }
  }
  console.log('Training as tables grow, whole process, one run each\n');
  printTable(['what grows', 'how many', 'seconds', 'of the size before', 'peak, MB'], rows);
}

/** A text column whose cells all differ, and a number. */
function ownLevels(rows: number): string {
  const path = temporary('growth.csv');
  const random = seeded(1);
  const lines = Array.from({ length: rows }, (_, i) => {
    const x = random();
    return `id${i},${x.toFixed(4)},${random() < x ? 1 : 0}`;
  });
  writeFileSync(path, `id,x,y\n${lines.join('\n')}\n`);
  return path;
}
