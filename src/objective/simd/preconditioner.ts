/** The second derivatives of some weights, factorized roughly: they turn a gradient into nearly a Newton step. */
import { readOwn } from '../../runtime/files.js';
import { compile, createMemory, PAGE, type SharedMemory } from '../../runtime/sharedMemory.js';
import { createYielder } from '../../runtime/yield.js';
import { type Kernel, kernelOver } from './kernel.js';
import type { Panels } from './panels.js';

/** What a pivot is at least of its diagonal entry: what f32 can tell of it. */
const LEAST_PIVOT = 1e-5;

/** Rows of H that are summed before the event loop may turn. */
const ROWS = 64;

/** Products of f32 in the time of a cell of plain work. */
const SPEED = 16;

/** H^-1 for the columns of panels that it knows, H = X^T diag(h) X + diag(ridge). */
export interface Preconditioner {
  /** Place of each column among those that it knows, or -1. */
  readonly places: Int32Array;
  /** How many it knows. */
  readonly size: number;
  /** Makes it that of other columns and weights of the rows. */
  renew(columns: Int32Array, h: Float64Array, ridge: (column: number) => number): Promise<void>;
  /** Room (size) for the vector of the next `solve`. */
  vector(): Float32Array;
  /** Replaces the vector, which is live, by H^-1 of it. */
  solve(): Float32Array;
}

/**
 * @param columns of the panels
 * Cost: for a columns of m rows O(m a^2) to renew and O(a^2) to solve; 4 (m a + a^2) bytes.
 */
export function createPreconditioner(panels: Panels, columns: number): Preconditioner {
  const places = new Int32Array(columns).fill(-1);
  const yielder = createYielder();
  let memory: SharedMemory | undefined;
  let kernel: Kernel | undefined;
  let [size, D] = [0, 0];
  const vector = 1024;
  let L = 0;
  let room: Float32Array = new Float32Array(0);
  return {
    places,
    get size() {
      return size;
    },
    async renew(chosen, h, ridge) {
      size = chosen.length;
      D = (size + 3) & ~3;
      const diagonal = vector + 4 * D;
      L = (diagonal + 4 * D + 63) & ~63;
      const A = L + 4 * D * D;
      memory ??= createMemory();
      kernel ??= kernelOver(compile(readOwn('kernel.wasm')), memory);
      const missing = A + 4 * D * panels.padded - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil((missing * 1.25) / PAGE));
      room = new Float32Array(memory.buffer, vector, D);
      const scaled = new Float32Array(memory.buffer, A, D * panels.padded).fill(0);
      places.fill(-1);
      chosen.forEach((column, p) => {
        places[column] = p;
        panels.writeColumn(column, h, scaled, p * panels.padded);
      });
      for (let p = 0; p < D; p += ROWS) {
        const end = Math.min(D, p + ROWS);
        kernel.rowProducts(A, D, panels.padded, L, p, end);
        if (yielder.isDue(((end - p) * p * panels.padded) / SPEED)) await yielder.yield();
      }
      const H = new Float32Array(memory.buffer, L, D * D);
      const onDiagonal = new Float32Array(memory.buffer, diagonal, D);
      for (let p = 0; p < D; p++) {
        const at = p * D + p;
        H[at]! += p < size ? ridge(chosen[p]!) : 1;
        onDiagonal[p] = H[at]!;
      }
      kernel.factorizeSingle(L, D, diagonal, LEAST_PIVOT);
    },
    vector: () => room.fill(0),
    solve() {
      kernel!.solveSingle(L, D, vector);
      return room;
    },
  };
}
