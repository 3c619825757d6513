/** Rows that were picked from a table, and the columns that a direction may use. */
import type { Dataset } from '../../dataset/dataset.js';
import { termName } from '../../dataset/terms.js';
import { BLOCK_ROWS, type Shard } from '../../storage/shards.js';

/** A column that can take part in a direction. */
export type Candidate =
  | {
      readonly kind: 'numeric';
      readonly j: number;
      /** Shift and scale for a standardized column. */
      readonly mu: number;
      readonly s: number;
    }
  /** 1 in the rows of one level; of the baseline only beside an intercept, which then takes part as well. */
  | {
      readonly kind: 'level';
      readonly f: number;
      readonly code: number;
      readonly start: number;
      readonly levels: number;
    }
  | { readonly kind: 'intercept' };

export interface PooledRow {
  /** Numeric columns as stored (d). */
  readonly x: Float64Array;
  /** Levels (k). */
  readonly codes: Int32Array;
  /** 1 where y is 1, and -1 where it is 0. */
  readonly sign: 1 | -1;
}

/** One candidate for each weight, in their order. */
export function candidatesOf(dataset: Dataset): Candidate[] {
  const {
    design: { numerics, factors, intercept },
    scaling: { mean, scale },
  } = dataset;
  const columns = Array.from({ length: numerics }, (_, j): Candidate => {
    return { kind: 'numeric', j, mu: intercept ? mean[j]! : 0, s: scale[j]! };
  });
  factors.forEach(({ start, levels }, f) => {
    for (let code = 1; code < levels; code++) columns.push({ kind: 'level', f, code, start, levels });
  });
  if (intercept) columns.push({ kind: 'intercept' });
  return columns;
}

/** The baselines, which have no weights: theirs are the intercept less all other levels. */
export function baselinesOf({ design: { factors, intercept } }: Dataset): Candidate[] {
  if (!intercept) return [];
  return factors.map(({ start, levels }, f) => ({ kind: 'level', f, code: 0, start, levels }));
}

/** `column` or `column=level`. */
export function nameOf(dataset: Dataset, candidate: Candidate): string {
  if (candidate.kind === 'intercept') throw new Error('the intercept is no column');
  const term = candidate.kind === 'numeric' ? candidate.j : candidate.start;
  const feature = dataset.features.find((one) => one.term === term)!;
  if (feature.kind === 'numeric' || candidate.kind === 'numeric') return feature.name;
  return termName(feature, feature.levels[candidate.code]!);
}

/** The cell of a row as stored. */
export function cellOf({ x, codes }: PooledRow, candidate: Candidate): number {
  switch (candidate.kind) {
    case 'numeric':
      return x[candidate.j]!;
    case 'level':
      return codes[candidate.f] === candidate.code ? 1 : 0;
    case 'intercept':
      return 1;
  }
}

/** The same, of the standardized column. */
export function standardCellOf(row: PooledRow, candidate: Candidate): number {
  const x = cellOf(row, candidate);
  return candidate.kind === 'numeric' ? (x - candidate.mu) / candidate.s : x;
}

/**
 * Weights of the terms as stored, and of the intercept last if there is one, for those of candidates.
 *
 * @param v weights of the standardized columns of the candidates
 */
export function termWeights(
  dataset: Dataset,
  candidates: readonly Candidate[],
  v: Float64Array,
): Float64Array {
  const { terms, size, intercept } = dataset.design;
  const w = new Float64Array(size);
  candidates.forEach((candidate, k) => {
    const vk = v[k]!;
    if (candidate.kind === 'intercept') w[terms]! += vk;
    else if (candidate.kind === 'numeric') {
      const { j, mu, s } = candidate;
      w[j] = vk / s;
      if (intercept) w[terms]! -= mu * w[j]!;
    } else {
      const { code, start, levels } = candidate;
      if (code > 0) w[start + code - 1]! += vk;
      else {
        w[terms]! += vk;
        for (let l = 0; l < levels - 1; l++) w[start + l]! -= vk;
      }
    }
  });
  return w;
}

/** Copies a row of a shard. */
export function pooled(shard: Shard, row: number, d: number, k: number): PooledRow {
  const i = row % BLOCK_ROWS;
  const block = row - i;
  const x = new Float64Array(d);
  for (let j = 0; j < d; j++) x[j] = shard.X[block * d + j * BLOCK_ROWS + i]!;
  const codes = new Int32Array(k);
  for (let f = 0; f < k; f++) codes[f] = shard.codes[block * k + f * BLOCK_ROWS + i]!;
  return { x, codes, sign: shard.y[row] === 1 ? 1 : -1 };
}

/** Different rows. */
export class Pool {
  readonly rows: PooledRow[] = [];
  readonly #seen = new Map<number, PooledRow[]>();

  /** @returns how many were new */
  add(rows: readonly PooledRow[]): number {
    const before = this.rows.length;
    for (const row of rows) {
      const key = hashOf(row);
      const alike = this.#seen.get(key);
      if (alike?.some((other) => areSame(other, row))) continue;
      if (alike === undefined) this.#seen.set(key, [row]);
      else alike.push(row);
      this.rows.push(row);
    }
    return this.rows.length - before;
  }
}

const FNV_PRIME = 0x01000193;
const bits = new Float64Array(1);
const halves = new Uint32Array(bits.buffer);

/** The same for rows that are the same, and seldom for others. */
function hashOf({ x, codes, sign }: PooledRow): number {
  let hash: number = sign;
  for (let j = 0; j < x.length; j++) {
    // -0 is 0
    bits[0] = x[j]! + 0;
    hash = Math.imul(hash ^ halves[0]!, FNV_PRIME);
    hash = Math.imul(hash ^ halves[1]! ^ (hash >>> 15), FNV_PRIME);
  }
  for (let f = 0; f < codes.length; f++) hash = Math.imul(hash ^ codes[f]! ^ (hash >>> 15), FNV_PRIME);
  return hash;
}

function areSame(a: PooledRow, b: PooledRow): boolean {
  if (a.sign !== b.sign) return false;
  for (let j = 0; j < a.x.length; j++) if (a.x[j] !== b.x[j]) return false;
  for (let f = 0; f < a.codes.length; f++) if (a.codes[f] !== b.codes[f]) return false;
  return true;
}
