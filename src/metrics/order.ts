/** The order of probabilities, without moving them. */

const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;
/** Below this, counting digits is more work than comparing. */
const FEW = 1 << 12;

/**
 * Indices of the entries of `p` from the least to the greatest.
 *
 * @param p numbers, 0 or more: their bits as integers are in their order (m)
 * @returns a permutation of [0, m)
 * Cost: a radix sort, four passes over m at most; 8 bytes a row while it runs, 4 of which are the result.
 */
export function ascendingOrder(p: Float64Array): Uint32Array {
  const m = p.length;
  let order = Uint32Array.from({ length: m }, (_, i) => i);
  if (m < FEW) return order.sort((a, b) => p[a]! - p[b]!);
  // the low half of each double comes first on every machine that node runs on
  const digits = new Uint16Array(p.buffer, p.byteOffset, 4 * m);
  let other = new Uint32Array(m);
  const starts = new Uint32Array(DIGITS);
  for (let digit = 0; digit < 4; digit++) {
    starts.fill(0);
    for (let i = digit; i < digits.length; i += 4) starts[digits[i]!]!++;
    // all rows in one place: nothing to do
    if (starts[digits[digit]!] === m) continue;
    let start = 0;
    for (let value = 0; value < DIGITS; value++) {
      const count = starts[value]!;
      starts[value] = start;
      start += count;
    }
    for (let k = 0; k < m; k++) {
      const i = order[k]!;
      other[starts[digits[4 * i + digit]!]!++] = i;
    }
    [order, other] = [other, order];
  }
  return order;
}
