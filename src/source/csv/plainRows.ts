/** Rows of bytes in which every quote is around a whole cell, or doubled within one: without csv-parse, which takes long to load. */

import type { Places } from '../places.js';
import { withoutBom } from './dialect.js';
import { MOST_CELLS, refuseManyCells } from './limits.js';
import type { RowBatch } from './rows.js';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const LINE_END = /\r\n|\n|\r/;
const LINE_ENDS = /\r\n|\n|\r/g;

export interface PlainRows {
  readonly batch: RowBatch;
  /** Line ends among the bytes. */
  readonly lineEnds: number;
}

/**
 * The very rows that `readRows` gives.
 *
 * @param bytes whole rows
 * @param firstLine line on which they start
 * @throws BceError CSV_RAGGED_ROW
 * @returns undefined where a quote is in no order, or the bytes are many: only csv-parse knows what they mean
 */
export function plainRows(
  bytes: Buffer,
  places: Places,
  delimiter: string,
  firstLine: number,
): PlainRows | undefined {
  const text = (firstLine === 1 ? withoutBom(bytes) : bytes).toString();
  if (bytes.includes(QUOTE)) return quotedRows(text, delimiter, firstLine);
  const batch: RowBatch = { rows: [], lines: [], delimiter };
  const lines = text.split(text.includes('\r') ? LINE_END : '\n');
  lines.forEach((line, i) => {
    refuseManyCells(cellsOf(line, delimiter), places.at(firstLine + i));
    const row = line.split(delimiter);
    if (isBlank(row)) return;
    batch.rows.push(row);
    batch.lines.push(firstLine + i);
  });
  return { batch, lineEnds: lines.length - 1 };
}

/** Cells of a line, counted only where it is so long that there may be too many. */
function cellsOf(line: string, delimiter: string): number {
  if (line.length < MOST_CELLS) return 0;
  let cells = 1;
  for (let at = line.indexOf(delimiter); at >= 0; at = line.indexOf(delimiter, at + 1)) cells++;
  return cells;
}

/** What csv-parse skips, or we do. */
function isBlank(row: readonly string[]): boolean {
  return row.length === 1 && row[0]!.trim() === '';
}

function quotedRows(text: string, delimiter: string, firstLine: number): PlainRows | undefined {
  // with fewer characters than that no row has too many cells
  if (delimiter.length !== 1 || text.length >= MOST_CELLS) return undefined;
  const comma = delimiter.charCodeAt(0);
  const batch: RowBatch = { rows: [], lines: [], delimiter };
  let line = firstLine;
  for (let at = 0; at < text.length; ) {
    const row: string[] = [];
    const start = line;
    for (let isInRow = true; isInRow; ) {
      const isQuoted = text.charCodeAt(at) === QUOTE;
      const end = isQuoted ? afterQuoted(text, at) : endOfPlain(text, at, comma);
      if (end === undefined) return undefined;
      const cell = isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end);
      if (isQuoted) line += cell.match(LINE_ENDS)?.length ?? 0;
      row.push(cell);
      at = end;
      const next = text.charCodeAt(at);
      if (next === comma) at++;
      else if (at === text.length) isInRow = false;
      else if (next === LF || next === CR) {
        at += next === CR && text.charCodeAt(at + 1) === LF ? 2 : 1;
        line++;
        isInRow = false;
      } else return undefined;
    }
    if (isBlank(row)) continue;
    batch.rows.push(row);
    batch.lines.push(start);
  }
  return { batch, lineEnds: line - firstLine };
}

/** After the quote that closes the cell that one opens at `start`; undefined where none does. */
function afterQuoted(text: string, start: number): number | undefined {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== QUOTE) return at + 1;
  }
  return undefined;
}

/** Where a cell without quotes ends; undefined where there is one in it. */
function endOfPlain(text: string, start: number, comma: number): number | undefined {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return undefined;
    if (code === comma || code === LF || code === CR) break;
  }
  return at;
}
