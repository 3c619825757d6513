/** Columns that follow from others, so that their weights are not unique. */
import type { Description } from '../dataset/dataset.js';
import { termNames } from '../dataset/terms.js';
import type { Problem } from '../fit/problem.js';
import type { Factorization } from '../math/triangular.js';
import type { Table } from '../objective/table.js';

/** A term that is the sum of others with some coefficients, and a constant. */
export interface Collinearity {
  readonly term: string;
  readonly others: readonly string[];
  /** Whether no more than the rounding of the last digits stands against it. */
  readonly isExact: boolean;
}

/** What rounding may leave of a column in any row, as a share of what others add up to it. */
const ROUNDING = 1e-11;

/**
 * What it leaves where nothing but rounding is left, as a share of the largest numbers that add up to it: that of the
 * coefficients, and of some sums. More may be a difference that is in the data: such a term is as good as dependent, but
 * how far the optimum is remains unknown.
 */
const LAST_DIGITS = 2 ** -43;

/** Coefficients below this share of the largest are rounding. */
const IDLE = 1e-6;

/** Terms that are confirmed, each by a visit to the data. */
export const MOST_CONFIRMED = 200;

/**
 * The terms that depend on others, among those of which a factorization says so, confirmed on every row.
 *
 * @param problem unpenalised, on standardized columns
 * @param factors of its Hessian
 */
export async function findCollinear(
  dataset: Table,
  problem: Problem,
  factors: Factorization,
): Promise<Collinearity[]> {
  const names = termNames(dataset.features);
  const terms = dataset.design.terms;
  const found: Collinearity[] = [];
  for (const row of factors.dependent.slice(0, MOST_CONFIRMED)) {
    if (row >= terms) continue;
    const difference = factors.combination(row);
    const largest = difference.reduce((most, a, j) => (j < terms ? Math.max(most, Math.abs(a)) : most), 0);
    const others = names.filter((_, j) => Math.abs(difference[j]!) > IDLE * largest);
    difference[row] = -1;
    const size = 1 + difference.reduce((sum, a) => sum + Math.abs(a), 0);
    const stored = problem.toStored(difference);
    const { min, max } = await dataset.margins(stored);
    const rest = Math.max(-min, max);
    if (!(rest <= ROUNDING * size)) continue;
    found.push({ term: names[row]!, others, isExact: rest <= LAST_DIGITS * largestSum(dataset, stored) });
  }
  return found;
}

/** sum |w_j x_j| + |b|, at most, for weights of the columns as stored. */
function largestSum({ scaling: { least, most }, design: { terms } }: Description, w: Float64Array): number {
  return w.reduce((sum, wj, j) => {
    const largest = j < terms ? Math.max(Math.abs(least[j]!), Math.abs(most[j]!)) : 1;
    return sum + Math.abs(wj) * largest;
  }, 0);
}
