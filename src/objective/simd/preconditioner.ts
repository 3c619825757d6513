/** The second derivatives of some weights, factorized roughly: they turn a gradient into nearly a Newton step. */
import { createMemory, PAGE, type SharedMemory, type WasmModule } from '../../runtime/sharedMemory.js';
import { createYielder } from '../../runtime/yield.js';
import { type Kernel, kernelOver } from './kernel.js';
import type { Panels } from './panels.js';

/** What a pivot is at least of its diagonal entry: what f32 can tell of it. */
const LEAST_PIVOT = 1e-5;

/**
 * What is added to the diagonal, as a share of it. Of the columns S of a problem that lacks some, the inverse over all says
 * too much, [H^-1]_SS >= [H_SS]^-1, and most where H is nearly singular.
 */
export const ADDED = 0.1;

/** Rows of H that are summed before the event loop may turn. */
const ROWS = 64;

/** Address of the diagonal of H, before L. */
const DIAGONAL = 1024;

/** Products of f32 in the time of a cell of plain work. */
const SPEED = 16;

/** H^-1 for the columns of panels that it knows, H = X^T diag(h) X + diag(ridge), and some more on the diagonal. */
export interface Preconditioner {
  /** Place of each column among those that it knows, or -1. */
  readonly places: Int32Array;
  /** How many it knows. */
  readonly size: number;
  /** Room (size) for the vector of the next `solve`. */
  vector(): Float32Array;
  /** Replaces the vector, which is live, by H^-1 of it. */
  solve(): Float32Array;
}

/** The factors L of H, for another thread. */
export interface SharedFactors {
  readonly module: WasmModule;
  readonly memory: SharedMemory;
  readonly places: Int32Array;
  readonly size: number;
  /** Rows of L, `size` up to a multiple of 4. */
  readonly D: number;
  /** Addresses of L, and of room for a vector of each thread. */
  readonly L: number;
  readonly vectors: number;
}

export interface RenewedPreconditioner extends Preconditioner {
  /** Makes it that of other columns and weights of the rows, once nobody else needs it. */
  renew(columns: Int32Array, h: Float64Array, ridge: (column: number) => number): Promise<void>;
  /** Gives the factors to other threads until they are done. */
  lend<T>(use: (factors: SharedFactors | undefined) => Promise<T>): Promise<T>;
}

/** The vectors of thread `id`. */
export function preconditionerOver(factors: SharedFactors, id: number): Preconditioner {
  const { module, memory, places, size, D, L, vectors } = factors;
  const kernel = kernelOver(module, memory);
  const at = vectors + 4 * D * id;
  const room = new Float32Array(memory.buffer, at, D);
  return {
    places,
    size,
    vector: () => room.fill(0),
    solve() {
      kernel.solveSingle(L, D, at);
      return room;
    },
  };
}

/**
 * @param columns of the panels
 * Cost: for a columns of m rows O(m a^2) to renew and O(a^2) to solve; 4 (m a + a^2) bytes.
 */
export function createPreconditioner(panels: Panels, columns: number): RenewedPreconditioner {
  const { module, padded } = panels;
  const places = new Int32Array(columns).fill(-1);
  const yielder = createYielder();
  let memory: SharedMemory | undefined;
  let kernel: Kernel | undefined;
  let factors: SharedFactors | undefined;
  let own: Preconditioner | undefined;
  let returned: Promise<unknown> = Promise.resolve();
  return {
    places,
    get size() {
      return own?.size ?? 0;
    },
    async renew(chosen, h, ridge) {
      await returned;
      const size = chosen.length;
      const D = (size + 3) & ~3;
      const L = (DIAGONAL + 4 * D + 63) & ~63;
      const A = L + 4 * D * D;
      memory ??= createMemory();
      kernel ??= kernelOver(module, memory);
      const missing = A + 4 * D * padded - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil((missing * 1.25) / PAGE));
      const scaled = new Float32Array(memory.buffer, A, D * padded).fill(0);
      places.fill(-1);
      chosen.forEach((column, p) => {
        places[column] = p;
        panels.writeColumn(column, h, scaled, p * padded);
      });
      for (let p = 0; p < D; p += ROWS) {
        const end = Math.min(D, p + ROWS);
        kernel.rowProducts(A, D, padded, L, p, end);
        if (yielder.isDue(((end - p) * p * padded) / SPEED)) await yielder.yield();
      }
      const H = new Float32Array(memory.buffer, L, D * D);
      const onDiagonal = new Float32Array(memory.buffer, DIAGONAL, D);
      for (let p = 0; p < D; p++) {
        const at = p * D + p;
        H[at] = H[at]! * (1 + ADDED) + (p < size ? ridge(chosen[p]!) : 1);
        onDiagonal[p] = H[at]!;
      }
      kernel.factorizeSingle(L, D, DIAGONAL, LEAST_PIVOT);
      // the columns are needed no more: the vectors lie where they were
      factors = { module, memory, places, size, D, L, vectors: A };
      own = preconditionerOver(factors, 0);
    },
    lend(use) {
      const done = use(factors);
      returned = done.catch(() => {});
      return done;
    },
    vector: () => own!.vector(),
    solve: () => own!.solve(),
  };
}
