/** The order of the weights in the kernel: see `shardTask.ts`. */
import type { Design } from '../../dataset/dataset.js';

/** Where the kernel has each weight (size): levels from `levels` on, the baselines among them. */
export function kernelIndices(
  { numerics: d, factors, terms, intercept, size }: Design,
  levels: number,
): Int32Array {
  const indices = new Int32Array(size);
  for (let j = 0; j < d; j++) indices[j] = j;
  let baseline = levels;
  for (const factor of factors) {
    for (let level = 1; level < factor.levels; level++) indices[factor.start + level - 1] = baseline + level;
    baseline += factor.levels;
  }
  if (intercept) indices[terms] = d;
  return indices;
}

/** Adds what lies on and below the diagonal of a Hessian of the kernel to that of `H`. */
export function addLowerTriangle(
  slot: Float64Array,
  width: number,
  indices: Int32Array,
  H: Float64Array,
  size: number,
): void {
  for (let j = 0; j < size; j++) {
    const row = indices[j]!;
    for (let k = 0; k <= j; k++) {
      const column = indices[k]!;
      // the intercept is last here, and before the levels there
      H[j * size + k]! += row >= column ? slot[row * width + column]! : slot[column * width + row]!;
    }
  }
}
