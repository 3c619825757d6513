/** The compiled scanner, as the build put it beside the code. */
import { readFileSync } from 'node:fs';

/** A WebAssembly memory ends at 4 GiB. */
const MOST_PAGES = 1 << 16;

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

/** Memory that it works on; what is not written to costs nothing. @throws RangeError where there is no room */
export function createScanMemory(): WebAssembly.Memory {
  const limits = { initial: 1, maximum: MOST_PAGES, shared: true };
  return new WebAssembly.Memory(limits);
}

/** Makes it work on `memory`, where it takes no room of its own. */
export function instantiateScan(module: WebAssembly.Module, memory: WebAssembly.Memory): ScanExports {
  const numberOf = (start: number, end: number) => {
    return Number(Buffer.from(memory.buffer, start, end - start).toString('latin1'));
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory }, number: { numberOf } });
  return exports as unknown as ScanExports;
}
