/** How many epochs of gradient descent are left until it converges. */

/** Weights up to which matrices are multiplied for it. */
export const MOST_FORESEEN = 200;

/** Doublings of the number of epochs: about 10^9 of them. */
const MOST_DOUBLINGS = 30;

/**
 * The least k for which the gradient (I - alpha H)^k g is good enough: that after k more epochs if the curvature
 * stayed as it is.
 *
 * @param H Hessian (n x n) and `g` gradient (n) at the weights reached
 * @param isEnough whether a gradient is; when one is, all smaller ones are
 * @returns undefined when there are too many weights, or when it is beyond 10^9
 * Cost: O(n^3) for each doubling of k.
 */
export function remainingEpochs(
  H: Float64Array,
  g: Float64Array,
  alpha: number,
  isEnough: (g: Float64Array) => boolean,
): number | undefined {
  const n = g.length;
  if (n > MOST_FORESEEN || !H.every(Number.isFinite)) return undefined;
  // powers[i] is (I - alpha H)^(2^i)
  const powers: Float64Array[] = [H.map((h, p) => (p % (n + 1) === 0 ? 1 : 0) - alpha * h)];
  while (!isEnough(product(powers.at(-1)!, g))) {
    if (powers.length > MOST_DOUBLINGS) return undefined;
    powers.push(square(powers.at(-1)!, n));
  }
  let epochs = 0;
  let rest = g;
  for (let i = powers.length - 1; i >= 0; i--) {
    const later = product(powers[i]!, rest);
    if (isEnough(later)) continue;
    rest = later;
    epochs += 2 ** i;
  }
  return epochs + 1;
}

function product(A: Float64Array, x: Float64Array): Float64Array {
  const n = x.length;
  return x.map((_, j) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += A[j * n + k]! * x[k]!;
    return sum;
  });
}

/** A^2 of a symmetric A (n x n). */
function square(A: Float64Array, n: number): Float64Array {
  const B = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = 0;
      for (let l = 0, a = j * n, b = k * n; l < n; l++) sum += A[a + l]! * A[b + l]!;
      B[j * n + k] = sum;
      B[k * n + j] = sum;
    }
  }
  return B;
}
