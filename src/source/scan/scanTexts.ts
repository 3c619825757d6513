/** The tables of texts that the scanner codes columns by; assembly/scanner/texts.ts lays them out. */

import type { BumpAllocator } from '../../runtime/bumpAllocator.js';
import type { SharedMemory } from '../../runtime/sharedMemory.js';
import type { ScanExports } from './scanModule.js';

const FIRST_ENTRIES = 128;
const FIRST_TEXT_BYTES = 4096;
const GROWTH = 4;

const HEADER_BYTES = 36;
const ENTRY_BYTES = 16;
/** Slots for each entry: a table is at most half full. */
const SLOTS_PER_ENTRY = 2;
const SLOT_BYTES = 4;

// places of the header, in words
const MASK = 0;
const SLOTS = 1;
const ENTRIES = 2;
const ROOM = 3;
const FIRST_ENTRY = 4;
const TEXTS_END = 5;
const TEXTS_LIMIT = 6;
const NEXT_CODE = 7;
/** Bytes of the newest room for texts: only this side looks at it. */
const TEXT_BYTES = 8;

/** Makes an empty table; returns its address. */
export function createTexts({ memory, take }: BumpAllocator): number {
  const texts = take(HEADER_BYTES);
  const slots = take(SLOT_BYTES * SLOTS_PER_ENTRY * FIRST_ENTRIES);
  const entries = take(ENTRY_BYTES * FIRST_ENTRIES);
  const bytes = take(FIRST_TEXT_BYTES);
  const header = headerOf(memory, texts);
  header[MASK] = SLOTS_PER_ENTRY * FIRST_ENTRIES - 1;
  header[SLOTS] = slots;
  header[ROOM] = FIRST_ENTRIES;
  header[FIRST_ENTRY] = entries;
  header[TEXTS_END] = bytes;
  header[TEXTS_LIMIT] = bytes + FIRST_TEXT_BYTES;
  header[TEXT_BYTES] = FIRST_TEXT_BYTES;
  return texts;
}

/** Gives a table more room of what it lacks; codes and texts stay as they are. */
export function growTexts(bump: BumpAllocator, exports: ScanExports, texts: number): void {
  const header = headerOf(bump.memory, texts);
  if (header[ENTRIES] === header[ROOM]) growEntries(bump, exports, texts);
  else growBytes(bump, texts);
}

function growEntries({ memory, take }: BumpAllocator, { rehash }: ScanExports, texts: number): void {
  const before = headerOf(memory, texts).slice();
  const room = GROWTH * before[ROOM]!;
  const slots = take(SLOT_BYTES * SLOTS_PER_ENTRY * room);
  const entries = take(ENTRY_BYTES * room);
  new Uint8Array(memory.buffer).copyWithin(
    entries,
    before[FIRST_ENTRY]!,
    before[FIRST_ENTRY]! + ENTRY_BYTES * before[ENTRIES]!,
  );
  const header = headerOf(memory, texts);
  header[MASK] = SLOTS_PER_ENTRY * room - 1;
  header[SLOTS] = slots;
  header[ROOM] = room;
  header[FIRST_ENTRY] = entries;
  rehash(texts);
}

/** Texts so far stay where they are: entries hold their addresses. */
function growBytes({ memory, take }: BumpAllocator, texts: number): void {
  const byteLength = GROWTH * headerOf(memory, texts)[TEXT_BYTES]!;
  const bytes = take(byteLength);
  const header = headerOf(memory, texts);
  header[TEXT_BYTES] = byteLength;
  header[TEXTS_END] = bytes;
  header[TEXTS_LIMIT] = bytes + byteLength;
}

/** The texts of a table by code, as far as they were asked for. */
export interface TextList {
  /** Address of the table. */
  readonly table: number;
  /** Text of each code. */
  readonly texts: string[];
  /** Entries looked at so far; those of missing words have no code. */
  entries: number;
}

/** Appends the texts that are new in the table. */
export function takeNewTexts(memory: SharedMemory, list: TextList): void {
  const header = headerOf(memory, list.table);
  if (header[NEXT_CODE] === list.texts.length) return;
  const words = new Int32Array(memory.buffer);
  for (; list.entries < header[ENTRIES]!; list.entries++) {
    const entry = (header[FIRST_ENTRY]! + ENTRY_BYTES * list.entries) >>> 2;
    const [byteLength, address, code] = [words[entry + 1]!, words[entry + 2]! >>> 0, words[entry + 3]!];
    if (code >= 0) list.texts.push(Buffer.from(memory.buffer, address, byteLength).toString());
  }
}

function headerOf(memory: SharedMemory, texts: number): Uint32Array {
  return new Uint32Array(memory.buffer, texts, HEADER_BYTES >> 2);
}
