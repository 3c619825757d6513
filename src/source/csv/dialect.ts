/** Which character parts the cells, found from the first rows. */

import { type Pieces, peek, prepend } from '../pieces.js';
import { singleBlanks } from './blanks.js';
import { parseNumber, type ReadNumber } from './number.js';
import { standardQuotes } from './quotes.js';

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Bytes that are looked at, at most. */
export const SAMPLE_BYTES = 65_536;
const SAMPLE_ROWS = 50;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** How a table is to be read, and its bytes from the first row on. */
export interface Dialect {
  readonly delimiter: string;
  /** With quotes only around whole cells, and one blank in place of many where blanks part the cells. */
  readonly bytes: Pieces;
  /** Line of the first byte. */
  readonly firstLine: number;
  /** Bytes of the whole table where there are so few that all of them are here; undefined otherwise. */
  readonly byteLength: number | undefined;
}

/** A first line that says which character parts the cells, as spreadsheets write and read it. */
const SEP_LINE = /^(?:\ufeff)?"?sep=([^\r\n])"?(?:\r\n|\n|\r)/i;

/**
 * @param bytes of a table from its start
 * @param given the delimiter, where it is not to be found
 * @param read reads its numbers
 */
export async function dialectOf(
  bytes: Pieces,
  given: string | undefined,
  read: ReadNumber = parseNumber,
): Promise<Dialect> {
  const sample = await peek(bytes, SAMPLE_BYTES);
  const { delimiter, start } = startOf(sample, given, read);
  const all = prepend(sample.subarray(start), bytes);
  const isAscii = delimiter.length === 1 && delimiter.charCodeAt(0) < 0x80;
  const single = delimiter === ' ' ? singleBlanks(all) : all;
  return {
    delimiter,
    bytes: isAscii ? standardQuotes(single, delimiter) : single,
    firstLine: start === 0 ? 1 : 2,
    byteLength: sample.length < SAMPLE_BYTES ? sample.length : undefined,
  };
}

/** The delimiter of a table that begins with `sample`, and the byte at which its first row does. */
export function startOf(
  sample: Buffer,
  given: string | undefined,
  read: ReadNumber,
): { delimiter: string; start: number } {
  const line = SEP_LINE.exec(sample.toString('utf8', 0, 16));
  const start = line === null ? 0 : Buffer.byteLength(line[0]);
  return { delimiter: given ?? line?.[1] ?? findDelimiter(withoutBom(sample.subarray(start)), read), start };
}

/**
 * The delimiter that parts the most sampled rows into as many cells as the first row that any of them parts;
 * between equals, the one under which more cells are numbers, then the one with more cells, then the order of
 * `DELIMITERS`. A comma when none occurs.
 *
 * Delimiters and line ends inside quotes do not count. A decimal comma therefore loses against the
 * semicolon beside it: `a;b` has no comma, so no row agrees with it on one.
 */
export function findDelimiter(sample: Buffer, read: ReadNumber = parseNumber): string {
  const rows = countPerRow(sample);
  const first = rows.find((row) => row.some((count) => count > 0));
  if (first === undefined) return ',';
  const ranked = DELIMITERS.map((delimiter, k) => ({
    delimiter,
    count: first[k]!,
    agreeing: rows.filter((row) => row[k] === first[k]).length,
  }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.agreeing - a.agreeing);
  const best = ranked.filter(({ agreeing }) => agreeing === ranked[0]!.agreeing);
  if (best.length === 1) return best[0]!.delimiter;
  const text = sample.toString();
  const numbers = best.map((one) => ({ ...one, numbers: shareOfNumbers(text, one.delimiter, read) }));
  // sorting is stable: between equals the order stays
  numbers.sort((a, b) => b.numbers - a.numbers || b.count - a.count);
  return numbers[0]!.delimiter;
}

/** The share of the cells of the sampled rows that are numbers; the first row may hold names. */
function shareOfNumbers(text: string, delimiter: string, read: ReadNumber): number {
  const lines = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, SAMPLE_ROWS);
  const cells = lines.slice(lines.length > 1 ? 1 : 0).flatMap((line) => line.split(delimiter));
  const isNumber = (cell: string) => Number.isFinite(read(cell.replaceAll('"', '')));
  return cells.filter(isNumber).length / cells.length;
}

/** For each sampled row, how often each delimiter stands outside quotes. */
function countPerRow(sample: Buffer): number[][] {
  return (sample.includes(QUOTE) ? undefined : countInLines(sample)) ?? countOutsideQuotes(sample);
}

/** The same where no cell is quoted, in texts: a loop over bytes is slow before it has been compiled. */
function countInLines(sample: Buffer): number[][] | undefined {
  const lines: string[] = [];
  let start = 0;
  while (lines.length < SAMPLE_ROWS) {
    const end = sample.indexOf(LF, start);
    if (end < 0) break;
    const line = sample.toString('latin1', start, end);
    // a return alone ends a line too
    if (line.slice(0, -1).includes('\r')) return undefined;
    if (line !== '' && line !== '\r') lines.push(line);
    start = end + 1;
  }
  // the last row of a sample is often cut
  if (lines.length === 0) return undefined;
  return lines.map((line) => DELIMITERS.map((delimiter) => line.split(delimiter).length - 1));
}

function countOutsideQuotes(sample: Buffer): number[][] {
  // index of each byte among the delimiters, -1 for all other bytes
  const indexOf = new Int8Array(256).fill(-1);
  DELIMITERS.forEach((delimiter, k) => {
    indexOf[delimiter.charCodeAt(0)] = k;
  });
  const rows: number[][] = [];
  let row = DELIMITERS.map(() => 0);
  let isQuoted = false;
  let isBlank = true;
  let atCellStart = true;
  for (let i = 0; i < sample.length && rows.length < SAMPLE_ROWS; i++) {
    const byte = sample[i]!;
    if (isQuoted) {
      if (byte === QUOTE) isQuoted = false;
      continue;
    }
    if (byte === LF || byte === CR) {
      if (!isBlank) {
        rows.push(row);
        row = DELIMITERS.map(() => 0);
      }
      isBlank = true;
      atCellStart = true;
      continue;
    }
    isBlank = false;
    const k = indexOf[byte]!;
    if (k >= 0) row[k]!++;
    // a doubled quote closes and opens again, which leaves the count as it is
    if (byte === QUOTE && (atCellStart || sample[i - 1] === QUOTE)) isQuoted = true;
    atCellStart = k >= 0;
  }
  // the last row of a sample is often cut; it counts only when it is all there is
  if (rows.length === 0 && !isBlank) rows.push(row);
  return rows;
}

export function withoutBom(sample: Buffer): Buffer {
  return sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf ? sample.subarray(3) : sample;
}
