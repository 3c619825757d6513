/** Repeats, medians, spreads; rows of a Markdown table. */

/** Seconds of two tasks, pair by pair. */
export interface Pairs {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

type Task = () => Promise<unknown> | unknown;

/**
 * Runs both tasks in turn, A B A B ..., after one round that does not count, so that a machine whose speed
 * drifts slows both alike.
 *
 * @param leastSeconds a turn repeats its task until it has taken this long; default once
 */
export async function inPairs(runs: number, a: Task, b: Task, leastSeconds = 0): Promise<Pairs> {
  const pairs = { a: [] as number[], b: [] as number[] };
  for (let run = -1; run < runs; run++) {
    const [timeA, timeB] = [await secondsOf(a, leastSeconds), await secondsOf(b, leastSeconds)];
    if (run < 0) continue;
    pairs.a.push(timeA);
    pairs.b.push(timeB);
  }
  return pairs;
}

/** Mean seconds of one call. */
async function secondsOf(task: Task, leastSeconds: number): Promise<number> {
  const start = performance.now();
  let calls = 0;
  let seconds = 0;
  do {
    await task();
    calls++;
    seconds = (performance.now() - start) / 1000;
  } while (seconds < leastSeconds);
  return seconds / calls;
}

/** A over B, pair by pair. */
export function ratiosOf({ a, b }: Pairs): number[] {
  return a.map((seconds, run) => seconds / b[run]!);
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median with least and greatest value: `1.23 (1.2 to 1.31)`. */
export function shown(values: readonly number[], scaled = (value: number) => value): string {
  const numbers = values.map(scaled);
  const digits = (x: number) => Number(x.toPrecision(3)).toString();
  return `${digits(medianOf(numbers))} (${digits(Math.min(...numbers))} to ${digits(Math.max(...numbers))})`;
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  console.log(`${lines.join('\n')}\n`);
}
