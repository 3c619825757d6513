/** Sums of products of columns, weighted row by row: in the kernel's memory where there is SIMD, or in arrays. */
import { kernelModule } from '../../runtime/kernelModule.js';
import { createMemory, isSimdKnown, PAGE, type SharedMemory } from '../../runtime/sharedMemory.js';
import { COLUMN_BYTES } from '../../storage/narrowLayout.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import { type Kernel, kernelOver } from './kernel.js';

/** H = C^T diag(h) C over the rows of one block after the other. */
export interface Products {
  /**
   * Begins at 0, for `a` columns, of which the rows of H before `from` are not asked for.
   *
   * @returns what is to be written before each block is added: its columns C (a x 32), and weights h (32), 0 past the last
   *   row
   */
  begin(a: number, from: number): { readonly C: Float64Array; readonly h: Float64Array };
  addBlock(): void;
  /** Writes the sums below the diagonal into the rows of `H` (a x a) from `from` on. */
  write(H: Float64Array): void;
}

/** Room is taken as it is needed and kept; one caller at a time. */
export function createProducts(): Products {
  if (!isSimdKnown()) return plainProducts();
  try {
    return kernelProducts(createMemory());
  } catch {
    // no addresses (`ulimit -v`)
    return plainProducts();
  }
}

/** Memory: [h (32) | A (D x 32) | S (D x 32) | H (D x D)], D being a up to a multiple of 4. */
function kernelProducts(memory: SharedMemory): Products {
  const kernel: Kernel = kernelOver(kernelModule(), memory);
  const A = 2 * COLUMN_BYTES;
  let [columns, first, D] = [0, 0, 0];
  const S = () => A + D * COLUMN_BYTES;
  const sums = () => S() + D * COLUMN_BYTES;
  return {
    begin(a, from) {
      [columns, first, D] = [a, from, (a + 3) & ~3];
      const missing = sums() + 8 * D * D - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      const { buffer } = memory;
      new Float64Array(buffer, sums(), D * D).fill(0);
      const C = new Float64Array(buffer, A, D * BLOCK_ROWS).fill(0);
      return { C, h: new Float64Array(buffer, COLUMN_BYTES, BLOCK_ROWS) };
    },
    addBlock: () => kernel.addProducts(COLUMN_BYTES, A, S(), D, first, sums()),
    write(H) {
      const found = new Float64Array(memory.buffer, sums(), D * D);
      for (let p = first; p < columns; p++) H.set(found.subarray(p * D, p * D + p + 1), p * columns);
    },
  };
}

export function plainProducts(): Products {
  let C = new Float64Array(0);
  let found = new Float64Array(0);
  const h = new Float64Array(BLOCK_ROWS);
  const rC = new Float64Array(2 * BLOCK_ROWS);
  let [columns, first] = [0, 0];
  return {
    begin(a, from) {
      [columns, first] = [a, from];
      C = new Float64Array(a * BLOCK_ROWS);
      found = new Float64Array(a * a);
      return { C, h };
    },
    addBlock: () => addTriangle(C, h, columns, first, rC, found),
    write(H) {
      for (let p = first; p < columns; p++) {
        H.set(found.subarray(p * columns, p * columns + p + 1), p * columns);
      }
    },
  };
}

/** H += C^T diag(h) C below the diagonal from a row on, two rows by two columns at a time, which share their loads. */
function addTriangle(
  C: Float64Array,
  h: Float64Array,
  a: number,
  from: number,
  rC: Float64Array,
  H: Float64Array,
): void {
  for (let p = from; p < a; p += 2) {
    const isPair = p + 1 < a;
    for (let i = 0, at = p * BLOCK_ROWS; i < BLOCK_ROWS; i++) {
      rC[i] = h[i]! * C[at + i]!;
      rC[BLOCK_ROWS + i] = isPair ? h[i]! * C[at + BLOCK_ROWS + i]! : 0;
    }
    const last = isPair ? p + 1 : p;
    for (let q = 0; q <= last; q += 2) {
      const at = q * BLOCK_ROWS;
      const hasNext = q + 1 < a;
      let [s00, s01, s10, s11] = [0, 0, 0, 0];
      for (let i = 0; i < BLOCK_ROWS; i++) {
        const [r0, r1] = [rC[i]!, rC[BLOCK_ROWS + i]!];
        const c0 = C[at + i]!;
        const c1 = hasNext ? C[at + BLOCK_ROWS + i]! : 0;
        s00 += r0 * c0;
        s01 += r0 * c1;
        s10 += r1 * c0;
        s11 += r1 * c1;
      }
      H[p * a + q]! += s00;
      if (hasNext) H[p * a + q + 1]! += s01;
      if (!isPair) continue;
      H[(p + 1) * a + q]! += s10;
      if (hasNext) H[(p + 1) * a + q + 1]! += s11;
    }
  }
}
