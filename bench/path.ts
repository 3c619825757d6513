/**
 * The path of 100 lambdas with ten folds against cv.glmnet and LogisticRegressionCV at the same lambdas, where these are
 * installed: seconds by the clock and of the processors, whole runs with reading the file, and the largest violation of the
 * optimality conditions.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { csvFile, type Shape, temporary } from './data.js';
import { printTable } from './measure.js';
import { BIN, PYTHON, ROOT, run, runTimed } from './process.js';

const TABLES: readonly Shape[] = [
  { rows: 100_000, columns: 28, digits: 6 },
  { rows: 20_000, columns: 200, digits: 6 },
  { rows: 2000, columns: 5000, digits: 6 },
  { rows: 500, columns: 2000, digits: 6 },
];

/** Seconds of the processors after which scikit-learn is not waited for. */
const MOST_SECONDS = 60;

interface Found {
  /** By the clock. */
  readonly seconds: number;
  /** Of the processors, user and system. */
  readonly cpu: number;
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
    const r = hasR ? await peer('Rscript', [`${ROOT}bench/peers/path.R`, file, curve, '1e-7']) : MISSING_R;
    const python = hasPython ? await limitedPython(file, curve) : MISSING_PYTHON;
    rows.push([`${shape.rows} x ${shape.columns}`, shown(ours), against(r, ours), against(python, ours)]);
    console.error(rows.at(-1)!.join(' | '));
  }
  console.log(
    'Path of 100 lambdas with ten folds: seconds by the clock (of the processors), the largest violation of the optimality',
  );
  console.log(
    'conditions, and how many times as long as bce-train. All solve at the same lambdas; scikit-learn tells its last fit alone.\n',
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

/** Runs a program to its end; `violationOf` reads what it has printed. */
async function timed(
  program: string,
  args: readonly string[],
  violationOf: (stdout: string) => number,
): Promise<Found> {
  const start = performance.now();
  const { stdout, user, system } = await runTimed(program, args);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, cpu: user + system, violation: violationOf(stdout) };
}

function runOurs(file: string, curve: string): Promise<Found> {
  const args = [BIN, file, '--path', '--cv', '10', '--cv-out', curve, '-o', temporary('path.csv')];
  return timed(process.execPath, args, () => {
    const [header = '', ...lines] = readFileSync(curve, 'utf8').trim().split('\n');
    const at = header.split(',').indexOf('violation');
    return Math.max(...lines.map((line) => Number(line.split(',')[at])));
  });
}

/** A peer that prints its largest violation first. */
function peer(program: string, args: readonly string[]): Promise<Found> {
  return timed(program, args, (stdout) => Number(stdout.trim().split(' ')[0]));
}

async function limitedPython(file: string, curve: string): Promise<Found | string> {
  const args = [PYTHON, `${ROOT}bench/peers/path.py`, file, curve];
  const limit = `ulimit -t ${MOST_SECONDS}; exec "$@"`;
  try {
    return await peer('sh', ['-c', limit, 'sh', ...args]);
  } catch (error) {
    if (!String(error).includes(`ended with ${KILLED}`)) throw error;
    return `not done after ${MOST_SECONDS} s`;
  }
}

/** What the shell says of a program that was killed. */
const KILLED = 128 + constants.signals.SIGKILL;

function shown({ seconds, cpu, violation }: Found): string {
  const short = (x: number) => Number(x.toPrecision(3));
  return `${short(seconds)} s (${short(cpu)}), ${violation.toExponential(0)}`;
}

function against(found: Found | string, ours: Found): string {
  if (typeof found === 'string') return found;
  return `${shown(found)}: ${Number((found.seconds / ours.seconds).toPrecision(2))} times`;
}
