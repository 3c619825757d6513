/**
 * WebAssembly memory that threads share, and the modules that work on it.
 *
 * WebAssembly is described here as far as it is used: the types of the language do not know it, and those of
 * browsers know too much else.
 */

/** Memory that a thread may be sent, which then sees what others write. */
export interface SharedMemory {
  /** As long as the memory is now; buffers taken earlier stay good for their part. */
  readonly buffer: SharedArrayBuffer;
  /** Adds pages. @throws RangeError when there are no more */
  grow(pages: number): number;
}

/** A compiled module; may be sent to another thread. */
export type WasmModule = object;

/** Bytes of a page. */
export const PAGE = 1 << 16;
/** A WebAssembly memory ends at 4 GiB. */
export const MOST_PAGES = 1 << 16;

type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: Imports) => { readonly exports: unknown };
}

function api(): WebAssemblyApi | undefined {
  return (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
}

/** A module with a shared memory and a function that returns f64x2.abs(i8x16.splat(0)). */
const PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x05, 0x04, 0x01, 0x03, 0x01, 0x01],
  ...[0x0a, 0x0b, 0x01, 0x09, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0xec, 0x01, 0x0b],
);

/** Whether modules with SIMD and a shared memory are known here. */
export function isSimdKnown(): boolean {
  return api()?.validate(PROBE) ?? false;
}

/** What is not written to costs nothing but addresses, gigabytes of them. @throws RangeError where there is no room */
export function createMemory(mostPages = MOST_PAGES): SharedMemory {
  return new (api()!.Memory)({ initial: 1, maximum: mostPages, shared: true });
}

/** @throws Error called CompileError for instructions that are not known */
export function compile(bytes: Uint8Array): WasmModule {
  return new (api()!.Module)(bytes);
}

/** Makes a module work on `memory`; it takes no room of its own. */
export function instantiate(module: WasmModule, memory: SharedMemory, imports: Imports = {}): unknown {
  return new (api()!.Instance)(module, { env: { memory }, ...imports }).exports;
}
