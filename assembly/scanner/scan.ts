/**
 * The byte scanner: rows of a CSV in, numbers and codes out, in the blocks of src/storage/shards.ts.
 *
 * First it finds where cells end, then what is in them. A row that does not turn out to be what its marks promise is
 * read once more, cell after cell.
 *
 * The memory is imported and nothing of it is taken by the module itself: the caller lays out every table
 * and hands in the address of a job, so that one memory may hold scanners, kernels and shards side by side.
 *
 * src/source/scan/layout.ts says how a job and the columns lie there.
 */
import {
  ALL_MISSING,
  COLUMN_BYTES,
  COLUMNS,
  COLUMNS_END,
  DELIMITER,
  DONE,
  END,
  FACTOR,
  FULL,
  FULL_TEXTS,
  LINE,
  LINES,
  MARKS,
  MISSING_CELLS,
  PIVOT,
  PLACE,
  RECENT_WIDTH,
  ROW,
  ROW_MISSING,
  ROW_NOT_PLAIN,
  ROWS,
  RUN,
  TABLES,
  TEXTS,
  TEXTS_FULL,
} from '../../src/source/scan/layout';
import { afterLineEnd, isBlank } from './cells';
import { readLong, readShort } from './digits';
import { endOfLines } from './lines';
import { markCells } from './marks';
import { readNumber } from './number';
import { codesOf, numbersOf } from './places';
import { orderOfQuotes } from './quotes';
import { readRow } from './row';
import { addMissing, recentCode, rehash } from './texts';
import { readCell } from './values';

export { addMissing, endOfLines, orderOfQuotes, readLong, readNumber, readShort, rehash };

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
  const marks = usize(load<u32>(job, MARKS));
  const rows = load<u32>(job, ROWS);
  let row = load<u32>(job, ROW);
  let p = usize(load<u32>(job));
  // whatever the last row ends with, the scan of each cell ends here
  store<u64>(end, LF);
  store<u64>(end, 0, 8);
  let mark = marks;
  let marksEnd = marks;
  let status = DONE;
  while (p < end) {
    const first = u32(load<u8>(p));
    // those before: of rows that were read without them
    while (mark !== marksEnd && usize(load<u32>(mark)) < p) mark += 4;
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
    const x = numbersOf(job, row);
    let missing: u32 = 0;
    let column = firstColumn;
    let from = p;
    while (column !== columnsEnd) {
      if (mark === marksEnd) {
        mark = marks;
        marksEnd = markCells(job, from, end + 1, delimiter);
        if (mark === marksEnd) break;
      }
      const run = min(usize(load<u32>(column, RUN)), (marksEnd - mark) >> 2);
      if (run > 0) {
        const place = usize(load<u32>(column, PLACE));
        const stop = mark + 4 * run;
        const stopped =
          load<u32>(column) === FACTOR
            ? readTextRun(mark, stop, from, codesOf(job, row) + place, column, delimiter, tables)
            : readNumberRun(mark, stop, from, x + place, column, delimiter, tables);
        if (stopped !== mark) {
          column += (COLUMN_BYTES / 4) * (stopped - mark);
          mark = stopped;
          from = usize(load<u32>(mark - 4)) + 1;
          continue;
        }
      }
      const to = usize(load<u32>(mark));
      const isLast = column + COLUMN_BYTES === columnsEnd;
      if (u32(load<u8>(to)) !== (isLast ? LF : delimiter)) break;
      const hasCarriage = isLast && u32(load<u8>(to - 1)) === CR;
      const found = readCell(job, column, from, to - usize(hasCarriage), row);
      if (found < 0) break;
      missing += found;
      mark += 4;
      column += COLUMN_BYTES;
      from = to + 1;
    }
    if (column === columnsEnd) p = from;
    else {
      const start = p;
      store<u32>(job, line, LINE);
      p = readRow(job, start, row);
      if (p === 0) {
        p = start;
        store<u32>(job, line, LINE);
        status = load<u32>(job, FULL_TEXTS) === 0 ? ROW_NOT_PLAIN : TEXTS_FULL;
        break;
      }
      missing = load<u32>(job, ROW_MISSING);
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

/**
 * Reads the numbers of columns side by side, from `column` on, that end at the marks [mark, stop), as far as they are
 * written in one way; their doubles less their pivots go to `out`.
 *
 * @returns the first mark whose cell is no such number, or is the last of its row
 */
function readNumberRun(
  mark: usize,
  stop: usize,
  from: usize,
  out: usize,
  column: usize,
  delimiter: u32,
  tables: usize,
): usize {
  const isQuoted = u32(load<u8>(from)) === QUOTE;
  // with a sign it may still be a short one
  const isLong = usize(load<u32>(mark)) - from > 16 + 2 * usize(isQuoted);
  let stopped = mark;
  if (isLong) {
    stopped = isQuoted
      ? readQuotedLongs(mark, stop, from, out, column, delimiter, tables)
      : readLongs(mark, stop, from, out, column, delimiter, tables);
  }
  if (stopped !== mark) return stopped;
  return isQuoted
    ? readQuotedShorts(mark, stop, from, out, column, delimiter, tables)
    : readShorts(mark, stop, from, out, column, delimiter, tables);
}

/** Numbers of few digits. Exported, as the next ones, so that it stays a function whose few values fit into the registers. */
export function readShorts(
  mark: usize,
  stop: usize,
  from: usize,
  out: usize,
  column: usize,
  delimiter: u32,
  tables: usize,
): usize {
  return readNumbers(mark, stop, from, out, column, delimiter, tables, 0, false);
}

/** Those of many. */
export function readLongs(
  mark: usize,
  stop: usize,
  from: usize,
  out: usize,
  column: usize,
  delimiter: u32,
  tables: usize,
): usize {
  return readNumbers(mark, stop, from, out, column, delimiter, tables, 0, true);
}

/** Both of them in quotes. */
export function readQuotedShorts(
  mark: usize,
  stop: usize,
  from: usize,
  out: usize,
  column: usize,
  delimiter: u32,
  tables: usize,
): usize {
  return readNumbers(mark, stop, from, out, column, delimiter, tables, 1, false);
}

export function readQuotedLongs(
  mark: usize,
  stop: usize,
  from: usize,
  out: usize,
  column: usize,
  delimiter: u32,
  tables: usize,
): usize {
  return readNumbers(mark, stop, from, out, column, delimiter, tables, 1, true);
}

/** All of them, with so many quotes on each side of a number. */
// @ts-ignore: decorator
@inline
function readNumbers(
  mark: usize,
  stop: usize,
  from: usize,
  out: usize,
  column: usize,
  delimiter: u32,
  tables: usize,
  quotes: usize,
  areLong: bool,
): usize {
  for (; mark !== stop; mark += 4) {
    const to = usize(load<u32>(mark));
    if (u32(load<u8>(to)) !== delimiter) break;
    if (quotes > 0 && (u32(load<u8>(from)) !== QUOTE || u32(load<u8>(to - 1)) !== QUOTE)) break;
    const pivot = load<f64>(column, PIVOT);
    const start = from + quotes;
    const end = to - quotes;
    const isRead = areLong ? readLong(start, end, pivot, out, tables) : readShort(start, end, pivot, out, tables);
    if (!isRead) break;
    from = to + 1;
    out += 8 * 32;
    column += COLUMN_BYTES;
  }
  return mark;
}

/**
 * Codes the texts of factors side by side that end at the marks [mark, stop), as long as each is one that was met of
 * late; the codes go to `out`.
 *
 * @returns the first mark whose cell is not, or is missing, or the last of its row
 */
export function readTextRun(
  mark: usize,
  stop: usize,
  from: usize,
  out: usize,
  column: usize,
  delimiter: u32,
  tables: usize,
): usize {
  for (; mark !== stop; mark += 4) {
    const to = usize(load<u32>(mark));
    if (u32(load<u8>(to)) !== delimiter || to - from - 1 >= usize(RECENT_WIDTH)) break;
    const code = recentCode(usize(load<u32>(column, TEXTS)), from, to, tables);
    if (code < 0) break;
    store<i32>(out, code);
    from = to + 1;
    out += 4 * 32;
    column += COLUMN_BYTES;
  }
  return mark;
}
