/** Where what is read goes: the blocks of src/storage/shards.ts. */
import { CODES, D, K, X } from '../../src/source/scan/layout';

/** Address of the first number of a row. */
// @ts-ignore: decorator
@inline
export function numbersOf(job: usize, row: u32): usize {
  return usize(load<u32>(job, X)) + 8 * (usize(row >> 5) * 32 * usize(load<u32>(job, D)) + usize(row & 31));
}

/** Address of the first code of a row. */
// @ts-ignore: decorator
@inline
export function codesOf(job: usize, row: u32): usize {
  return usize(load<u32>(job, CODES)) + 4 * (usize(row >> 5) * 32 * usize(load<u32>(job, K)) + usize(row & 31));
}
