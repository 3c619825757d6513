/** The compiled scanner (assembly/scanner/, built to dist/scan.wasm, and to dist/scanComma.wasm for decimal commas) as the rest of the program sees it. */
import { lazily } from '../../lazily.js';
import { readOwn } from '../../runtime/files.js';
import { compile, instantiate, type SharedMemory, type WasmModule } from '../../runtime/sharedMemory.js';
import { type NumberForm, PLAIN_NUMBERS } from '../csv/number.js';

/** What it exports; all arguments are addresses but lengths. */
export interface ScanExports {
  scan(job: number): number;
  readNumber(start: number, out: number, tables: number): number;
  /** Those of assembly/scanner/digits.ts; not 0 where the number has been read. */
  readShort(start: number, end: number, pivot: number, out: number, tables: number): number;
  readLong(start: number, end: number, pivot: number, out: number, tables: number): number;
  addMissing(texts: number, start: number, byteLength: number): number;
  rehash(texts: number): void;
  /** What is known of quotes after [start, end), as assembly/scanner/quotes.ts and layout.ts say. */
  orderOfQuotes(start: number, end: number, delimiter: number, state: number): number;
  /** After the `lines`-th line feed, as assembly/scanner/lines.ts says; `count` takes how many (u32). */
  endOfLines(start: number, end: number, lines: number, count: number): number;
}

/** Undefined where its instructions are not known. */
export function compileScan({ decimal }: NumberForm = PLAIN_NUMBERS): WasmModule | undefined {
  // two programs: to ask for the mark at every number would cost those with points
  return decimal === '.' ? ofPoints() : ofCommas();
}

const ofPoints = lazily(() => compiled('scan.wasm'));
const ofCommas = lazily(() => compiled('scanComma.wasm'));

function compiled(name: 'scan.wasm' | 'scanComma.wasm'): WasmModule | undefined {
  try {
    return compile(readOwn(name));
  } catch (error) {
    if ((error as Error).name === 'CompileError') return undefined;
    throw error;
  }
}

/** Makes it work on `memory`. */
export function instantiateScan(module: WasmModule, memory: SharedMemory): ScanExports {
  const numberOf = (start: number, end: number) => {
    const text = Buffer.from(memory.buffer, start, end - start).toString('latin1');
    return Number(text.replace(',', '.'));
  };
  return instantiate(module, memory, { number: { numberOf } }) as ScanExports;
}
