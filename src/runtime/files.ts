/** The files that the build puts beside the program. */
import { readFileSync } from 'node:fs';

export type OwnFile =
  | 'kernel.wasm'
  | 'scan.wasm'
  | 'scanComma.wasm'
  | 'worker.cjs'
  | 'report.js'
  | 'report.css';

/** Where a bundled command lies; the build defines it at the top of each. */
declare const BUNDLE_FOLDER: URL | undefined;

/** A bundle lies among them, a module of the library two folders below. */
const folder = typeof BUNDLE_FOLDER === 'undefined' ? new URL('../../', import.meta.url) : BUNDLE_FOLDER;

export function locate(file: OwnFile): URL {
  return new URL(file, folder);
}

export function readOwn(file: OwnFile): Buffer {
  return readFileSync(locate(file));
}
