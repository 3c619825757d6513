/** A whole CSV: its first rows through csv-parse, the rest through scanners wherever they are sure. */

import type { ShardShape } from '../../storage/shards.js';
import { type Dialect, dialectOf, withoutBom } from '../csv/dialect.js';
import { type NumberForm, numberReader } from '../csv/number.js';
import { plainRows } from '../csv/plainRows.js';
import type { RowBatch } from '../csv/rows.js';
import type { Pieces } from '../pieces.js';
import type { Places } from '../places.js';
import { countLineEnds, countRowEnds, endOfRows, startOfLine } from './chunks.js';
import { firstOf, type HeadPart, type HeadScan } from './headScan.js';
import type { ScannedRows } from './scannedRows.js';
import { canScan, type ScanPlan } from './scanner.js';
import { type ScanChunk, Scanners, type ScannersOptions } from './scanners.js';
import type { ShardFill } from './shardCut.js';

const HEAD_ROWS = 1001;
const FEW_BYTES = 1 << 15;

/** Whoever takes the rows of a file, in their order. */
export interface RowTaker {
  /**
   * Told before the first row: the character between cells, and whether rows may be held back that were read before
   * the plan was known, until one of the two below is called.
   */
  begin?(delimiter: string, mayHold: boolean): void;
  /**
   * What is known of the columns once there is a first row, and how many rows, with this one, tell the plan; undefined
   * where they must come as texts.
   */
  headShape?(): (Pick<ScanPlan, 'columns' | 'missingWords'> & { readonly rows: number }) | undefined;
  /** Takes rows after the first that were scanned before there is a plan: each time all of them that there are. */
  addHead?(scan: HeadScan): void;
  /** Forgets them: they come again, as texts. */
  giveUpHead?(): void;
  /** Told after the last row where there is no plan yet. */
  endHead?(): void;
  /** Takes the rows that are held back, and holds none from here on. */
  takeHeld?(): void;
  /** Gives them up instead: they come again, scanned. Returns the line of the first, undefined where there is none. */
  giveUpHeld?(): number | undefined;
  /** One row as csv-parse reads it, and the line on which it starts. */
  add(row: readonly string[], line: number): void;
  /** Rows that were scanned; the arrays hold until this returns. */
  addScanned(rows: ScannedRows): void;
  /** What the columns are, once enough rows have told; delimiter and form of numbers are filled in. */
  plan(): Omit<ScanPlan, 'delimiter' | 'numbers'> | undefined;
  /** Shards that rows go to as they come, once there is a plan; undefined where they do not. */
  shards?(): { readonly shape: ShardShape; fill(): ShardFill } | undefined;
}

export interface ScanOptions extends ScannersOptions {
  /** How numbers are written. */
  readonly numbers?: NumberForm | undefined;
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
  places: Places,
  delimiter: string | undefined,
  taker: RowTaker,
  options: ScanOptions = {},
): Promise<void> {
  try {
    const dialect = await dialectOf(bytes, delimiter, numberReader(options.numbers));
    const isScanned = canScan(dialect.delimiter, options.numbers);
    const { fewBytes = FEW_BYTES } = options;
    const isSmall = dialect.byteLength !== undefined && dialect.byteLength < fewBytes;
    taker.begin?.(dialect.delimiter, isScanned && !isSmall);
    const parser = parserOf(places, dialect.delimiter, taker);
    if (isSmall) await parser.parseWhole(await whole(dialect.bytes), dialect.firstLine);
    else if (!isScanned) await parser.parse(dialect.bytes, dialect.firstLine);
    else await scanChunks(dialect, places, parser, taker, options);
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

function parserOf(places: Places, delimiter: string, taker: RowTaker): RowParser {
  const add = ({ rows, lines }: RowBatch) => {
    for (let r = 0; r < rows.length; r++) taker.add(rows[r]!, lines[r]!);
  };
  const parse = async (part: Pieces, firstLine: number) => {
    // loaded only where it is needed: that takes longer than to read a small file
    const { parsedRows } = await import('../csv/rows.js');
    for await (const batch of parsedRows(part, places, delimiter, firstLine)) add(batch);
  };
  return {
    parse,
    async parseWhole(part, firstLine) {
      const plain = plainRows(part, places, delimiter, firstLine);
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
  { bytes, delimiter, firstLine }: Dialect,
  places: Places,
  parser: RowParser,
  taker: RowTaker,
  options: ScanOptions,
): Promise<void> {
  const { headRows = HEAD_ROWS, fewBytes = FEW_BYTES } = options;
  const addScanned = (rows: ScannedRows) => taker.addScanned(rows);
  const { numbers } = options;
  const scanners = new Scanners(options);
  const head: HeadPart[] = [];
  let areHeld = true;
  let scan: HeadScan | undefined;
  let mayScanHead = true;
  let headBytes = 0;
  let line = firstLine;
  /** Scans whole rows to their end, and has csv-parse read those that are not plain. */
  const scanAll = async (part: Buffer, start: number, scan: ScanChunk['scan']) => {
    let failures = 0;
    for (let offset = start; offset < part.length; ) {
      ({ offset, line } = await scan({ offset, line }, addScanned));
      if (offset === part.length) break;
      // one row may be odd by chance; where there are more, csv-parse reads the rest of the part at once
      failures++;
      const end = failures > 1 ? part.length : endOfRows(part, offset, 1);
      line = await parser.parseWhole(part.subarray(offset, end), line);
      offset = end;
    }
  };
  const scanHead = async () => {
    const first = taker.giveUpHeld?.();
    const after = line;
    for (const part of first === undefined ? [] : head.splice(0)) {
      const rows = part.line === 1 ? withoutBom(part.bytes) : part.bytes;
      const start = startOfLine(rows, Math.max(0, first! - part.line));
      line = Math.max(part.line, first!);
      await scanAll(rows, start, (from, take) => scanners.scanHere(rows, from, take));
    }
    line = after;
  };
  /** Whole rows before the plan is known; returns the line after them. */
  const readHead = async (part: HeadPart): Promise<number> => {
    head.push(part);
    const shape = mayScanHead ? taker.headShape?.() : undefined;
    if (shape === undefined) {
      // it is known after the first row, or never
      mayScanHead &&= head.length === 1;
      return parser.parseWhole(part.bytes, part.line);
    }
    const first = scan === undefined ? firstOf(part, places, delimiter) : undefined;
    if (first?.length === shape.columns) {
      scan = scanners.scanHead({ ...shape, delimiter, numbers }, first, shape.rows);
    }
    const after = scan?.take(part);
    if (after !== undefined) {
      taker.addHead!(scan!);
      return after;
    }
    mayScanHead = false;
    taker.giveUpHead!();
    for (const { bytes, line } of scan?.parts ?? []) await parser.parseWhole(bytes, line);
    return parser.parseWhole(part.bytes, part.line);
  };
  /** After how many lines rows of the head are to be read. */
  const linesOfHead = () => {
    if (!mayScanHead || taker.headShape === undefined) return headRows;
    const shape = taker.headShape();
    return shape === undefined ? 1 : shape.rows - 1 - (scan?.rows ?? 0);
  };
  try {
    const chunks = scanners.chunks(bytes);
    for await (const chunk of chunks) {
      if (!chunk.isWhole) {
        taker.takeHeld?.();
        // to its end: leaving the loop closes the stream
        await parser.parse(joined(chunk.bytes, chunks), line);
        return;
      }
      const { length } = chunk.bytes;
      let offset = 0;
      while (offset < length && !scanners.hasBegun) {
        const plan = taker.plan();
        if (plan !== undefined && headBytes + length - offset >= fewBytes) {
          const shards = taker.shards?.();
          const rowBytes = length / Math.max(1, countRowEnds(chunk.bytes));
          if (scanners.begin({ ...plan, delimiter, numbers }, shards && { ...shards, rowBytes })) {
            await scanHead();
            break;
          }
          taker.takeHeld?.();
          await parser.parse(joined(chunk.bytes.subarray(offset), chunks), line);
          return;
        }
        if (plan !== undefined) {
          areHeld = false;
          taker.takeHeld?.();
        }
        const end = plan === undefined ? endOfRows(chunk.bytes, offset, linesOfHead()) : length;
        const rows = chunk.bytes.subarray(offset, end);
        headBytes += rows.length;
        line =
          plan === undefined
            ? await readHead({ bytes: Buffer.from(rows), line })
            : await parser.parseWhole(rows, line);
        offset = end;
      }
      await scanAll(chunk.bytes, offset, chunk.scan);
      chunk.release();
    }
    if (scanners.hasBegun || !areHeld || headBytes < fewBytes) return;
    // the first rows are all rows
    taker.endHead?.();
    const plan = taker.plan();
    if (plan !== undefined && scanners.begin({ ...plan, delimiter, numbers })) await scanHead();
  } catch (error) {
    // rows before an error come first: they may hold one of their own
    taker.takeHeld?.();
    throw error;
  } finally {
    await scanners.close();
  }
}

async function whole(bytes: Pieces): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function* joined(bytes: Buffer, rest: AsyncIterable<ScanChunk>): AsyncGenerator<Buffer> {
  yield bytes;
  for await (const chunk of rest) yield chunk.bytes;
}
