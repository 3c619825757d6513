/**
 * What is done with one shard by whichever thread takes it: the kernel is called, and its sums go to a slot.
 *
 *   w of the kernel   [numeric columns (d) | intercept | every level of each factor, the baseline included]
 *   slot of a sum     as layout.ts says
 *   slot of a Hessian [H (width x width) | room of the kernel]
 *   slot of a wide one   the blocks of a shard, as assembly/kernel/hessian.ts says
 *   slot of folds     as assembly/kernel/folds.ts says
 */

import { aligned } from '../../runtime/bumpAllocator.js';
import { COLUMN_BYTES } from '../../storage/narrowLayout.js';
import type { Place } from '../../storage/place.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import type { Kernel } from './kernel.js';
import {
  CURVED_HEAD_BYTES,
  FOLD_HEAD_BYTES,
  FOLD_TILE,
  LANES_BYTES,
  PROBLEM_BYTES,
  PROBLEMS_HEAD_BYTES,
  SLOT_HEAD_BYTES,
} from './layout.js';

/** The shape of the data, and where in each memory the arguments of a visit lie. */
export interface KernelTask {
  /** Numeric columns. */
  readonly d: number;
  /** Factors. */
  readonly k: number;
  /** Weights as the kernel lays them out. */
  readonly size: number;
  readonly classWeights: readonly [c0: number, c1: number];
  readonly isWeighted: boolean;
  /** For each memory. */
  readonly args: readonly Arguments[];
  /** For each shard. */
  readonly places: readonly Place[];
  /** Undefined where rows are not parted. */
  readonly folds: FoldTask | undefined;
}

/** Rows parted into folds. */
export interface FoldTask {
  /** Problems that are visited at once, at most. */
  readonly most: number;
  /** Whether a problem may weigh the classes in its own way. */
  readonly isFactored: boolean;
  /** For each shard, where the folds of its rows are. */
  readonly of: readonly number[];
}

/** Byte offsets into one memory. */
export interface Arguments {
  /** Weights (size). */
  readonly w: number;
  /** Shift of the numeric columns, for the Hessian, and what they are multiplied by after it (2 x d). */
  readonly mu: number;
  /** Where in w level 0 of each factor is, in bytes (k). */
  readonly starts: number;
  /** What each thread works with (`scratchBytes` each). */
  readonly scratch: number;
  /** What the weights of the classes are multiplied by, and the fold that is left out, for the Hessian. */
  readonly problem: number;
  /** The problems that are visited at once, and room for each thread; 0 where rows are not parted. */
  readonly problems: number;
  readonly foldRoom: number;
}

/**
 * So many shards, all in one memory, and the slots that their sums go to. One of the kind `add` or `band` has what is in
 * the first `first` slots added up, in `count` pieces.
 */
export interface Batch {
  readonly kind: (typeof KINDS)[number];
  readonly memory: number;
  /** The first shard, and how far it is from each to the next. */
  readonly first: number;
  readonly every: number;
  readonly count: number;
  /** Rows of each that are visited, from its first on, at most. */
  readonly rows: number;
  /** Byte offset of the first slot. */
  readonly slots: number;
  readonly slotBytes: number;
  /**
   * Byte offset of what is added to: of `add` the gradient (size, up to an even count), of `band` the Hessian (width x
   * width); 0 of others.
   */
  readonly total: number;
}

export const KINDS = ['sum', 'hessian', 'add', 'folds', 'curved', 'band'] as const;

/** More rows than any shard has. */
export const ALL_ROWS = 2 ** 31 - 1;

/** Of batches that visit shards. */
export type VisitKind = Exclude<Batch['kind'], 'add' | 'band'>;

/** Weights of a piece that is added up by one thread: it stays in the first-level cache. */
const PIECE = 1 << 11;

/** Pieces of a gradient. */
export function piecesOf({ size }: KernelTask): number {
  return Math.ceil(size / PIECE);
}

/** Rows of a wide Hessian that one thread adds up: with a block of thousands of columns they stay in its cache. */
export const BAND = 64;

/** Pieces of a wide Hessian: bands of numeric columns, then the rows of each factor. */
export function bandsOf({ d, k }: KernelTask): number {
  return Math.ceil(paddedColumns(d) / BAND) + k;
}

/** Every memory begins with it. */
const TABLE = 0;

/** Columns of the numeric part of the Hessian: the intercept too, and up to a multiple of 4. */
export function paddedColumns(d: number): number {
  return (d + 4) & ~3;
}

/** Rows and columns of the Hessian of the kernel. */
export function hessianWidth({ d, size }: KernelTask): number {
  // even, so that pairs of entries are aligned
  return (paddedColumns(d) + size - (d + 1) + 1) & ~1;
}

export function slotBytes(task: KernelTask, kind: VisitKind): number {
  const { d, size } = task;
  if (kind === 'folds') return task.folds!.most * foldBytes(task);
  if (kind === 'curved') {
    const rows = task.places.reduce((most, place) => Math.max(most, place.rows), 0);
    return aligned(CURVED_HEAD_BYTES + Math.ceil(rows / BLOCK_ROWS) * 2 * paddedColumns(d) * COLUMN_BYTES);
  }
  if (kind === 'sum') return aligned(SLOT_HEAD_BYTES + 8 * even(size) + LANES_BYTES * (d + 1));
  return aligned(8 * hessianWidth(task) ** 2 + (2 + 3 * paddedColumns(d)) * COLUMN_BYTES);
}

/** Bytes of the slot of one problem. */
export function foldBytes({ d, size }: KernelTask): number {
  return FOLD_HEAD_BYTES + 8 * even(size) + LANES_BYTES * (d + 1);
}

/** Bytes of all that is told of the problems. */
export function problemsBytes(size: number, most: number): number {
  return PROBLEMS_HEAD_BYTES + most * (PROBLEM_BYTES + 8 * even(size));
}

/** Bytes that a thread works with when it visits folds. */
export function foldRoomBytes(d: number, most: number): number {
  const tiles = Math.ceil(d / FOLD_TILE);
  const products = 16 * d + 4 * ((tiles + 3) & ~3);
  return Math.ceil(((most + 1 + FOLD_TILE) * COLUMN_BYTES + most * products) / SCRATCH_STEP) * SCRATCH_STEP;
}

export function even(size: number): number {
  return (size + 1) & ~1;
}

/** Bytes that a thread works with: numbers of a block of rows, weights over their powers of ten, and a block of doubles. */
export function scratchBytes(d: number): number {
  // whole pages of 64 KiB apart: nearer ones would share sets of a cache with what is fetched ahead for the other
  const head = 4 * COLUMN_BYTES + 64 + 8 * (d + 8);
  return Math.ceil((head + d * COLUMN_BYTES) / SCRATCH_STEP) * SCRATCH_STEP;
}

const SCRATCH_STEP = 1 << 16;

/** Visits shard i of the batch as thread `id`; writes into slot i. */
export function visit(kernel: Kernel, task: KernelTask, batch: Batch, i: number, id: number): void {
  const { d, k, size, isWeighted } = task;
  if (batch.kind === 'add') {
    const from = i * PIECE;
    const gradients = batch.slots + SLOT_HEAD_BYTES + 8 * from;
    const to = batch.total + 8 * from;
    kernel.addSlots(gradients, batch.slotBytes, batch.first, to, Math.min(PIECE, size - from));
    return;
  }
  if (batch.kind === 'band') {
    addBand(kernel, task, batch, i);
    return;
  }
  const [c0, c1] = task.classWeights;
  const shard = batch.first + i * batch.every;
  const { forms, X, codes, y, c, ...place } = task.places[shard]!;
  const rows = Math.min(place.rows, batch.rows);
  const { w, mu, starts, scratch, problem, problems, foldRoom } = task.args[batch.memory]!;
  const folds = task.folds?.of[shard] ?? 0;
  const slot = batch.slots + i * batch.slotBytes;
  if (batch.kind === 'sum') {
    const own = scratch + id * scratchBytes(d);
    kernel.evaluate(rows, d, k, size, forms, X, codes, y, c, w, starts, c0, c1, isWeighted, TABLE, slot, own);
  } else if (batch.kind === 'folds') {
    const { most, isFactored } = task.folds!;
    const room = foldRoom + id * foldRoomBytes(d, most);
    const stride = foldBytes(task);
    const hasWeights = isWeighted || isFactored;
    kernel.evaluateFolds(
      rows,
      d,
      k,
      size,
      forms,
      X,
      codes,
      y,
      c,
      folds,
      problems,
      starts,
      hasWeights,
      TABLE,
      slot,
      stride,
      room,
    );
  } else if (batch.kind === 'curved') {
    const own = scratch + id * scratchBytes(d);
    kernel.curvedBlocks(rows, d, k, forms, X, codes, y, c, w, mu, starts, problem, folds, TABLE, slot, own);
  } else {
    const width = hessianWidth(task);
    const room = slot + 8 * width * width;
    kernel.hessian(
      rows,
      d,
      k,
      forms,
      X,
      codes,
      y,
      c,
      w,
      mu,
      starts,
      problem,
      folds,
      TABLE,
      width,
      slot,
      room,
    );
  }
}

/** Adds piece i of a wide Hessian. */
function addBand(kernel: Kernel, task: KernelTask, batch: Batch, i: number): void {
  const { d, k } = task;
  const { slots, slotBytes: bytes, first: count, total } = batch;
  const width = hessianWidth(task);
  const D = paddedColumns(d);
  const f = i - (bandsOf(task) - k);
  if (f < 0) kernel.addBand(slots, bytes, count, D, i * BAND, Math.min(D, (i + 1) * BAND), width, total);
  else kernel.addLevels(f, slots, bytes, count, d, k, task.args[batch.memory]!.starts, width, total);
}
