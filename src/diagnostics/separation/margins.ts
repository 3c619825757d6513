/** What a direction does to every row: margins with a bound of their rounding, and where that decides nothing, exactly. */
import type { Dataset } from '../../dataset/dataset.js';
import { type ExactDirection, exactSign } from '../../math/exact.js';
import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS, type Shard } from '../../storage/shards.js';
import { type PooledRow, pooled } from './pool.js';

/** Half the distance from 1 to the next double, twice over. */
const UNIT = 2 ** -52;

/**
 * Calls `visit` for each block with the margins (2y - 1) h of its rows and what rounding may have done to them
 * at most; both are overwritten by the next block.
 *
 * @param w weights of the columns as stored (terms, and the intercept last if there is one)
 * Cost: of columns with a weight only.
 */
async function eachMargin(
  dataset: Dataset,
  w: Float64Array,
  visit: (shard: Shard, row: number, n: number, margins: Float64Array, rounding: Float64Array) => void,
): Promise<void> {
  const {
    design: { numerics: d, factors, terms, intercept },
    shards,
  } = dataset;
  const k = factors.length;
  const used = [...w.subarray(0, d).keys()].filter((j) => w[j] !== 0);
  const usedFactors = factorsOf(dataset, (l) => w[l] !== 0);
  const b = intercept ? w[terms]! : 0;
  const h = new Float64Array(BLOCK_ROWS);
  const size = new Float64Array(BLOCK_ROWS);
  const unit = (used.length + usedFactors.length + 3) * UNIT;
  const yielder = createYielder();
  for await (const shard of shards) {
    const { X, codes, y } = shard;
    for (let row = 0; row < shard.rows; row += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, shard.rows - row);
      h.fill(b);
      size.fill(Math.abs(b));
      addProducts(X, row * d, n, used, w, h, size);
      for (const f of usedFactors) {
        const before = factors[f]!.start - 1;
        for (let i = 0, p = row * k + f * BLOCK_ROWS; i < n; i++, p++) {
          const level = codes[p]!;
          if (level === 0) continue;
          h[i]! += w[before + level]!;
          size[i]! += Math.abs(w[before + level]!);
        }
      }
      for (let i = 0; i < n; i++) {
        if (y[row + i] !== 1) h[i] = -h[i]!;
        size[i]! *= unit;
      }
      visit(shard, row, n, h, size);
    }
    if (yielder.isDue(shard.rows * (used.length + usedFactors.length + 1))) await yielder.yield();
  }
}

/** h <- h + X w and size <- size + |X| |w| for n rows and the columns named; two share one visit to the sums. */
function addProducts(
  X: Float64Array,
  at: number,
  n: number,
  columns: readonly number[],
  w: Float64Array,
  h: Float64Array,
  size: Float64Array,
): void {
  let k = 0;
  for (; k + 2 <= columns.length; k += 2) {
    const [one, other] = [columns[k]!, columns[k + 1]!];
    const w0 = w[one]!;
    const w1 = w[other]!;
    for (let i = 0, p = at + one * BLOCK_ROWS, q = at + other * BLOCK_ROWS; i < n; i++, p++, q++) {
      const first = w0 * X[p]!;
      const second = w1 * X[q]!;
      h[i]! += first + second;
      size[i]! += Math.abs(first) + Math.abs(second);
    }
  }
  for (; k < columns.length; k++) {
    const wj = w[columns[k]!]!;
    for (let i = 0, p = at + columns[k]! * BLOCK_ROWS; i < n; i++, p++) {
      const product = wj * X[p]!;
      h[i]! += product;
      size[i]! += Math.abs(product);
    }
  }
}

/** Indices of the factors with a level of which `isUsed` holds. */
function factorsOf({ design: { factors } }: Dataset, isUsed: (term: number) => boolean): number[] {
  return [...factors.keys()].filter((f) => {
    const { start, levels } = factors[f]!;
    for (let l = start; l < start + levels - 1; l++) if (isUsed(l)) return true;
    return false;
  });
}

/** Whether every margin is above 0 whatever rounding did. */
export async function areAllPositive(dataset: Dataset, w: Float64Array): Promise<boolean> {
  let isPositive = true;
  await eachMargin(dataset, w, ({ c }, row, n, margins, rounding) => {
    for (let i = 0; i < n; i++) if (!(margins[i]! > rounding[i]!) && c?.[row + i] !== 0) isPositive = false;
  });
  return isPositive;
}

/** A direction that rounding has moved. */
export interface Blurred {
  /** Weights of the columns as stored (terms, and the intercept last if there is one). */
  readonly w: Float64Array;
  /** What that may do to every margin. */
  readonly blur: number;
}

/** A margin below this many times the bound of its rounding is no rounding. */
const NOTICEABLE = 1e5;

export interface Surveyed {
  readonly rows: PooledRow[];
  /** Whether every margin is above 0 whatever rounding did. */
  readonly arePositive: boolean;
}

/**
 * The rows with the lowest margins of different values, among those that rule a direction out.
 *
 * @param which 'negative': below 0 beyond rounding; 'not positive': not above 0 beyond rounding; 'not zero': on
 *   either side of 0; 'any': all
 */
export async function lowestRows(
  dataset: Dataset,
  { w, blur }: Blurred,
  which: 'negative' | 'not positive' | 'not zero' | 'any',
  most: number,
): Promise<Surveyed> {
  const { numerics: d, factors } = dataset.design;
  let arePositive = true;
  let found = new Map<number, PooledRow>();
  let limit = Number.POSITIVE_INFINITY;
  const keepLowest = () => {
    const kept = [...found].sort(([a], [b]) => a - b).slice(0, most);
    found = new Map(kept);
    if (kept.length === most) limit = kept.at(-1)![0];
  };
  await eachMargin(dataset, w, (shard, row, n, margins, rounding) => {
    for (let i = 0; i < n; i++) {
      const bound = NOTICEABLE * (rounding[i]! + blur);
      if (!(margins[i]! > rounding[i]!) && shard.c?.[row + i] !== 0) arePositive = false;
      let margin = margins[i]!;
      if (which === 'negative' && !(margin < -bound)) continue;
      if (which === 'not positive' && margin > rounding[i]!) continue;
      if (which === 'not zero') {
        if (!(Math.abs(margin) > bound)) continue;
        margin = -Math.abs(margin);
      }
      if (!(margin < limit) || found.has(margin) || shard.c?.[row + i] === 0) continue;
      found.set(margin, pooled(shard, row + i, d, factors.length));
      if (found.size >= 2 * most) keepLowest();
    }
  });
  keepLowest();
  return { rows: [...found.values()], arePositive };
}

/** Rows that come at once. */
const BATCH = 64;

/** Every k-th row, so that about `most` are left, a batch at a time; a file may be sorted by its labels. */
export async function* sampledRows(dataset: Dataset, most: number): AsyncGenerator<PooledRow[]> {
  const { numerics: d, factors } = dataset.design;
  const every = Math.max(1, Math.floor(dataset.rows / most));
  let found: PooledRow[] = [];
  let i = 0;
  for await (const shard of dataset.shards) {
    for (let row = 0; row < shard.rows; row++, i++) {
      if (i % every !== 0 || shard.c?.[row] === 0) continue;
      found.push(pooled(shard, row, d, factors.length));
      if (found.length < BATCH) continue;
      yield found;
      found = [];
    }
  }
  yield found;
}

export interface ExactSigns {
  readonly negative: number;
  readonly zero: number;
  readonly positive: number;
  /** Some of the rows with a negative margin. */
  readonly violating: readonly PooledRow[];
}

/** Products below it may have lost digits. */
const LEAST = 1e-290;

/** Rows with a negative margin that are returned. */
const MOST_VIOLATING = 64;

/**
 * The signs of the margins of all rows, without rounding.
 *
 * Doubles decide them where the bound allows it, or where all products and their sum are whole numbers that
 * doubles hold; whole numbers of any length do the rest.
 */
export async function exactSigns(dataset: Dataset, direction: ExactDirection): Promise<ExactSigns> {
  const { numerics: d, factors, terms, intercept } = dataset.design;
  const { base, V, e } = direction;
  const used = Array.from({ length: d }, (_, j) => j).filter((j) => V[j] !== 0n);
  const usedFactors = factorsOf(dataset, (l) => V[l] !== 0n);
  const b = intercept && V[terms] !== 0n;
  // room for the columns that a row has a say in, and their indices
  const most = used.length + usedFactors.length + 1;
  const x = new Float64Array(most);
  const at = new Int32Array(most);
  const whole = V.map(Number);
  const unit = e.map((ej) => base ** ej);
  const w = Float64Array.from(whole, (value, j) => value * unit[j]!);
  const bound = (most + 5) * UNIT;
  const isNormal = w.every((wj, j) => V[j] === 0n || (Math.abs(wj) >= LEAST && Number.isFinite(wj)));
  // larger ones are no doubles
  const isPowerOfTen = e.map((ej) => ej >= 0 && ej <= 22);
  const counts = { negative: 0, zero: 0, positive: 0 };
  const violating: PooledRow[] = [];
  const yielder = createYielder();
  for await (const shard of dataset.shards) {
    for (let row = 0; row < shard.rows; row++) {
      if (shard.c?.[row] === 0) continue;
      const i = row % BLOCK_ROWS;
      const block = row - i;
      let n = 0;
      for (const j of used) {
        x[n] = shard.X[block * d + j * BLOCK_ROWS + i]!;
        at[n++] = j;
      }
      for (const f of usedFactors) {
        const level = shard.codes[block * factors.length + f * BLOCK_ROWS + i]!;
        if (level === 0) continue;
        x[n] = 1;
        at[n++] = factors[f]!.start - 1 + level;
      }
      if (b) {
        x[n] = 1;
        at[n++] = terms;
      }
      const sign = (shard.y[row] === 1 ? 1 : -1) * signOf(x, at, n);
      if (sign > 0) counts.positive++;
      else if (sign === 0) counts.zero++;
      else {
        counts.negative++;
        if (violating.length < MOST_VIOLATING) violating.push(pooled(shard, row, d, factors.length));
      }
    }
    if (yielder.isDue(shard.rows * most)) await yielder.yield();
  }
  return { ...counts, violating };

  function signOf(x: Float64Array, at: Int32Array, n: number): number {
    let h = 0;
    let size = 0;
    for (let k = 0; k < n; k++) {
      const product = x[k]! * w[at[k]!]!;
      h += product;
      size += Math.abs(product);
    }
    if (isNormal && Math.abs(h) > bound * size + LEAST && Number.isFinite(size)) return Math.sign(h);
    let sum = 0;
    let reach = 0;
    let isWhole = true;
    for (let k = 0; k < n; k++) {
      const j = at[k]!;
      const scaled = x[k]! * unit[j]!;
      // a decimal is whole when it is the double nearest to whole / 10^e
      const cell = base === 2 ? scaled : Math.round(scaled);
      const product = cell * whole[j]!;
      const isSame =
        base === 2 ? Number.isInteger(cell) : isPowerOfTen[j] === true && cell / unit[j]! === x[k];
      if (!isSame || (cell === 0 && x[k] !== 0)) isWhole = false;
      sum += product;
      reach += Math.abs(product);
    }
    if (isWhole && reach < Number.MAX_SAFE_INTEGER) return Math.sign(sum);
    return exactSign(x.subarray(0, n), at.subarray(0, n), direction);
  }
}
