/** A whole CSV: its first rows through csv-parse, the rest through the scanner wherever that is sure. */
import { type BumpMemory, createBumpMemory } from './bumpMemory.js';
import { type Chunk, countLineEnds, cutAtRowEnds, endOfRows } from './cut.js';
import { findDelimiter, SAMPLE_BYTES } from './dialect.js';
import { peek, prepend } from './open.js';
import { readRows, withoutBom } from './rows.js';
import { compileScan, instantiateScan } from './scanModule.js';
import { createPlace, type ScannedRows, scannedRows } from './scannedRows.js';
import { canScan, type Place, Scanner, type ScanPlan } from './scanner.js';

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

/** For tests, which have less to read. */
export interface ScanSizes {
  /** Rows read by csv-parse at once before the plan is known. */
  readonly headRows?: number | undefined;
  /** Bytes of a chunk. */
  readonly chunkBytes?: number | undefined;
  /** Fewest bytes that are worth starting the scanner for. */
  readonly fewBytes?: number | undefined;
}

/**
 * Hands every row to `taker`, once and in order: the very rows that `readRows` gives, with the same lines and
 * the same errors.
 *
 * @param delimiter the character between cells; undefined finds it from the first rows
 * @throws BceError CSV_QUOTE, and what `taker` throws
 */
export async function scanRows(
  bytes: AsyncGenerator<Buffer>,
  name: string,
  delimiter: string | undefined,
  taker: RowTaker,
  { headRows = HEAD_ROWS, chunkBytes, fewBytes = FEW_BYTES }: ScanSizes = {},
): Promise<void> {
  const sample = await peek(bytes, SAMPLE_BYTES);
  const separator = delimiter ?? findDelimiter(withoutBom(sample));
  const parse = async (part: AsyncGenerator<Buffer>, firstLine: number) => {
    for await (const { rows, lines } of readRows(part, name, separator, firstLine)) {
      for (let r = 0; r < rows.length; r++) taker.add(rows[r]!, lines[r]!);
    }
  };
  // a sample of few bytes is the whole file: one parser reads it soonest
  if (!canScan(separator) || sample.length < fewBytes) return parse(prepend(sample, bytes), 1);

  let line = 1;
  let scanning: Scanning | undefined;
  const chunks = cutAtRowEnds(prepend(sample, bytes), chunkBytes);
  for await (const chunk of chunks) {
    if (!chunk.isWhole) {
      // to its end: leaving the loop closes the stream
      await parse(joined(chunk, chunks), line);
      return;
    }
    let offset = 0;
    let failures = 0;
    const parseTo = async (end: number) => {
      const part = chunk.bytes.subarray(offset, end);
      await parse(once(part), line);
      line += countLineEnds(part);
      offset = end;
    };
    while (offset < chunk.bytes.length) {
      if (scanning === undefined) {
        const plan = taker.plan();
        if (plan === undefined) {
          await parseTo(endOfRows(chunk.bytes, offset, headRows));
          continue;
        }
        if (chunk.bytes.length - offset < fewBytes) {
          await parseTo(chunk.bytes.length);
          continue;
        }
        scanning = start({ ...plan, delimiter: separator });
      }
      const rest = chunk.bytes.subarray(offset);
      const scanned = scanChunk(scanning, rest, line, taker);
      offset += scanned.offset;
      line = scanned.line;
      if (offset === chunk.bytes.length) break;
      // one row may be odd by chance; where there are more, csv-parse reads the rest of the chunk at once
      failures++;
      await parseTo(failures > 1 ? chunk.bytes.length : endOfRows(chunk.bytes, offset, 1));
    }
  }
}

interface Scanning {
  readonly bump: BumpMemory;
  readonly scanner: Scanner;
  readonly place: Place;
}

function start(plan: ScanPlan): Scanning {
  const bump = createBumpMemory(new WebAssembly.Memory({ initial: 1 }));
  const scanner = new Scanner(plan, bump, instantiateScan(compileScan(), bump.memory));
  return { bump, scanner, place: createPlace(bump, plan) };
}

/** Scans up to the end or to the first row that is not plain; returns where that is. */
function scanChunk(
  { bump, scanner, place }: Scanning,
  bytes: Buffer,
  line: number,
  taker: RowTaker,
): { offset: number; line: number } {
  scanner.load(bytes, line);
  let end = scanner.scan(place, 0);
  while (end === 'full') {
    taker.addScanned(scannedRows(bump, scanner, place));
    end = scanner.scan(place, 0);
  }
  if (scanner.rows > 0) taker.addScanned(scannedRows(bump, scanner, place));
  return { offset: scanner.offset, line: scanner.line };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function* joined({ bytes }: Chunk, rest: AsyncIterable<Chunk>): AsyncGenerator<Buffer> {
  yield bytes;
  for await (const chunk of rest) yield chunk.bytes;
}
