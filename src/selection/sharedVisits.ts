/** Work on several problems side by side, whose visits to the rows are one. */

/** Who makes visits, `most` at once. */
export interface Visited<Visit> {
  readonly most: number;
  visit(visits: readonly Visit[]): Promise<void>;
}

export interface SharedVisits<Visit> {
  /** Runs all tasks; a visit to the rows is made when each that still runs has asked for one. */
  together<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]>;
  /** Asks for a visit. */
  visit(visit: Visit): Promise<void>;
  /** Does what needs the rows by itself, after what was asked before. */
  alone(work: () => Promise<void>): Promise<void>;
}

interface Waiting<Visit> {
  readonly visit: Visit;
  resolve(): void;
  reject(error: unknown): void;
}

export function sharedVisits<Visit>(visited: Visited<Visit>): SharedVisits<Visit> {
  let running = 0;
  let waiting: Waiting<Visit>[] = [];
  let last: Promise<void> = Promise.resolve();

  function go(): void {
    if (waiting.length === 0 || waiting.length < running) return;
    const all = waiting;
    waiting = [];
    visitAll(all).then(
      () => {
        for (const { resolve } of all) resolve();
      },
      (error) => {
        for (const { reject } of all) reject(error);
      },
    );
  }

  async function visitAll(all: readonly Waiting<Visit>[]): Promise<void> {
    for (let first = 0; first < all.length; first += visited.most) {
      await visited.visit(all.slice(first, first + visited.most).map(({ visit }) => visit));
    }
  }

  return {
    async together(tasks) {
      running = tasks.length;
      const results = await Promise.allSettled(
        tasks.map(async (task) => {
          try {
            return await task();
          } finally {
            running--;
            go();
          }
        }),
      );
      return results.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
    },
    visit: (visit) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ visit, resolve, reject });
        go();
      }),
    alone(work) {
      const done = last.then(work);
      last = done.catch(() => {});
      return done;
    },
  };
}
