/** The search for a direction that separates the classes, on rows that join as they are needed. */
import type { Dataset } from '../../dataset/dataset.js';
import { type Base, type ExactDirection, exactOf, vanishingOn } from '../../math/exact.js';
import {
  type ConeAnswer,
  type Extent,
  type Frame,
  frameOf,
  independentRows,
  isProvedInseparable,
  MOST_EXACT,
  separate,
} from './cone.js';
import { areAllPositive, type Blurred, exactSigns, lowestRows } from './margins.js';
import { type Candidate, cellOf, Pool, type PooledRow, standardCellOf, termWeights } from './pool.js';
import type { SeparationVerdict } from './verdict.js';

export type Found =
  /** Weights of the standardized candidates that suit all rows, to rounding. */
  | { readonly kind: 'direction'; readonly v: Float64Array }
  /** Some of the rows cannot be separated, to rounding. */
  | { readonly kind: 'none'; readonly answer: ConeAnswer }
  | { readonly kind: 'unknown'; readonly why: string };

/** Multiplications that are always worth while: a few seconds at most. */
const CHEAP_WORK = 2e9;

/** The same, for fewer columns than are known to separate: a few tenths of one. */
const NAMING_WORK = 2e8;

/** Rows that join in one round, at least. */
const JOINING = 64;

const TOO_MUCH_WORK = 'it would take more work than the training';
const INTERRUPTED = 'it was interrupted';
export const ROUNDING = 'rounding hides on which side some rows lie';
const FOLLOWS = 'columns follow from others but for rounding';

export class Search {
  readonly #pool = new Pool();
  readonly #dataset: Dataset;
  readonly #signal: AbortSignal | undefined;
  /** Those of the training, about. */
  readonly #training: number;
  /** Multiplications that are left. */
  #work: number;
  #latest: { readonly candidates: readonly Candidate[]; readonly frame: Frame } | undefined;

  /** @param passes of the training over the data */
  constructor(dataset: Dataset, passes: number, signal: AbortSignal | undefined) {
    this.#dataset = dataset;
    this.#training = passes * dataset.rows * (dataset.design.numerics + dataset.design.factors.length);
    this.#work = CHEAP_WORK + this.#training;
    this.#signal = signal;
  }

  /** @returns how many were new */
  add(rows: readonly PooledRow[]): number {
    return this.#pool.add(rows);
  }

  /** Why no linear program on these columns can be solved within the work that is left; undefined when it can. */
  whyNot(candidates: readonly Candidate[]): string | undefined {
    if (this.#signal?.aborted === true) return INTERRUPTED;
    return this.#work < 2 * this.#frameWork(candidates) ? TOO_MUCH_WORK : undefined;
  }

  /** Leaves no more work than naming the columns is worth. */
  spare(): void {
    this.#work = Math.min(this.#work, NAMING_WORK + this.#training / 8);
  }

  #frameWork(candidates: readonly Candidate[]): number {
    const [m, n] = [this.#pool.rows.length, candidates.length];
    return 2 * m * n * Math.min(m, n);
  }

  /** The linear program on the pool. */
  #solve(candidates: readonly Candidate[], extent: Extent): ConeAnswer {
    let frame = this.#latest?.frame;
    if (frame?.rows !== this.#pool.rows.length || this.#latest?.candidates !== candidates) {
      this.#work -= this.#frameWork(candidates);
      frame = frameOf(this.#pool.rows, candidates);
      this.#latest = { candidates, frame };
    }
    const answer = separate(frame, extent, Math.max(this.#work, 0));
    this.#work -= answer.work;
    return answer;
  }

  /** A direction of these columns, or rows that have none. */
  async seek(candidates: readonly Candidate[], extent: Extent): Promise<Found> {
    const dataset = this.#dataset;
    for (;;) {
      const why = this.whyNot(candidates);
      if (why !== undefined) return { kind: 'unknown', why };
      const answer = this.#solve(candidates, extent);
      if (!answer.isDone) return { kind: 'unknown', why: TOO_MUCH_WORK };
      const { v } = answer;
      if (v === undefined) return { kind: 'none', answer };
      if (this.#pool.rows.length >= dataset.rows) return { kind: 'direction', v };
      this.#work -= 2 * dataset.rows * (candidates.length + 1);
      const w = this.#blurred(candidates, v);
      const which = extent === 'part' ? 'negative' : 'not positive';
      const { rows } = await lowestRows(dataset, w, which, JOINING + candidates.length);
      if (rows.length === 0) return { kind: 'direction', v };
      if (this.add(rows) === 0) return { kind: 'unknown', why: ROUNDING };
    }
  }

  /** Whether these columns separate the rows of the pool. */
  isPoolSeparable(candidates: readonly Candidate[], extent: Extent): boolean {
    return this.#solve(candidates, extent).v !== undefined;
  }

  /** Whether the direction of these columns separates all rows, without rounding; rows that it does not suit join. */
  async isProvedSeparated(
    candidates: readonly Candidate[],
    v: Float64Array,
    extent: Extent,
  ): Promise<'proved' | 'joined' | 'unknown'> {
    const dataset = this.#dataset;
    if (extent === 'whole') {
      const w = termWeights(dataset, candidates, v);
      if (await areAllPositive(dataset, w)) return 'proved';
      const signs = await exactSigns(dataset, exactOf(w));
      if (signs.negative === 0 && signs.zero === 0) return 'proved';
      return this.add(signs.violating) > 0 ? 'joined' : 'unknown';
    }
    if (candidates.length > MOST_EXACT) return 'unknown';
    let joined = 0;
    for (const [digits, base] of ATTEMPTS) {
      const direction = this.#onBorder(candidates, v, digits, base);
      if (direction.V.every((value) => value === 0n)) continue;
      const signs = await exactSigns(dataset, direction);
      if (signs.negative === 0 && signs.positive > 0) return 'proved';
      joined += this.add(signs.violating);
    }
    return joined > 0 ? 'joined' : 'unknown';
  }

  #blurred(candidates: readonly Candidate[], v: Float64Array): Blurred {
    const size = candidates.reduce((sum, column, k) => {
      const shift = column.kind === 'numeric' ? Math.abs(column.mu / column.s) : 0;
      return sum + Math.abs(v[k]!) * (1 + shift);
    }, 0);
    return {
      w: termWeights(this.#dataset, candidates, v),
      blur: size * candidates.length * 2 ** -53,
    };
  }

  /** The direction moved so that rows on the border, to rounding, lie on it exactly. */
  #onBorder(candidates: readonly Candidate[], v: Float64Array, digits: number, base: Base): ExactDirection {
    const { rows } = this.#pool;
    const standard = rows.map((row) => candidates.map((column) => standardCellOf(row, column)));
    const border = rows.filter((_, i) => {
      let h = 0;
      let size = 0;
      standard[i]!.forEach((cell, k) => {
        h += cell * v[k]!;
        size += Math.abs(cell * v[k]!);
      });
      return Math.abs(h) <= ON_BORDER * size;
    });
    // the intercept last, and so free, like what follows from it
    const columns = candidates.filter(({ kind }) => kind !== 'intercept');
    const ordered = [...columns, ...candidates.filter(({ kind }) => kind === 'intercept')];
    const stored = storedWeights(candidates, v, ordered);
    const cells = border.map((row) => ordered.map((column) => cellOf(row, column)));
    const unit = Float64Array.from(
      border.flatMap((row) => {
        const own = ordered.map((column) => standardCellOf(row, column));
        const size = Math.hypot(...own) || 1;
        return own.map((cell) => cell / size);
      }),
    );
    const independent = independentRows(unit, border.length, ordered.length).map((i) => cells[i]!);
    const direction = vanishingOn(independent, stored, digits, base);
    return exactTermWeights(this.#dataset, ordered, direction);
  }

  /** Whether some direction near v, not 0, vanishes on every row. */
  async #isProvedIdle(candidates: readonly Candidate[], v: Float64Array): Promise<boolean> {
    for (const base of BASES) {
      const direction = this.#onBorder(candidates, v, FEW_DIGITS, base);
      if (direction.V.every((value) => value === 0n)) continue;
      const signs = await exactSigns(this.#dataset, direction);
      if (signs.negative === 0 && signs.positive === 0) return true;
    }
    return false;
  }

  /** The verdict that there is a minimum, if it can be proved. */
  async proveInseparable(candidates: readonly Candidate[], answer: ConeAnswer): Promise<SeparationVerdict> {
    const dataset = this.#dataset;
    let last = answer;
    for (;;) {
      let joined = 0;
      for (const { v } of last.frame.dropped) {
        const w = this.#blurred(candidates, v);
        joined += this.add((await lowestRows(dataset, w, 'not zero', JOINING)).rows);
      }
      if (joined === 0) break;
      const found = await this.seek(candidates, 'part');
      if (found.kind === 'unknown') return found;
      if (found.kind === 'direction') return { kind: 'unknown', why: ROUNDING };
      last = found.answer;
    }
    for (const { v, index } of last.frame.dropped) {
      const largest = v.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // the intercept takes up the shifts of the others
      const takesPart = (_: unknown, k: number) =>
        k === index || candidates[k]!.kind === 'intercept' || Math.abs(v[k]!) > IDLE * largest;
      const own = candidates.filter(takesPart);
      if (own.length > MOST_EXACT) return { kind: 'unknown', why: FOLLOWS };
      if (!(await this.#isProvedIdle(own, v.filter(takesPart)))) return { kind: 'unknown', why: FOLLOWS };
    }
    return isProvedInseparable(this.#pool.rows, candidates, last)
      ? { kind: 'none' }
      : { kind: 'unknown', why: ROUNDING };
  }
}

/** Cells are doubles, and where they are on no border so, what they stand for. */
const BASES: readonly Base[] = [2, 10];

/** Binary digits of what is free in a direction: few make short numbers, more come nearer to it. */
const FEW_DIGITS = 8;
const ATTEMPTS = BASES.flatMap((base) => [FEW_DIGITS, 24, 53].map((digits) => [digits, base] as const));

/** Weights below this share of the largest take no part in how a column follows from others. */
const IDLE = 1e-9;

/** A row lies on the border when its margin is below this share of its terms. */
const ON_BORDER = 1e-8;

/** Weights of the columns as stored, in the order of `ordered`, for those of standardized ones. */
function storedWeights(
  candidates: readonly Candidate[],
  v: Float64Array,
  ordered: readonly Candidate[],
): Float64Array {
  let shift = 0;
  const of = new Map(
    candidates.map((column, k): [Candidate, number] => {
      if (column.kind !== 'numeric') return [column, v[k]!];
      shift += (column.mu * v[k]!) / column.s;
      return [column, v[k]! / column.s];
    }),
  );
  return Float64Array.from(ordered, (column) => of.get(column)! - (column.kind === 'intercept' ? shift : 0));
}

/** As `termWeights`, of whole numbers; those of levels and of the intercept have one power of two. */
function exactTermWeights(
  dataset: Dataset,
  columns: readonly Candidate[],
  { base, V, e }: ExactDirection,
): ExactDirection {
  const { terms, size } = dataset.design;
  const W = new Array<bigint>(size).fill(0n);
  const exponents = new Array<number>(size).fill(0);
  columns.forEach((column, k) => {
    const value = V[k]!;
    if (column.kind === 'numeric') {
      W[column.j] = value;
      exponents[column.j] = e[k]!;
    } else if (column.kind === 'intercept') W[terms]! += value;
    else {
      const { code, start, levels } = column;
      if (code > 0) W[start + code - 1]! += value;
      else {
        W[terms]! += value;
        for (let l = 0; l < levels - 1; l++) W[start + l]! -= value;
      }
    }
  });
  return { base, V: W, e: exponents };
}
