/** Repeats, medians, spreads; rows of a Markdown table. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/**
 * Runs both tasks in turn, A B A B ..., after one round that does not count, so that a machine whose speed
 * drifts slows both alike.
 *
 * @returns seconds of A, and the ratios of A to B pair by pair
 */
export async function inPairs(
  runs: number,
  a: () => Promise<unknown> | unknown,
  b: () => Promise<unknown> | unknown,
): Promise<{ seconds: Spread; ratio: Spread }> {
  const seconds: number[] = [];
  const ratios: number[] = [];
  for (let run = -1; run < runs; run++) {
    const [timeA, timeB] = [await secondsOf(a), await secondsOf(b)];
    if (run < 0) continue;
    seconds.push(timeA);
    ratios.push(timeA / timeB);
  }
  return { seconds: spreadOf(seconds), ratio: spreadOf(ratios) };
}

async function secondsOf(task: () => Promise<unknown> | unknown): Promise<number> {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
}

/** `1.23 (1.20 to 1.31)` */
export function shown({ median, min, max }: Spread, scale = 1): string {
  const digits = (x: number) => Number((x * scale).toPrecision(3)).toString();
  return `${digits(median)} (${digits(min)} to ${digits(max)})`;
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  console.log(`${lines.join('\n')}\n`);
}
