/** How weights part the rows. */
import type { Dataset } from '../dataset/dataset.js';
import { eachLogits } from './logits.js';

export interface Margins {
  /** The least and the largest (2y - 1) h over the rows. */
  readonly min: number;
  readonly max: number;
  /** The least c z(1-z). */
  readonly leastCurvature: number;
}

/** @param w weights of the columns as stored (terms, and the intercept last if there is one) */
export async function marginsOf(dataset: Dataset, w: Float64Array): Promise<Margins> {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let leastCurvature = Number.POSITIVE_INFINITY;
  await eachLogits(dataset, w, ({ y, c }, row, n, h) => {
    for (let i = 0; i < n; i++) {
      const margin = y[row + i] === 1 ? h[i]! : -h[i]!;
      if (margin < min) min = margin;
      if (margin > max) max = margin;
      const t = Math.exp(-Math.abs(margin));
      const curvature = ((c === undefined ? 1 : c[row + i]!) * t) / ((1 + t) * (1 + t));
      if (curvature < leastCurvature) leastCurvature = curvature;
    }
  });
  return { min, max, leastCurvature };
}
