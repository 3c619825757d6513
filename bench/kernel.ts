/** One epoch: the plain kernel, the SIMD kernel, two threads, a plain read of the doubles, and C. */
import type { Dataset } from '../src/dataset/dataset.js';
import type { Objective } from '../src/objective/objective.js';
import { referenceObjective } from '../src/objective/reference.js';
import { parallelObjective } from '../src/objective/simd/parallel.js';
import { HeapStore } from '../src/storage/heapStore.js';
import { SharedHeap } from '../src/storage/sharedHeap.js';
import { tableOf } from '../test/support/tables.js';
import { type Shape, temporary } from './data.js';
import { medianOf, printTable, shown } from './measure.js';
import { ROOT, run } from './process.js';

const ROUNDS = 9;
/** Long enough that a tick of the clock or a collection of garbage does not show. */
const TURN_SECONDS = 0.05;
const LEVELS = 12;

/** Digits after the point, so that columns are narrow; default as many as a double has. */
interface KernelShape extends Shape {
  readonly digits?: number;
}

const TABLES: readonly (readonly [what: string, shape: KernelShape])[] = [
  ['10,000 x 4', { rows: 10_000, columns: 4 }],
  ['100,000 x 28', { rows: 100_000, columns: 28 }],
  ['100,000 x 28 and 4 factors', { rows: 100_000, columns: 28, factors: 4 }],
  ['20,000 x 200', { rows: 20_000, columns: 200 }],
  ['1,000,000 x 4', { rows: 1_000_000, columns: 4 }],
  ['1,000,000 x 28', { rows: 1_000_000, columns: 28 }],
  ['1,000,000 x 28, 6 digits', { rows: 1_000_000, columns: 28, digits: 6 }],
  ['1,000,000 x 28, 3 digits', { rows: 1_000_000, columns: 28, digits: 3 }],
  ['1,000,000 x 28, 2 digits', { rows: 1_000_000, columns: 28, digits: 2 }],
];

/** A table of random numbers, in memory that threads can share, and as plain doubles. */
function datasetsOf({ rows, columns, factors = 0, digits }: KernelShape): {
  shared: Dataset;
  doubles: Dataset;
} {
  const levels = Array.from({ length: factors }, () => LEVELS);
  const power = 10 ** (digits ?? 0);
  const cell = (x: number) => (digits === undefined ? x : Math.trunc(x * power) / power + 0);
  const shape = { rows, d: columns, levels, cell };
  return { shared: tableOf({ ...shape, store: new HeapStore(new SharedHeap()) }), doubles: tableOf(shape) };
}

/** Sum of all doubles: what an epoch over them must read. Blocks are of 32 rows, so 8 divides every length. */
async function sumOf({ shards }: Dataset): Promise<number> {
  let sum = 0;
  for await (const { X } of shards) {
    // eight sums, or each addition waits for the one before; the last entry first spares bounds checks
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let p = 7; p < X.length; p += 8) {
      h += X[p]!;
      g += X[p - 1]!;
      f += X[p - 2]!;
      e += X[p - 3]!;
      d += X[p - 4]!;
      c += X[p - 5]!;
      b += X[p - 6]!;
      a += X[p - 7]!;
    }
    sum += a + b + c + d + e + f + g + h;
  }
  return sum;
}

/** Milliseconds of one call, the median of as many as a turn has time for. */
async function msOf(task: () => Promise<unknown> | unknown): Promise<number> {
  const calls: number[] = [];
  const end = performance.now() + 1000 * TURN_SECONDS;
  do {
    const start = performance.now();
    await task();
    calls.push(performance.now() - start);
  } while (performance.now() < end);
  return medianOf(calls);
}

/** Milliseconds of one epoch in C on a table of that shape; undefined where there is no compiler. */
async function compileC(): Promise<((shape: Shape) => Promise<number>) | undefined> {
  const program = temporary('epoch');
  const flags = ['-O3', '-march=native', '-ffast-math'];
  try {
    await run('gcc', [...flags, `${ROOT}bench/peers/epoch.c`, '-o', program, '-lm']);
  } catch {
    return undefined;
  }
  return async ({ rows, columns }) => {
    const { stdout } = await run(program, [String(rows), String(columns), '15']);
    return medianOf(stdout.trim().split('\n').map(Number));
  };
}

interface Round {
  readonly plain: number;
  readonly simd: number;
  readonly two: number;
  readonly read: number;
  readonly c: number;
}

async function roundsOf(
  shape: KernelShape,
  inC: ((shape: Shape) => Promise<number>) | undefined,
): Promise<Round[]> {
  const { shared, doubles } = datasetsOf(shape);
  const paysFrom = { kernel: 0, threads: 0 };
  const one = await parallelObjective(shared, 'mean', { paysFrom, threads: 1 });
  const two = await parallelObjective(shared, 'mean', { paysFrom, threads: 2 });
  const w = new Float64Array(one.size).fill(0.1);
  const g = new Float64Array(one.size);
  // kept, so that no sum can be left out
  let sink = 0;
  const epoch = (objective: Objective) => async () => {
    sink += await objective.evaluate(w, g);
  };
  const rounds: Round[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const ms = {
      plain: await msOf(epoch(referenceObjective(doubles, 'mean'))),
      simd: await msOf(epoch(one)),
      two: await msOf(epoch(two)),
      read: await msOf(async () => {
        sink += await sumOf(doubles);
      }),
      c: inC === undefined || shape.factors !== undefined ? Number.NaN : await inC(shape),
    };
    // the first warms up
    if (round >= 0) rounds.push(ms);
  }
  await one.close();
  await two.close();
  if (!Number.isFinite(sink)) throw new Error('expected finite losses and sums');
  return rounds;
}

export async function benchKernel(): Promise<void> {
  const inC = await compileC();
  const rows: string[][] = [];
  for (const [what, shape] of TABLES) {
    const rounds = await roundsOf(shape, inC);
    const ratio = (a: keyof Round, b: keyof Round) => {
      const ratios = rounds.map((round) => round[a] / round[b]).filter((value) => !Number.isNaN(value));
      return ratios.length === 0 ? '' : shown(ratios);
    };
    rows.push([
      what,
      shown(rounds.map(({ simd }) => simd)),
      ratio('plain', 'simd'),
      ratio('simd', 'two'),
      ratio('simd', 'read'),
      ratio('simd', 'c'),
    ]);
  }
  console.log('One epoch with the SIMD kernel\n');
  printTable(
    [
      'table',
      'ms, one thread',
      'times faster than the plain kernel',
      'two threads, times faster than one',
      'time against a plain read of the doubles',
      'time against C (gcc -O3 -march=native -ffast-math)',
    ],
    rows,
  );
}
