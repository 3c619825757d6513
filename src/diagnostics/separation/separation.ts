/**
 * Is there an optimum at all? When the classes can be separated, J falls for ever as the weights grow.
 *
 * Separated means that some weights u, not all of them idle, have (2y - 1) x.u >= 0 in every row.
 *
 * Source: Albert & Anderson, On the existence of maximum likelihood estimates in logistic regression models,
 * 1984.
 */
import { spaceOf } from '../../fit/problem.js';
import { addScaled } from '../../math/vector.js';
import type { Table } from '../../objective/table.js';
import { areBalanced } from './balance.js';
import { hasNearMinimum, longestRow, type Parabola, PLAIN } from './minimum.js';
import { hasMinimumOnSample } from './sample.js';
import type { SeparationVerdict } from './verdict.js';

/** Slopes and second derivatives at u, and Newton's step. */
export interface NearParabola extends Parabola {
  readonly p: Float64Array;
  /** Whether H is but a bound: what is at most the second derivatives along every direction. */
  readonly isBound?: boolean;
}

/** What is known already, for less work. */
export interface KnownOfFit {
  /** Visits to the data that the training took. */
  readonly passes: number;
  /** That of the mean loss at u, in the weights of the standardized columns. */
  readonly near?: NearParabola | undefined;
  /** Whether a penalty is part of it, or a bound. */
  readonly isPenalised?: boolean | undefined;
}

/**
 * Judges whether the classes are separated, without a penalty.
 *
 * In turn: whether J has its minimum close by, which needs no row where the slopes and the second derivatives are
 * known; whether rows balance, all of them or a few; and whether weights part them.
 *
 * @param u weights at the end of training, of the standardized columns
 */
export async function judgeSeparation(
  table: Table,
  u: Float64Array,
  signal?: AbortSignal,
  known: KnownOfFit = { passes: 0 },
): Promise<SeparationVerdict> {
  if (await hasProvedMinimum(table, u, known)) return { kind: 'none' };
  const { lookForParting } = await import('./parting.js');
  return lookForParting(table, u, known.passes, signal);
}

/** Whether J has a minimum by its slopes and its second derivatives, those at u or those of a few rows. */
async function hasProvedMinimum(
  table: Table,
  u: Float64Array,
  { passes, near, isPenalised }: KnownOfFit,
): Promise<boolean> {
  const { local } = table;
  if (near !== undefined && hasNearMinimum(table, near)) return true;
  if (local === undefined) return false;
  // a matrix for no more work than the training
  const mostWork = passes * local.rows * u.length;
  if (near === undefined || isPenalised === true) return hasMinimumOnSample(local, u, mostWork);
  const longest = longestRow(table);
  const { toStored } = spaceOf(table, PLAIN);
  const isExact = longest !== undefined && !near.isBound;
  if (isExact && (await areBalanced(local, u, near, near.p, toStored, longest))) return true;
  const v = u.slice();
  addScaled(-1, near.p, v);
  return hasMinimumOnSample(local, v, mostWork);
}
