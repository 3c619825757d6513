/** What is in a cell. */
import {
  C,
  DELIMITER,
  DIGITS,
  DOUBLED,
  END,
  FACTOR,
  HAS_QUOTES,
  NUMBER,
  NUMBERS,
  NUMBERS_COUNT,
  NUMERIC,
  PIVOT,
  PLACE,
  RECENT_WIDTH,
  SCRATCH,
  SCRATCH_END,
  TABLES,
  TARGET,
  TEXTS,
  THOUSANDS,
  WEIGHT,
  WORDS,
  Y,
} from '../../src/source/scan/layout';
import { copyUnquoted, endOfCell, isBlank, isCellEnd, nextQuote } from './cells';
import { readLong, readShort } from './digits';
import { isNumber, readNumber } from './number';
import { codesOf, numbersOf } from './places';
import { codeOf, has, isOneOf, keepRecent, MISSING, NOT_PLAIN, recentCode, UNKNOWN } from './texts';

const QUOTE: u32 = 0x22;

/** In place of a count of missing cells: the cell is not plain, or not all of the bytes, or has no room. */
const NO_CELL: i32 = -1;

/**
 * Writes what the cell [from, to) holds, whose column is `column`, to row `row`.
 *
 * @returns 1 where it is missing, 0 where it is not, less where it is no such cell
 */
export function readCell(job: usize, column: usize, from: usize, to: usize, row: u32): i32 {
  const kind = load<u32>(column);
  if (kind === NUMERIC || kind === WEIGHT) {
    const out =
      kind === NUMERIC
        ? numbersOf(job, row) + usize(load<u32>(column, PLACE))
        : usize(load<u32>(job, C)) + 8 * usize(row);
    if (!readNumberBetween(job, from, to, out)) return NO_CELL;
    const value = load<f64>(out);
    const isMissing = isNaN<f64>(value) || isMissingNumber(job, value);
    store<f64>(out, isMissing ? f64.NaN : value - load<f64>(column, PIVOT));
    return i32(isMissing);
  }
  if (kind === FACTOR || kind === TARGET) {
    const texts = usize(load<u32>(column, TEXTS));
    const tables = usize(load<u32>(job, TABLES));
    const isShort = to - from - 1 < usize(RECENT_WIDTH);
    let code = isShort ? recentCode(texts, from, to, tables) : UNKNOWN;
    if (code === UNKNOWN) {
      code = codeBetween(job, from, to, texts);
      if (code < MISSING) return NO_CELL;
      if (isShort) keepRecent(texts, from, to, tables, code);
    }
    if (kind === FACTOR) store<i32>(codesOf(job, row) + usize(load<u32>(column, PLACE)), code);
    else store<f64>(usize(load<u32>(job, Y)) + 8 * usize(row), f64(code));
    return i32(code === MISSING);
  }
  return endsThere(job, from, to) ? 0 : NO_CELL;
}

/** Whether a cell that begins at `from` ends at `to`, and not sooner at a quote. */
function endsThere(job: usize, from: usize, to: usize): bool {
  if (load<u32>(job, HAS_QUOTES) === 0) return true;
  return endOfCell(job, from, usize(load<u32>(job, END)), load<u32>(job, DELIMITER)) === to;
}

/** The code of the text in the cell [from, to); less than MISSING where it is no such cell, or has no room. */
function codeBetween(job: usize, from: usize, to: usize, texts: usize): i32 {
  if (load<u32>(job, HAS_QUOTES) === 0) return trimmedCode(job, from, to, texts);
  if (isSimplyQuoted(from, to)) return trimmedCode(job, from + 1, to - 1, texts);
  const end = textCell(job, from, usize(load<u32>(job, END)), load<u32>(job, DELIMITER), texts);
  return end === to ? load<i32>(job, NUMBER) : NOT_PLAIN;
}

/** Whether a cell has a quote at its start, one at its end, and none between. */
function isSimplyQuoted(from: usize, to: usize): bool {
  return u32(load<u8>(from)) === QUOTE && nextQuote(from + 1, to) === to - 1;
}

/** Stores the double of the number [from, to) at `out`, NaN when it is missing; false where it is not plain. */
function readNumberBetween(job: usize, from: usize, to: usize, out: usize): bool {
  const tables = usize(load<u32>(job, TABLES));
  if (readPlain(from, to, out, tables)) return true;
  if (u32(load<u8>(from)) === QUOTE && u32(load<u8>(to - 1)) === QUOTE) {
    if (readPlain(from + 1, to - 1, out, tables)) return true;
  }
  return anyNumber(job, from, usize(load<u32>(job, END)), load<u32>(job, DELIMITER), out) === to;
}

/** Stores the double of digits with or without a point, that are all of [start, end); false for anything else. */
function readPlain(start: usize, end: usize, out: usize, tables: usize): bool {
  return readShort(start, end, 0, out, tables) || readLong(start, end, 0, out, tables);
}

/** Whether a number means a missing cell. */
export function isMissingNumber(job: usize, value: f64): bool {
  return isOneOf(value, usize(load<u32>(job, NUMBERS)), load<u32>(job, NUMBERS_COUNT));
}

/**
 * The text of a cell: stores its code at NUMBER.
 *
 * @returns the byte after the cell, 0 where it is not plain or has no room
 */
export function textCell(job: usize, p: usize, end: usize, delimiter: u32, texts: usize): usize {
  const q = endOfCell(job, p, end, delimiter);
  store<i32>(job, NOT_PLAIN, NUMBER);
  if (q === 0) return 0;
  let start = p;
  let stop = q;
  if (load<u8>(p) === QUOTE) {
    start++;
    stop--;
    if (load<u32>(job, DOUBLED) !== 0) {
      const scratch = usize(load<u32>(job, SCRATCH));
      if (stop - start > usize(load<u32>(job, SCRATCH_END)) - scratch) return 0;
      stop = copyUnquoted(start, stop, scratch);
      start = scratch;
    }
  }
  const code = trimmedCode(job, start, stop, texts);
  store<i32>(job, code, NUMBER);
  return code < MISSING ? 0 : q;
}

/** The code of a text that may have blanks around it. */
export function trimmedCode(job: usize, start: usize, stop: usize, texts: usize): i32 {
  while (start < stop && isBlank(load<u8>(start))) start++;
  while (start < stop && isBlank(load<u8>(stop - 1))) stop--;
  return codeOf(
    texts,
    start,
    stop - start,
    usize(load<u32>(job, NUMBERS)),
    load<u32>(job, NUMBERS_COUNT),
    job + NUMBER,
    usize(load<u32>(job, TABLES)),
    usize(load<u32>(job, DIGITS)),
    load<u32>(job, THOUSANDS),
  );
}

/**
 * The number of a cell, however long: stores its double at `out`, NaN when it is missing.
 *
 * @returns the byte after the cell, 0 where it is not plain
 */
export function anyNumber(job: usize, p: usize, end: usize, delimiter: u32, out: usize): usize {
  const isQuoted = u32(load<u8>(p)) === QUOTE;
  let q = readNumber(p + usize(isQuoted), out, usize(load<u32>(job, TABLES)));
  if (isQuoted && q !== 0) q = load<u8>(q) === QUOTE ? q + 1 : 0;
  return isCellEnd(q, delimiter) ? q : unusualNumber(job, p, end, delimiter, out);
}

/**
 * A cell that is no bare number: one with blanks around, or a missing one; stores its double at `out`, NaN
 * when it is missing.
 *
 * @returns the byte after the cell, 0 where it is not plain
 */
function unusualNumber(job: usize, p: usize, end: usize, delimiter: u32, out: usize): usize {
  const q = endOfCell(job, p, end, delimiter);
  store<f64>(out, 0);
  if (q === 0) return 0;
  let start = p;
  let stop = q;
  if (load<u8>(p) === QUOTE) {
    // what is neither a number nor, as written, a missing word
    if (load<u32>(job, DOUBLED) !== 0) return 0;
    start++;
    stop--;
  }
  while (start < stop && isBlank(load<u8>(start))) start++;
  while (start < stop && isBlank(load<u8>(stop - 1))) stop--;
  if (start === stop) {
    store<f64>(out, f64.NaN);
    return q;
  }
  const tables = usize(load<u32>(job, TABLES));
  if (isNumber(start, stop, out, tables, usize(load<u32>(job, DIGITS)), load<u32>(job, THOUSANDS))) return q;
  if (!has(usize(load<u32>(job, WORDS)), start, stop - start)) return 0;
  store<f64>(out, f64.NaN);
  return q;
}
