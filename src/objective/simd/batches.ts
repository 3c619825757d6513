/** The order in which an objective visits its shards: batch after batch, those of the file group by group. */

import type { Filed, Placed } from '../../storage/heapStore.js';
import type { Extent, SharedHeap } from '../../storage/sharedHeap.js';
import { type Batch, type KernelTask, slotBytes, type VisitKind } from './kernelTask.js';

/** Shards that lie in memory together: all of one memory, or a group of those of the file. */
export interface Run {
  readonly memory: number;
  readonly first: number;
  readonly count: number;
  /** Number of the group, for shards that must be read first. */
  readonly group: number | undefined;
}

/** One run, cut into batches by the slots that there are. */
export interface Step {
  readonly group: number | undefined;
  readonly batches: readonly Batch[];
}

/**
 * @param perGroup shards of the file that are read at once
 * @param buffers where even and odd groups are read to
 */
export function runsOf(
  entries: readonly (Placed | Filed)[],
  perGroup: number,
  buffers: readonly Extent[],
): Run[] {
  const memoryOf = (i: number) => {
    const entry = entries[i];
    return entry?.kind === 'placed' ? entry.extent.memory : undefined;
  };
  const runs: Run[] = [];
  let groups = 0;
  for (let first = 0; first < entries.length; first += runs.at(-1)!.count) {
    const memory = memoryOf(first);
    let end = first + 1;
    if (memory !== undefined) {
      while (memoryOf(end) === memory) end++;
      runs.push({ memory, first, count: end - first, group: undefined });
    } else {
      while (end < entries.length && end - first < perGroup && memoryOf(end) === undefined) end++;
      runs.push({ memory: buffers[groups % 2]!.memory, first, count: end - first, group: groups++ });
    }
  }
  return runs;
}

/** Cuts the runs into batches of at most `wanted` shards; reserves a slot for each shard of a batch. */
export function stepsOf(
  task: KernelTask,
  kind: VisitKind,
  runs: readonly Run[],
  heap: SharedHeap,
  wanted: number,
): Step[] {
  const bytes = slotBytes(task, kind);
  const slots = new Map<number, { readonly start: number; readonly count: number }>();
  for (const { memory } of runs) {
    if (slots.has(memory)) continue;
    const longest = Math.max(...runs.map((run) => (run.memory === memory ? run.count : 0)));
    // one at least: when there is no room for it, reserving fails
    const count = Math.max(1, Math.min(longest, wanted, Math.floor(heap.left(memory) / bytes)));
    slots.set(memory, { start: heap.reserve(memory, count * bytes), count });
  }
  return runs.map(({ memory, first, count, group }) => {
    const { start, count: most } = slots.get(memory)!;
    const batches: Batch[] = [];
    for (let done = 0; done < count; done += most) {
      const size = Math.min(most, count - done);
      batches.push({
        kind,
        memory,
        first: first + done,
        count: size,
        slots: start,
        slotBytes: bytes,
        total: 0,
      });
    }
    return { group, batches };
  });
}
