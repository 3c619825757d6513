/** The shards of one dataset in a heap: in its memories, in its file, or still where they were collected. */

import { aligned } from '../runtime/bumpAllocator.js';
import type { TempFile } from '../runtime/tempFile.js';
import { createYielder } from '../runtime/yield.js';
import { allocate, BLOCK_ROWS, type Shard, type ShardArrays, type ShardShape, shardOf } from './shards.js';
import type { Extent, SharedHeap } from './sharedHeap.js';
import type { ShardStore } from './store.js';

/** Where the arrays of a shard are, in bytes from its start, and how long it is. */
interface Layout {
  readonly codes: number;
  readonly y: number;
  /** 0 for none; X is at 0. */
  readonly c: number;
  readonly byteLength: number;
}

/** Where a shard lies: byte offsets into a memory. */
export interface Place {
  /** Index of the memory. */
  readonly memory: number;
  readonly rows: number;
  readonly X: number;
  readonly codes: number;
  readonly y: number;
  /** 0 for none. */
  readonly c: number;
}

/** A small shard in arrays of its own. */
interface Loose {
  readonly kind: 'loose';
  readonly shard: Shard;
}

export interface Placed {
  readonly kind: 'placed';
  readonly shard: Shard;
  readonly place: Place;
}

export interface Filed {
  readonly kind: 'filed';
  readonly file: TempFile;
  /** First byte in the file. */
  readonly start: number;
  readonly layout: Layout;
  readonly rows: number;
  /** Columns that are left. */
  readonly d: number;
  readonly k: number;
}

type Entry = Loose | Placed | Filed;

/** Where the arrays given out last are. */
type Claim = { readonly arrays: ShardArrays; readonly shape: ShardShape; readonly layout: Layout } & (
  | { readonly extent: Extent }
  | { readonly bytes: Uint8Array }
);

export class HeapStore implements ShardStore {
  readonly heap: SharedHeap;
  readonly entries: Entry[] = [];
  #claim: Claim | undefined;
  /** Where shards wait on their way to the file. */
  #buffer: Uint8Array | undefined;

  constructor(heap: SharedHeap) {
    this.heap = heap;
  }

  room(shape: ShardShape): ShardArrays {
    const layout = layoutOf(shape);
    if (this.heap.hasRoom(layout.byteLength)) {
      // where addresses are scarce, in arrays of their own
      const extent = this.heap.tryTakeShard(layout.byteLength);
      if (extent === undefined) return allocate(shape);
      const { buffer } = this.heap.memories[extent.memory]!;
      const arrays = arraysAt(buffer, extent.start, layout, shape);
      this.#claim = { arrays, shape, layout, extent };
      return arrays;
    }
    this.#buffer ??= new Uint8Array(layout.byteLength);
    const bytes = this.#buffer.fill(0);
    const arrays = arraysAt(bytes.buffer, 0, layout, shape);
    this.#claim = { arrays, shape, layout, bytes };
    return arrays;
  }

  append(shard: Shard): void {
    const claim = this.#claim;
    if (claim === undefined || shard.y.buffer !== claim.arrays.y.buffer) {
      this.entries.push({ kind: 'loose', shard });
      return;
    }
    this.#claim = undefined;
    const { rows } = shard;
    const { layout, shape } = claim;
    if ('extent' in claim) {
      this.entries.push({ kind: 'placed', shard, place: placeAt(claim.extent, layout, rows) });
      return;
    }
    const { file, start } = this.heap.takeFile(layout.byteLength);
    file.write(claim.bytes, start);
    this.entries.push({ kind: 'filed', file, start, layout, rows, d: shape.d, k: shape.k });
  }

  async update(change: (shard: Shard) => Shard): Promise<void> {
    const yielder = createYielder();
    let i = 0;
    for await (const { shard, bytes } of this.#visit()) {
      const entry = this.entries[i]!;
      const changed = change(shard);
      if (entry.kind === 'filed') {
        entry.file.write(bytes!, entry.start);
        const padded = changed.y.length;
        this.entries[i] = { ...entry, d: changed.X.length / padded, k: changed.codes.length / padded };
      } else {
        // the arrays begin where they did, so a place stays what it was
        this.entries[i] = { ...entry, shard: changed };
      }
      i++;
      if (yielder.isDue(shard.X.length + shard.codes.length)) await yielder.yield();
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Shard> {
    for await (const { shard } of this.#visit()) yield shard;
  }

  /** The shards in their order, the next one of the file read while one is visited. */
  async *#visit(): AsyncGenerator<{ readonly shard: Shard; readonly bytes: Uint8Array | undefined }> {
    const buffers: (Uint8Array | undefined)[] = [undefined, undefined];
    const reads: (Promise<void> | undefined)[] = [undefined, undefined];
    const read = (i: number) => {
      const entry = this.entries[i];
      if (entry?.kind !== 'filed') return;
      buffers[i % 2] ??= new Uint8Array(entry.layout.byteLength);
      reads[i % 2] = entry.file.read(buffers[i % 2]!, entry.start);
    };
    read(0);
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[i]!;
      read(i + 1);
      if (entry.kind !== 'filed') {
        yield { shard: entry.shard, bytes: undefined };
        continue;
      }
      await reads[i % 2];
      const bytes = buffers[i % 2]!;
      yield { shard: shardIn(bytes.buffer as ArrayBuffer, 0, entry), bytes };
    }
  }

  /** The entries once those in arrays of their own are in the memories, where a kernel can see them. */
  placed(): readonly (Placed | Filed)[] {
    return this.entries.map((entry, i) => {
      if (entry.kind !== 'loose') return entry;
      const { shard } = entry;
      const { rows, y, c } = shard;
      const [d, k] = [shard.X.length / y.length, shard.codes.length / y.length];
      const shape = { rows: y.length, d, k, isWeighted: c !== undefined };
      const layout = layoutOf(shape);
      const extent = this.heap.takeShard(layout.byteLength);
      const arrays = arraysAt(this.heap.memories[extent.memory]!.buffer, extent.start, layout, shape);
      arrays.X.set(shard.X);
      arrays.codes.set(shard.codes);
      arrays.y.set(y);
      if (c !== undefined) arrays.c!.set(c);
      const moved = shardOf(arrays, rows, d, k);
      const placed: Placed = { kind: 'placed', shard: moved, place: placeAt(extent, layout, rows) };
      this.entries[i] = placed;
      return placed;
    });
  }
}

/** A store of shards that lie elsewhere; copies them. */
export async function storeOf(
  shards: AsyncIterable<Shard> | Iterable<Shard>,
  heap: SharedHeap,
): Promise<HeapStore> {
  const store = heap.createStore();
  for await (const shard of shards) store.append(shard);
  return store;
}

function layoutOf({ rows, d, k, isWeighted }: ShardShape): Layout {
  const codes = aligned(8 * rows * d);
  const y = codes + aligned(4 * rows * k);
  const end = y + aligned(8 * rows);
  return { codes, y, c: isWeighted ? end : 0, byteLength: isWeighted ? end + aligned(8 * rows) : end };
}

function arraysAt(
  buffer: ArrayBufferLike,
  start: number,
  { codes, y, c }: Layout,
  { rows, d, k }: ShardShape,
): ShardArrays {
  return {
    X: new Float64Array(buffer, start, rows * d),
    codes: new Int32Array(buffer, start + codes, rows * k),
    y: new Float64Array(buffer, start + y, rows),
    c: c === 0 ? undefined : new Float64Array(buffer, start + c, rows),
  };
}

/** A shard of the file, its bytes read to `start`. */
function shardIn(buffer: ArrayBufferLike, start: number, { layout, rows, d, k }: Filed): Shard {
  const padded = Math.ceil(rows / BLOCK_ROWS) * BLOCK_ROWS;
  const shape = { rows: padded, d, k, isWeighted: layout.c !== 0 };
  return { rows, ...arraysAt(buffer, start, layout, shape) };
}

export function placeAt({ memory, start }: Extent, { codes, y, c }: Layout, rows: number): Place {
  return { memory, rows, X: start, codes: start + codes, y: start + y, c: c === 0 ? 0 : start + c };
}
