/**
 * Yielding to the event loop within long work, so that timers and signals are served.
 *
 * Work is counted, not timed: nothing depends on a clock.
 */

/** Cells of work between two turns of the loop: a few milliseconds. */
const CELLS = 1_000_000;

export interface Yielder {
  /** Counts `cells` more; true when it is time to yield. */
  isDue(cells: number): boolean;
  /** Lets the event loop turn once. */
  yield(): Promise<void>;
}

export function createYielder(): Yielder {
  let done = 0;
  return {
    isDue(cells) {
      done += cells;
      return done >= CELLS;
    },
    yield() {
      done = 0;
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}
