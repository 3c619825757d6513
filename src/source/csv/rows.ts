/** Rows of a CSV, batch by batch, through csv-parse: the authority on what a CSV means. */
import { CsvError, type Info, type Options, Parser } from 'csv-parse';
import { BceError } from '../../errors.js';
import type { Pieces } from '../pieces.js';
import { piped } from '../piped.js';
import type { Places } from '../places.js';
import { dialectOf } from './dialect.js';
import { CellCounter, refuseManyCells } from './limits.js';
import { type NumberForm, numberReader } from './number.js';

export interface RowBatch {
  /** Cells of each row as written, quotes undone. */
  readonly rows: string[][];
  /** Line on which each row starts, 1-based. */
  readonly lines: number[];
  /** The character between cells. */
  readonly delimiter: string;
}

/** Longest row in bytes: a quote that is never closed must not swallow a file larger than memory. */
const MAX_ROW_BYTES = 1 << 26;

/**
 * Reads whole rows; empty lines are skipped. Rows may have different lengths: the dataset judges them.
 *
 * @param delimiter the character between cells; undefined finds it from the first rows
 * @param numbers how numbers are written, which may tell the delimiter
 * @throws BceError CSV_QUOTE, after the rows before it
 */
export async function* readRows(
  bytes: Pieces,
  places: Places,
  delimiter: string | undefined,
  numbers?: NumberForm,
): AsyncGenerator<RowBatch> {
  const dialect = await dialectOf(bytes, delimiter, numberReader(numbers));
  yield* parsedRows(dialect.bytes, places, dialect.delimiter, dialect.firstLine);
}

/**
 * The same of bytes that are in order: quotes only around whole cells.
 *
 * @param firstLine line on which the bytes start; a BOM is one only on line 1
 */
export async function* parsedRows(
  bytes: Pieces,
  places: Places,
  delimiter: string,
  firstLine: number,
): AsyncGenerator<RowBatch> {
  let batch: RowBatch = { rows: [], lines: [], delimiter };
  const lines = createLineCounter(firstLine);
  const options = {
    delimiter,
    // a lone CR last: CRLF is one line end
    record_delimiter: ['\r\n', '\n', '\r'],
    bom: firstLine === 1,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  };
  const parser = new RowParser(options, (row, info) => {
    const line = lines.next(row, info);
    if (row.length === 1 && row[0]!.trim() === '') return;
    batch.rows.push(row);
    batch.lines.push(line);
  });
  // errors arrive through the callbacks below
  parser.on('error', () => {});
  parser.resume();
  // rows before an error come first: they may hold one of their own
  const counter = new CellCounter(delimiter);
  for await (const chunk of bytes) {
    refuseManyCells(counter.most(chunk), places.at(lines.current(parser.info.empty_lines)));
    const error = await new Promise<Error | null | undefined>((resolve) => parser.write(chunk, resolve));
    if (batch.rows.length > 0) {
      yield batch;
      batch = { rows: [], lines: [], delimiter };
    }
    if (error) throw inOurWords(error, places, lines);
  }
  const error = await new Promise<Error | null | undefined>((resolve) => {
    parser.once('error', resolve);
    parser.end(resolve);
  });
  if (batch.rows.length > 0) yield batch;
  if (error) throw inOurWords(error, places, lines);
}

/** Hands on each row as it is found, with the counts at that moment, in place of queueing it. */
class RowParser extends Parser {
  readonly #onRow: (row: string[], info: Info) => void;

  constructor(options: Options, onRow: (row: string[], info: Info) => void) {
    super(options);
    this.#onRow = onRow;
  }

  override push(row: string[] | null): boolean {
    if (row === null) return super.push(null);
    this.#onRow(row, this.info);
    return true;
  }
}

interface Lines {
  /** Line on which this row starts. */
  next(row: readonly string[], info: Info): number;
  /** Line on which the row being read starts. */
  current(emptyLines: number): number;
}

/**
 * Tells the line on which each row starts. csv-parse tells where it ends, and counts a CRLF inside quotes
 * twice; so rows that span lines are counted here.
 */
function createLineCounter(firstLine: number): Lines {
  let line = firstLine;
  let parserLine = 0;
  let emptyLines = 0;
  return {
    current: (emptyLinesNow) => line + emptyLinesNow - emptyLines,
    next(row, info) {
      const skipped = info.empty_lines - emptyLines;
      const start = line + skipped;
      const spansLines = info.lines > parserLine + skipped + 1;
      line = start + 1 + (spansLines ? countLineEnds(row) : 0);
      parserLine = info.lines;
      emptyLines = info.empty_lines;
      return start;
    },
  };
}

function countLineEnds(row: readonly string[]): number {
  let count = 0;
  for (const cell of row) count += cell.match(/\r\n|\n|\r/g)?.length ?? 0;
  return count;
}

function inOurWords(error: Error, places: Places, lines: Lines): unknown {
  if (!(error instanceof CsvError)) return error;
  const { code, empty_lines: emptyLines, column } = error as CsvError & { empty_lines?: number };
  const line = lines.current(emptyLines ?? 0);
  const where = places.at(line);
  const cell = `column ${Number(column) + 1}`;
  const doubling = `a quote inside a quoted cell is written twice: "5"" pipe"; where a backslash stands before it, ${piped(String.raw`sed 's/\\"/""/g'`, places.fileOf(line))} does that`;
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new BceError(
        'CSV_QUOTE',
        `${where}: ${cell}: expected a closing quote, found the end of the file`,
        doubling,
      );
    case 'CSV_MAX_RECORD_SIZE':
      return new BceError(
        'CSV_QUOTE',
        `${where}: ${cell}: expected a row of at most ${MAX_ROW_BYTES >> 20} MiB, found a longer one`,
        'a quote in this row is probably never closed',
      );
    default:
      return new BceError(
        'CSV_QUOTE',
        `${where}: ${cell}: expected quotes around the whole cell, found a quote within it`,
        doubling,
      );
  }
}
