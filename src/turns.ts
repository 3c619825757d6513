/**
 * Turns of the event loop within long work, so that timers and signals are served.
 *
 * Work is counted, not timed: nothing depends on a clock.
 */

/** Cells of work between two turns: a few milliseconds. */
const TURN_CELLS = 1_000_000;

export interface Turns {
  /** Counts `cells` more; true when a turn should be taken. */
  isDue(cells: number): boolean;
  /** Lets the event loop turn once. */
  take(): Promise<void>;
}

export function createTurns(): Turns {
  let done = 0;
  return {
    isDue(cells) {
      done += cells;
      return done >= TURN_CELLS;
    },
    take() {
      done = 0;
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}
