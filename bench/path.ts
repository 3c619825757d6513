/** The path of 100 lambdas with ten folds against cv.glmnet, where it is installed, with the violations of both. */
import { readFileSync } from 'node:fs';
import type { RegularizationPath } from '../src/selection/regularizationPath.js';
import { csvFile, type Shape, temporary } from './data.js';
import { printTable } from './measure.js';
import { BIN, ROOT, run } from './process.js';

const TABLES: readonly Shape[] = [
  { rows: 100_000, columns: 28, digits: 6 },
  { rows: 20_000, columns: 200, digits: 6 },
  { rows: 500, columns: 2000, digits: 6 },
];

/** That of glmnet unless told otherwise, and what takes it about as near as we come. */
const THRESHOLDS = ['1e-7', '1e-14'] as const;

interface Theirs {
  readonly seconds: number;
  readonly lambdas: number;
  readonly violation: number;
}

export async function benchPath(): Promise<void> {
  const hasPeer = await run('Rscript', ['-e', 'library(glmnet); library(data.table)']).then(
    () => true,
    () => false,
  );
  const rows: string[][] = [];
  for (const shape of TABLES) {
    const file = csvFile(`path-${shape.rows}.csv`, shape);
    const out = temporary('path.json');
    const start = performance.now();
    await run(process.execPath, [BIN, file, '--path', '--cv', '10', '--format', 'json', '-o', out]);
    const seconds = (performance.now() - start) / 1000;
    const { solutions } = JSON.parse(readFileSync(out, 'utf8')) as RegularizationPath;
    const violation = Math.max(...solutions.map((solution) => solution.violation));
    const theirs: string[] = [];
    for (const threshold of THRESHOLDS) {
      if (!hasPeer) theirs.push('not installed: apt-get install r-cran-glmnet r-cran-data.table');
      else {
        const found = await peer(file, threshold);
        theirs.push(
          `${shownSeconds(found.seconds)}, ${found.lambdas} lambdas, ${found.violation.toExponential(0)}`,
        );
      }
    }
    const ours = `${shownSeconds(seconds)}, ${solutions.length} lambdas, ${violation.toExponential(0)}`;
    rows.push([`${shape.rows} x ${shape.columns}`, ours, ...theirs]);
  }
  console.log('Path with ten folds: seconds, lambdas, largest violation of the optimality conditions.\n');
  console.log(
    'Ours with reading the file; glmnet without, and where it ends its sequence early, with fewer.\n',
  );
  printTable(['table', 'bce-train --path --cv 10', ...THRESHOLDS.map((t) => `cv.glmnet, thresh ${t}`)], rows);
}

async function peer(file: string, threshold: string): Promise<Theirs> {
  const { stdout } = await run('Rscript', [`${ROOT}bench/peers/path.R`, file, threshold]);
  const [seconds, lambdas, violation] = stdout.trim().split(' ').map(Number) as [number, number, number];
  return { seconds, lambdas, violation };
}

function shownSeconds(seconds: number): string {
  return `${Number(seconds.toPrecision(3))} s`;
}
