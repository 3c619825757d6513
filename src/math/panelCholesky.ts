/** Cholesky's factorization in the kernel (assembly/kernel/cholesky.ts), for many rows: the bits of the plain loops. */
import { kernelModule } from '../runtime/kernelModule.js';
import { createMemory, instantiate, isSimdKnown, PAGE, type SharedMemory } from '../runtime/sharedMemory.js';
import { PANEL, TILE } from './choleskyLayout.js';

interface Kernel {
  /** Factors the columns from `first` on, a panel of them; those before it are done. */
  choleskyPanel(L: number, n: number, first: number, tolerance: number, room: number): void;
}

/** Rows from which on the kernel is worth its memory: fewer are done before plain loops have been compiled. */
const PAYS_FROM = 4 * TILE;

/** Products that it takes in the time of one in plain code. */
const SPEED = 4;

/** Memories that nobody is at work in. */
const idle: SharedMemory[] = [];

/** A memory for `rows` rows; undefined where there is none, or plain loops are as fast. */
export function memoryFor(rows: number): SharedMemory | undefined {
  if (rows < PAYS_FROM || !isSimdKnown()) return undefined;
  try {
    const memory = idle.pop() ?? createMemory();
    const missing = roomOf(rows) + 8 * (PANEL ** 2 + whole(rows)) - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return memory;
  } catch {
    // no addresses (`ulimit -v`)
    return undefined;
  }
}

/**
 * Writes L (k x k), as `factorize` takes it, panel by panel; yields the work done, in products of plain code.
 *
 * @param entry of the row and the column of A by their position
 * @param memory of `memoryFor(k)`, free once more at the end
 */
export function* panelCholesky(
  entry: (p: number, q: number) => number,
  k: number,
  tolerance: number,
  L: Float64Array,
  memory: SharedMemory,
): Generator<number, void> {
  try {
    const { choleskyPanel } = instantiate(kernelModule(), memory) as Kernel;
    const n = whole(k);
    const room = roomOf(k);
    const rows = new Float64Array(memory.buffer, START, (room - START) / 8);
    const diagonal = new Float64Array(memory.buffer, room, n);
    // rows that fill the last tile follow from none and explain none
    for (let p = 0; p < n; p++) {
      const start = startOf(p);
      rows.fill(0, start, start + TILE * (Math.floor(p / TILE) + 1));
      for (let q = 0; q < p && p < k; q++) rows[start + q] = entry(p, q);
      diagonal[p] = p < k ? entry(p, p) : 1;
      rows[start + p] = diagonal[p]!;
    }
    for (let first = 0; first < n; first += PANEL) {
      choleskyPanel(START, n, first, tolerance, room);
      yield ((n - first) * PANEL * (first + PANEL / 2)) / SPEED;
    }
    for (let p = 0; p < k; p++) L.set(rows.subarray(startOf(p), startOf(p) + p + 1), p * k);
  } finally {
    idle.push(memory);
  }
}

/** Address of the triangle: 0 stands for "nowhere". */
const START = 64;

/** Rows up to a whole tile. */
function whole(rows: number): number {
  return Math.ceil(rows / TILE) * TILE;
}

/** Where row p begins, in doubles. */
function startOf(p: number): number {
  const i = Math.floor(p / TILE);
  return TILE * (2 * i * (i + 1) + (p % TILE) * (i + 1));
}

/** Address behind the rows. */
function roomOf(rows: number): number {
  return START + 8 * startOf(whole(rows));
}
