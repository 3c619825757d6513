/** The right and a wrong gradient side by side: what the slip does to the descent. */
import { type FitOptions, stepLength } from '../fit/fit.js';
import { composeProblem } from '../fit/problem.js';
import type { Mistake } from '../objective/mistakes.js';
import type { Table } from '../objective/table.js';
import { gradientDescent } from '../optimizer/gradientDescent.js';

export interface ComparedEpoch {
  readonly epoch: number;
  /** J of the descent with the right gradient, and of that with the wrong one; the latter may not be finite. */
  readonly right: number;
  readonly wrong: number;
}

/** Both descents from zero weights, epoch by epoch, until the last epoch or an abort. */
export async function compareDescents(
  dataset: Table,
  options: FitOptions,
  mistake: Mistake,
  onEpoch: (epoch: number) => void,
  signal?: AbortSignal,
): Promise<ComparedEpoch[]> {
  const { alpha } = await stepLength(dataset, composeProblem(dataset, options), options);
  const descend = (wrong?: Mistake) => {
    const { objective, penalty } = composeProblem(dataset, options, { mistake: wrong });
    return gradientDescent(objective, new Float64Array(objective.size), alpha!, penalty);
  };
  const [right, wrong] = [descend(), descend(mistake)];
  const epochs: ComparedEpoch[] = [];
  for (let epoch = 0; epoch <= options.epochs && signal?.aborted !== true; epoch++) {
    const [one, other] = [(await right.next()).value, (await wrong.next()).value];
    epochs.push({ epoch, right: one.loss, wrong: other.loss });
    onEpoch(epoch);
  }
  return epochs;
}
