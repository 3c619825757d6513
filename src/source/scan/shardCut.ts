/** Where shards end among the rows of a file, so that chunks can be cut there and each be sealed by the thread that scans it. */

/** How full the shard is that rows go to. */
export interface ShardFill {
  readonly rows: number;
  /** Of a full one. */
  readonly capacity: number;
}

/** Rows of a chunk that has been cut. */
export interface ShardPart {
  /** Whether they are a full shard, as far as is known. */
  readonly isShard: boolean;
  /** How full the shard is to be after them. */
  readonly rows: number;
}

/** What is read beyond the estimate of a shard. */
const MARGIN = 1 / 64;
const MARGIN_BYTES = 256;
/** A file whose rows are dropped time and again is not worth waiting for its chunks. */
const MOST_ALIGNMENTS = 4;

/** Counts the rows of chunks that have been cut, line by line, while none of them turns out to be something else. */
export class ShardCut {
  readonly #capacity: number;
  #left: number | undefined;
  #rowBytes: number;
  #alignments = 0;

  /** @param rowBytes of a row, about */
  constructor(capacity: number, rowBytes: number) {
    this.#capacity = capacity;
    this.#rowBytes = rowBytes;
  }

  /** Rows that the shard still takes before which the next chunk begins; undefined where that is not known. */
  get left(): number | undefined {
    return this.#left;
  }

  /** Whether it pays to wait until all chunks are taken, and begin anew. */
  get isWorthAligning(): boolean {
    return this.#left === undefined && this.#alignments < MOST_ALIGNMENTS;
  }

  /** To be called where all rows of the chunks before have been taken. */
  align({ rows }: ShardFill): void {
    this.#left = this.#capacity - rows;
    this.#alignments++;
  }

  /** Rows are not what has been counted. */
  lose(): void {
    this.#left = undefined;
  }

  /** Bytes in which so many rows end, most likely. */
  bytesOf(rows: number): number {
    return Math.ceil(rows * this.#rowBytes * (1 + MARGIN)) + MARGIN_BYTES;
  }

  /** A chunk of so many rows and bytes has been cut. */
  take(rows: number, bytes: number): ShardPart {
    this.#rowBytes = bytes / rows;
    const isShard = rows === this.#capacity;
    const left = this.#left! - rows;
    this.#left = left === 0 ? this.#capacity : left;
    return { isShard, rows: this.#capacity - this.#left };
  }
}
