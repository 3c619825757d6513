/** Shards on their way from who reads to who takes them: none is kept. */
import { allocate, type Shard, type ShardArrays, type ShardShape } from './shards.js';
import type { ShardStore } from './store.js';

/** Filled by one task as a store is, emptied by another. */
export class ShardQueue implements ShardStore {
  readonly #shards: Shard[] = [];
  readonly #most: number;
  #isEnded = false;
  #isAbandoned = false;
  /** Whoever waits for a change. */
  #waiting: (() => void)[] = [];

  /** @param most shards that wait at most before the reader is to wait for them */
  constructor(most: number) {
    this.#most = most;
  }

  room(shape: ShardShape): ShardArrays {
    return allocate(shape);
  }

  append(shard: Shard): void {
    if (!this.#isAbandoned) this.#shards.push(shard);
    this.#wake();
  }

  /** No more will come. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** No more will be taken. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#shards.length = 0;
    this.#wake();
  }

  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** Resolves when there is room for more. */
  async hasRoom(): Promise<void> {
    while (this.#shards.length >= this.#most && !this.#isAbandoned) await this.#change();
  }

  /** The next `count` shards, fewer at the end; none after it. */
  async take(count: number): Promise<readonly Shard[]> {
    while (this.#shards.length < count && !this.#isEnded) await this.#change();
    const taken = this.#shards.splice(0, count);
    this.#wake();
    return taken;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  adopt(): never {
    throw gone();
  }

  momentsOf(): never {
    throw gone();
  }

  rowCounts(): never {
    throw gone();
  }

  at(): never {
    throw gone();
  }

  update(): never {
    throw gone();
  }

  [Symbol.asyncIterator](): never {
    throw gone();
  }
}

function gone(): Error {
  return new Error('shards that go by are not kept');
}
