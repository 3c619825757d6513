/** Texts to a few numbers, for columns of too many. */

/** Most bits of a number. */
export const MOST_BITS = 20;

/** Of 32 bits. */
export const FNV = { basis: 0x811c9dc5, prime: 0x01000193 } as const;

const encoder = new TextEncoder();

/**
 * A number from 0 to 2^bits - 1 of the bytes of a text in UTF-8.
 *
 * Source: FNV-1a of 32 bits by Fowler, Noll and Vo, folded as they advise.
 */
export function bucketOf(text: string, bits: number): number {
  let h: number = FNV.basis;
  for (const byte of encoder.encode(text)) h = Math.imul(h ^ byte, FNV.prime);
  return ((h >>> bits) ^ h) & (2 ** bits - 1);
}
