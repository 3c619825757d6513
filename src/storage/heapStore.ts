/**
 * The shards of one dataset in a heap: in its memories, in its file, or still where they were collected.
 *
 * A shard is filled as doubles in a place that the next one will take. Then it is sealed: its columns go to the heap or
 * the file in the narrowest form that gives back every bit (`codec.ts`). Whoever visits it sees doubles again.
 */

import type { TempFile } from '../runtime/tempFile.js';
import { createYielder } from '../runtime/yield.js';
import { type Codec, rangesBytes, roomBytes } from './codec.js';
import type { Extent } from './place.js';
import { arraysAt, type Layout, layoutOf, padded, rowsAt } from './place.js';
import type { SealedColumns } from './sealedColumns.js';
import { kernelLoops, loopsBytes, momentsOf, type ShardMoments } from './shardMoments.js';
import { allocate, BLOCK_ROWS, copyOf, type Shard, type ShardArrays, type ShardShape } from './shards.js';
import { isOutOfMemory, outOfMemory, type SharedHeap } from './sharedHeap.js';
import type { ShardStore } from './store.js';

/** A shard in arrays of its own. */
interface Loose {
  readonly kind: 'loose';
  readonly shard: Shard;
}

/** A shard that has been sealed. */
interface Sealed {
  readonly layout: Layout;
  readonly rows: number;
  /** Its rows are whole blocks. */
  readonly shape: ShardShape;
  /** Bytes that may be written where it is. */
  readonly capacity: number;
}

export interface Placed extends Sealed {
  readonly kind: 'placed';
  readonly extent: Extent;
}

export interface Filed extends Sealed {
  readonly kind: 'filed';
  readonly file: TempFile;
  /** First byte in the file. */
  readonly start: number;
}

type Entry = Loose | Placed | Filed;

/** Bytes of a memory of the heap, with what works on them. */
interface Desk extends Extent {
  readonly buffer: SharedArrayBuffer;
  readonly codec: Codec;
  readonly byteLength: number;
}

/** Numbers of a shard below which a copy for the kernel is worth less than its start. */
const FEW_NUMBERS = 1 << 12;

/** A shard as it is visited. */
interface Visit {
  readonly entry: Entry;
  readonly shard: Shard;
  /** Where the bytes of one that is sealed are, and whether its doubles have been looked at. */
  readonly sealed: { readonly at: Extent; readonly isOpen: () => boolean } | undefined;
}

export class HeapStore implements ShardStore {
  readonly heap: SharedHeap;
  readonly entries: Entry[] = [];
  /** Where the arrays given out last are. */
  #claim: { readonly arrays: ShardArrays; readonly desk: Desk } | undefined;
  /** Bytes that have been used and are free again. */
  readonly #desks: Desk[] = [];

  constructor(heap: SharedHeap) {
    this.heap = heap;
  }

  room(shape: ShardShape): ShardArrays {
    const layout = layoutOf(shape);
    const desk = this.#tryDesk(layout.byteLength);
    // where addresses are scarce, in arrays of their own
    if (desk === undefined) return allocate(shape);
    const arrays = arraysAt(desk.buffer, desk.start, layout, shape);
    arrays.X.fill(0);
    arrays.codes.fill(0);
    arrays.y.fill(0);
    arrays.c?.fill(0);
    this.#claim = { arrays, desk };
    return arrays;
  }

  /** Where a shard lies that was filled into the room. */
  #deskOf({ y }: Shard): Desk | undefined {
    const claim = this.#claim;
    const isThere = y.byteOffset === claim?.arrays.y.byteOffset && y.buffer === claim.desk.buffer;
    return isThere ? claim.desk : undefined;
  }

  momentsOf(shard: Shard, d: number): ShardMoments {
    const { X, rows } = shard;
    const there = this.#deskOf(shard);
    const desk = there ?? (X.length < FEW_NUMBERS ? undefined : this.#tryDesk(X.byteLength));
    if (desk === undefined || d === 0) return momentsOf(shard, d);
    const columns = there === undefined ? new Float64Array(desk.buffer, desk.start, X.length) : X;
    if (there === undefined) columns.set(X);
    const room = this.#desk(loopsBytes(d), desk.memory);
    const moments = momentsOf(
      shard,
      d,
      kernelLoops(desk.codec, room.buffer, { X: columns, rows }, room.start),
    );
    this.#desks.push(room);
    if (there === undefined) this.#desks.push(desk);
    return moments;
  }

  append(shard: Shard): void {
    const desk = this.#deskOf(shard);
    if (desk === undefined) {
      this.entries.push({ kind: 'loose', shard });
      return;
    }
    this.#claim = undefined;
    this.entries.push(this.#seal(shard, desk) ?? { kind: 'loose', shard: copyOf(shard) });
    this.#desks.push(desk);
  }

  adopt(shard: Shard, { bytes, columnBytes }: SealedColumns): void {
    const { heap } = this;
    const { rows } = shard;
    const shape = shapeOf(shard);
    const layout = layoutOf(shape, columnBytes);
    const { byteLength } = layout;
    const sealed = { layout, rows, shape, capacity: byteLength };
    const write = (extent: Extent) => {
      heap.bytesAt(extent, bytes.length).set(bytes);
      this.#writeRows(shard, extent, layout, shape);
    };
    if (heap.hasRoom(byteLength)) {
      const extent = heap.tryTakeShard(byteLength);
      if (extent !== undefined) write(extent);
      this.entries.push(
        extent === undefined
          ? { kind: 'loose', shard: copyOf(shard) }
          : { kind: 'placed', ...sealed, extent },
      );
      return;
    }
    const desk = this.#desk(byteLength);
    write(desk);
    const { file, start } = heap.takeFile(byteLength);
    file.write(heap.bytesAt(desk, byteLength), start);
    this.#desks.push(desk);
    this.entries.push({ kind: 'filed', ...sealed, file, start });
  }

  /** Writes codes, labels and weights of a shard behind its columns. */
  #writeRows(shard: Shard, { memory, start }: Extent, layout: Layout, shape: ShardShape): void {
    const { codes, y, c } = rowsAt(this.heap.memories[memory]!.buffer, start, layout, shape);
    codes.set(shard.codes.subarray(0, codes.length));
    y.set(shard.y.subarray(0, y.length));
    if (shard.c !== undefined) c!.set(shard.c);
  }

  /**
   * Puts a shard where it is to stay.
   *
   * @param desk memory where its columns are doubles
   * @param was what it was, where it was there before
   * @returns undefined where addresses are scarce
   */
  #seal(
    shard: Shard,
    { memory, codec }: Pick<Desk, 'memory' | 'codec'>,
    was?: Placed | Filed,
  ): Placed | Filed | undefined {
    const { rows, X, y } = shard;
    const shape = shapeOf(shard);
    const { d } = shape;
    const most = layoutOf(shape).byteLength;
    const out = this.#desk(most + roomBytes(d) + rangesBytes(d), memory);
    const { start, buffer } = out;
    const { X: at } = layoutOf(shape);
    const room = start + most;
    const ranges = room + roomBytes(d);
    codec.ranges(X.byteOffset, y.length, d, ranges);
    const bytes = codec.encode(X.byteOffset, y.length / BLOCK_ROWS, d, ranges, start, start + at, room);
    const layout = layoutOf(shape, bytes);
    this.#writeRows(shard, out, layout, shape);
    const entry = this.#put(new Uint8Array(buffer, start, layout.byteLength), { layout, rows, shape }, was);
    this.#desks.push(out);
    return entry;
  }

  #put(
    bytes: Uint8Array,
    sealed: Omit<Sealed, 'capacity'>,
    was: Placed | Filed | undefined,
  ): Placed | Filed | undefined {
    const { heap } = this;
    const { byteLength } = sealed.layout;
    const fits = was !== undefined && byteLength <= was.capacity;
    if (fits && was.kind === 'filed') {
      was.file.write(bytes, was.start);
      return { ...was, ...sealed };
    }
    if (fits && was.kind === 'placed') {
      heap.bytesAt(was.extent, byteLength).set(bytes);
      return { ...was, ...sealed };
    }
    if (heap.hasRoom(byteLength)) {
      const extent = heap.tryTakeShard(byteLength);
      if (extent === undefined) return undefined;
      heap.bytesAt(extent, byteLength).set(bytes);
      return { kind: 'placed', ...sealed, extent, capacity: byteLength };
    }
    const { file, start } = heap.takeFile(byteLength);
    file.write(bytes, start);
    return { kind: 'filed', ...sealed, file, start, capacity: byteLength };
  }

  /**
   * Bytes to work with, until they are given back to `#desks`.
   *
   * @param memory where they must be; default anywhere
   * @throws BceError OUT_OF_MEMORY
   */
  #desk(byteLength: number, memory?: number): Desk {
    const free = this.#desks.findIndex(
      (desk) => desk.byteLength >= byteLength && (memory === undefined || desk.memory === memory),
    );
    if (free >= 0) return this.#desks.splice(free, 1)[0]!;
    const { heap } = this;
    const extent =
      memory === undefined
        ? heap.reserveAnywhere(byteLength)
        : { memory, start: heap.reserve(memory, byteLength) };
    const { buffer } = heap.memories[extent.memory]!;
    return { ...extent, byteLength, buffer, codec: heap.codecOf(extent.memory) };
  }

  #tryDesk(byteLength: number): Desk | undefined {
    if (this.heap.isScarce) return undefined;
    try {
      return this.#desk(byteLength);
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      this.heap.isScarce = true;
      return undefined;
    }
  }

  async update(change: (shard: Shard) => Shard): Promise<void> {
    const yielder = createYielder();
    let i = 0;
    for await (const { entry, shard, sealed } of this.#visit()) {
      const changed = change(shard);
      if (entry.kind === 'loose') this.entries[i] = { kind: 'loose', shard: changed };
      else if (sealed!.isOpen()) this.entries[i] = this.#sealAgain(changed, sealed!.at, entry);
      else if (entry.kind === 'filed')
        entry.file.write(this.heap.bytesAt(sealed!.at, entry.layout.byteLength), entry.start);
      i++;
      if (yielder.isDue(shard.y.length * (entry.kind === 'loose' ? 1 : entry.shape.d + entry.shape.k))) {
        await yielder.yield();
      }
    }
  }

  #sealAgain(changed: Shard, { memory }: Extent, entry: Placed | Filed): Entry {
    const { heap } = this;
    return (
      this.#seal(changed, { memory, codec: heap.codecOf(memory) }, entry) ?? {
        kind: 'loose',
        shard: copyOf(changed),
      }
    );
  }

  rowCounts(): number[] {
    return this.entries.map((entry) => (entry.kind === 'loose' ? entry.shard.rows : entry.rows));
  }

  async *at(places: Uint32Array): AsyncGenerator<Shard> {
    for await (const { shard } of this.#visit(Array.from(places, (place) => this.entries[place]!)))
      yield shard;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Shard> {
    for await (const { shard } of this.#visit()) yield shard;
  }

  /** Shards in this order, the next one of the file read while one is visited; doubles are made when asked for. */
  async *#visit(entries: readonly Entry[] = this.entries): AsyncGenerator<Visit> {
    const { heap } = this;
    const taken: Desk[] = [];
    const take = (byteLength: number, memory?: number) => {
      const desk = this.#desk(byteLength, memory);
      taken.push(desk);
      return desk;
    };
    let [longest, widest] = [0, 0];
    for (const entry of entries) {
      if (entry.kind === 'loose') continue;
      if (entry.kind === 'filed') longest = Math.max(longest, entry.layout.byteLength);
      widest = Math.max(widest, 8 * entry.shape.rows * entry.shape.d);
    }
    const buffers: (Desk | undefined)[] = [undefined, undefined];
    const reads: (Promise<void> | undefined)[] = [undefined, undefined];
    const read = (i: number) => {
      const entry = entries[i];
      if (entry?.kind !== 'filed') return;
      buffers[i % 2] ??= take(longest);
      reads[i % 2] = entry.file.read(heap.bytesAt(buffers[i % 2]!, entry.layout.byteLength), entry.start);
    };
    const scratch = new Map<number, Desk>();
    try {
      read(0);
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i]!;
        read(i + 1);
        if (entry.kind === 'loose') {
          yield { entry, shard: entry.shard, sealed: undefined };
          continue;
        }
        if (entry.kind === 'filed') await reads[i % 2];
        const at = entry.kind === 'filed' ? buffers[i % 2]! : entry.extent;
        const { rows, layout, shape } = entry;
        const { buffer } = heap.memories[at.memory]!;
        let X: Float64Array | undefined;
        const open = () => {
          const blocks = shape.rows / BLOCK_ROWS;
          const { memory } = at;
          if (!scratch.has(memory)) scratch.set(memory, take(widest, memory));
          const { start, codec } = scratch.get(memory)!;
          codec.decode(at.start, at.start + layout.X, blocks, shape.d, start);
          return new Float64Array(heap.memories[memory]!.buffer, start, shape.rows * shape.d);
        };
        const shard: Shard = {
          rows,
          ...rowsAt(buffer, at.start, layout, shape),
          get X() {
            X ??= open();
            return X;
          },
        };
        yield { entry, shard, sealed: { at, isOpen: () => X !== undefined } };
      }
    } finally {
      await Promise.allSettled(reads);
      this.#desks.push(...taken);
    }
  }

  /** The entries once those in arrays of their own are in the memories, where a kernel can see them. */
  placed(): readonly (Placed | Filed)[] {
    return this.entries.map((entry, i) => {
      if (entry.kind !== 'loose') return entry;
      const shape = shapeOf(entry.shard);
      const layout = layoutOf(shape);
      const desk = this.#desk(layout.byteLength);
      const { X, codes, y, c } = entry.shard;
      const arrays = { ...arraysAt(desk.buffer, desk.start, layout, shape), rows: entry.shard.rows };
      arrays.X.set(X);
      arrays.codes.set(codes);
      arrays.y.set(y);
      if (c !== undefined) arrays.c!.set(c);
      const sealed = this.#seal(arrays, desk);
      this.#desks.push(desk);
      if (sealed === undefined) throw outOfMemory('no addresses are left');
      this.entries[i] = sealed;
      return sealed;
    });
  }
}

function shapeOf({ X, codes, y, c, rows }: Shard): ShardShape {
  const length = padded(rows);
  return { rows: length, d: X.length / length, k: codes.length / y.length, isWeighted: c !== undefined };
}

/** A store of shards that lie elsewhere; copies them. */
export async function storeOf(
  shards: AsyncIterable<Shard> | Iterable<Shard>,
  heap: SharedHeap,
): Promise<HeapStore> {
  const store = new HeapStore(heap);
  for await (const shard of shards) store.append(shard);
  return store;
}
