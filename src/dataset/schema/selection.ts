/** Which columns the options pick. */
import { BceError } from '../../errors.js';
import { quoted } from '../../text.js';
import { findColumn, findColumns } from './columns.js';
import { separatedBy } from './faults.js';
import type { ReadOptions } from './readOptions.js';

/** Columns picked by the options, their kinds still open. */
export interface Selection {
  readonly names: readonly string[];
  readonly target: number;
  readonly weight: number | undefined;
  readonly fold: number | undefined;
  /** Feature columns, ascending. */
  readonly features: readonly number[];
  readonly categorical: ReadonlySet<number>;
  readonly numeric: ReadonlySet<number>;
}

/**
 * @param columns how many of the names are columns: the last one may be what a delimiter at the end of each line makes
 * @throws BceError COLUMN_UNKNOWN, USAGE for options that contradict each other, NO_FEATURES
 */
export function selectColumns(
  names: readonly string[],
  options: ReadOptions,
  where: string,
  columns = names.length,
): Selection {
  const by = (flag: string) => (options.formula === undefined ? flag : '--formula');
  const target =
    options.target === undefined ? columns - 1 : findColumn(names, options.target, by('--target'));
  const weight =
    options.weightColumn === undefined
      ? undefined
      : findColumn(names, options.weightColumn, '--weight-column');
  const fold =
    options.foldColumn === undefined ? undefined : findColumn(names, options.foldColumn, '--fold-column');
  const kept = findColumns(names, options.features, by('--features'));
  const hashed = findColumns(names, options.hash ?? [], '--hash');
  const dropped = new Set([...findColumns(names, options.drop, by('--drop')), ...hashed]);
  const categorical = findColumns(names, options.categorical, '--categorical');
  const numeric = findColumns(names, options.numeric, '--numeric');

  const all = [...names.keys()].slice(0, columns);
  const features = (kept.size > 0 || options.formula === 'named' ? [...kept] : all).filter(
    (c) => c !== target && c !== weight && c !== fold && !dropped.has(c),
  );
  const chosen =
    options.formula === undefined
      ? { '--features': kept, '--drop': dropped }
      : { '--formula': new Set([...kept, ...dropped]) };
  const named = { '--hash': hashed, ...chosen, '--categorical': categorical, '--numeric': numeric };
  refuseTaken(names, target, 'the target', 'name another column as the target with --target', named);
  if (weight !== undefined) {
    if (weight === target) {
      throw new BceError(
        'USAGE',
        `--weight-column: column ${quoted(names[weight]!)} is the target`,
        'the target is the last column unless --target names another',
      );
    }
    refuseTaken(names, weight, 'that of the weights', 'a column of weights is no feature', named);
  }
  if (fold !== undefined) {
    for (const [taken, role] of [
      [target, 'the target'],
      [weight, 'that of the weights'],
    ] as const) {
      if (fold !== taken) continue;
      throw new BceError('USAGE', `--fold-column: column ${quoted(names[fold]!)} is ${role}`);
    }
    refuseTaken(names, fold, 'that of the folds', 'a column of folds is no feature', named);
  }
  for (const column of categorical) {
    if (numeric.has(column)) {
      throw new BceError('USAGE', `--categorical and --numeric both name column ${quoted(names[column]!)}`);
    }
  }
  for (const column of [...categorical, ...numeric]) {
    if (features.includes(column)) continue;
    const flag = categorical.has(column) ? '--categorical' : '--numeric';
    throw new BceError('USAGE', `${flag}: column ${quoted(names[column]!)} is not among the features`);
  }
  if (names.length === 1) {
    throw new BceError(
      'NO_FEATURES',
      `${where}: expected at least two columns, found one: ${quoted(names[0]!)}`,
      separatedBy(names[0]!),
    );
  }
  if (features.length === 0 && !(options.formula === 'named' && options.add.length > 0)) {
    const taken = weight === undefined ? '' : ` and the weights ${quoted(names[weight]!)}`;
    const isAsked = dropped.size > 0 || options.formula !== undefined;
    throw new BceError(
      isAsked ? 'USAGE' : 'NO_FEATURES',
      `${isAsked ? by('--drop') : where}: no feature is left beside the target ${quoted(names[target]!)}${taken}`,
    );
  }
  return { names, target, weight, fold, features, categorical, numeric };
}

/** Refuses options that name a column which is something else already. */
function refuseTaken(
  names: readonly string[],
  taken: number,
  role: string,
  hint: string,
  options: Readonly<Record<string, ReadonlySet<number>>>,
): void {
  for (const [flag, columns] of Object.entries(options)) {
    if (!columns.has(taken)) continue;
    throw new BceError('USAGE', `${flag}: column ${quoted(names[taken]!)} is ${role}`, hint);
  }
}
