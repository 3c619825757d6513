/** What the kernel does to the columns of a shard where they lie: narrow forms (assembly/kernel/narrow.ts), moments. */
import { kernelModule } from '../runtime/kernelModule.js';
import { instantiate, isSimdKnown, type SharedMemory } from '../runtime/sharedMemory.js';
import { FORM_BYTES, FORMS_HEAD_BYTES } from './narrowLayout.js';

/** A byte offset into the memory, a multiple of 16. */
type Pointer = number;

export interface Codec {
  /**
   * Writes the forms of a shard (`formsBytes`), and its columns in them; any thread may do so for itself.
   *
   * @param X doubles (blocks x d x 32)
   * @param ranges of its columns, as `ranges` writes them
   * @param to takes as many bytes as the doubles at most
   * @param room overwritten (`roomBytes`)
   * @returns bytes written at `to`
   */
  encode(
    X: Pointer,
    blocks: number,
    d: number,
    ranges: Pointer,
    forms: Pointer,
    to: Pointer,
    room: Pointer,
  ): number;
  /** Writes the doubles (blocks x d x 32), the same bits as they were. */
  decode(forms: Pointer, from: Pointer, blocks: number, d: number, X: Pointer): void;
  /** Least and greatest values of each column (2 d), as `ColumnLoops` says. */
  ranges(X: Pointer, rows: number, d: number, out: Pointer): void;
  /** Sums of deviations and of their squares (2 d), as `ColumnLoops` says; `scale` (2 d). */
  deviations(X: Pointer, rows: number, d: number, scale: Pointer, out: Pointer): void;
}

/** Bytes of the forms of d columns. */
export function formsBytes(d: number): number {
  return FORMS_HEAD_BYTES + FORM_BYTES * d;
}

/** Bytes of the ranges of d columns. */
export function rangesBytes(d: number): number {
  return 16 * d;
}

/** Bytes that encoding d columns takes for itself. */
export function roomBytes(d: number): number {
  return FORM_BYTES * d;
}

/** Whether there is a codec here. */
export const isCodecKnown = isSimdKnown;

/** The compiled kernel, which may be sent to another thread. */
export { kernelModule as codecModule };

export function codecOver(memory: SharedMemory, compiled = kernelModule()): Codec {
  return instantiate(compiled, memory) as Codec;
}
