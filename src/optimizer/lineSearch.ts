/** How far to go along a direction. */

/** A point along the direction: phi(alpha) = J(w + alpha p) and its slope phi'(alpha) = dJ/dw.p there. */
export interface Probe {
  readonly alpha: number;
  readonly value: number;
  readonly slope: number;
}

/** Share of the expected decrease that a step must bring. */
const DELTA = 0.1;

/** Share of the slope that may be left. */
const SIGMA = 0.9;

/** Growth of phi below this fraction is rounding: there slopes alone tell a good step. */
const ROUNDING = 1e-12;

/** Probes before the search is given up; each quarters, halves or better what is left to search. */
const MOST_PROBES = 30;

/** Lengthening of a step that is too short. */
const EXPANSION = 4;

/**
 * Looks for a step that meets the Wolfe conditions, or near the optimum, where differences of phi are
 * rounding, the approximate ones, which compare slopes:
 *
 *   phi(alpha) <= phi(0) + delta alpha phi'(0)                     and   phi'(alpha) >= sigma phi'(0)
 *   phi(alpha) <= phi(0) + rounding,   (2 delta - 1) phi'(0) >= phi'(alpha) >= sigma phi'(0)
 *
 * Brackets the minimum, then takes secants of the slope, and halves the bracket where these are slow.
 *
 * Source: Hager & Zhang, A new conjugate gradient method with guaranteed descent and an efficient line
 * search, 2005.
 *
 * @param probe computes a point; the one returned is always the last computed
 * @param start the point at alpha = 0, with a negative slope
 * @param first alpha that is tried first
 * @returns undefined when no step is found, which is the limit of double precision
 */
export async function searchLine(
  probe: (alpha: number) => Promise<Probe>,
  start: Probe,
  first: number,
): Promise<Probe | undefined> {
  const ceiling = start.value + ROUNDING * Math.abs(start.value);
  const isGood = ({ alpha, value, slope }: Probe) =>
    slope >= SIGMA * start.slope &&
    (value <= start.value + DELTA * alpha * start.slope ||
      (value <= ceiling && slope <= (2 * DELTA - 1) * start.slope));

  let low = start;
  let high: Probe | undefined;
  let width = Number.POSITIVE_INFINITY;
  let alpha = first;
  for (let probes = 0; probes < MOST_PROBES; probes++) {
    const at = await probe(alpha);
    if (isGood(at)) return at;
    if (at.slope < 0 && at.value <= ceiling) low = at;
    else high = at;
    if (high === undefined) {
      alpha *= EXPANSION;
      continue;
    }
    const narrowed = high.alpha - low.alpha;
    alpha = narrowed > width / 2 ? (low.alpha + high.alpha) / 2 : secant(low, high);
    width = narrowed;
    if (!(alpha > low.alpha && alpha < high.alpha)) return undefined;
  }
  return undefined;
}

/** Where the slope would be 0 if it were a straight line; a tenth of the way where the far end overflowed. */
function secant(low: Probe, high: Probe): number {
  const width = high.alpha - low.alpha;
  const share = -low.slope / (high.slope - low.slope);
  return low.alpha + width * (share > 0 && share < 1 ? share : 0.1);
}
