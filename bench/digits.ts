/** Correct digits of weights and standard errors on tables that are hard on a solver, beside those of R's glm. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Model, namedWeights, train } from '../src/index.js';
import { temporary } from './data.js';
import { medianOf, printTable } from './measure.js';
import { PYTHON, ROOT, run } from './process.js';

const TABLES = 240;

/** A double has no more to be sure of. */
const MOST_DIGITS = 15;

/** Digits by which one may be behind by chance. */
const CHANCE = 0.3;

interface Exact {
  readonly seed: number;
  readonly condition: number;
  readonly shift: number;
  readonly weights: readonly string[];
  readonly errors: readonly string[];
  readonly loss: string;
}

interface Fit {
  readonly converged: boolean;
  readonly weights: readonly (string | null)[];
  readonly errors: readonly (string | null)[];
}

/** What is known of one table: digits of weights and of standard errors, where there are any. */
interface Row {
  readonly exact: Exact;
  readonly ours: Digits | undefined;
  /** The better of R's default and of its smallest epsilon. */
  readonly theirs: Digits | undefined;
  readonly status: string;
  readonly claimed: number | undefined;
  readonly gap: number | null;
}

interface Digits {
  readonly weights: number;
  readonly errors: number;
}

export async function benchDigits(): Promise<void> {
  const scripts = `${ROOT}bench/peers`;
  try {
    await run(PYTHON, ['-c', 'import mpmath']);
    await run('Rscript', ['--version']);
  } catch {
    console.log(
      'Digits: skipped, it takes mpmath and R; on Debian: apt-get install python3-mpmath r-base-core\n',
    );
    return;
  }
  const folder = temporary('digits');
  mkdirSync(folder);
  await run(PYTHON, [`${scripts}/digits.py`, folder, String(TABLES)]);
  await run('Rscript', [`${scripts}/digits.R`, folder, String(TABLES)]);
  const exact = JSON.parse(readFileSync(`${folder}/exact.json`, 'utf8')) as Exact[];
  const fits = JSON.parse(readFileSync(`${folder}/r.json`, 'utf8')) as Fit[][];
  const models: (Model | undefined)[] = [];
  for (const k of exact.keys()) models.push(await modelOf(`${folder}/${k}.csv`));
  writeFileSync(
    `${folder}/weights.json`,
    JSON.stringify(models.map((model) => model && namedWeights(model).map(({ weight }) => String(weight)))),
  );
  const { stdout } = await run(PYTHON, [`${scripts}/digits.py`, folder, String(TABLES), 'gaps']);
  const gaps = JSON.parse(stdout) as (number | null)[];
  const rows = exact.map((one, k): Row => {
    const model = models[k];
    const weights = model && namedWeights(model).map(({ weight }) => weight);
    const errors = model?.inference && model.terms.map(({ standardError }) => standardError ?? Number.NaN);
    return {
      exact: one,
      ours: digitsOf(one, weights, errors),
      theirs: best(fits[k]!.filter(({ converged }) => converged).map((fit) => ofR(one, fit))),
      status: model?.result.status ?? 'refused',
      claimed: model?.result.gap,
      gap: gaps[k]!,
    };
  });
  report(rows);
}

async function modelOf(path: string): Promise<Model | undefined> {
  try {
    return await train(path, { optimizer: 'newton', tolerance: 1e-12, epochs: 500, stats: true });
  } catch {
    return undefined;
  }
}

function ofR(exact: Exact, { weights, errors }: Fit): Digits | undefined {
  const numbers = (texts: readonly (string | null)[]) =>
    texts.map((text) => (text === null ? Number.NaN : Number(text)));
  return digitsOf(exact, numbers(weights), numbers(errors));
}

function digitsOf(
  exact: Exact,
  weights: readonly number[] | undefined,
  errors: readonly number[] | undefined,
): Digits | undefined {
  if (weights === undefined || errors === undefined || weights.some(Number.isNaN)) return undefined;
  return { weights: least(weights, exact.weights), errors: least(errors, exact.errors) };
}

/** -log10 of the largest relative error, from 0 to what a double has. */
function least(found: readonly number[], exact: readonly string[]): number {
  const errors = exact.map((text, j) => {
    const value = Number(text);
    return Math.abs((found[j]! - value) / value);
  });
  const worst = errors.some(Number.isNaN) ? 1 : Math.max(...errors);
  return Math.min(MOST_DIGITS, Math.max(0, -Math.log10(worst)));
}

function best(all: readonly (Digits | undefined)[]): Digits | undefined {
  const some = all.filter((one) => one !== undefined);
  if (some.length === 0) return undefined;
  return {
    weights: Math.max(...some.map(({ weights }) => weights)),
    errors: Math.max(...some.map(({ errors }) => errors)),
  };
}

/** Whether a claim of J - J* is smaller than it is, by more than the rounding of J. */
function isUntrue({ claimed, gap, exact }: Row): boolean {
  return claimed !== undefined && gap !== null && claimed < gap - 1e-15 * Number(exact.loss);
}

function report(rows: readonly Row[]): void {
  console.log(
    `Correct digits of the worst weight and standard error of ${rows.length} tables, at most ${MOST_DIGITS}\n`,
  );
  const conditions = [...new Set(rows.map(({ exact }) => exact.condition))].sort((a, b) => a - b);
  const text = (values: readonly number[]) =>
    values.length === 0 ? 'none' : `${medianOf(values).toFixed(1)} (${Math.min(...values).toFixed(1)})`;
  const kinds: readonly ('weights' | 'errors')[] = ['weights', 'errors'];
  printTable(
    [
      'condition',
      'tables',
      'converged',
      'weights: median (least)',
      'of R, where it converges',
      'standard errors',
      'of R',
      'fewer than R',
      'gaps claimed too small',
    ],
    conditions.map((condition) => {
      const some = rows.filter(({ exact }) => exact.condition === condition);
      const ours = some.flatMap((row) => row.ours ?? []);
      const theirs = some.flatMap((row) => row.theirs ?? []);
      return [
        condition.toExponential(0),
        String(some.length),
        String(some.filter(({ status }) => status === 'converged').length),
        ...kinds.flatMap((kind) => [
          text(ours.map((digits) => digits[kind])),
          text(theirs.map((digits) => digits[kind])),
        ]),
        String(some.filter(isBehind).length),
        String(some.filter(isUntrue).length),
      ];
    }),
  );
  for (const row of rows.filter((one) => isBehind(one) || isUntrue(one))) {
    const { exact, ours, theirs, status, claimed, gap } = row;
    console.log(
      `seed ${exact.seed}: condition ${exact.condition}, shift ${exact.shift}: ${status}, ours ${shown(ours)}, R ${shown(theirs)}, J - J* ${claimed} for ${gap}`,
    );
  }
}

function isBehind({ ours, theirs }: Row): boolean {
  if (theirs === undefined) return false;
  return ours === undefined || ours.weights < theirs.weights - CHANCE || ours.errors < theirs.errors - CHANCE;
}

function shown(digits: Digits | undefined): string {
  return digits === undefined ? 'none' : `${digits.weights.toFixed(1)} and ${digits.errors.toFixed(1)}`;
}
