/** The logistic function and its loss, safe for every finite h. */

/** z = sigma(h) = 1 / (1 + e^-h), without overflow. */
export function sigmoid(h: number): number {
  const t = Math.exp(-Math.abs(h));
  return h >= 0 ? 1 / (1 + t) : t / (1 + t);
}

/**
 * Binary cross-entropy of one row in nats, from the logit:
 *
 *   -[ y log z + (1-y) log(1-z) ] = max(h,0) - h y + log1p(e^-|h|)
 *
 * Finite for every finite h, where log z is not.
 */
export function crossEntropy(h: number, y: number): number {
  return Math.max(h, 0) - h * y + Math.log1p(Math.exp(-Math.abs(h)));
}
