/** 64 bytes at a time: which of them are what, the first in the lowest bit. */

/** Which of them are marked, 16 in each register. */
// @ts-ignore: decorator
@inline
export function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    u64(i8x16.bitmask(a)) |
    (u64(i8x16.bitmask(b)) << 16) |
    (u64(i8x16.bitmask(c)) << 32) |
    (u64(i8x16.bitmask(d)) << 48)
  );
}

/** For each bit whether the number of those up to and with it is odd. */
// @ts-ignore: decorator
@inline
export function parities(marks: u64): u64 {
  let odd = marks;
  odd ^= odd << 1;
  odd ^= odd << 2;
  odd ^= odd << 4;
  odd ^= odd << 8;
  odd ^= odd << 16;
  odd ^= odd << 32;
  return odd;
}

/** All ones where the last of 64 bits is one. */
// @ts-ignore: decorator
@inline
export function spread(odd: u64): u64 {
  return u64(i64(odd) >> 63);
}
