/** The compiled scanner, as the build put it beside the code. */
import { readFileSync } from 'node:fs';

/** What assembly/scan.ts exports; all arguments are addresses but lengths. */
export interface ScanExports {
  scan(job: number): number;
  readNumber(start: number, out: number, tables: number): number;
  addMissing(texts: number, start: number, byteLength: number): number;
  rehash(texts: number): void;
}

/** Compiles it; the bundle lies where its `import.meta.url` says that modules of src/ do. */
export function compileScan(): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL('../../scan.wasm', import.meta.url)));
}

/** Makes it work on `memory`, where it takes no room of its own. */
export function instantiateScan(module: WebAssembly.Module, memory: WebAssembly.Memory): ScanExports {
  const numberOf = (start: number, end: number) => {
    return Number(Buffer.from(memory.buffer, start, end - start).toString('latin1'));
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory }, number: { numberOf } });
  return exports as unknown as ScanExports;
}
