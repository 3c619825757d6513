/**
 * The path of 100 lambdas with ten folds against cv.glmnet and LogisticRegressionCV at the same lambdas, where these are
 * installed: seconds of the processors, whole runs with reading the file, and the violations of the optimality conditions.
 */
import { readFileSync } from 'node:fs';
import { csvFile, type Shape, temporary } from './data.js';
import { printTable } from './measure.js';
import { BIN, PYTHON, ROOT, run, runTimed } from './process.js';

const TABLES: readonly Shape[] = [
  { rows: 100_000, columns: 28, digits: 6 },
  { rows: 20_000, columns: 200, digits: 6 },
  { rows: 2000, columns: 5000, digits: 6 },
];

/** Times those of bce-train, and at least these, are the seconds of the processors after which a peer is not waited for. */
const MOST_TIMES = 10;
const LEAST_SECONDS = 60;

interface Found {
  readonly seconds: number;
  readonly violation: number;
}

export async function benchPath(): Promise<void> {
  const hasR = await isThere('Rscript', ['-e', 'library(glmnet); library(data.table)']);
  const hasPython = await isThere(PYTHON, ['-c', 'import sklearn, pandas']);
  const rows: string[][] = [];
  for (const shape of TABLES) {
    const file = csvFile(`path-${shape.rows}.csv`, shape);
    const curve = temporary('curve.csv');
    const ours = await runOurs(file, curve);
    const most = Math.ceil(Math.max(MOST_TIMES * ours.seconds, LEAST_SECONDS));
    const r = hasR
      ? await peer('Rscript', [`${ROOT}bench/peers/path.R`, file, curve, '1e-7'], most)
      : MISSING_R;
    const python = hasPython
      ? await peer(PYTHON, [`${ROOT}bench/peers/path.py`, file, curve], most)
      : MISSING_PYTHON;
    rows.push([`${shape.rows} x ${shape.columns}`, shown(ours), against(r, ours), against(python, ours)]);
    console.error(rows.at(-1)!.join(' | '));
  }
  console.log(
    'Path of 100 lambdas with ten folds: seconds of the processors, times those of bce-train, and the largest violation',
  );
  console.log(
    'of the optimality conditions. All solve at the same lambdas; scikit-learn tells its last fit alone.\n',
  );
  printTable(['table', 'bce-train --path --cv 10', 'cv.glmnet', 'LogisticRegressionCV, saga'], rows);
}

const MISSING_R = 'not installed: apt-get install r-cran-glmnet r-cran-data.table';
const MISSING_PYTHON = 'not installed: apt-get install python3-sklearn python3-pandas';

function isThere(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

async function runOurs(file: string, curve: string): Promise<Found> {
  const args = [BIN, file, '--path', '--cv', '10', '--cv-out', curve, '-o', temporary('path.csv')];
  const { user, system } = await runTimed(process.execPath, args);
  const [header = '', ...lines] = readFileSync(curve, 'utf8').trim().split('\n');
  const at = header.split(',').indexOf('violation');
  return {
    seconds: user + system,
    violation: Math.max(...lines.map((line) => Number(line.split(',')[at]))),
  };
}

/** A peer that prints its largest violation first; or why it has none. */
async function peer(program: string, args: readonly string[], most: number): Promise<Found | string> {
  const limited = ['-c', `ulimit -t ${most}; exec "$@"`, 'sh', program, ...args];
  try {
    const { stdout, user, system } = await runTimed('sh', limited);
    return { seconds: user + system, violation: Number(stdout.trim().split(' ')[0]) };
  } catch {
    return `not done after ${most} s`;
  }
}

function shown({ seconds, violation }: Found): string {
  return `${Number(seconds.toPrecision(3))} s, ${violation.toExponential(0)}`;
}

function against(found: Found | string, ours: Found): string {
  if (typeof found === 'string') return found;
  return `${shown(found)}: ${Number((found.seconds / ours.seconds).toPrecision(2))} times`;
}
