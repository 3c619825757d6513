/** What weights of another program minimise: over the rows as they are asked for, and with missing cells taken the other way. */
import type { Cause } from './check/theirs/causes.js';
import { diagnoseTheirs, type TheirDiagnosis } from './check/theirs/diagnoseTheirs.js';
import { type Baseline, type Entries, entriesOf, readTheirs } from './check/theirs/theirWeights.js';
import { BceError } from './errors.js';
import { isJson } from './model/document.js';
import { parseWeights } from './model/weightsFile.js';
import type { Table } from './objective/table.js';
import type { Tables } from './open.js';
import type { Resolved } from './options/resolve.js';
import { readText } from './source/open.js';
import { printable } from './text.js';

/** What is known of weights of another program. */
export interface WeightsDiagnosis extends TheirDiagnosis {
  /** An optimum, weights short of one, or nothing that is known. */
  readonly verdict: 'optimum' | 'not-converged' | 'none';
  /** Columns for which they have no weight. */
  readonly without: readonly string[];
  /** Text columns whose baseline is another level than here. */
  readonly baselines: readonly Baseline[];
  /** How many weights there are, the intercept included. */
  readonly weights: number;
}

/** The weights of a file: a model of ours, or names and numbers. @throws BceError FILE_UNREADABLE, WEIGHTS_UNREADABLE */
export function readEntries(path: string): Entries {
  const [text, where] = [readText(path), printable(path)];
  return isJson(text) ? [...parseWeights(text, where).byName] : entriesOf(text, where);
}

export interface DiagnoseRequest {
  readonly table: Table;
  readonly options: Resolved;
  readonly entries: Entries;
  /** What messages call the weights. */
  readonly where: string;
  /** Opens the same data with other options; undefined where they can be read once only. */
  readonly again: (options: Resolved) => Promise<Tables | undefined>;
}

/** @throws BceError WEIGHTS_UNREADABLE, and what reading and evaluating the loss may throw */
export async function diagnoseWeights({
  table,
  options,
  entries,
  where,
  again,
}: DiagnoseRequest): Promise<WeightsDiagnosis> {
  const theirs = readTheirs(entries, where, table);
  let found = await diagnoseTheirs(table, options.fit, theirs);
  if (found.causes.length === 0 && table.reading.missing.length > 0) {
    const causes = await causesOtherwise(options, entries, where, again);
    if (causes.length > 0) found = { ...found, causes };
  }
  const { causes, onTheWay, isStopped } = found;
  const isShort = onTheWay !== undefined || isStopped;
  return {
    verdict: causes.length > 0 ? 'optimum' : isShort ? 'not-converged' : 'none',
    ...found,
    without: theirs.without,
    baselines: theirs.baselines,
    weights: theirs.terms.length + (theirs.intercept === undefined ? 0 : 1),
  };
}

/** Causes over the rows with missing cells filled in place of left out, or the other way round. */
async function causesOtherwise(
  options: Resolved,
  entries: Entries,
  where: string,
  again: DiagnoseRequest['again'],
): Promise<Cause[]> {
  const isDropped = options.read.missing === 'drop';
  const missing = isDropped ? 'mean' : 'drop';
  let tables: Tables | undefined;
  try {
    tables = await again({ ...options, read: { ...options.read, missing } });
    if (tables === undefined) return [];
    const { training } = tables;
    const { causes } = await diagnoseTheirs(
      training,
      options.fit,
      readTheirs(entries, where, training),
      false,
    );
    const { rows: count, weightSum: weight } = training;
    return causes.map((cause) => ({
      ...cause,
      rows: { kind: isDropped ? 'filled' : 'complete', count, weight },
    }));
  } catch (error) {
    // no rows are left, or a column has other levels then
    if (error instanceof BceError && error.code !== 'INTERRUPTED') return [];
    throw error;
  } finally {
    await tables?.close();
  }
}
