/** A table as columns of f32 in panels of 32 rows, for rough products with some of them at the speed of the machine. */
import type { Dataset } from '../../dataset/dataset.js';
import { kernelModule } from '../../runtime/kernelModule.js';
import {
  createMemory,
  isSimdKnown,
  MOST_PAGES,
  PAGE,
  type SharedMemory,
  type WasmModule,
} from '../../runtime/sharedMemory.js';
import { createYielder } from '../../runtime/yield.js';
import { BLOCK_ROWS, placeIn } from '../../storage/shards.js';
import { kernelOver } from './kernel.js';

/** Numbers that a table may have at most: half a GiB. */
const MOST_CELLS = 2 ** 27;

/** Bytes of 32 rows of one column. */
const PIECE = 4 * BLOCK_ROWS;

/**
 * The columns (x - mu)/s of all terms, and a column of ones behind them where there is an intercept; rows are filled up
 * to whole panels. A thread may be sent it.
 */
export interface PanelTable {
  readonly module: WasmModule;
  /** [X | a room for each thread that multiplies]. */
  readonly memory: SharedMemory;
  readonly rooms: number;
  readonly rows: number;
  /** Rows up to whole panels (M). */
  readonly padded: number;
  /** Columns, that of ones included. */
  readonly size: number;
  readonly mu: Float64Array;
  readonly s: Float64Array;
  /** Labels and weights of the rows (rows). */
  readonly y: Float64Array;
  readonly c: Float64Array;
}

/** A product with all columns: X^T t goes into `g`. */
export interface PanelVisit {
  readonly t: Float64Array;
  readonly g: Float32Array;
}

/** A table as one thread multiplies it: products are of the columns that were chosen last, one caller at a time. */
export interface Panels extends PanelTable {
  /** Does some work on chosen columns, after that of others. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Takes columns for the products that follow. */
  choose(columns: Int32Array): void;
  /** t = X q, of as many columns as q has entries at most; t (M) is live. */
  product(q: Float64Array): Float32Array;
  /** X^T t, for t (rows); live, as many as columns were chosen. */
  transposed(t: Float64Array): Float32Array;
  /** Vectors that `transposedAll` takes at once, at most. */
  readonly most: number;
  /** X^T t over all columns for each of some vectors t (rows), into `g` (size). */
  transposedAll(visits: readonly PanelVisit[]): void;
  /** Prepares for X^T diag(h) X, h (rows). */
  weigh(h: Float64Array): void;
  /** X^T diag(h) X q over the first `count` columns; live. */
  normal(q: Float64Array, count: number): Float32Array;
  /** Writes a column, times the root of the weights h, into the `M` numbers from `at` on. */
  writeColumn(column: number, h: Float64Array, to: Float32Array, at: number): void;
}

/** Whether a table is of the size and kind for panels: columns of numbers, but for few. */
export function fitsPanels({ rows, design: { numerics, size } }: Dataset): boolean {
  return 2 * numerics >= size && size * (rows + BLOCK_ROWS) <= MOST_CELLS && isSimdKnown();
}

/** Vectors that are multiplied by all columns at once. */
const MOST_VECTORS = 8;

/** Columns of a tile, as assembly/kernel/panels.ts says. */
const TILE = 512;

/** Where the table begins in its memory. */
const FIRST = 1024;

/**
 * @param mu shift of each term's column as stored (terms)
 * @param s scale (terms)
 * @param threads that are to multiply, at most: fewer rooms are made where there are no addresses for more
 * @returns undefined where there is no room
 * Cost: a visit to the rows; four bytes a number, and as many for those that a thread has chosen.
 */
export async function createPanels(
  { shards, rows, design }: Dataset,
  mu: Float64Array,
  s: Float64Array,
  threads = 1,
): Promise<PanelTable | undefined> {
  const { numerics: d, factors, terms, size } = design;
  const k = factors.length;
  const padded = Math.ceil(rows / BLOCK_ROWS) * BLOCK_ROWS;
  const end = FIRST + padded * size * 4;
  const each = roomOf(padded, size, 0).end;
  const rooms = Math.min(threads, Math.floor((MOST_PAGES * PAGE - end) / each));
  const memory = memoryOf(end + rooms * each);
  if (memory === undefined) return undefined;
  const y = new Float64Array(rows);
  const c = new Float64Array(rows).fill(1);
  const ones = size > terms;
  const all = new Float32Array(memory.buffer, FIRST, padded * size);
  const placeOf = (column: number, of: number) => placeIn(size, column, of);
  const nextPlace = (at: number) => placeAfter(size, at);
  const yielder = createYielder();
  let row = 0;
  for await (const shard of shards) {
    const { X, codes } = shard;
    y.set(shard.y.subarray(0, shard.rows), row);
    if (shard.c !== undefined) c.set(shard.c.subarray(0, shard.rows), row);
    for (let from = 0; from < shard.rows; from += BLOCK_ROWS) {
      const n = Math.min(BLOCK_ROWS, shard.rows - from);
      const first = row + from;
      for (let j = 0, x = from * d; j < d; j++, x += BLOCK_ROWS) {
        const [shift, scale] = [mu[j]!, s[j]!];
        for (let i = 0; i < n; ) {
          // to the end of a panel
          let to = placeOf(j, first + i);
          for (const end = Math.min(n, i + BLOCK_ROWS - (to % BLOCK_ROWS)); i < end; i++) {
            all[to++] = (X[x + i]! - shift) / scale;
          }
        }
      }
      for (let f = 0; f < k; f++) {
        const { start, levels } = factors[f]!;
        const x = from * k + f * BLOCK_ROWS;
        for (let j = start; j < start + levels - 1; j++) {
          for (let i = 0, to = placeOf(j, first); i < n; i++, to = nextPlace(to)) {
            all[to] = ((codes[x + i] === j - start + 1 ? 1 : 0) - mu[j]!) / s[j]!;
          }
        }
      }
      if (ones) for (let i = 0, to = placeOf(terms, first); i < n; i++, to = nextPlace(to)) all[to] = 1;
      if (yielder.isDue(n * size)) await yielder.yield();
    }
    row += shard.rows;
  }
  return { module: kernelModule(), memory, rooms, rows, padded, size, mu, s, y, c };
}

/** Where the number of the next row is: a panel is to all rows what a block is to a shard. */
function placeAfter(size: number, at: number): number {
  return (at + 1) % BLOCK_ROWS === 0 ? at + 1 + (size - 1) * BLOCK_ROWS : at + 1;
}

/** Addresses of what a thread works with, from one on. */
function roomOf(padded: number, size: number, from: number) {
  let end = from;
  const reserve = (bytes: number) => {
    const at = end;
    end = Math.ceil((end + bytes) / 64) * 64;
    return at;
  };
  return {
    q: reserve(4 * size),
    p: reserve(4 * size * MOST_VECTORS),
    lanes: reserve(16 * Math.max(size, TILE * MOST_VECTORS)),
    list: reserve(4 * size),
    t: reserve(4 * padded * MOST_VECTORS),
    h: reserve(4 * padded),
    piece: reserve(PIECE),
    chosen: reserve(4 * padded * size),
    end,
  };
}

/** @param room number of the thread among those that multiply */
export function panelsOver(table: PanelTable, room: number): Panels {
  const { module, memory, rows, padded, size } = table;
  const kernel = kernelOver(module, memory);
  const panels = padded / BLOCK_ROWS;
  const X = FIRST;
  const end = X + padded * size * 4;
  const { q, p, lanes, list, t, h, piece, chosen } = roomOf(
    padded,
    size,
    end + room * roomOf(padded, size, 0).end,
  );
  const all = new Float32Array(memory.buffer, X, padded * size);
  const floats = (at: number, count: number) => new Float32Array(memory.buffer, at, count);
  let last: Promise<unknown> = Promise.resolve();
  let columns = 0;
  return {
    ...table,
    alone(work) {
      const done = last.then(work);
      last = done.catch(() => {});
      return done;
    },
    choose(next) {
      columns = next.length;
      new Uint32Array(memory.buffer, list, columns).set(next);
      kernel.gatherPanels(X, panels, size, list, columns, chosen);
    },
    product(of) {
      floats(q, columns).fill(0);
      floats(q, columns).set(of.subarray(0, columns));
      kernel.panelProduct(chosen, panels, columns, q, t);
      return floats(t, padded);
    },
    transposed(of) {
      const to = floats(t, padded);
      to.fill(0);
      to.set(of.subarray(0, rows));
      kernel.panelTransposed(chosen, panels, columns, t, lanes, p);
      return floats(p, columns);
    },
    most: MOST_VECTORS,
    transposedAll(visits) {
      for (const [k, visit] of visits.entries()) {
        floats(t + 4 * padded * k, padded).set(visit.t.subarray(0, rows));
      }
      kernel.panelsTransposed(X, panels, size, t, visits.length, lanes, p);
      for (const [k, { g }] of visits.entries()) g.set(floats(p + 4 * size * k, size));
    },
    weigh(weights) {
      const to = floats(h, padded);
      to.fill(0);
      to.set(weights.subarray(0, rows));
    },
    normal(of, count) {
      floats(q, count).set(of.subarray(0, count));
      kernel.panelNormal(chosen, panels, columns, count, h, q, piece, lanes, p);
      return floats(p, count);
    },
    writeColumn(column, weights, to, at) {
      for (let i = 0, from = placeIn(size, column, 0); i < rows; i++, from = placeAfter(size, from)) {
        to[at + i] = all[from]! * Math.sqrt(weights[i]!);
      }
    },
  };
}

/** A memory of so many bytes; undefined where there are no addresses for it (`ulimit -v`). */
function memoryOf(bytes: number) {
  try {
    const memory = createMemory();
    memory.grow(Math.ceil(bytes / PAGE));
    return memory;
  } catch {
    return undefined;
  }
}
