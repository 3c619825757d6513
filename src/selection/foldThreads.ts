/** Threads that solve folds in panels beside the one that solves for all rows, which has some of them as well. */
import type { BceError } from '../errors.js';
import type { Panels, PanelTable } from '../objective/simd/panels.js';
import type { SharedFactors } from '../objective/simd/preconditioner.js';
import { type StartThread, type ThreadHost, threadFailed, threadsOfNode } from '../runtime/threads.js';
import { type FoldPoint, type FoldStart, type FoldTask, type FoldWork, foldsOver } from './foldThread.js';
import type { Lender } from './solver.js';

/** Who knows nothing of second derivatives. */
const NOBODY: Lender = { lend: () => ({}) };

export type FoldHost = ThreadHost<FoldStart, FoldTask, FoldPoint[]>;

export const node: FoldHost = threadsOfNode();

/** The path of all rows, which is solved to more digits, takes as long as so many folds. */
const FOLDS_OF_ALL = 4;

/** Numbers of the table, times folds, from which on threads are worth starting. */
const PAYS_FROM = 1 << 19;

/** Folds that are solved side by side, at one lambda after the other. */
export interface FoldGroup {
  /**
   * Goes on to the solutions at a lambda. It returns when this thread has no more to do for it; others may still have.
   *
   * @returns undefined when it was aborted
   */
  solve(lambda: number, lender: Lender | undefined, signal?: AbortSignal): Promise<Solving | undefined>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** @throws BceError WORKER_FAILED when it is waited for */
export interface Solving {
  /** In the order of the folds. */
  readonly points: Promise<readonly FoldPoint[]>;
}

/** How many threads it pays to have, this one included. */
export function threadsFor(cells: number, folds: number, asked: number | undefined, host = node): number {
  if (cells * folds < PAYS_FROM) return 1;
  const most = host.mostThreads?.() ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(asked ?? host.availableThreads(), most, folds));
}

/** Of so many folds those that each thread has: the first, which solves for all rows, fewer than the others. */
export function sharesOf(folds: number, threads: number): number[] {
  if (threads === 1) return [folds];
  const here = Math.max(0, Math.round((folds + FOLDS_OF_ALL) / threads) - FOLDS_OF_ALL);
  const others = threads - 1;
  const share = (k: number) => Math.floor(((folds - here) * k) / others);
  return [here, ...Array.from({ length: others }, (_, k) => share(k + 1) - share(k))];
}

/**
 * The threads go on while this one solves for all rows at the next lambda. No bit depends on which has which folds.
 *
 * @param table with a room for each thread; the first is that of `panels`
 */
export async function startFoldGroup(
  table: PanelTable,
  panels: Panels,
  { folds, ...work }: FoldWork,
  host = node,
): Promise<FoldGroup> {
  const shares = sharesOf(folds.length, table.rooms);
  let taken = shares[0]!;
  const here = foldsOver(panels, { ...work, folds: folds.slice(0, taken) });
  const others: Other[] = [];
  if (shares.length > 1) {
    const startThread = await host.startThreads();
    shares.slice(1).forEach((share, k) => {
      const start = { ...work, id: k + 1, panels: table, folds: folds.slice(taken, taken + share) };
      taken += share;
      others.push(otherOf(shares.length, start, startThread));
    });
  }
  return {
    async solve(lambda, lender = NOBODY, signal) {
      const ask = (factors?: SharedFactors) =>
        Promise.all(others.map((other) => other.ask({ lambda, factors })));
      const { share } = lender.lend();
      const theirs = share === undefined ? ask() : share(ask);
      // it is waited for later, and a failure is none until then
      theirs.catch(() => {});
      const own = await here.solve(lambda, lender, signal);
      if (own === undefined) return undefined;
      const points = theirs.then((found) => [...own, ...found.flat()]);
      points.catch(() => {});
      return { points };
    },
    async close() {
      await Promise.all(others.map((other) => other.end()));
    },
  };
}

interface Other {
  /** Has a task done. @throws BceError WORKER_FAILED */
  ask(task: FoldTask): Promise<FoldPoint[]>;
  end(): Promise<unknown>;
}

function otherOf(
  threads: number,
  start: FoldStart,
  startThread: StartThread<FoldStart, FoldTask, FoldPoint[]>,
): Other {
  let waiting: { resolve(points: FoldPoint[]): void; reject(error: BceError): void } | undefined;
  let failure: BceError | undefined;
  const thread = startThread(start, {
    onMessage: (points) => waiting?.resolve(points),
    onEnd(why) {
      failure ??= threadFailed(start.id, threads, why);
      waiting?.reject(failure);
    },
  });
  return {
    ask: (task) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        waiting = { resolve, reject };
        thread.post(task);
      }),
    end: () => thread.terminate(),
  };
}
