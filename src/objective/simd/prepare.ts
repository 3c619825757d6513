/** What the kernel and its threads are told before the first visit: where each shard is, and where they find the rest. */
import type { Dataset } from '../../dataset/dataset.js';
import { FilePrefetch } from '../../storage/filePrefetch.js';
import type { Filed, Placed } from '../../storage/heapStore.js';
import type { Extent } from '../../storage/place.js';
import { type Place, padded, placeAt } from '../../storage/place.js';
import type { SharedHeap } from '../../storage/sharedHeap.js';
import type { ClassWeights } from '../reference.js';
import { type Run, runsOf } from './batches.js';
import { type Arguments, foldRoomBytes, type KernelTask, problemsBytes, scratchBytes } from './kernelTask.js';
import { PROBLEM_BYTES } from './layout.js';

/** Rows parted into folds, for several problems at once. */
export interface FoldPlan {
  /** Fold of each row. */
  readonly of: Uint32Array;
  /** Problems that are visited at once, at most. */
  readonly most: number;
  /** Whether a problem may weigh the classes in its own way. */
  readonly isFactored: boolean;
}

/** Where each shard is when it is visited, in which runs that is, and how those of the file get there. */
export function layOut(
  entries: readonly (Placed | Filed)[],
  heap: SharedHeap,
  perGroup: number,
): { runs: readonly Run[]; places: readonly Place[]; file: FilePrefetch } {
  const filed = entries.filter((entry) => entry.kind === 'filed');
  const shardBytes = filed.reduce((most, { layout }) => Math.max(most, layout.byteLength), 0);
  const buffers = [0, 1]
    .filter((buffer) => filed.length > buffer * perGroup)
    .map(() => heap.reserveAnywhere(perGroup * shardBytes));
  const runs = runsOf(entries, perGroup, buffers);
  const groups: { entry: Filed; to: Extent }[][] = [];
  const places = runs.flatMap(({ first, count, group }) =>
    entries.slice(first, first + count).map((entry, i): Place => {
      if (entry.kind === 'placed') return placeAt(entry.extent, entry.layout, entry.rows);
      const { memory, start } = buffers[group! % 2]!;
      const to = { memory, start: start + i * shardBytes };
      groups[group!] ??= [];
      groups[group!]!.push({ entry, to });
      return placeAt(to, entry.layout, entry.rows);
    }),
  );
  return { runs, places, file: new FilePrefetch(heap, groups) };
}

/** Puts what threads are told into the heap. */
export function prepare(
  dataset: Dataset,
  places: readonly Place[],
  classWeights: ClassWeights,
  heap: SharedHeap,
  threads: number,
  folds: FoldPlan | undefined,
): KernelTask {
  const { numerics: d, factors } = dataset.design;
  const size = d + 1 + factors.reduce((sum, { levels }) => sum + levels, 0);
  const args = heap.memories.map((memory, index): Arguments => {
    const addresses = {
      w: heap.reserve(index, 8 * size),
      mu: heap.reserve(index, 16 * d),
      starts: heap.reserve(index, 4 * factors.length),
      scratch: heap.reserve(index, threads * scratchBytes(d)),
      problem: heap.reserve(index, PROBLEM_BYTES),
      problems: folds === undefined ? 0 : heap.reserve(index, problemsBytes(size, folds.most)),
      foldRoom: folds === undefined ? 0 : heap.reserve(index, threads * foldRoomBytes(d, folds.most)),
    };
    const starts = new Int32Array(memory.buffer, addresses.starts, factors.length);
    let start = d + 1;
    factors.forEach(({ levels }, f) => {
      starts[f] = 8 * start;
      start += levels;
    });
    return addresses;
  });
  const isWeighted = places.some(({ c }) => c !== 0) || classWeights[0] !== 1 || classWeights[1] !== 1;
  const parted = folds && { ...folds, of: placeFolds(folds.of, places, heap) };
  return { d, k: factors.length, size, classWeights, isWeighted, args, places, folds: parted };
}

/** Puts the folds of the rows of each shard into its memory. */
function placeFolds(folds: Uint32Array, places: readonly Place[], heap: SharedHeap): number[] {
  let done = 0;
  return places.map(({ memory, rows }) => {
    const start = heap.reserve(memory, 4 * padded(rows));
    new Uint32Array(heap.memories[memory]!.buffer, start, rows).set(folds.subarray(done, done + rows));
    done += rows;
    return start;
  });
}
