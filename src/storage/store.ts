/** Where the shards of a table live, in their order. */
import { createYielder } from '../runtime/yield.js';
import type { SealedColumns } from './sealedColumns.js';
import { momentsOf, type ShardMoments } from './shardMoments.js';
import { allocate, copyOf, type Shard, type ShardArrays, type ShardShape } from './shards.js';

/** Visited with `for await`; the arrays of a shard hold until the next one is asked for. */
export type Shards = readonly Shard[] | ShardStore;

/** Rows of each shard, in their order. */
export function rowCountsOf(shards: Shards): number[] {
  return isList(shards) ? shards.map(({ rows }) => rows) : shards.rowCounts();
}

/** The shards at these places, one after the other; their arrays hold as those of `Shards` do. */
export function shardsAt(shards: Shards, places: Uint32Array): Iterable<Shard> | AsyncIterable<Shard> {
  return isList(shards) ? Array.from(places, (place) => shards[place]!) : shards.at(places);
}

function isList(shards: Shards): shards is readonly Shard[] {
  return Array.isArray(shards);
}

export interface ShardStore extends AsyncIterable<Shard> {
  /** Rows of each shard, in their order. */
  rowCounts(): number[];
  /** The shards at these places, in the order of the places. */
  at(places: Uint32Array): AsyncIterable<Shard>;
  /**
   * Arrays of zeros for the next shard, where it is to stay or on the way there. They hold until it is appended.
   *
   * @throws BceError OUT_OF_MEMORY
   */
  room(shape: ShardShape): ShardArrays;
  /**
   * Appends a shard: one that was filled into the room, which may then be given out again, or one in arrays of
   * its own.
   *
   * @throws BceError TEMP_FILE
   */
  append(shard: Shard): void;
  /**
   * Appends a full shard whose columns have been sealed elsewhere; takes a copy of it.
   *
   * @throws BceError TEMP_FILE
   */
  adopt(shard: Shard, sealed: SealedColumns): void;
  /** What a shard that is about to be appended tells of its d columns. */
  momentsOf(shard: Shard, d: number): ShardMoments;
  /** Puts what `change` makes of each shard in its place: other values in the same arrays, or in less of them. */
  update(change: (shard: Shard) => Shard): Promise<void>;
}

/** The shards in memory, each in arrays of its own. */
export class ArrayStore implements ShardStore {
  readonly shards: Shard[] = [];

  room(shape: ShardShape): ShardArrays {
    return allocate(shape);
  }

  append(shard: Shard): void {
    this.shards.push(shard);
  }

  adopt(shard: Shard): void {
    this.shards.push(copyOf(shard));
  }

  momentsOf(shard: Shard, d: number): ShardMoments {
    return momentsOf(shard, d);
  }

  async update(change: (shard: Shard) => Shard): Promise<void> {
    const yielder = createYielder();
    for (let i = 0; i < this.shards.length; i++) {
      const shard = this.shards[i]!;
      this.shards[i] = change(shard);
      if (yielder.isDue(shard.X.length + shard.codes.length)) await yielder.yield();
    }
  }

  rowCounts(): number[] {
    return rowCountsOf(this.shards);
  }

  async *at(places: Uint32Array): AsyncGenerator<Shard> {
    yield* shardsAt(this.shards, places);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Shard> {
    yield* this.shards;
  }
}
