/** Where rows end, found ahead of what is in them. */
import { bits, parities, spread } from './bits';

const QUOTE: u8 = 0x22;
const LF: u8 = 0x0a;

/**
 * After the `lines`-th line feed of [start, end) that is not within quotes, or after the last where there are fewer. A
 * row begins at `start`; quotes are told by their parity.
 *
 * @param count takes the line feeds up to there, a u32; 64 bytes after `end` can be read
 */
export function endOfLines(start: usize, end: usize, lines: u32, count: usize): usize {
  const feed = i8x16.splat(LF);
  const quote = i8x16.splat(QUOTE);
  let left = lines;
  let after: usize = start;
  // all ones within quotes
  let within: u64 = 0;
  for (let p = start; p < end; p += 64) {
    const a = v128.load(p);
    const b = v128.load(p, 16);
    const c = v128.load(p, 32);
    const d = v128.load(p, 48);
    let feeds = bits(i8x16.eq(a, feed), i8x16.eq(b, feed), i8x16.eq(c, feed), i8x16.eq(d, feed));
    const qa = i8x16.eq(a, quote);
    const qb = i8x16.eq(b, quote);
    const qc = i8x16.eq(c, quote);
    const qd = i8x16.eq(d, quote);
    if (v128.any_true(v128.or(v128.or(qa, qb), v128.or(qc, qd)))) {
      const inside = parities(bits(qa, qb, qc, qd)) ^ within;
      within = spread(inside);
      feeds &= ~inside;
    } else {
      feeds &= ~within;
    }
    // bytes that are none of these; nothing comes after them
    if (p + 64 > end) feeds &= u64.MAX_VALUE >> u64(64 - (end - p));
    const found = u32(popcnt(feeds));
    if (found < left) {
      if (found > 0) after = p + 64 - usize(clz(feeds));
      left -= found;
      continue;
    }
    for (; left > 1; left--) feeds &= feeds - 1;
    after = p + usize(ctz(feeds)) + 1;
    left = 0;
    break;
  }
  store<u32>(count, lines - left);
  return after;
}
