/**
 * The objective at the speed of the machine: the SIMD kernel over shards in shared memory, on all cores.
 *
 * It gives what the reference gives, but for rounding. Its own bits depend on the data alone: shards are
 * summed one by one and their sums added in order, whichever thread was when done with which.
 */
import { type Dataset, termCount } from '../dataset/dataset.js';
import { type Arena, createArena } from './arena.js';
import { alone, type Crew, crewOf } from './crew.js';
import { completeHessian, referenceHessian } from './hessian.js';
import { type Host, node } from './host.js';
import type { Objective } from './objective.js';
import { type ClassWeights, type Reduction, referenceObjective } from './reference.js';
import { hessianWidth, paddedColumns, type Room, slotBytes, type Task, type Wave } from './shardTask.js';
import { compileKernel, instantiate } from './simd.js';

export interface ParallelOptions {
  /** Threads at most, at least 1; default as many as the machine has room for. */
  readonly threads?: number | undefined;
  readonly classWeights?: ClassWeights | undefined;
  /** Where shards may lie already; others are copied into it. */
  readonly arena?: Arena | undefined;
  readonly host?: Host | undefined;
  /** Sizes from which on it pays to leave the plain kernel; default `PAYS_FROM`. */
  readonly paysFrom?: { readonly kernel: number; readonly threads: number } | undefined;
  /** Bytes of slots in a memory, though always as many slots as threads; default `SLOTS_BYTES`. */
  readonly slotsBytes?: Readonly<Record<Wave['kind'], number>> | undefined;
}

export interface LossObjective extends Objective {
  /** Threads at work; 1 is this one alone. */
  readonly threads: number;
  readonly kernel: 'plain' | 'simd';
  /** The Hessian in the weights of the columns (x - mu)/s, as `referenceHessian` says. */
  hessian(mu: Float64Array, s: Float64Array, w: Float64Array, H: Float64Array): Promise<void>;
  /** Ends all threads; nothing else may be called afterwards. */
  close(): Promise<void>;
}

/**
 * Cells (rows times columns, with some more for what a row costs) from which on the kernel is worth loading,
 * and an epoch worth sharing: below, the start takes longer than what it spares.
 */
export const PAYS_FROM = { kernel: 1 << 16, threads: 1 << 23 } as const;

/** What exp and the like cost a row, in columns. */
const ROW_COST = 8;

/** Bytes of slots in a memory. */
const SLOTS_BYTES = { sum: 2 ** 26, hessian: 2 ** 28 } as const;

/**
 * Binary cross-entropy of a dataset, as `referenceObjective` defines it. Moves the shards of a large dataset into
 * the arena, so that they are never held twice.
 *
 * @throws BceError OUT_OF_MEMORY; the objective, later, WORKER_FAILED when a thread ends
 */
export async function parallelObjective(
  dataset: Dataset,
  reduction: Reduction,
  intercept: boolean,
  options: ParallelOptions = {},
): Promise<LossObjective> {
  const { classWeights = [1, 1], host = node, paysFrom = PAYS_FROM, slotsBytes = SLOTS_BYTES } = options;
  const cells = dataset.rows * (dataset.numerics + dataset.factors.length + ROW_COST);
  const bytes = cells >= paysFrom.kernel ? await host.readKernel() : undefined;
  if (bytes === undefined) return plainObjective(dataset, reduction, intercept, classWeights);

  const module = await compileKernel(bytes);
  const arena = options.arena ?? createArena();
  const task = prepare(dataset, classWeights, arena);
  const { memories } = arena;
  const kernels = memories.map((memory) => instantiate(module, memory));
  for (const kernel of kernels) kernel.writeTable(0);
  const asked = Math.min(options.threads ?? host.availableThreads(), task.places.length);
  const threads = cells >= paysFrom.threads ? asked : 1;
  const crew =
    threads > 1
      ? crewOf(threads, { module, memories, task }, await host.startThreads())
      : alone(kernels, task);
  return {
    threads,
    kernel: 'simd',
    ...objectiveOver(dataset, reduction, intercept, arena, task, crew, (kind) =>
      wavesOf(task, kind, arena, Math.max(threads, Math.floor(slotsBytes[kind] / slotBytes(task, kind)))),
    ),
    close: () => crew.close(),
  };
}

function plainObjective(
  dataset: Dataset,
  reduction: Reduction,
  intercept: boolean,
  classWeights: ClassWeights,
): LossObjective {
  return {
    threads: 1,
    kernel: 'plain',
    ...referenceObjective(dataset, reduction, intercept, classWeights),
    hessian: (mu, s, w, H) => referenceHessian(dataset, reduction, intercept, mu, s, w, H),
    async close() {},
  };
}

/** Puts the shards, and room for what threads are told, into the arena. */
function prepare(dataset: Dataset, classWeights: ClassWeights, arena: Arena): Task {
  const { shards, numerics: d, factors } = dataset;
  const places = shards.map((shard, i) => {
    const kept = arena.placeOf(shard);
    if (kept !== undefined) return kept;
    // whoever holds the dataset sees it there from now on
    shards[i] = arena.keep(shard);
    return arena.placeOf(shards[i])!;
  });
  const size = d + 1 + factors.reduce((sum, { levels }) => sum + levels, 0);
  const rooms = arena.memories.map((memory, index): Room => {
    const room = {
      w: arena.reserve(index, 8 * size),
      mu: arena.reserve(index, 8 * d),
      starts: arena.reserve(index, 4 * factors.length),
    };
    const starts = new Int32Array(memory.buffer, room.starts, factors.length);
    let start = d + 1;
    factors.forEach(({ levels }, f) => {
      starts[f] = 8 * start;
      start += levels;
    });
    return room;
  });
  const isWeighted = places.some(({ c }) => c !== 0) || classWeights[0] !== 1 || classWeights[1] !== 1;
  return { d, k: factors.length, size, classWeights, isWeighted, rooms, places };
}

function objectiveOver(
  dataset: Dataset,
  reduction: Reduction,
  intercept: boolean,
  arena: Arena,
  task: Task,
  crew: Crew,
  wavesFor: (kind: Wave['kind']) => readonly Wave[],
): Pick<LossObjective, 'size' | 'evaluate' | 'hessian'> {
  const { factors, weightSum } = dataset;
  const terms = termCount(dataset);
  const unit = reduction === 'mean' ? 1 / weightSum : 1;
  const { d } = task;
  const size = terms + (intercept ? 1 : 0);
  const weights = new Float64Array(task.size);
  const toKernel = kernelIndices(factors, d, terms, intercept, d + 1);
  const sums = wavesFor('sum');
  const sum = new Float64Array(task.size);
  // the Hessian takes room that most trainings never need
  let curved: { waves: readonly Wave[]; indices: Int32Array } | undefined;

  function tell(w: Float64Array, mu?: Float64Array): void {
    for (let j = 0; j < size; j++) weights[toKernel[j]!] = w[j]!;
    task.rooms.forEach((room, memory) => {
      const { buffer } = arena.memories[memory]!;
      new Float64Array(buffer, room.w, task.size).set(weights);
      if (mu !== undefined) new Float64Array(buffer, room.mu, d).set(mu.subarray(0, d));
    });
  }

  return {
    size,
    async evaluate(w, g) {
      tell(w);
      let J = 0;
      sum.fill(0);
      for (const wave of sums) {
        await crew.run(wave);
        const { buffer } = arena.memories[wave.memory]!;
        for (let i = 0; i < wave.count; i++) {
          const slot = new Float64Array(buffer, wave.slots + i * wave.slotBytes, 2 + task.size);
          J += slot[0]!;
          for (let j = 0; j < sum.length; j++) sum[j]! += slot[2 + j]!;
        }
      }
      for (let j = 0; j < size; j++) g[j] = sum[toKernel[j]!]! * unit;
      return J * unit;
    },
    async hessian(mu, s, w, H) {
      curved ??= {
        waves: wavesFor('hessian'),
        indices: kernelIndices(factors, d, terms, intercept, paddedColumns(d)),
      };
      tell(w, mu);
      const { waves, indices } = curved;
      const width = hessianWidth(task);
      H.fill(0);
      for (const wave of waves) {
        await crew.run(wave);
        const { buffer } = arena.memories[wave.memory]!;
        for (let i = 0; i < wave.count; i++) {
          const slot = new Float64Array(buffer, wave.slots + i * wave.slotBytes, width * width);
          addLowerTriangle(slot, width, indices, H, size);
        }
      }
      completeHessian(H, size, d, terms, mu, s, unit, intercept);
    },
  };
}

/** Where the kernel has each weight (size): levels from `levels` on, the baselines among them. */
function kernelIndices(
  factors: Dataset['factors'],
  d: number,
  terms: number,
  intercept: boolean,
  levels: number,
): Int32Array {
  const indices = new Int32Array(terms + (intercept ? 1 : 0));
  for (let j = 0; j < d; j++) indices[j] = j;
  let baseline = levels;
  for (const factor of factors) {
    for (let level = 1; level < factor.levels; level++) indices[factor.start + level - 1] = baseline + level;
    baseline += factor.levels;
  }
  if (intercept) indices[terms] = d;
  return indices;
}

/** Adds what lies on and below the diagonal of a Hessian of the kernel to that of `H`. */
function addLowerTriangle(
  slot: Float64Array,
  width: number,
  indices: Int32Array,
  H: Float64Array,
  size: number,
): void {
  for (let j = 0; j < size; j++) {
    const row = indices[j]!;
    for (let k = 0; k <= j; k++) {
      const column = indices[k]!;
      // the intercept is last here, and before the levels there
      H[j * size + k]! += row >= column ? slot[row * width + column]! : slot[column * width + row]!;
    }
  }
}

/** Cuts the shards into waves of at most `wanted`; reserves a slot for each shard of a wave. */
function wavesOf(task: Task, kind: Wave['kind'], arena: Arena, wanted: number): Wave[] {
  const { places } = task;
  const bytes = slotBytes(task, kind);
  const waves: Wave[] = [];
  for (let first = 0; first < places.length; ) {
    const { memory } = places[first]!;
    let end = first;
    while (end < places.length && places[end]!.memory === memory) end++;
    // one at least: when there is no room for it, reserving fails
    const most = Math.max(1, Math.min(end - first, wanted, Math.floor(arena.left(memory) / bytes)));
    const slots = arena.reserve(memory, most * bytes);
    for (; first < end; first += most) {
      const count = Math.min(most, end - first);
      waves.push({ kind, memory, first, count, slots, slotBytes: bytes });
    }
    first = end;
  }
  return waves;
}
