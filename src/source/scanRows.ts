/** A whole CSV: its first rows through csv-parse, the rest through scanners wherever they are sure. */
import { countLineEnds, endOfRows } from './cut.js';
import { findDelimiter, SAMPLE_BYTES, withoutBom } from './dialect.js';
import { type Pieces, peek, prepend } from './open.js';
import { plainRows } from './plainRows.js';
import type { RowBatch } from './rows.js';
import type { ScannedRows } from './scannedRows.js';
import { canScan, type ScanPlan } from './scanner.js';
import { type ScanChunk, Scanners, type ScannersOptions } from './scanners.js';

const HEAD_ROWS = 1001;
const FEW_BYTES = 1 << 15;

/** Whoever takes the rows of a file, in their order. */
export interface RowTaker {
  /** One row as csv-parse reads it, and the line on which it starts. */
  add(row: readonly string[], line: number): void;
  /** Rows that were scanned; the arrays hold until this returns. */
  addScanned(rows: ScannedRows): void;
  /** What the columns are, once enough rows have told; the delimiter is filled in. */
  plan(): Omit<ScanPlan, 'delimiter'> | undefined;
}

export interface ScanOptions extends ScannersOptions {
  /** Rows read by csv-parse at once before the plan is known. */
  readonly headRows?: number | undefined;
  /** Fewest bytes that are worth starting the scanner for. */
  readonly fewBytes?: number | undefined;
}

/**
 * Hands every row to `taker`, once and in order: the very rows that `readRows` gives, with the same lines and
 * the same errors. Closes `bytes` in any case.
 *
 * @param delimiter the character between cells; undefined finds it from the first rows
 * @throws BceError CSV_QUOTE, WORKER_FAILED, and what `taker` throws
 */
export async function scanRows(
  bytes: Pieces,
  name: string,
  delimiter: string | undefined,
  taker: RowTaker,
  options: ScanOptions = {},
): Promise<void> {
  try {
    const sample = await peek(bytes, SAMPLE_BYTES);
    const separator = delimiter ?? findDelimiter(withoutBom(sample));
    const parser = parserOf(name, separator, taker);
    const { fewBytes = FEW_BYTES } = options;
    const isWhole = sample.length < SAMPLE_BYTES;
    if (isWhole && sample.length < fewBytes) await parser.parseWhole(sample, 1);
    else if (!canScan(separator)) await parser.parse(prepend(sample, bytes), 1);
    else await scanChunks(prepend(sample, bytes), separator, parser, taker, options);
  } finally {
    // whoever reads ahead may be waiting for more
    await bytes.return();
  }
}

/** Reads rows as csv-parse does. */
interface RowParser {
  parse(part: Pieces, firstLine: number): Promise<void>;
  /** Of bytes that are there already; returns the line after them. */
  parseWhole(part: Buffer, firstLine: number): Promise<number>;
}

function parserOf(name: string, delimiter: string, taker: RowTaker): RowParser {
  const add = ({ rows, lines }: RowBatch) => {
    for (let r = 0; r < rows.length; r++) taker.add(rows[r]!, lines[r]!);
  };
  const parse = async (part: Pieces, firstLine: number) => {
    // loaded only where it is needed: that takes longer than to read a small file
    const { readRows } = await import('./rows.js');
    for await (const batch of readRows(part, name, delimiter, firstLine)) add(batch);
  };
  return {
    parse,
    async parseWhole(part, firstLine) {
      const plain = plainRows(part, delimiter, firstLine);
      if (plain === undefined) {
        await parse(once(part), firstLine);
        return firstLine + countLineEnds(part);
      }
      add(plain.batch);
      return firstLine + plain.lineEnds;
    },
  };
}

async function scanChunks(
  bytes: Pieces,
  delimiter: string,
  parser: RowParser,
  taker: RowTaker,
  options: ScanOptions,
): Promise<void> {
  const { headRows = HEAD_ROWS, fewBytes = FEW_BYTES } = options;
  const addScanned = (rows: ScannedRows) => taker.addScanned(rows);
  const scanners = new Scanners(options);
  try {
    let line = 1;
    const chunks = scanners.chunks(bytes);
    for await (const chunk of chunks) {
      if (!chunk.isWhole) {
        // to its end: leaving the loop closes the stream
        await parser.parse(joined(chunk.bytes, chunks), line);
        return;
      }
      const { length } = chunk.bytes;
      let offset = 0;
      let failures = 0;
      const parseTo = async (end: number) => {
        line = await parser.parseWhole(chunk.bytes.subarray(offset, end), line);
        offset = end;
      };
      while (offset < length) {
        if (!scanners.hasBegun) {
          const plan = taker.plan();
          if (plan === undefined) {
            await parseTo(endOfRows(chunk.bytes, offset, headRows));
            continue;
          }
          if (length - offset < fewBytes) {
            await parseTo(length);
            continue;
          }
          if (!scanners.begin({ ...plan, delimiter })) {
            await parser.parse(joined(chunk.bytes.subarray(offset), chunks), line);
            return;
          }
        }
        ({ offset, line } = await chunk.scan({ offset, line }, addScanned));
        if (offset === length) break;
        // one row may be odd by chance; where there are more, csv-parse reads the rest of the chunk at once
        failures++;
        await parseTo(failures > 1 ? length : endOfRows(chunk.bytes, offset, 1));
      }
      chunk.release();
    }
  } finally {
    await scanners.close();
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function* joined(bytes: Buffer, rest: AsyncIterable<ScanChunk>): AsyncGenerator<Buffer> {
  yield bytes;
  for await (const chunk of rest) yield chunk.bytes;
}
