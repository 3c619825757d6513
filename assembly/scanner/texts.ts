/**
 * The texts of one column, coded by first appearance: an open hash table over bytes.
 *
 * src/source/scan/layout.ts says how a table lies in the memory; slots hold the number of an entry from 1, or 0.
 *
 * A text that means a missing cell is an entry with code -1. Texts lie padded with zeros to whole words.
 */
import {
  ENTRIES,
  ENTRY_BYTES,
  FIRST_ENTRY,
  MASK,
  NEXT_CODE,
  RECENT,
  RECENT_BITS,
  RECENT_BYTES,
  ROOM,
  SLOTS,
  TEXTS_END,
  TEXTS_LIMIT,
} from '../../src/source/scan/layout';
import { bytesBefore } from './digits';
import { isNumber } from './number';
import { HIGHS, headOf, zerosIn } from './words';

export const MISSING: i32 = -1;
/** A text that only csv-parse may judge: no UTF-8, or with blanks around it that are not ASCII. */
export const NOT_PLAIN: i32 = -2;
/** The table has no room for one more text. */
export const NO_ROOM: i32 = -3;

/** In place of a code: the cell is not known. */
export const UNKNOWN: i32 = -4;

/** Odd, with bits all over: the golden ratio times 2^64. */
const MIX: u64 = 0x9e3779b97f4a7c15;

function hashOf(p: usize, length: usize): u32 {
  let hash: u64 = u64(length);
  let rest = length;
  while (rest > 8) {
    hash = (hash ^ load<u64>(p)) * MIX;
    hash ^= hash >> 32;
    p += 8;
    rest -= 8;
  }
  hash = (hash ^ headOf(load<u64>(p), rest)) * MIX;
  return u32(hash >> 32);
}

function isSame(p: usize, length: usize, text: usize): bool {
  let rest = length;
  while (rest > 8) {
    if (load<u64>(p) !== load<u64>(text)) return false;
    p += 8;
    text += 8;
    rest -= 8;
  }
  return headOf(load<u64>(p), rest) === load<u64>(text);
}

/** Whether the table holds a text, which is not empty. */
export function has(texts: usize, p: usize, length: usize): bool {
  return load<u32>(slotOf(texts, p, length, hashOf(p, length))) !== 0;
}

/** Address of the slot that holds a text, or of the empty one where it belongs. */
function slotOf(texts: usize, p: usize, length: usize, hash: u32): usize {
  const mask = load<u32>(texts);
  const slots = usize(load<u32>(texts, SLOTS));
  const entries = usize(load<u32>(texts, FIRST_ENTRY)) - ENTRY_BYTES;
  let place = hash & mask;
  while (true) {
    const slot = slots + 4 * usize(place);
    const number = load<u32>(slot);
    if (number === 0) return slot;
    const entry = entries + ENTRY_BYTES * usize(number);
    if (load<u32>(entry) === hash && load<u32>(entry, 4) === u32(length)) {
      if (isSame(p, length, usize(load<u32>(entry, 8)))) return slot;
    }
    place = (place + 1) & mask;
  }
}

/**
 * Code of the text [p, p + length), which is trimmed of ASCII blanks; a new text gets the next one.
 *
 * @param numbers doubles that mean a missing cell in any spelling, `count` of them
 * @param scratch address of 8 bytes that may be overwritten
 * @param digits where a number is written without its separators
 * @param separator what may stand between groups of digits, 0 for nothing
 * @returns a code, MISSING, NOT_PLAIN or NO_ROOM
 */
export function codeOf(
  texts: usize,
  p: usize,
  length: usize,
  numbers: usize,
  count: u32,
  scratch: usize,
  tables: usize,
  digits: usize,
  separator: u32,
): i32 {
  if (length === 0) return MISSING;
  const hash = hashOf(p, length);
  const slot = slotOf(texts, p, length, hash);
  const number = load<u32>(slot);
  if (number !== 0) {
    return load<i32>(usize(load<u32>(texts, FIRST_ENTRY)) + ENTRY_BYTES * usize(number - 1), 12);
  }
  if (!isPlainText(p, length)) return NOT_PLAIN;
  const isMissing =
    count > 0 &&
    isNumber(p, p + length, scratch, tables, digits, separator) &&
    isOneOf(load<f64>(scratch), numbers, count);
  return add(texts, p, length, hash, slot, isMissing);
}

/** The code of the cell [from, to), of 1 to `RECENT_WIDTH` bytes, if it was met of late, or UNKNOWN. */
// @ts-ignore: decorator
@inline
export function recentCode(texts: usize, from: usize, to: usize, tables: usize): i32 {
  const bytes = bytesBefore(to, to - from, tables);
  const recent = recentOf(texts, bytes);
  const isIt = i8x16.all_true(i8x16.eq(v128.load(recent), bytes)) && load<u32>(recent, 16) === u32(to - from);
  return isIt ? load<i32>(recent, 20) : UNKNOWN;
}

/** Keeps the code of such a cell. */
export function keepRecent(texts: usize, from: usize, to: usize, tables: usize, code: i32): void {
  const bytes = bytesBefore(to, to - from, tables);
  const recent = recentOf(texts, bytes);
  v128.store(recent, bytes);
  store<u32>(recent, u32(to - from), 16);
  store<i32>(recent, code, 20);
}

// @ts-ignore: decorator
@inline
function recentOf(texts: usize, bytes: v128): usize {
  const hash = ((u64(i64x2.extract_lane(bytes, 0)) * MIX) ^ u64(i64x2.extract_lane(bytes, 1))) * MIX;
  return texts + RECENT + usize(hash >> (64 - RECENT_BITS)) * RECENT_BYTES;
}

/** Adds a text that means a missing cell; false where there is no room. */
export function addMissing(texts: usize, p: usize, length: usize): bool {
  const hash = hashOf(p, length);
  const slot = slotOf(texts, p, length, hash);
  return load<u32>(slot) !== 0 || add(texts, p, length, hash, slot, true) === MISSING;
}

function add(texts: usize, p: usize, length: usize, hash: u32, slot: usize, isMissing: bool): i32 {
  const entries = load<u32>(texts, ENTRIES);
  const text = usize(load<u32>(texts, TEXTS_END));
  const padded = (length + 7) & ~7;
  if (entries === load<u32>(texts, ROOM)) return NO_ROOM;
  if (padded > usize(load<u32>(texts, TEXTS_LIMIT)) - text) return NO_ROOM;
  // the last word first, so that the zeros of its padding stay
  store<u64>(text + padded - 8, 0);
  memory.copy(text, p, length);
  const entry = usize(load<u32>(texts, FIRST_ENTRY)) + ENTRY_BYTES * usize(entries);
  const code = isMissing ? MISSING : load<i32>(texts, NEXT_CODE);
  store<u32>(entry, hash);
  store<u32>(entry, u32(length), 4);
  store<u32>(entry, u32(text), 8);
  store<i32>(entry, code, 12);
  store<u32>(slot, entries + 1);
  store<u32>(texts, entries + 1, ENTRIES);
  store<u32>(texts, u32(text + padded), TEXTS_END);
  if (!isMissing) store<i32>(texts, code + 1, NEXT_CODE);
  return code;
}

/** Puts every entry into the slots anew, which are all zeros: after they moved. */
export function rehash(texts: usize): void {
  const mask = load<u32>(texts);
  const slots = usize(load<u32>(texts, SLOTS));
  const entries = load<u32>(texts, ENTRIES);
  for (let number: u32 = 1; number <= entries; number++) {
    const entry = usize(load<u32>(texts, FIRST_ENTRY)) + ENTRY_BYTES * usize(number - 1);
    let place = load<u32>(entry) & mask;
    while (load<u32>(slots + 4 * usize(place)) !== 0) place = (place + 1) & mask;
    store<u32>(slots + 4 * usize(place), number);
  }
}

export function isOneOf(value: f64, numbers: usize, count: u32): bool {
  for (let n: u32 = 0; n < count; n++) {
    if (load<f64>(numbers + 8 * usize(n)) === value) return true;
  }
  return false;
}

/** Whether the text is UTF-8 without NUL, U+FFFD, and blanks at its ends that are not ASCII. */
function isPlainText(p: usize, length: usize): bool {
  const end = p + length;
  let at = p;
  let isAscii = true;
  for (; at + 8 <= end; at += 8) {
    const word = load<u64>(at);
    if (zerosIn(word) !== 0) return false;
    if ((word & HIGHS) !== 0) isAscii = false;
  }
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte === 0) return false;
    if (byte >= 0x80) isAscii = false;
  }
  return isAscii || isPlainUtf8(p, end);
}

function isPlainUtf8(p: usize, end: usize): bool {
  let first: u32 = 0;
  let point: u32 = 0;
  for (let at = p; at < end; ) {
    const lead = u32(load<u8>(at));
    let more: usize;
    let least: u32;
    if (lead < 0x80) {
      more = 0;
      point = lead;
      least = 0;
    } else if (lead < 0xc2) {
      return false;
    } else if (lead < 0xe0) {
      more = 1;
      point = lead & 0x1f;
      least = 0x80;
    } else if (lead < 0xf0) {
      more = 2;
      point = lead & 0x0f;
      least = 0x800;
    } else if (lead < 0xf5) {
      more = 3;
      point = lead & 0x07;
      least = 0x10000;
    } else {
      return false;
    }
    if (at + more >= end) return false;
    for (let k: usize = 1; k <= more; k++) {
      const byte = u32(load<u8>(at + k));
      if ((byte & 0xc0) !== 0x80) return false;
      point = (point << 6) | (byte & 0x3f);
    }
    if (point < least || point > 0x10ffff || point === 0xfffd) return false;
    if (point >= 0xd800 && point < 0xe000) return false;
    if (at === p) first = point;
    at += more + 1;
  }
  return !isWideBlank(first) && !isWideBlank(point);
}

/** What JavaScript trims beyond ASCII; all of U+2000 to U+205F for short, since csv-parse judges them anyway. */
function isWideBlank(point: u32): bool {
  return (
    point === 0xa0 ||
    point === 0x1680 ||
    (point >= 0x2000 && point < 0x2060) ||
    point === 0x3000 ||
    point === 0xfeff
  );
}
