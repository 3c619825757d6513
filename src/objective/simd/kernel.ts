/** The SIMD kernel (assembly/kernel/, built to dist/kernel.wasm) as the rest of the program sees it. */
import { instantiate, type SharedMemory, type WasmModule } from '../../runtime/sharedMemory.js';

/** A byte offset into the memory of a kernel, a multiple of 16; 0 for none. */
type Pointer = number;

export interface Kernel {
  /** Writes constants, `TABLE_BYTES` of them, which the other functions take as `table`. */
  writeTable(table: Pointer): void;
  evaluate(
    rows: number,
    d: number,
    k: number,
    size: number,
    forms: Pointer,
    X: Pointer,
    codes: Pointer,
    y: Pointer,
    c: Pointer,
    w: Pointer,
    starts: Pointer,
    c0: number,
    c1: number,
    isWeighted: boolean,
    table: Pointer,
    slot: Pointer,
    scratch: Pointer,
  ): void;
  evaluateFolds(
    rows: number,
    d: number,
    k: number,
    size: number,
    forms: Pointer,
    X: Pointer,
    codes: Pointer,
    y: Pointer,
    c: Pointer,
    folds: Pointer,
    problems: Pointer,
    starts: Pointer,
    isWeighted: boolean,
    table: Pointer,
    slot: Pointer,
    stride: number,
    room: Pointer,
  ): void;
  hessian(
    rows: number,
    d: number,
    k: number,
    forms: Pointer,
    X: Pointer,
    codes: Pointer,
    y: Pointer,
    c: Pointer,
    w: Pointer,
    mu: Pointer,
    starts: Pointer,
    problem: Pointer,
    folds: Pointer,
    table: Pointer,
    width: number,
    H: Pointer,
    room: Pointer,
  ): void;
  /** Writes the blocks of a shard as `addBand` and `addLevels` take them, as many shards as there are slots. */
  curvedBlocks(
    rows: number,
    d: number,
    k: number,
    forms: Pointer,
    X: Pointer,
    codes: Pointer,
    y: Pointer,
    c: Pointer,
    w: Pointer,
    mu: Pointer,
    starts: Pointer,
    problem: Pointer,
    folds: Pointer,
    table: Pointer,
    slot: Pointer,
    room: Pointer,
  ): void;
  /** Adds rows `from` to `to` of the Hessian, those of D columns, to H. */
  addBand(
    slots: Pointer,
    slotBytes: number,
    count: number,
    D: number,
    from: number,
    to: number,
    width: number,
    H: Pointer,
  ): void;
  /** Adds the rows of the levels of factor f to H. */
  addLevels(
    f: number,
    slots: Pointer,
    slotBytes: number,
    count: number,
    d: number,
    k: number,
    starts: Pointer,
    width: number,
    H: Pointer,
  ): void;
  /** Adds A^T diag(h) A of a block to H (D x D), on and below the diagonal from a row on; S is room. */
  addProducts(h: Pointer, A: Pointer, S: Pointer, D: number, from: number, H: Pointer): void;
  /** Adds `count` numbers of each of `slots` slots, `slotBytes` apart, in their order to as many at `total`. */
  addSlots(first: Pointer, slotBytes: number, slots: number, total: Pointer, count: number): void;
  /** Puts e^-a in the place of an even count of numbers a >= 0. */
  expInPlace(a: Pointer, count: number, table: Pointer): void;
  /** Puts log(1 + x) in the place of an even count of numbers x >= 0. */
  log1pInPlace(x: Pointer, count: number, table: Pointer): void;
}

/** The kernel over one memory. */
export function kernelOver(module: WasmModule, memory: SharedMemory): Kernel {
  return instantiate(module, memory) as Kernel;
}
