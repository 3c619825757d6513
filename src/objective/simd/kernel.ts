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
  /** Copies the panels of some columns of f32, by a list (u32), one behind the other. */
  gatherPanels(X: Pointer, panels: number, columns: number, list: Pointer, count: number, to: Pointer): void;
  /** t = X q over columns of f32 in panels. */
  panelProduct(X: Pointer, panels: number, columns: number, q: Pointer, t: Pointer): void;
  /** p = X^T t; lanes (columns x 4) are room. */
  panelTransposed(X: Pointer, panels: number, columns: number, t: Pointer, lanes: Pointer, p: Pointer): void;
  /** p = X^T t for `count` vectors t at once; lanes (count x TILE x 4) are room. */
  panelsTransposed(
    X: Pointer,
    panels: number,
    columns: number,
    t: Pointer,
    count: number,
    lanes: Pointer,
    p: Pointer,
  ): void;
  /** p = X^T diag(h) X q over the first `count` columns; t (32) and lanes are room. */
  panelNormal(
    X: Pointer,
    panels: number,
    columns: number,
    count: number,
    h: Pointer,
    q: Pointer,
    t: Pointer,
    lanes: Pointer,
    p: Pointer,
  ): void;
  /** Rows of H = A A^T below the diagonal, for D rows of n numbers of f32, both multiples of 4, from one to another. */
  rowProducts(A: Pointer, D: number, n: number, H: Pointer, from: number, to: number): void;
  /** L in the place of H, whose diagonal is given; pivots are at least a share of it. */
  factorizeSingle(H: Pointer, D: number, diagonal: Pointer, least: number): void;
  /** z <- (L L^T)^-1 z. */
  solveSingle(L: Pointer, D: number, z: Pointer): void;
}

/** The kernel over one memory. */
export function kernelOver(module: WasmModule, memory: SharedMemory): Kernel {
  return instantiate(module, memory) as Kernel;
}
