/**
 * Linear algebra without rounding, on doubles as what they are, fractions with a power of two below, or as the
 * shortest decimals that they stand for.
 */

/** 10 for the decimals. */
export type Base = 2 | 10;

const bits = new DataView(new ArrayBuffer(8));

/** x = m base^e with a whole m. */
function partsOf(x: number, base: Base = 2): [m: bigint, e: number] {
  if (x === 0) return [0n, 0];
  if (base === 10) return decimalParts(x);
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  const exponent = (high >>> 20) & 0x7ff;
  let m = (BigInt(high & 0xfffff) << 32n) | BigInt(bits.getUint32(4));
  if (exponent > 0) m |= 1n << 52n;
  let e = Math.max(exponent, 1) - 1075;
  while ((m & 0xffffffffn) === 0n) {
    m >>= 32n;
    e += 32;
  }
  while ((m & 1n) === 0n) {
    m >>= 1n;
    e++;
  }
  return [x < 0 ? -m : m, e];
}

function decimalParts(x: number): [m: bigint, e: number] {
  const [digits, exponent] = Math.abs(x).toExponential().split('e') as [string, string];
  const [whole, fraction = ''] = digits.split('.') as [string, string?];
  const m = BigInt(whole + fraction);
  return [x < 0 ? -m : m, Number(exponent) - fraction.length];
}

function raised(m: bigint, places: number, base: Base): bigint {
  return base === 2 ? m << BigInt(places) : m * 10n ** BigInt(places);
}

/** Whole numbers M and exponents e with x_ij = M_ij base^e_j. */
export interface WholeColumns {
  readonly M: bigint[][];
  readonly e: readonly number[];
}

function wholeColumns(rows: readonly ArrayLike<number>[], columns: number, base: Base = 2): WholeColumns {
  const parts = rows.map((row) => Array.from(row, (x) => partsOf(x, base)));
  const e = Array.from({ length: columns }, (_, j) => {
    const exponents = parts.flatMap((row) => (row[j]![0] === 0n ? [] : [row[j]![1]]));
    return exponents.length === 0 ? 0 : exponents.reduce((a, b) => Math.min(a, b));
  });
  const M = parts.map((row) => row.map(([m, ej], j) => (m === 0n ? 0n : raised(m, ej - e[j]!, base))));
  return { M, e };
}

export interface Reduced {
  /** Columns with a pivot, in the order of the rows that hold it. */
  readonly pivots: readonly number[];
  /** Every pivot. */
  readonly d: bigint;
}

/**
 * Turns the whole matrix into d times its reduced echelon form, in place; rows without a pivot become 0.
 *
 * Source: Bareiss, Sylvester's identity and multistep integer-preserving Gaussian elimination, 1968.
 */
export function reduce(M: bigint[][], columns: number): Reduced {
  const pivots: number[] = [];
  let d = 1n;
  for (let j = 0; j < columns && pivots.length < M.length; j++) {
    const k = pivots.length;
    const found = M.findIndex((row, i) => i >= k && row[j] !== 0n);
    if (found < 0) continue;
    [M[k], M[found]] = [M[found]!, M[k]!];
    const own = M[k]!;
    const pivot = own[j]!;
    for (const [i, row] of M.entries()) {
      if (i === k) continue;
      const factor = row[j]!;
      for (let l = 0; l < row.length; l++) row[l] = (pivot * row[l]! - factor * own[l]!) / d;
    }
    d = pivot;
    pivots.push(j);
  }
  return { pivots, d };
}

/** A direction whose products with rows are known without rounding: entry j is V_j base^e_j. */
export interface ExactDirection {
  readonly base: Base;
  readonly V: readonly bigint[];
  readonly e: readonly number[];
}

/** What adds less than this share to any row takes no part. */
const IDLE = 1e-9;

/**
 * The direction nearest to w, in the free columns to some digits, on which every row vanishes exactly.
 *
 * @param w (columns)
 * @param digits binary ones that are kept of each free entry
 */
export function vanishingOn(
  rows: readonly ArrayLike<number>[],
  w: ArrayLike<number>,
  digits: number,
  base: Base,
): ExactDirection {
  const columns = w.length;
  const { M, e } = wholeColumns(rows, columns, base);
  const { pivots, d } = reduce(M, columns);
  const taken = new Set(pivots);
  const reach = Array.from(w, (wj, j) =>
    rows.reduce((most, row) => Math.max(most, Math.abs(row[j]! * wj)), rows.length === 0 ? 1 : 0),
  );
  const farthest = reach.reduce((a, b) => Math.max(a, b), 0);
  // in the units of the whole columns, over a common power of two
  const free = Array.from(w, (wj, j) => {
    const isIdle = taken.has(j) || wj === 0 || (reach[j]! > 0 && reach[j]! < IDLE * farthest);
    if (isIdle) return undefined;
    const [m, em] = base === 2 ? partsOf(wj) : partsOf(wj * 10 ** e[j]!);
    const excess = Math.max(0, m.toString(2).replace('-', '').length - digits);
    return [rounded(m, excess), em + excess + (base === 2 ? e[j]! : 0)] as const;
  });
  const least = free.reduce(
    (a, part) => (part === undefined ? a : Math.min(a, part[1])),
    Number.POSITIVE_INFINITY,
  );
  const whole = free.map((part) => (part === undefined ? 0n : part[0] << BigInt(part[1] - least)));
  const V = whole.map((value) => value * d);
  pivots.forEach((j, k) => {
    V[j] = -M[k]!.reduce((sum, entry, l) => (l === j ? sum : sum + entry * whole[l]!), 0n);
  });
  const own = lowest(V);
  return { base, V: d < 0n ? own.map((value) => -value) : own, e: e.map((ej) => -ej) };
}

/** m / 2^places to the nearest whole number. */
function rounded(m: bigint, places: number): bigint {
  if (places === 0) return m;
  const half = 1n << BigInt(places - 1);
  return m < 0n ? -((-m + half) >> BigInt(places)) : (m + half) >> BigInt(places);
}

/** Doubles as they are. */
export function exactOf(w: ArrayLike<number>): ExactDirection {
  const parts = Array.from(w, (wj) => partsOf(wj));
  return { base: 2, V: parts.map(([m]) => m), e: parts.map(([, e]) => e) };
}

function lowest(V: readonly bigint[]): bigint[] {
  let common = 0n;
  for (const value of V) {
    let [a, b] = [value < 0n ? -value : value, common];
    while (a !== 0n) [a, b] = [b % a, a];
    common = b;
  }
  return common === 0n ? [...V] : V.map((value) => value / common);
}

/** The sign of sum_j x_j V_j base^e_j over the columns named. */
export function exactSign(
  x: ArrayLike<number>,
  columns: ArrayLike<number>,
  { base, V, e }: ExactDirection,
): number {
  const terms: [bigint, number][] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < columns.length; k++) {
    const [m, ex] = partsOf(x[k]!, base);
    const j = columns[k]!;
    if (m === 0n || V[j] === 0n) continue;
    terms.push([m * V[j]!, ex + e[j]!]);
    least = Math.min(least, ex + e[j]!);
  }
  let sum = 0n;
  for (const [value, exponent] of terms) sum += raised(value, exponent - least, base);
  return sum > 0n ? 1 : sum < 0n ? -1 : 0;
}

/** The signs of the solution of sum_i x_i rows_i = target exactly; undefined where the rows are dependent. */
export function exactSigns(
  rows: readonly ArrayLike<number>[],
  target: readonly { readonly row: ArrayLike<number>; readonly by: number }[],
  n: number,
): number[] | undefined {
  const { M } = wholeColumns([...rows, ...target.map(({ row }) => row)], n);
  const weights = target.map(({ by }) => partsOf(by));
  const least = weights.reduce((a, [, e]) => Math.min(a, e), 0);
  // the equations, one a column of the table
  const equations = Array.from({ length: n }, (_, j) => [
    ...rows.map((_, i) => M[i]![j]!),
    target.reduce(
      (sum, _, t) => sum + M[rows.length + t]![j]! * (weights[t]![0] << BigInt(weights[t]![1] - least)),
      0n,
    ),
  ]);
  const { pivots, d } = reduce(equations, rows.length);
  if (pivots.length < rows.length) return undefined;
  return rows.map((_, k) => {
    const value = equations[k]![rows.length]!;
    return value === 0n ? 0 : value > 0n === d > 0n ? 1 : -1;
  });
}
