/** Whether quotes stand only where they may: around a whole cell, or doubled within one. */
import { AFTER_CLOSING, AFTER_END, OUT_OF_ORDER, WITHIN } from '../../src/source/scan/layout';
import { bits, parities, spread } from './bits';

const QUOTE: u8 = 0x22;
const LF: u8 = 0x0a;
const CR: u8 = 0x0d;

/**
 * Looks at the quotes of [start, end). Those that stand there an odd number of times open a cell, or are the second of
 * two; before them is the end of another cell, or a quote. The others close one, or are the first of two: after them is
 * its end, or a quote.
 *
 * 64 bytes after `end` can be read.
 *
 * @param state what is known of the bytes before `start`
 * @returns the same of those before `end`, or OUT_OF_ORDER
 */
export function orderOfQuotes(start: usize, end: usize, delimiter: u32, state: u32): u32 {
  const delimiters = i8x16.splat(i8(delimiter));
  const feed = i8x16.splat(LF);
  const carriage = i8x16.splat(CR);
  const quote = i8x16.splat(QUOTE);
  // all ones within quotes
  let within: u64 = (state & WITHIN) !== 0 ? u64.MAX_VALUE : 0;
  // of the byte before, in the lowest bit
  let isAfterEnd: u64 = u64((state & AFTER_END) !== 0);
  let isAfterClosing: u64 = u64((state & AFTER_CLOSING) !== 0);
  for (let p = start; p < end; p += 64) {
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);
    const qa = i8x16.eq(a, quote);
    const qb = i8x16.eq(b, quote);
    const qc = i8x16.eq(c, quote);
    const qd = i8x16.eq(d, quote);
    let quotes = bits(qa, qb, qc, qd);
    const ends = bits(
      v128.or(v128.or(i8x16.eq(a, delimiters), qa), v128.or(i8x16.eq(a, feed), i8x16.eq(a, carriage))),
      v128.or(v128.or(i8x16.eq(b, delimiters), qb), v128.or(i8x16.eq(b, feed), i8x16.eq(b, carriage))),
      v128.or(v128.or(i8x16.eq(c, delimiters), qc), v128.or(i8x16.eq(c, feed), i8x16.eq(c, carriage))),
      v128.or(v128.or(i8x16.eq(d, delimiters), qd), v128.or(i8x16.eq(d, feed), i8x16.eq(d, carriage))),
    );
    const count = min(end - p, 64);
    const valid = u64.MAX_VALUE >> u64(64 - count);
    quotes &= valid;
    const inside = parities(quotes) ^ within;
    const opening = quotes & inside;
    const closing = quotes & ~inside;
    const wrong = (opening & ~((ends << 1) | isAfterEnd)) | (((closing << 1) | isAfterClosing) & ~ends);
    if ((wrong & valid) !== 0) return OUT_OF_ORDER;
    within = spread(inside);
    isAfterEnd = (ends >> u64(count - 1)) & 1;
    isAfterClosing = (closing >> u64(count - 1)) & 1;
  }
  return (u32(within) & WITHIN) | (u32(isAfterEnd) * AFTER_END) | (u32(isAfterClosing) * AFTER_CLOSING);
}
