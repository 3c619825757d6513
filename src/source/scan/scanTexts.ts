/** The tables of texts that the scanner codes columns by; layout.ts says how they lie in the memory. */

import type { BumpAllocator } from '../../runtime/bumpAllocator.js';
import type { SharedMemory } from '../../runtime/sharedMemory.js';
import {
  ENTRIES,
  ENTRY_BYTES,
  FIRST_ENTRY,
  MASK,
  NEXT_CODE,
  ROOM,
  SLOTS,
  TEXT_BYTES,
  TEXTS_END,
  TEXTS_HEADER_BYTES,
  TEXTS_LIMIT,
} from './layout.js';
import type { ScanExports } from './scanModule.js';

const FIRST_ENTRIES = 128;
const FIRST_TEXT_BYTES = 4096;
const GROWTH = 4;

/** Slots for each entry: a table is at most half full. */
const SLOTS_PER_ENTRY = 2;
const SLOT_BYTES = 4;

/** Places in the header, in words. */
const at = (offset: number) => offset >> 2;

/** Makes an empty table; returns its address. */
export function createTexts({ memory, take }: BumpAllocator): number {
  const texts = take(TEXTS_HEADER_BYTES);
  const slots = take(SLOT_BYTES * SLOTS_PER_ENTRY * FIRST_ENTRIES);
  const entries = take(ENTRY_BYTES * FIRST_ENTRIES);
  const bytes = take(FIRST_TEXT_BYTES);
  const header = headerOf(memory, texts);
  header[at(MASK)] = SLOTS_PER_ENTRY * FIRST_ENTRIES - 1;
  header[at(SLOTS)] = slots;
  header[at(ROOM)] = FIRST_ENTRIES;
  header[at(FIRST_ENTRY)] = entries;
  header[at(TEXTS_END)] = bytes;
  header[at(TEXTS_LIMIT)] = bytes + FIRST_TEXT_BYTES;
  header[at(TEXT_BYTES)] = FIRST_TEXT_BYTES;
  return texts;
}

/** Gives a table more room of what it lacks; codes and texts stay as they are. */
export function growTexts(bump: BumpAllocator, exports: ScanExports, texts: number): void {
  const header = headerOf(bump.memory, texts);
  if (header[at(ENTRIES)] === header[at(ROOM)]) growEntries(bump, exports, texts);
  else growBytes(bump, texts);
}

function growEntries({ memory, take }: BumpAllocator, { rehash }: ScanExports, texts: number): void {
  const before = headerOf(memory, texts).slice();
  const room = GROWTH * before[at(ROOM)]!;
  const slots = take(SLOT_BYTES * SLOTS_PER_ENTRY * room);
  const entries = take(ENTRY_BYTES * room);
  new Uint8Array(memory.buffer).copyWithin(
    entries,
    before[at(FIRST_ENTRY)]!,
    before[at(FIRST_ENTRY)]! + ENTRY_BYTES * before[at(ENTRIES)]!,
  );
  const header = headerOf(memory, texts);
  header[at(MASK)] = SLOTS_PER_ENTRY * room - 1;
  header[at(SLOTS)] = slots;
  header[at(ROOM)] = room;
  header[at(FIRST_ENTRY)] = entries;
  rehash(texts);
}

/** Texts so far stay where they are: entries hold their addresses. */
function growBytes({ memory, take }: BumpAllocator, texts: number): void {
  const byteLength = GROWTH * headerOf(memory, texts)[at(TEXT_BYTES)]!;
  const bytes = take(byteLength);
  const header = headerOf(memory, texts);
  header[at(TEXT_BYTES)] = byteLength;
  header[at(TEXTS_END)] = bytes;
  header[at(TEXTS_LIMIT)] = bytes + byteLength;
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
  if (header[at(NEXT_CODE)] === list.texts.length) return;
  const words = new Int32Array(memory.buffer);
  for (; list.entries < header[at(ENTRIES)]!; list.entries++) {
    const entry = (header[at(FIRST_ENTRY)]! + ENTRY_BYTES * list.entries) >>> 2;
    const [byteLength, address, code] = [words[entry + 1]!, words[entry + 2]! >>> 0, words[entry + 3]!];
    if (code >= 0) list.texts.push(Buffer.from(memory.buffer, address, byteLength).toString());
  }
}

function headerOf(memory: SharedMemory, texts: number): Uint32Array {
  return new Uint32Array(memory.buffer, texts, TEXTS_HEADER_BYTES >> 2);
}
