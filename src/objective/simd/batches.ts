/** The order in which an objective visits its shards: batch after batch, those of the file group by group. */

import type { Filed, Placed } from '../../storage/heapStore.js';
import type { Extent } from '../../storage/place.js';
import { padded } from '../../storage/place.js';
import type { SharedHeap } from '../../storage/sharedHeap.js';
import { ALL_ROWS, type Batch, type KernelTask, slotBytes, type VisitKind } from './kernelTask.js';

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
  /** The group that is read to the place of this one once it has been visited. */
  readonly next: number | undefined;
  readonly batches: readonly Batch[];
}

/** Some of the rows: the first ones of every so many-th shard. */
export interface Sample {
  readonly every: number;
  /** Of each such shard, at most. */
  readonly rows: number;
  /** All of them. */
  readonly count: number;
}

/** Shards of a sample at least, so that it comes from all over the table. */
const SAMPLE_SHARDS = 16;

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
  return ordered(runs, ({ memory, first, count }) => {
    const { start, count: most } = slots.get(memory)!;
    const batches: Batch[] = [];
    for (let done = 0; done < count; done += most) {
      const size = Math.min(most, count - done);
      batches.push({
        kind,
        memory,
        first: first + done,
        every: 1,
        count: size,
        rows: ALL_ROWS,
        slots: start,
        slotBytes: bytes,
        total: 0,
      });
    }
    return batches;
  });
}

/** A step for each group or run that has batches. */
function ordered<Part extends { readonly group: number | undefined }>(
  parts: readonly Part[],
  batchesOf: (part: Part) => Batch[],
): Step[] {
  const steps = parts
    .map((part) => ({ group: part.group, batches: batchesOf(part) }))
    .filter(({ batches }) => batches.length > 0);
  // of each place, round and round
  const following = [0, 1].map(
    (place) => steps.find(({ group }) => group !== undefined && group % 2 === place)?.group,
  );
  return steps
    .reverse()
    .map((step) => {
      if (step.group === undefined) return { ...step, next: undefined };
      const next = following[step.group % 2];
      following[step.group % 2] = step.group;
      return { ...step, next };
    })
    .reverse();
}

/**
 * So many rows at least, from as few shards as that takes, but from all over the table.
 *
 * @returns undefined where they would be most of it
 */
export function sampleOf(rowCounts: readonly number[], wanted: number): Sample | undefined {
  const shards = rowCounts.length;
  const longest = Math.max(...rowCounts);
  const every = Math.max(1, Math.floor(shards / Math.max(SAMPLE_SHARDS, Math.ceil(wanted / longest))));
  const taken = rowCounts.filter((_, i) => i % every === 0);
  const rows = padded(Math.ceil(wanted / taken.length));
  const count = taken.reduce((sum, own) => sum + Math.min(own, rows), 0);
  const all = rowCounts.reduce((sum, own) => sum + own, 0);
  return 2 * count > all ? undefined : { every, rows, count };
}

/** What of the steps visits a sample. */
export function sampledSteps(steps: readonly Step[], { every, rows }: Sample): Step[] {
  return ordered(steps, ({ batches }) =>
    batches.flatMap((batch) => {
      const first = every * Math.ceil(batch.first / every);
      const count = Math.ceil((batch.first + batch.count - first) / every);
      return count > 0 ? [{ ...batch, first, every, count, rows }] : [];
    }),
  );
}
