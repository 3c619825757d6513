/** The logistic function, in the form that overflows nowhere. */

/** z = sigma(h) = 1 / (1 + e^-h), in [0, 1]; NaN of NaN. */
export function sigma(h: number): number {
  if (h < 0) {
    const t = Math.exp(h);
    return t / (1 + t);
  }
  return 1 / (1 + Math.exp(-h));
}
