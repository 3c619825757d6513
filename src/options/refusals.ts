/** Options that cannot work together, and those that mean nothing alone. */
import { BceError } from '../errors.js';
import { alternatives } from '../text.js';
import { flagsOf, type OptionTable, type TaskName } from './option.js';

/** Flags that ask for another task than training, the one that counts first, and what it does instead. */
const TASK_FLAGS: readonly (readonly [flag: string, task: TaskName, does: string])[] = [
  ['--check-gradient', 'check', 'compares gradients and trains nothing'],
  ['--compare', 'compare', 'trains with two gradients by gradient descent'],
  ['--explain', 'explain', 'shows one row'],
  ['--diagnose', 'diagnose', 'looks at weights that are there already'],
  ['--check-program', 'program', 'compares gradients and trains nothing'],
  ['--path', 'path', "solves every lambda by proximal Newton's method and prints a table"],
  ['--describe', 'describe', 'describes the file and trains nothing'],
  ['--verify', 'verify', 'trains as the model says'],
];

/**
 * @param seen the flags that were given, by their long names
 * @throws BceError USAGE for two that contradict each other
 */
export function refuseExcluded(table: OptionTable, seen: ReadonlySet<string>): void {
  for (const row of Object.values(table)) {
    if (row.negative !== undefined) refusePair(seen, row.flag, row.negative.flag);
    for (const [other, hint] of row.excludes ?? []) refusePair(seen, row.flag, other, hint);
  }
}

/** @throws BceError USAGE for one that the task does not use */
export function refuseForTask(table: OptionTable, seen: ReadonlySet<string>): void {
  const rows = Object.values(table);
  for (const [flag, task, does] of TASK_FLAGS) {
    const unused = rows.filter(({ tasks }) => tasks !== undefined && !tasks.includes(task));
    for (const other of unused.flatMap(flagsOf)) {
      refusePair(seen, flag, other, `${flag} ${does}; leave out ${other}`);
    }
  }
  // nothing is trained where the weights are there
  if (!seen.has('--explain') || !seen.has('--init')) return;
  const idle = rows.filter(({ isOfTraining }) => isOfTraining).flatMap(flagsOf);
  const flag = idle.find((other) => seen.has(other));
  if (flag !== undefined) throw together('--explain with --init', flag);
}

/** @throws BceError USAGE for one that goes with others, none of which is there */
export function refuseLonely(
  table: OptionTable,
  seen: ReadonlySet<string>,
  values: Readonly<Record<string, unknown>> = {},
): void {
  const rows = Object.entries(table);
  const isThere = (needed: string) => {
    const [flag, value] = needed.split(' ');
    if (value === undefined) return seen.has(needed);
    const name = rows.find(([, row]) => row.flag === flag)?.[0];
    return name !== undefined && values[name] === value;
  };
  for (const [, row] of rows) {
    const flag = flagsOf(row).find((one) => seen.has(one));
    if (flag === undefined) continue;
    const lacking = [row.requires, ...(row.needs ?? []).map((needed) => [needed])].find(
      (wanted) => wanted !== undefined && !wanted.some(isThere),
    );
    if (lacking !== undefined) throw new BceError('USAGE', `${flag} goes with ${alternatives(lacking)} only`);
  }
}

/** @throws BceError USAGE for one that means nothing for a table on a server */
export function refuseForTables(table: OptionTable, seen: ReadonlySet<string>): void {
  for (const row of Object.values(table)) {
    const flag = row.notForTables === undefined ? undefined : flagsOf(row).find((one) => seen.has(one));
    if (flag !== undefined) throw together(flag, 'a table of ClickHouse', row.notForTables);
  }
}

function refusePair(seen: ReadonlySet<string>, one: string, other: string, hint?: string): void {
  if (seen.has(one) && seen.has(other)) throw together(one, other, hint);
}

/** The failure of two options, or values of them, that cannot work together. */
export function together(one: string, other: string, hint?: string): BceError {
  return new BceError('USAGE', `${one} and ${other} cannot be used together`, hint);
}
