/** The rows as the weights that are solved for see them. */
import type { Problem } from '../fit/problem.js';
import { eachLogits } from '../objective/logits.js';
import { isRemote, type Margins, type Table } from '../objective/table.js';

/** How the weights u, those solved for, part the classes. */
export async function marginsOf(dataset: Table, problem: Problem, u: Float64Array): Promise<Margins> {
  if (isRemote(dataset)) return dataset.margins(problem.intercept, problem.toStored(u));
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let leastCurvature = Number.POSITIVE_INFINITY;
  await eachLogits(dataset, problem.intercept, problem.toStored(u), ({ y, c }, row, n, h) => {
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
