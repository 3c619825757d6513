/** How the step length of mini-batches changes while training goes on. */

export const SCHEDULES = ['constant', 'inverse', 'cosine'] as const;

/**
 * - constant: alpha
 * - inverse: alpha / (1 + t), whose sum is infinite and whose sum of squares is not
 * - cosine: alpha/2 (1 + cos(pi t / T)), which is 0 at the end
 *
 * Source: Robbins & Monro, A stochastic approximation method, 1951; Loshchilov & Hutter, SGDR, 2017.
 */
export type Schedule = (typeof SCHEDULES)[number];

/**
 * @param t epochs so far, a part of one included
 * @param T epochs of the whole run
 */
export function rateAt(schedule: Schedule, alpha: number, t: number, T: number): number {
  switch (schedule) {
    case 'constant':
      return alpha;
    case 'inverse':
      return alpha / (1 + t);
    case 'cosine':
      return (alpha / 2) * (1 + Math.cos((Math.PI * t) / T));
  }
}
