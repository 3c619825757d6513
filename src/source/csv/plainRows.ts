/** Rows of bytes in which nothing is quoted: cells are what lies between delimiters, without csv-parse. */
import { withoutBom } from './dialect.js';
import { MOST_CELLS, refuseManyCells } from './limits.js';
import type { RowBatch } from './rows.js';

const QUOTE = 0x22;
const LINE_END = /\r\n|\n|\r/;

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
 * @returns undefined where there is a quote: only csv-parse knows what it means
 */
export function plainRows(
  bytes: Buffer,
  name: string,
  delimiter: string,
  firstLine: number,
): PlainRows | undefined {
  if (bytes.includes(QUOTE)) return undefined;
  const text = (firstLine === 1 ? withoutBom(bytes) : bytes).toString();
  const batch: RowBatch = { rows: [], lines: [], delimiter };
  const lines = text.split(text.includes('\r') ? LINE_END : '\n');
  lines.forEach((line, i) => {
    refuseManyCells(cellsOf(line, delimiter), `${name}:${firstLine + i}`);
    const row = line.split(delimiter);
    if (row.length === 1 && line.trim() === '') return;
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
