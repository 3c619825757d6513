/**
 * The SIMD kernel (assembly/kernel.ts, built to dist/kernel.wasm) as the rest of the program sees it.
 *
 * WebAssembly is described here as far as it is used: the types of the language do not know it, and those of
 * browsers know too much else.
 */

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
  ): void;
  hessian(
    rows: number,
    d: number,
    k: number,
    X: Pointer,
    codes: Pointer,
    y: Pointer,
    c: Pointer,
    w: Pointer,
    mu: Pointer,
    starts: Pointer,
    c0: number,
    c1: number,
    table: Pointer,
    width: number,
    H: Pointer,
    room: Pointer,
  ): void;
  /** Puts e^-a in the place of an even count of numbers a >= 0. */
  expInPlace(a: Pointer, count: number, table: Pointer): void;
  /** Puts log(1 + x) in the place of an even count of numbers x >= 0. */
  log1pInPlace(x: Pointer, count: number, table: Pointer): void;
}

/** Bytes of the table at least. */
export const TABLE_BYTES = 4096;

/** The compiled kernel; may be sent to another thread. */
export type KernelModule = object;

/** Memory that threads share: a thread may be sent it, and sees what others write. */
export interface SharedMemory {
  /** As long as the memory is now; buffers taken earlier stay good for their part. */
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

export const PAGE = 1 << 16;
/** A WebAssembly memory ends at 4 GiB. */
export const MOST_PAGES = 1 << 16;

interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<KernelModule>;
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Instance: new (
    module: KernelModule,
    imports: { env: { memory: SharedMemory } },
  ) => { readonly exports: unknown };
}

function api(): WebAssemblyApi | undefined {
  return (globalThis as unknown as { WebAssembly?: WebAssemblyApi }).WebAssembly;
}

/** A module with a shared memory and a function that returns f64x2.abs(i8x16.splat(0)). */
const PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x05, 0x04, 0x01, 0x03, 0x01, 0x01],
  ...[0x0a, 0x0b, 0x01, 0x09, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0xec, 0x01, 0x0b],
);

/** Whether the kernel can run here: SIMD is known, and the address space has room for a memory. */
export function isSimdThere(): boolean {
  if (!(api()?.validate(PROBE) ?? false)) return false;
  try {
    createMemory();
    return true;
  } catch {
    // gigabytes of addresses are set aside for it, which a limit (ulimit -v) may forbid
    return false;
  }
}

export function compileKernel(bytes: Uint8Array): Promise<KernelModule> {
  return api()!.compile(bytes);
}

export function createMemory(): SharedMemory {
  return new (api()!.Memory)({ initial: 1, maximum: MOST_PAGES, shared: true });
}

export function instantiate(module: KernelModule, memory: SharedMemory): Kernel {
  return new (api()!.Instance)(module, { env: { memory } }).exports as Kernel;
}
