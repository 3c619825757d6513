/** Texts to a few numbers, for columns of too many. */

/** Most bits of a number. */
export const MOST_BITS = 20;

/** Constants of MurmurHash3_x86_32. */
export const MURMUR = {
  ofWords: [0xcc9e2d51, 0x1b873593],
  added: 0xe6546b64,
  ofEnd: [0x85ebca6b, 0xc2b2ae35],
} as const;

const encoder = new TextEncoder();

/** A number from 0 to 2^bits - 1 of the bytes of a text in UTF-8: the lowest bits of their hash. */
export function bucketOf(text: string, bits: number): number {
  return murmur3(encoder.encode(text)) & (2 ** bits - 1);
}

/**
 * A hash of 32 bits, the one that ClickHouse calls murmurHash3_32: whoever has it can compute a term.
 *
 * Source: MurmurHash3_x86_32 by Appleby, with the seed 0.
 */
function murmur3(bytes: Uint8Array): number {
  let h = 0;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    h ^= mixed(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    h = Math.imul((h << 13) | (h >>> 19), 5) + MURMUR.added;
  }
  // the bytes that are left, the first one lowest; 0 of none leaves h as it is
  let rest = 0;
  for (let last = bytes.length; last-- > i; ) rest = (rest << 8) | bytes[last]!;
  h ^= mixed(rest) ^ bytes.length;
  h = Math.imul(h ^ (h >>> 16), MURMUR.ofEnd[0]);
  h = Math.imul(h ^ (h >>> 13), MURMUR.ofEnd[1]);
  return h ^ (h >>> 16);
}

function mixed(word: number): number {
  const k = Math.imul(word, MURMUR.ofWords[0]);
  return Math.imul((k << 15) | (k >>> 17), MURMUR.ofWords[1]);
}
