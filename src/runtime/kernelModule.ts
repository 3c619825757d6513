/** The kernel (assembly/kernel/), compiled once in a thread. */
import { readOwn } from './files.js';
import { compile, type WasmModule } from './sharedMemory.js';

let module: WasmModule | undefined;

/** May be sent to another thread. */
export function kernelModule(): WasmModule {
  module ??= compile(readOwn('kernel.wasm'));
  return module;
}
