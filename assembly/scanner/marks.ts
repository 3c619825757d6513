/** Where cells end, found ahead of what is in them: then no cell has to wait for the end of the one before. */
import { HAS_QUOTES, MARK_SPAN, MARKS } from '../../src/source/scan/layout';
import { bits, parities, spread } from './bits';

const QUOTE: u8 = 0x22;
const LF: u8 = 0x0a;
const CR: u8 = 0x0d;

/**
 * Stores the addresses (u32) of the delimiters and line feeds in [start, end), but for those in quotes, at MARKS: up to
 * `MARK_SPAN` bytes, or to a line end that is no end of a row, or that is a CR alone. `start` is where a cell begins.
 *
 * Quotes are told by their parity: who reads the cells sees whether they stand where they may. 64 bytes after `end` can
 * be read. Stores whether there are any at HAS_QUOTES.
 *
 * @returns the address after the last one stored
 */
export function markCells(job: usize, start: usize, end: usize, delimiter: u32): usize {
  const delimiters = i8x16.splat(i8(delimiter));
  const feed = i8x16.splat(LF);
  const carriage = i8x16.splat(CR);
  const quote = i8x16.splat(QUOTE);
  const stop = min(end, start + usize(MARK_SPAN));
  let to = usize(load<u32>(job, MARKS));
  // all ones within quotes
  let within: u64 = 0;
  let quoted: u64 = 0;
  for (let p = start; p < stop; p += 64) {
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);
    const feeds = bits(i8x16.eq(a, feed), i8x16.eq(b, feed), i8x16.eq(c, feed), i8x16.eq(d, feed));
    let marks = feeds | bits(
      i8x16.eq(a, delimiters),
      i8x16.eq(b, delimiters),
      i8x16.eq(c, delimiters),
      i8x16.eq(d, delimiters),
    );
    let carriages = bits(i8x16.eq(a, carriage), i8x16.eq(b, carriage), i8x16.eq(c, carriage), i8x16.eq(d, carriage));
    let quotes = bits(i8x16.eq(a, quote), i8x16.eq(b, quote), i8x16.eq(c, quote), i8x16.eq(d, quote));
    if (p + 64 > stop) {
      const valid = u64.MAX_VALUE >> u64(64 - (stop - p));
      marks &= valid;
      carriages &= valid;
      quotes &= valid;
    }
    if ((carriages | quotes | within) !== 0) {
      const inside = parities(quotes) ^ within;
      const after = (feeds >> 1) | (u64(load<u8>(p, 64) === LF) << 63);
      if ((((marks & feeds) | carriages) & inside) !== 0 || (carriages & ~after) !== 0) break;
      within = spread(inside);
      quoted |= quotes;
      marks &= ~inside;
    }
    const next = to + 4 * usize(popcnt(marks));
    // four at a time: those past the last are overwritten, or never looked at
    while (marks !== 0) {
      store<u32>(to, u32(p) + u32(ctz(marks)));
      marks &= marks - 1;
      store<u32>(to, u32(p) + u32(ctz(marks)), 4);
      marks &= marks - 1;
      store<u32>(to, u32(p) + u32(ctz(marks)), 8);
      marks &= marks - 1;
      store<u32>(to, u32(p) + u32(ctz(marks)), 12);
      marks &= marks - 1;
      to += 16;
    }
    to = next;
  }
  store<u32>(job, u32(quoted !== 0), HAS_QUOTES);
  return to;
}
