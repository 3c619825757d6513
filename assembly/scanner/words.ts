/** Eight bytes at a time: which of them are what. The first byte is the lowest of the word. */

const ONES: u64 = 0x0101010101010101;
export const HIGHS: u64 = 0x8080808080808080;

/** The high bit of every zero byte up to and including the first one; places after it may be wrong. */
export function zerosIn(word: u64): u64 {
  return (word - ONES) & ~word & HIGHS;
}

/** Place of the first marked byte, in bytes. */
export function firstOf(marks: u64): usize {
  return usize(ctz(marks) >> 3);
}

/** The first n bytes of a word, n from 1 to 8; the others are zeros. */
export function headOf(word: u64, n: usize): u64 {
  return word & (u64.MAX_VALUE >> u64(64 - 8 * n));
}
