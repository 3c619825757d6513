/**
 * The byte scanner: rows of a CSV in, numbers and codes out, in the blocks of src/storage/shards.ts.
 *
 * The memory is imported and nothing of it is taken by the module itself: the caller lays out every table
 * and hands in the address of a job, so that one memory may hold scanners, kernels and shards side by side.
 *
 * src/source/scan/layout.ts says how a job and the columns lie there.
 */
import {
  ALL_MISSING,
  C,
  CODES,
  COLUMNS,
  COLUMNS_END,
  COLUMN_BYTES,
  D,
  DELIMITER,
  DIGITS,
  DONE,
  DOUBLED,
  END,
  FACTOR,
  FULL,
  FULL_TEXTS,
  K,
  LINE,
  LINES,
  MISSING_CELLS,
  NUMBER,
  NUMBERS,
  NUMBERS_COUNT,
  NUMERIC,
  PIVOT,
  PLACE,
  ROW,
  ROWS,
  ROW_NOT_PLAIN,
  SCRATCH,
  SCRATCH_END,
  TABLES,
  TARGET,
  TEXTS,
  TEXTS_FULL,
  THOUSANDS,
  WEIGHT,
  WORDS,
  X,
  Y,
} from '../../src/source/scan/layout';
import { copyUnquoted, countLines, endOfLines, endOfPlain, isBlank, nextQuote } from './cells';
import { isNumber, readNumber } from './number';
import { readLong, readShort } from './digits';
import { addMissing, codeOf, has, isOneOf, MISSING, NO_ROOM, NOT_PLAIN, rehash } from './texts';

export { addMissing, endOfLines, readLong, readNumber, readShort, rehash };

const QUOTE: u32 = 0x22;
const LF: u32 = 0x0a;
const CR: u32 = 0x0d;

/** Scans rows until the bytes end, the room ends, or a row is not plain; that row is left as it was. */
export function scan(job: usize): u32 {
  const end = usize(load<u32>(job, END));
  const delimiter = load<u32>(job, DELIMITER);
  const firstColumn = usize(load<u32>(job, COLUMNS));
  const columnsEnd = usize(load<u32>(job, COLUMNS_END));
  const tables = usize(load<u32>(job, TABLES));
  const hasMissingNumbers = load<u32>(job, NUMBERS_COUNT) > 0;
  const rows = load<u32>(job, ROWS);
  let row = load<u32>(job, ROW);
  let p = usize(load<u32>(job));
  // whatever the last row ends with, the scan of each cell ends here
  store<u64>(end, LF);
  store<u64>(end, 0, 8);
  let status = DONE;
  while (true) {
    if (p >= end) break;
    const first = u32(load<u8>(p));
    if (first === LF || first === CR) {
      p = afterLineEnd(p);
      store<u32>(job, load<u32>(job, LINE) + 1, LINE);
      continue;
    }
    if (row === rows) {
      status = FULL;
      break;
    }
    // a blank line, or a missing cell: csv-parse knows
    if (firstColumn + COLUMN_BYTES === columnsEnd && isBlank(first)) {
      status = ROW_NOT_PLAIN;
      break;
    }
    const line = load<u32>(job, LINE);
    const block = usize(row >> 5);
    const i = usize(row & 31);
    const x = usize(load<u32>(job, X)) + 8 * (block * 32 * usize(load<u32>(job, D)) + i);
    const codes = usize(load<u32>(job, CODES)) + 4 * (block * 32 * usize(load<u32>(job, K)) + i);
    const start = p;
    let missing: u32 = 0;
    let column = firstColumn;
    while (true) {
      const kind = load<u32>(column);
      let isMissing = false;
      let q: usize;
      if (kind === NUMERIC) {
        const out = x + usize(load<u32>(column, PLACE));
        const pivot = load<f64>(column, PIVOT);
        const taken = hasMissingNumbers ? 0 : pivot;
        // a branch, and not one byte more or less: where the number begins is not to wait for what is there
        if (u32(load<u8>(p)) === QUOTE) {
          q = readShort(p + 1, taken, out, tables);
          if (q === 0) q = readLong(p + 1, taken, out, tables);
          q = q !== 0 && load<u8>(q) === QUOTE ? q + 1 : 0;
        } else {
          q = readShort(p, taken, out, tables);
          if (q === 0) q = readLong(p, taken, out, tables);
        }
        if (!isCellEnd(q, delimiter)) {
          q = anyNumber(job, p, end, delimiter, out);
          store<f64>(out, load<f64>(out) - taken);
          isMissing = isNaN<f64>(load<f64>(out));
        }
        if (hasMissingNumbers) {
          const value = load<f64>(out);
          store<f64>(out, isMissingNumber(job, value) ? f64.NaN : value - pivot);
          isMissing = isNaN<f64>(load<f64>(out));
        }
      } else if (kind === FACTOR || kind === TARGET) {
        q = textCell(job, p, end, delimiter, usize(load<u32>(column, TEXTS)));
        const code = load<i32>(job, NUMBER);
        if (kind === FACTOR) store<i32>(codes + usize(load<u32>(column, PLACE)), code);
        else store<f64>(usize(load<u32>(job, Y)) + 8 * usize(row), f64(code));
        isMissing = code === MISSING;
        if (q === 0 && code === NO_ROOM) {
          store<u32>(job, load<u32>(column, TEXTS), FULL_TEXTS);
          status = TEXTS_FULL;
        }
      } else if (kind === WEIGHT) {
        const out = usize(load<u32>(job, C)) + 8 * usize(row);
        q = unusualNumber(job, p, end, delimiter, out);
        if (hasMissingNumbers && isMissingNumber(job, load<f64>(out))) store<f64>(out, f64.NaN);
        isMissing = isNaN<f64>(load<f64>(out));
      } else {
        q = endOfCell(job, p, end, delimiter);
      }
      if (isMissing) missing++;
      p = q;
      if (q === 0) break;
      column += COLUMN_BYTES;
      const next = u32(load<u8>(q));
      if (column === columnsEnd) {
        p = next === LF || next === CR ? afterLineEnd(q) : 0;
        break;
      }
      if (next !== delimiter) {
        p = 0;
        break;
      }
      p++;
    }
    if (p === 0) {
      if (status === DONE) status = ROW_NOT_PLAIN;
      p = start;
      store<u32>(job, line, LINE);
      clearRow(job, row, x, codes);
      break;
    }
    store<u32>(usize(load<u32>(job, LINES)) + 4 * usize(row), line);
    store<u32>(usize(load<u32>(job, MISSING_CELLS)) + 4 * usize(row), missing);
    if (missing > 0) store<u32>(job, load<u32>(job, ALL_MISSING) + missing, ALL_MISSING);
    store<u32>(job, load<u32>(job, LINE) + 1, LINE);
    row++;
  }
  store<u32>(job, u32(min(p, end)));
  store<u32>(job, row, ROW);
  return status;
}

/** Takes back what a row has written: places past the last row hold zeros. */
function clearRow(job: usize, row: u32, x: usize, codes: usize): void {
  for (let j: usize = 0; j < usize(load<u32>(job, D)); j++) store<f64>(x + 256 * j, 0);
  for (let f: usize = 0; f < usize(load<u32>(job, K)); f++) store<i32>(codes + 128 * f, 0);
  store<f64>(usize(load<u32>(job, Y)) + 8 * usize(row), 0);
  const c = usize(load<u32>(job, C));
  if (c !== 0) store<f64>(c + 8 * usize(row), 0);
}

/** Whether a cell ends at `q`. */
// @ts-ignore: decorator
@inline
function isCellEnd(q: usize, delimiter: u32): bool {
  const next = u32(load<u8>(q));
  // nothing is known of what lies at address 0, but 0 is no place to be
  return q !== 0 && (next === delimiter || next === LF || next === CR);
}

function afterLineEnd(p: usize): usize {
  return load<u8>(p) === CR && load<u8>(p + 1) === LF ? p + 2 : p + 1;
}

function isMissingNumber(job: usize, value: f64): bool {
  return isOneOf(value, usize(load<u32>(job, NUMBERS)), load<u32>(job, NUMBERS_COUNT));
}

/**
 * The byte after a cell, a closing quote included; 0 where its quotes are not in order.
 *
 * Counts the line ends within it, and notes whether it has doubled quotes.
 */
function endOfCell(job: usize, p: usize, end: usize, delimiter: u32): usize {
  if (load<u8>(p) !== QUOTE) {
    const q = endOfPlain(p, delimiter);
    return load<u8>(q) === QUOTE ? 0 : q;
  }
  store<u32>(job, 0, DOUBLED);
  let q = p + 1;
  while (true) {
    q = nextQuote(q, end);
    if (q >= end) return 0;
    if (load<u8>(q + 1) !== QUOTE) break;
    store<u32>(job, 1, DOUBLED);
    q += 2;
  }
  const lines = countLines(p + 1, q);
  if (lines > 0) store<u32>(job, load<u32>(job, LINE) + lines, LINE);
  const next = u32(load<u8>(++q));
  return next === delimiter || next === LF || next === CR ? q : 0;
}

/**
 * The text of a cell: stores its code at NUMBER.
 *
 * @returns the byte after the cell, 0 where it is not plain or has no room
 */
function textCell(job: usize, p: usize, end: usize, delimiter: u32, texts: usize): usize {
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
  while (start < stop && isBlank(load<u8>(start))) start++;
  while (start < stop && isBlank(load<u8>(stop - 1))) stop--;
  const code = codeOf(
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
  store<i32>(job, code, NUMBER);
  return code < MISSING ? 0 : q;
}

/**
 * The number of a cell, however long: stores its double at `out`, NaN when it is missing.
 *
 * @returns the byte after the cell, 0 where it is not plain
 */
function anyNumber(job: usize, p: usize, end: usize, delimiter: u32, out: usize): usize {
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
