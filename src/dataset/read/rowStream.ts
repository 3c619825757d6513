/** Rows that are trained on while they are read, and not kept. */
import { BceError } from '../../errors.js';
import type { Pieces } from '../../source/pieces.js';
import type { Places } from '../../source/places.js';
import { lastRowEnd } from '../../source/scan/chunks.js';
import type { ScanOptions } from '../../source/scan/scanRows.js';
import { ShardQueue } from '../../storage/shardQueue.js';
import type { Shard } from '../../storage/shards.js';
import type { Dataset, Description } from '../dataset.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { readValidation } from './validation.js';

/** All rows of a table of which the first are known. */
export interface RowStream {
  /** Begins to read them; undefined where they have gone by for good. */
  read(): Promise<RowReading | undefined>;
}

export interface RowReading {
  /** The next `count` shards, fewer at the end; none after it. @throws BceError all that reading can end in */
  take(count: number): Promise<readonly Shard[]>;
  /** What all rows are, or those that were taken where it ended early. */
  described(): Description;
  /** Ends it early. */
  abandon(): Promise<void>;
}

/** Bytes of a table whose first rows are looked at before the others. */
export interface Opened {
  readonly bytes: Pieces;
  readonly places: Places;
  readonly reading: ReadOptions;
  readonly scanning: ScanOptions;
}

/** The first bytes of a table, up to the end of a row, and all of them once more. */
export interface Begun {
  readonly head: Buffer;
  /** Whether there are no others. */
  readonly isWhole: boolean;
  /** From the first byte on. */
  readonly all: Pieces;
}

/**
 * @param most bytes of the head; where it is cut depends on the bytes alone
 * @throws BceError CSV_RAGGED_ROW where a row is longer
 */
export async function beginning(bytes: Pieces, places: Places, most: number): Promise<Begun> {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length <= most) {
    const { done, value } = await bytes.next();
    if (done) break;
    pieces.push(value);
    length += value.length;
  }
  const begun = Buffer.concat(pieces);
  if (length <= most) return { head: begun, isWhole: true, all: replayed(begun, bytes) };
  const end = lastRowEnd(begun.subarray(0, most));
  if (end === 0) {
    throw new BceError(
      'CSV_RAGGED_ROW',
      `${places.name}: expected a row within the first ${most} bytes, found no end of one`,
    );
  }
  return { head: begun.subarray(0, end), isWhole: false, all: replayed(begun, bytes) };
}

async function* replayed(begun: Buffer, rest: Pieces): Pieces {
  try {
    if (begun.length > 0) yield begun;
    yield* rest;
  } finally {
    await rest.return();
  }
}

/** A piece that is there already. */
export async function* onePiece(bytes: Buffer): Pieces {
  yield bytes;
}

/** Shards that wait at most before reading waits for them. */
const MOST_WAITING = 32;

/**
 * Reads rows under the plan of the first ones, no faster than they are taken.
 *
 * @param head the first rows, whose columns, levels, labels and fills are those of all
 */
export function readingOf(head: Dataset, { bytes, places, reading, scanning }: Opened): RowReading {
  const queue = new ShardQueue(MOST_WAITING);
  let failure: unknown;
  let whole: Dataset | undefined;
  const done = readValidation(gated(bytes, queue), places, reading, head, queue, scanning)
    .then(
      (dataset) => {
        whole = dataset;
      },
      (error) => {
        failure = error;
      },
    )
    .finally(() => queue.end());
  let [rows, positives, weightSum] = [0, 0, 0];
  return {
    async take(count) {
      const shards = await queue.take(count);
      // what was interrupted ends with the rows that there are
      if (shards.length === 0 && failure !== undefined && !isInterrupt(failure)) throw failure;
      for (const shard of shards) {
        rows += shard.rows;
        for (let i = 0; i < shard.rows; i++) {
          positives += shard.y[i]!;
          weightSum += shard.c === undefined ? 1 : shard.c[i]!;
        }
      }
      return shards;
    },
    described() {
      const { target } = head;
      return {
        ...(whole ?? { ...head, name: places.name }),
        rows,
        weightSum,
        target: { ...target, positives, negatives: rows - positives },
      };
    },
    async abandon() {
      queue.abandon();
      await done;
    },
  };
}

function isInterrupt(failure: unknown): boolean {
  return failure instanceof BceError && failure.code === 'INTERRUPTED';
}

/** The bytes, no faster than there is room for what is made of them. */
async function* gated(bytes: Pieces, queue: ShardQueue): Pieces {
  try {
    let buffer: Buffer | undefined;
    for (;;) {
      await queue.hasRoom();
      if (queue.isAbandoned) return;
      const { done, value } = await bytes.next(buffer);
      if (done) return;
      buffer = yield value;
    }
  } finally {
    await bytes.return();
  }
}
