/** The limited-memory BFGS method. */
import { addScaled, addScaledDot, dot, maxAbs } from '../math/vector.js';
import type { Objective } from '../objective/objective.js';
import { type Probe, searchLine } from './lineSearch.js';
import type { Step } from './step.js';

/** Updates that are remembered: more than usual, since a visit to the data costs more than one to them. */
const MEMORY = 30;

/** Writes B g for a gradient g into `p`, of a B to begin with that is positive definite; returns g.B g. */
export type Metric = (g: Float64Array, p: Float64Array) => number;

export interface LbfgsOptions {
  /** Updates that B is made of; default 30. */
  readonly memory?: number;
  /** What B is before any update; default a multiple of the unit matrix. */
  readonly metric?: Metric;
  /** Visits to the data that the metric took. */
  readonly passes?: number;
}

/**
 * Steps of w <- w + alpha p with p = -B g, where B is the inverse Hessian as the last updates tell it; ends
 * when no step along p, nor along -g, makes J smaller, which is the limit of double precision.
 *
 * A metric to begin with is given up when its first step does not suit at full length, or no update agrees with it any more.
 *
 * Source: Liu & Nocedal, On the limited memory BFGS method for large scale optimization, 1989.
 *
 * @param w starting weights, updated in place
 * Cost: one evaluation a step, seldom more; 2 memory n doubles.
 */
export async function* lbfgs(
  objective: Objective,
  w: Float64Array,
  { memory = MEMORY, metric, passes = 0 }: LbfgsOptions = {},
): AsyncGenerator<Step, void> {
  const n = objective.size;
  const pairs = new Pairs(n, memory, metric);
  const p = new Float64Array(n);
  let g = new Float64Array(n);
  const next = new Float64Array(n);
  let nextG = new Float64Array(n);
  let loss = await objective.evaluate(w, g);
  passes++;
  const probe = async (alpha: number): Promise<Probe> => {
    next.set(w);
    addScaled(alpha, p, next);
    const value = await objective.evaluate(next, nextG);
    passes++;
    return { alpha, value, slope: dot(nextG, p) };
  };
  for (let epoch = 0; ; epoch++) {
    yield { epoch, loss, maxGradient: maxAbs(g), passes, w, g };
    let found: Probe | undefined;
    while (true) {
      const first = pairs.isPlain ? 1 / Math.max(1, Math.sqrt(dot(g, g))) : 1;
      pairs.direction(g, p);
      const slope = dot(g, p);
      if (slope < 0) found = await searchLine(probe, { alpha: 0, value: loss, slope }, first);
      if (found !== undefined || pairs.isPlain) break;
      // what is remembered has gone stale
      pairs.forget();
    }
    if (found === undefined) return;
    if (pairs.count === 0 && found.alpha !== 1) pairs.forget();
    pairs.add(w, next, g, nextG);
    w.set(next);
    loss = found.value;
    [g, nextG] = [nextG, g];
  }
}

/** The last updates s = w' - w with y = g' - g, as a ring. */
class Pairs {
  readonly #s: Float64Array[];
  readonly #y: Float64Array[];
  /** 1 / y.s of each pair. */
  readonly #rho: Float64Array;
  readonly #coefficients: Float64Array;
  readonly #scratch: Float64Array;
  readonly #memory: number;
  #metric: Metric | undefined;
  #newest = -1;
  count = 0;

  constructor(n: number, memory: number, metric: Metric | undefined) {
    this.#memory = memory;
    this.#metric = metric;
    this.#s = Array.from({ length: memory }, () => new Float64Array(n));
    this.#y = Array.from({ length: memory }, () => new Float64Array(n));
    this.#rho = new Float64Array(memory);
    this.#coefficients = new Float64Array(memory);
    this.#scratch = new Float64Array(n);
  }

  /** Whether there is nothing but the gradient to go by. */
  get isPlain(): boolean {
    return this.count === 0 && this.#metric === undefined;
  }

  /** Forgets the updates, or where there are none, the metric. */
  forget(): void {
    if (this.count === 0) this.#metric = undefined;
    this.count = 0;
  }

  /** Remembers one update in place of the oldest, unless rounding has left nothing of its curvature. */
  add(w: Float64Array, next: Float64Array, g: Float64Array, nextG: Float64Array): void {
    const slot = (this.#newest + 1) % this.#memory;
    const s = this.#s[slot]!;
    const y = this.#y[slot]!;
    for (let j = 0; j < s.length; j++) {
      s[j] = next[j]! - w[j]!;
      y[j] = nextG[j]! - g[j]!;
    }
    const rho = 1 / dot(s, y);
    if (!(rho > 0 && Number.isFinite(rho))) {
      // the slot was that of the oldest pair when all are taken
      this.count = Math.min(this.count, this.#memory - 1);
      return;
    }
    this.#rho[slot] = rho;
    this.#newest = slot;
    this.count = Math.min(this.count + 1, this.#memory);
  }

  /** p <- -B g by the two-loop recursion; writes into `p`. */
  direction(g: Float64Array, p: Float64Array): void {
    for (let j = 0; j < p.length; j++) p[j] = -g[j]!;
    if (this.isPlain) return;
    if (this.count === 0) {
      this.#applyMetric(p);
      return;
    }
    // each vector is added in the pass that takes the product with the next: of many weights they come from memory
    let product = dot(this.#s[this.#newest]!, p);
    for (let k = 0; k < this.count; k++) {
      const slot = this.#slot(k);
      const a = this.#rho[slot]! * product;
      this.#coefficients[slot] = a;
      if (k + 1 < this.count) product = addScaledDot(-a, this.#y[slot]!, p, this.#s[this.#slot(k + 1)]!);
      else addScaled(-a, this.#y[slot]!, p);
    }
    if (this.#metric === undefined) {
      const y = this.#y[this.#newest]!;
      const scale = 1 / (this.#rho[this.#newest]! * dot(y, y));
      for (let j = 0; j < p.length; j++) p[j]! *= scale;
    } else this.#applyMetric(p);
    product = dot(this.#y[this.#slot(this.count - 1)]!, p);
    for (let k = this.count - 1; k >= 0; k--) {
      const slot = this.#slot(k);
      const c = this.#coefficients[slot]! - this.#rho[slot]! * product;
      if (k > 0) product = addScaledDot(c, this.#s[slot]!, p, this.#y[this.#slot(k - 1)]!);
      else addScaled(c, this.#s[slot]!, p);
    }
  }

  #applyMetric(p: Float64Array): void {
    this.#scratch.set(p);
    this.#metric!(this.#scratch, p);
  }

  /** Slot of the pair that is k updates old. */
  #slot(k: number): number {
    return (this.#newest - k + this.#memory) % this.#memory;
  }
}
