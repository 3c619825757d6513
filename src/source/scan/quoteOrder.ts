/** Whether quotes are in order, told by their parity at nearly the speed of memory. */
import { lazily } from '../../lazily.js';
import { createMemory } from '../../runtime/sharedMemory.js';
import { AFTER_CLOSING, AFTER_END, OUT_OF_ORDER, WITHIN } from './layout.js';
import { compileScan, instantiateScan, type ScanExports } from './scanModule.js';

/** Bytes that are copied and looked at at once: they stay in the first-level cache. */
const BLOCK_BYTES = 1 << 14;
/** Address of a block; nothing is at 0. */
const BLOCK = 64;

type Finder = Pick<ScanExports, 'orderOfQuotes'>;

/** Where bytes end: within quotes, after the quote that closes a cell or is the first of two, or elsewhere. */
export type QuotesEnd = 'within' | 'closing' | 'outside';

/**
 * Where the bytes end as to quotes, if each of these is around a whole cell or doubled within one. A cell, or what is in
 * its quotes, begins with the first byte; what comes after the last may still turn out to be wrong.
 *
 * @returns undefined where a quote stands where it may not, or nobody can tell
 */
export function endOfQuotes(bytes: Buffer, delimiter: number, isWithin: boolean): QuotesEnd | undefined {
  const before = isWithin ? WITHIN : AFTER_END;
  const state = stateWhereTheyLie(bytes, delimiter, before) ?? stateByBlocks(bytes, delimiter, before);
  if (state === OUT_OF_ORDER) return undefined;
  if ((state & WITHIN) !== 0) return 'within';
  return (state & AFTER_CLOSING) !== 0 ? 'closing' : 'outside';
}

/** Who looks at the bytes of a buffer where they lie: those of the memories of scanners. */
const finders = new WeakMap<ArrayBufferLike, Finder>();

/** Has quotes in a memory found where they lie. @param buffer all of it: that of each of its bytes that are looked at */
export function findQuotesIn(buffer: ArrayBufferLike, finder: Finder): void {
  finders.set(buffer, finder);
}

/** What is known of quotes after the bytes, in the words of layout.ts; undefined where they lie anywhere else. */
function stateWhereTheyLie(
  { buffer, byteOffset, length }: Buffer,
  delimiter: number,
  before: number,
): number | undefined {
  return finders.get(buffer)?.orderOfQuotes(byteOffset, byteOffset + length, delimiter, before);
}

function stateByBlocks(bytes: Buffer, delimiter: number, before: number): number {
  const room = blockRoom();
  if (room === undefined) return OUT_OF_ORDER;
  let state = before;
  for (let at = 0; at < bytes.length && state !== OUT_OF_ORDER; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    room.bytes.set(block, BLOCK);
    state = room.finder.orderOfQuotes(BLOCK, BLOCK + block.length, delimiter, state);
  }
  return state;
}

/** A block, and who looks at it; undefined where this machine cannot. */
const blockRoom = lazily(() => {
  const module = compileScan();
  if (module === undefined) return undefined;
  try {
    const memory = createMemory(1);
    const finder: Finder = instantiateScan(module, memory);
    return { bytes: new Uint8Array(memory.buffer), finder };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
});
