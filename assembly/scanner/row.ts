/** A row read cell after cell: one with line ends in quotes, or an odd one, whose cells do not end where marks say. */
import {
  C,
  COLUMN_BYTES,
  COLUMNS,
  COLUMNS_END,
  D,
  DELIMITER,
  END,
  FACTOR,
  FULL_TEXTS,
  K,
  NUMBER,
  NUMBERS_COUNT,
  NUMERIC,
  PIVOT,
  PLACE,
  ROW_MISSING,
  TARGET,
  TEXTS,
  WEIGHT,
  Y,
} from '../../src/source/scan/layout';
import { afterLineEnd, endOfCell } from './cells';
import { codesOf, numbersOf } from './places';
import { MISSING, NO_ROOM } from './texts';
import { anyNumber, isMissingNumber, textCell } from './values';

const LF: u32 = 0x0a;
const CR: u32 = 0x0d;

/**
 * Writes the row that begins at `start` as row `row`; stores its missing cells at ROW_MISSING.
 *
 * @returns the address of the next row; 0 where this one is not plain, or where a table of texts has no room, which is
 * stored at FULL_TEXTS then
 */
export function readRow(job: usize, start: usize, row: u32): usize {
  const end = usize(load<u32>(job, END));
  const delimiter = load<u32>(job, DELIMITER);
  const columnsEnd = usize(load<u32>(job, COLUMNS_END));
  const hasMissingNumbers = load<u32>(job, NUMBERS_COUNT) > 0;
  const x = numbersOf(job, row);
  const codes = codesOf(job, row);
  let missing: u32 = 0;
  let p = start;
  store<u32>(job, 0, FULL_TEXTS);
  for (let column = usize(load<u32>(job, COLUMNS)); ; column += COLUMN_BYTES) {
    const kind = load<u32>(column);
    let isMissing = false;
    let q: usize;
    if (kind === NUMERIC || kind === WEIGHT) {
      const out = kind === NUMERIC ? x + usize(load<u32>(column, PLACE)) : usize(load<u32>(job, C)) + 8 * usize(row);
      q = anyNumber(job, p, end, delimiter, out);
      const value = load<f64>(out);
      store<f64>(out, hasMissingNumbers && isMissingNumber(job, value) ? f64.NaN : value - load<f64>(column, PIVOT));
      isMissing = isNaN<f64>(load<f64>(out));
    } else if (kind === FACTOR || kind === TARGET) {
      q = textCell(job, p, end, delimiter, usize(load<u32>(column, TEXTS)));
      const code = load<i32>(job, NUMBER);
      if (kind === FACTOR) store<i32>(codes + usize(load<u32>(column, PLACE)), code);
      else store<f64>(usize(load<u32>(job, Y)) + 8 * usize(row), f64(code));
      isMissing = code === MISSING;
      if (q === 0 && code === NO_ROOM) store<u32>(job, load<u32>(column, TEXTS), FULL_TEXTS);
    } else {
      q = endOfCell(job, p, end, delimiter);
    }
    if (q === 0) break;
    if (isMissing) missing++;
    const next = u32(load<u8>(q));
    if (column + COLUMN_BYTES === columnsEnd) {
      if (next !== LF && next !== CR) break;
      store<u32>(job, missing, ROW_MISSING);
      return afterLineEnd(q);
    }
    if (next !== delimiter) break;
    p = q + 1;
  }
  clearRow(job, row, x, codes);
  return 0;
}

/** Takes back what a row has written: places past the last row hold zeros. */
function clearRow(job: usize, row: u32, x: usize, codes: usize): void {
  for (let j: usize = 0; j < usize(load<u32>(job, D)); j++) store<f64>(x + 256 * j, 0);
  for (let f: usize = 0; f < usize(load<u32>(job, K)); f++) store<i32>(codes + 128 * f, 0);
  store<f64>(usize(load<u32>(job, Y)) + 8 * usize(row), 0);
  const c = usize(load<u32>(job, C));
  if (c !== 0) store<f64>(c + 8 * usize(row), 0);
}

