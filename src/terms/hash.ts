/** Texts to a few numbers, for columns of too many. */

/** Most bits of a number. */
export const MOST_BITS = 20;

const encoder = new TextEncoder();

/**
 * A number from 0 to 2^bits - 1 of the bytes of a text in UTF-8.
 *
 * Source: FNV-1a of 32 bits by Fowler, Noll and Vo, folded as they advise.
 */
export function bucketOf(text: string, bits: number): number {
  let h = 0x811c9dc5;
  for (const byte of encoder.encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return ((h >>> bits) ^ h) & (2 ** bits - 1);
}
