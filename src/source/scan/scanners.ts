/** Who scans a chunk: the thread that reads, or, where a file is large, others while it reads on. */
import { lazily } from '../../lazily.js';
import { bumpAllocator } from '../../runtime/bumpAllocator.js';
import { createMemory } from '../../runtime/sharedMemory.js';
import type { ShardShape } from '../../storage/shards.js';
import type { Pieces } from '../pieces.js';
import { CHUNK_BYTES, type Chunk, type ChunkBuffer, type Cut, cutAtRowEnds, lastRowEnd } from './chunks.js';
import { HeadScan, type HeadShape } from './headScan.js';
import { ahead } from './prefetch.js';
import type { Room } from './room.js';
import { type ScanHere, scannerHere } from './scanHere.js';
import { node, type ScanHost } from './scanHost.js';
import { compileScan } from './scanModule.js';
import type { ScannedRows } from './scannedRows.js';
import type { ScanPlan } from './scanner.js';
import { type ScanOrders, ScanPool, type Slot } from './scanPool.js';
import { ShardCut, type ShardFill, type ShardPart } from './shardCut.js';

/** Below, threads take longer to start than they spare. */
const MANY_BYTES = 1 << 23;
/** A shard whose text is longer than so many chunks is not waited for. */
const MOST_CHUNKS = 8;
/** More than any chunk has. */
const ANY_LINES = 2 ** 32 - 1;
/** More of them would wait for the one that reads. */
const MOST_THREADS = 8;

export interface ScannersOptions {
  /** Threads at most; default as many as the machine has buffer for. They change nothing but the time. */
  readonly threads?: number | undefined;
  /** Bytes of the whole file as it lies there, where that is known. */
  readonly byteLength?: number | undefined;
  readonly host?: ScanHost | undefined;
  /** Bytes of a chunk. */
  readonly chunkBytes?: number | undefined;
  /** Fewest bytes that are worth starting threads for. */
  readonly manyBytes?: number | undefined;
}

/** Where a scan has come to: a byte of the chunk, and its line in the file. */
export interface Position {
  readonly offset: number;
  readonly line: number;
}

export interface ScanChunk {
  readonly bytes: Buffer;
  /** See `Chunk`. */
  readonly isWhole: boolean;
  /**
   * Scans on from the start of a row, to the end or to a row that is not plain.
   *
   * @param take given the rows, batch by batch
   * @throws BceError WORKER_FAILED
   */
  scan(from: Position, take: (rows: ScannedRows) => void): Promise<Position>;
  /** To be called when all its rows are taken. */
  release(): void;
}

interface ScanBuffer extends ChunkBuffer {
  /** Where it lies in the memory of a scanner. */
  readonly room: Room | undefined;
  /** The same where a pool has it. */
  readonly slot: Slot | undefined;
  /** What the rows of the chunk are, where they have been counted. */
  readonly shard?: ShardPart;
}

/** The shards that rows go to. */
export interface ShardsToCome {
  /** A full one. */
  readonly shape: ShardShape;
  /** Of a row of the file, about. */
  readonly rowBytes: number;
  /** How full the one is that the next row goes to. */
  fill(): ShardFill;
}

/** Cuts a file into chunks and has them scanned; must be closed. */
export class Scanners {
  readonly #chunkBytes: number;
  readonly #manyBytes: number;
  readonly #threads: number;
  readonly #host: ScanHost;
  #orders: ScanOrders | undefined;
  #shards: { readonly cut: ShardCut; fill(): ShardFill } | undefined;
  /** Chunks that have been cut and not released. */
  #outstanding = 0;
  #here: ScanHere | undefined;
  /** The memory of the reading thread. */
  readonly #bump = lazily(() => bumpAllocator(createMemory()));
  #pool: ScanPool | undefined;
  #bytesSeen = 0;
  /** Room for a chunk on the reading thread, while nobody has it. */
  #room: Room | undefined;
  /** The same elsewhere, for the first chunks and for long rows. */
  #spare: ArrayBuffer | undefined;

  constructor(options: ScannersOptions) {
    const { host = node, chunkBytes = CHUNK_BYTES, manyBytes = MANY_BYTES, byteLength = 0 } = options;
    this.#chunkBytes = chunkBytes;
    this.#manyBytes = manyBytes;
    this.#host = host;
    this.#threads = Math.min(options.threads ?? host.availableThreads(), MOST_THREADS);
    this.#expect(byteLength);
  }

  /** Starts threads if so many bytes are worth them; they get ready while this one goes on. */
  #expect(byteLength: number): void {
    if (this.#pool !== undefined || this.#threads === 1 || byteLength < this.#manyBytes) return;
    const threads = Math.min(this.#threads, this.#host.mostThreads?.() ?? this.#threads);
    if (threads < 2) return;
    this.#pool = new ScanPool(threads, this.#host);
    if (this.#orders !== undefined) this.#pool.begin(this.#orders);
  }

  get hasBegun(): boolean {
    return this.#orders !== undefined;
  }

  /** Scans the first rows, before it is known what the columns are; undefined where this machine cannot. @param first cells of one of them */
  scanHead(shape: HeadShape, first: readonly string[], mostRows: number): HeadScan | undefined {
    const module = compileScan(shape.numbers);
    return module && withRoom(() => new HeadScan(module, this.#bump(), shape, first, mostRows));
  }

  /**
   * Says what the columns are; to be called before the first scan.
   *
   * @param shards that the threads may seal
   * @returns false where this machine cannot scan: it lacks instructions, or addresses (`ulimit -v`)
   */
  begin(plan: ScanPlan, shards?: ShardsToCome): boolean {
    const module = compileScan(plan.numbers);
    if (module === undefined) return false;
    this.#here = withRoom(() => scannerHere(module, this.#bump(), plan, this.#chunkBytes));
    if (this.#here === undefined) return false;
    this.#room = this.#here.room;
    const cut = shards && new ShardCut(shards.shape.rows, shards.rowBytes);
    const shardBytes = cut?.bytesOf(shards!.shape.rows) ?? 0;
    const isSealing = cut !== undefined && shardBytes <= MOST_CHUNKS * this.#chunkBytes;
    if (isSealing) this.#shards = { cut, fill: () => shards!.fill() };
    const slotBytes = Math.max(this.#chunkBytes, isSealing ? shardBytes : 0);
    this.#orders = { module, plan, shape: isSealing ? shards!.shape : undefined, slotBytes };
    this.#pool?.begin(this.#orders);
    return true;
  }

  /** The chunks of a file in their order; as far as there are threads, they are being scanned already. */
  chunks(bytes: Pieces): AsyncGenerator<ScanChunk> {
    const buffers = {
      take: (byteLength: number, least: number) => this.#bufferOf(byteLength, least),
      giveBack: (buffer: ScanBuffer) => this.#release(buffer),
      cut: (buffer: ScanBuffer) => this.#cut(buffer),
    };
    const cut = cutAtRowEnds(bytes, this.#chunkBytes, buffers);
    return ahead(
      cut,
      // none are asked for ahead until it is known once more where shards end
      () => (this.#shards?.cut.isWorthAligning ? 1 : 1 + (this.#pool?.slots ?? 0)),
      (chunk) => this.#start(chunk),
    );
  }

  async #bufferOf(wanted: number, least: number): Promise<ScanBuffer> {
    const pool = this.#pool;
    if (pool === undefined || !pool.isThere || least > pool.slotBytes) {
      return this.#bufferHere(Math.max(wanted, least));
    }
    const slot = await pool.take();
    const { cut, fill } = this.#shards ?? {};
    if (cut?.isWorthAligning && this.#outstanding === 0) cut.align(fill!());
    const likely = cut?.left === undefined ? wanted : cut.bytesOf(cut.left);
    const byteLength = Math.max(least, Math.min(likely, pool.slotBytes));
    return { bytes: slot.bytes.subarray(0, byteLength), room: slot, slot };
  }

  #bufferHere(byteLength: number): ScanBuffer {
    const room = this.#room;
    if (room !== undefined && room.bytes.length >= byteLength) {
      this.#room = undefined;
      return { bytes: room.bytes.subarray(0, byteLength), room, slot: undefined };
    }
    const spare = this.#spare;
    this.#spare = undefined;
    const isLongEnough = spare !== undefined && spare.byteLength >= byteLength;
    const memory = isLongEnough ? spare : new ArrayBuffer(byteLength);
    return { bytes: Buffer.from(memory, 0, byteLength), room: undefined, slot: undefined };
  }

  /** Where a shard ends, as far as that is known, or else the last row. */
  #cut(buffer: ScanBuffer): Cut<ScanBuffer> {
    const { bytes, room, slot } = buffer;
    const { cut } = this.#shards ?? {};
    const left = cut?.left;
    if (slot === undefined || left === undefined) {
      cut?.lose();
      const lastFeed = room && (() => room.endOfLines(bytes.length, ANY_LINES).end);
      return { end: lastRowEnd(bytes, lastFeed), buffer };
    }
    const { end, lines } = slot.endOfLines(bytes.length, left);
    const most = slot.bytes.length;
    if (lines < left && bytes.length < most) {
      const more = Math.min(most, bytes.length + cut!.bytesOf(left - lines));
      return { end: undefined, buffer: { ...buffer, bytes: slot.bytes.subarray(0, more) } };
    }
    if (lines === 0) return { end: 0, buffer };
    return { end, buffer: { ...buffer, shard: cut!.take(lines, end) } };
  }

  #release({ room, slot, bytes }: ScanBuffer): void {
    if (slot !== undefined) this.#pool!.giveBack(slot);
    else if (room !== undefined) this.#room = room;
    else this.#spare = bytes.buffer as ArrayBuffer;
  }

  #start({ bytes, isWhole, buffer }: Chunk<ScanBuffer>): ScanChunk {
    this.#bytesSeen += bytes.length;
    this.#expect(this.#bytesSeen);
    this.#outstanding++;
    const shard = buffer?.shard;
    const slot = buffer?.slot;
    const scan =
      slot === undefined
        ? (from: Position, take: Take) => this.scanHere(bytes, from, take)
        : this.#scanIn(slot, bytes.length, shard?.isShard ?? false);
    const release = () => {
      this.#outstanding--;
      const { cut, fill } = this.#shards ?? {};
      if (shard !== undefined && fill!().rows !== shard.rows) cut!.lose();
      if (buffer !== undefined) this.#release(buffer);
    };
    return { bytes, isWhole, scan, release };
  }

  /** Scans bytes of any place on this thread, as `ScanChunk.scan` does. */
  async scanHere(bytes: Buffer, { offset, line }: Position, take: Take): Promise<Position> {
    const end = this.#here!.scan(bytes.subarray(offset), line, take);
    return { offset: offset + end.offset, line: end.line };
  }

  /** Scans a slot at once, and once more for whoever goes on from another place than its start. */
  #scanIn(slot: Slot, byteLength: number, isShard: boolean): ScanChunk['scan'] {
    const pool = this.#pool!;
    const whole = pool.scan(slot, 0, byteLength, isShard);
    // heard of when its turn comes, if it comes
    whole.catch(() => {});
    return async ({ offset, line }, take) => {
      const part = await (offset === 0 ? whole : pool.scan(slot, offset, byteLength, false));
      const { lines } = part.rows;
      for (let r = 0; r < lines.length; r++) lines[r]! += line;
      if (lines.length > 0) take(part.rows);
      return { offset: part.offset, line: line + part.lines };
    };
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    await this.#pool?.close();
  }
}

type Take = (rows: ScannedRows) => void;

/** Undefined where no memory has room for it. */
function withRoom<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
