/** Shards of the file on their way into memory: one group is read while another is worked on. */

import type { Filed } from './heapStore.js';
import type { Extent } from './place.js';
import type { SharedHeap } from './sharedHeap.js';

/**
 * Reads groups of shards to two places, even ones to one and odd ones to the other, while those there are worked on.
 *
 * @param groups shards of each group, and where they are read to: even groups to one place, odd ones to another
 */
export class FilePrefetch {
  readonly #heap: SharedHeap;
  readonly #groups: readonly (readonly { readonly entry: Filed; readonly to: Extent }[])[];
  /** The group that each place has or is getting. */
  readonly #at: [number, number] = [-1, -1];
  readonly #reads: [Promise<unknown>, Promise<unknown>] = [Promise.resolve(), Promise.resolve()];

  constructor(
    heap: SharedHeap,
    groups: readonly (readonly { readonly entry: Filed; readonly to: Extent }[])[],
  ) {
    this.#heap = heap;
    this.#groups = groups;
  }

  /** Resolves when a group is there. @throws BceError TEMP_FILE */
  async ready(group: number): Promise<void> {
    this.#request(group);
    await this.#reads[group % 2];
  }

  /** What was in its place has been worked on, and this group is wanted there next. */
  prefetch(group: number): void {
    this.#request(group);
  }

  #request(group: number): void {
    const place = (group % 2) as 0 | 1;
    if (this.#at[place] === group) return;
    this.#at[place] = group;
    const read = async () => {
      await Promise.all(
        this.#groups[group]!.map(({ entry, to }) => {
          return entry.file.read(this.#heap.bytesAt(to, entry.layout.byteLength), entry.start);
        }),
      );
    };
    // after what was still on its way there, which fails for whoever waits for it
    const reading = this.#reads[place].then(read, read);
    reading.catch(() => {});
    this.#reads[place] = reading;
  }
}
