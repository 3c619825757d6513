/** The optimizers by name: what each needs, and how to start it. */

import type { CurvedObjective } from '../objective/objective.js';
import type { Penalty } from '../objective/penalty/penalty.js';
import { adam } from './adam.js';
import { gradientDescent } from './gradientDescent.js';
import { type LbfgsOptions, lbfgs } from './lbfgs.js';
import { nesterov } from './nesterov.js';
import { MOST_NEWTON_WEIGHTS, newton } from './newton.js';
import { proximalNewton } from './proximalNewton.js';
import type { Step } from './step.js';

export const OPTIMIZERS = ['gd', 'nesterov', 'adam', 'lbfgs', 'newton', 'proximal-newton'] as const;
export type Optimizer = (typeof OPTIMIZERS)[number];

/** Step length alpha; auto takes it from the curvature of the objective. */
export type LearningRate = number | 'auto';

interface Traits {
  readonly title: string;
  /** alpha where none is given; undefined where the optimizer finds its own steps. */
  readonly learningRate: LearningRate | undefined;
  /** What tells a step that is always safe from L, the largest curvature; undefined where nothing does. */
  readonly autoRate: ((L: number) => number) | undefined;
  /** Longest alpha with which it converges, in units of 1/L. */
  readonly limit: number;
  /** Whether it takes proximal steps, as an L1 penalty needs. */
  readonly isProximal: boolean;
  /** Whether J falls in every step while all is well. */
  readonly isMonotone: boolean;
  /** Whether it needs a matrix with a row and a column for each weight. */
  readonly isCurved: boolean;
}

/** Share of L that stands for mu, the least curvature, which nobody knows beforehand. */
const MU = 0.1;

export const TRAITS: Readonly<Record<Optimizer, Traits>> = {
  gd: {
    title: 'gradient descent',
    learningRate: 0.1,
    // 2/(L + mu), the best one for a parabola with curvatures from mu to L
    autoRate: (L) => 2 / (L + MU * L),
    limit: 2,
    isProximal: true,
    isMonotone: true,
    isCurved: false,
  },
  nesterov: {
    title: "Nesterov's accelerated gradient descent",
    learningRate: 'auto',
    autoRate: (L) => 1 / L,
    limit: 4 / 3,
    isProximal: true,
    isMonotone: false,
    isCurved: false,
  },
  adam: {
    title: 'Adam',
    learningRate: 0.1,
    autoRate: undefined,
    limit: Number.POSITIVE_INFINITY,
    isProximal: false,
    isMonotone: false,
    isCurved: false,
  },
  lbfgs: {
    title: 'L-BFGS',
    learningRate: undefined,
    autoRate: undefined,
    limit: Number.POSITIVE_INFINITY,
    isProximal: false,
    isMonotone: true,
    isCurved: false,
  },
  newton: {
    title: "Newton's method",
    learningRate: undefined,
    autoRate: undefined,
    limit: Number.POSITIVE_INFINITY,
    isProximal: false,
    isMonotone: true,
    isCurved: true,
  },
  'proximal-newton': {
    title: "proximal Newton's method",
    learningRate: undefined,
    autoRate: undefined,
    limit: Number.POSITIVE_INFINITY,
    isProximal: true,
    isMonotone: true,
    isCurved: true,
  },
};

/** Names of the optimizers of which `has` holds, in their order. */
export function optimizersThat(has: (traits: Traits) => boolean): Optimizer[] {
  return OPTIMIZERS.filter((name) => has(TRAITS[name]));
}

/**
 * The optimizer that needs the fewest epochs.
 *
 * @param isProximal whether there is an L1 penalty or are bounds, which only proximal steps take
 * @param size number of weights
 */
export function quickest(isProximal: boolean, size: number): Optimizer {
  if (!isProximal) return 'lbfgs';
  return size <= MOST_NEWTON_WEIGHTS ? 'proximal-newton' : 'nesterov';
}

/** What there is to minimise. */
export interface Minimand {
  readonly objective: CurvedObjective;
  /** Beside the objective; only proximal optimizers take it. */
  readonly penalty: Penalty;
  /** Whether the last weight is an intercept. */
  readonly intercept: boolean;
}

/**
 * The steps of an optimizer.
 *
 * @param w starting weights, updated in place
 * @param learningRate alpha, where the optimizer takes one
 * @param start what lbfgs may begin with
 */
export function stepsOf(
  optimizer: Optimizer,
  { objective, penalty, intercept }: Minimand,
  w: Float64Array,
  learningRate: number | undefined,
  start?: LbfgsOptions,
): AsyncGenerator<Step, void> {
  switch (optimizer) {
    case 'gd':
      return gradientDescent(objective, w, learningRate!, penalty);
    case 'nesterov':
      return nesterov(objective, w, learningRate!, penalty);
    case 'adam':
      return adam(objective, w, learningRate!);
    case 'lbfgs':
      return lbfgs(objective, w, start);
    case 'newton':
      return newton(objective, w, intercept);
    case 'proximal-newton':
      return proximalNewton(objective, w, penalty, intercept);
  }
}
