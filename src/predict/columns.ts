/** The columns that a scorer needs, found in a file by their names; all others are ignored. */

import { findColumn, nearestOf, onlyColumn } from '../dataset/schema/columns.js';
import { type DerivedColumn, derivedOf, columnsOf as namesIn } from '../dataset/schema/derived.js';
import { isComment, withoutComments } from '../dataset/schema/head.js';
import type { RowColumns } from '../dataset/schema/plan.js';
import { BceError } from '../errors.js';
import { listed, quoted } from '../text.js';
import type { FactorTerm, Scorer } from './scorer.js';

/** Which further columns are read, to hold predictions against labels. */
export interface EvaluationColumns {
  /** Column of the labels, by name or number; that of the model, or else the last, when undefined. */
  readonly target: string | undefined;
  /** Column of the weights of the rows, likewise; that of the model when undefined, none when false. */
  readonly weightColumn: string | false | undefined;
}

/**
 * @param names columns of the file
 * @param where name of the file
 * @param evaluation undefined when labels and weights of rows are not read
 * @throws BceError COLUMN_MISSING, COLUMN_UNKNOWN, USAGE when the target or the weights are a feature
 */
export function columnsOf(
  scorer: Scorer,
  names: readonly string[],
  where: string,
  evaluation: EvaluationColumns | undefined,
): RowColumns {
  const { numerics, factors } = scorer;
  const place = new Map(names.map((name, column) => [name, column]));
  const needed = sourcesOfScorer(scorer);
  const absent = needed.filter((name) => !place.has(name));
  if (absent.length > 0) throw columnMissing(scorer, names, where, absent);
  // a name that occurs twice tells no column
  for (const name of needed) onlyColumn(names, name, where);
  const features = new Map(needed.map((name) => [place.get(name)!, name]));
  const target = evaluation && targetOf(scorer, names, where, evaluation.target);
  const weight = evaluation && weightOf(scorer, names, where, evaluation.weightColumn);
  for (const [flag, column, known] of [
    ['--target', target, scorer.target?.name],
    ['--weight-column', weight, scorer.weightColumn],
  ] as const) {
    if (column === undefined || !features.has(column)) continue;
    throw new BceError(
      'USAGE',
      `${flag}: column ${quoted(names[column]!)} is a feature of ${scorer.where}`,
      known === undefined
        ? `name the column with ${flag}; a file of weights does not tell it`
        : `without ${flag} it is ${quoted(known)}, as in training`,
    );
  }
  if (target !== undefined && target === weight) {
    throw new BceError('USAGE', `--weight-column: column ${quoted(names[target]!)} is the target`);
  }
  const derived: DerivedColumn[] = [];
  const computed: string[] = [];
  const placeOf =
    (kind: DerivedColumn['kind']) =>
    ({
      name,
      expression,
      references,
      kept,
    }: Pick<FactorTerm, 'name' | 'expression' | 'references' | 'kept'>) => {
      if (expression === undefined) return place.get(name)!;
      computed.push(name);
      return names.length + derived.push(derivedOf(expression, kind, references, kept)(names)) - 1;
    };
  return {
    numerics: numerics.map(placeOf('numeric')),
    factors: factors.map(placeOf('categorical')),
    names: [...names, ...computed],
    derived,
    target,
    weight,
    pivots: Float64Array.from(numerics, ({ pivot }) => pivot),
  };
}

/** Names of the columns of the file that a scorer needs, each once. */
export function sourcesOfScorer({ numerics, factors }: Pick<Scorer, 'numerics' | 'factors'>): string[] {
  const all = [...numerics, ...factors];
  return [
    ...new Set(
      all.flatMap(({ name, expression }) => (expression === undefined ? [name] : namesIn(expression))),
    ),
  ];
}

function targetOf(
  { target }: Scorer,
  names: readonly string[],
  where: string,
  asked: string | undefined,
): number {
  if (asked !== undefined) return findColumn(names, asked, '--target');
  if (target === undefined) return names.length - 1;
  const column = onlyColumn(names, target.name, where);
  if (column >= 0) return column;
  throw new BceError(
    'COLUMN_MISSING',
    `${where}: expected the target ${quoted(target.name)} to evaluate against, found no such column`,
    'name the column of the labels with --target, or leave --evaluate out',
  );
}

function weightOf(
  { weightColumn }: Scorer,
  names: readonly string[],
  where: string,
  asked: string | false | undefined,
): number | undefined {
  if (asked === false) return undefined;
  if (asked !== undefined) return findColumn(names, asked, '--weight-column');
  if (weightColumn === undefined) return undefined;
  const column = onlyColumn(names, weightColumn, where);
  if (column >= 0) return column;
  throw new BceError(
    'COLUMN_MISSING',
    `${where}: expected the weights of the rows, as in training, found no ${quoted(weightColumn)}`,
    'name another column with --weight-column, or let all rows weigh 1 with --no-weight-column',
  );
}

/** Missing columns whose nearest neighbours are looked for. */
const MOST_NEAREST = 10;

function columnMissing(
  { where: model, numerics, factors }: Scorer,
  names: readonly string[],
  where: string,
  absent: readonly string[],
): BceError {
  // no more than are shown: each is held against every name there is
  const nearest = absent.slice(0, MOST_NEAREST).flatMap((name) => {
    const near = nearestOf(names, name);
    return near === undefined ? [] : [`${quoted(near)} for ${quoted(name)}`];
  });
  const found = `its columns are ${listed(names.map(quoted))}`;
  const hint = () => {
    if (isComment(names)) return withoutComments();
    if (nearest.length > 0) return `did you mean ${listed(nearest)}? columns go by their names in the header`;
    return names.length <= numerics.length + factors.length
      ? `${found}; --skip N begins below line N, if the header stands further down`
      : found;
  };
  return new BceError(
    'COLUMN_MISSING',
    `${where}: expected the columns of ${model}, found no ${listed(absent.map(quoted))}`,
    hint(),
  );
}
