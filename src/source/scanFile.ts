/** The file of the scanner, as the build put it beside the code. */
import { readFileSync } from 'node:fs';

/**
 * Compiles the scanner; undefined where its instructions are not known. The bundle lies where its
 * `import.meta.url` says that modules of src/ do.
 */
export function compileScan(): WebAssembly.Module | undefined {
  const bytes = readFileSync(new URL('../../scan.wasm', import.meta.url));
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    if ((error as Error).name === 'CompileError') return undefined;
    throw error;
  }
}
