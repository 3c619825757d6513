/** Columns that terms make of those of the file: they come after these, numbers and factors alike. */
import { BceError } from '../../errors.js';
import { type Expression, nameOf } from '../../terms/expression.js';
import { parseAsked } from '../../terms/parse.js';
import { widthOf } from '../../terms/splines.js';
import { quoted, shellWord } from '../../text.js';
import { findColumns } from './columns.js';
import { withMargins } from './margins.js';
import type { MissingCells } from './missing.js';
import type { Plan } from './plan.js';
import type { ReadOptions } from './readOptions.js';
import { noBaseline } from './references.js';
import type { Sample } from './sample.js';
import { TermColumns } from './termColumns.js';

/**
 * The plan with the columns that terms ask for. What a product of numbers with a text column makes is a column for
 * each level that the sample has but the baseline; `isKnown` of them is what later rows are held to.
 *
 * @param sample the first rows
 * @throws BceError USAGE, COLUMN_UNKNOWN, CSV_COLUMN_NAMES
 */
export function withTerms(
  plan: Plan,
  { add, formula, features, drop, intercept, groups = [] }: TermOptions,
  references: ReadonlyMap<string, string>,
  sample: Sample,
  cells: MissingCells,
): Plan {
  const ofTerm = (name: string) => !plan.names.includes(name);
  if (add.length === 0) {
    const lost = [...references.keys()].find(ofTerm);
    if (lost !== undefined) throw noBaseline(lost);
    return plan;
  }
  const flag = formula === undefined ? '--add' : '--formula';
  const asked = add.map((text) => parseAsked(text, flag));
  const named = asked.flatMap((one) => one.terms);
  const { features: whole, terms, margins } = withMargins(plan, named, sample, cells);
  // in a formula "- g" takes the term away, not the column
  const dropped = findColumns(plan.names, formula === undefined ? drop : [], '--drop');
  const lostMargin = margins.find((name) => dropped.has(plan.names.indexOf(name)));
  if (lostMargin !== undefined) {
    throw new BceError(
      'USAGE',
      `--add: a product of text columns goes with ${quoted(lostMargin)}, which --drop leaves out`,
      `without --drop ${shellWord(lostMargin)} it is a term too`,
    );
  }
  const columns = new TermColumns(whole, terms, flag, references, sample, cells, intercept);
  for (const term of terms) columns.add(term);
  const lost = [...references.keys()].find((name) => ofTerm(name) && !columns.isFactor(name));
  if (lost !== undefined) throw noBaseline(lost);
  const extended = {
    ...columns.plan([...groups, ...asked.flatMap((one) => one.groups)]),
    ...(margins.length > 0 && { margins }),
  };
  // a column that somebody has named stays
  const isNamed = features.length > 0 || formula === 'named';
  return isNamed || !intercept ? extended : withoutReplaced(extended, terms);
}

/** What of the options terms depend on. */
type TermOptions = Pick<ReadOptions, 'add' | 'formula' | 'features' | 'drop' | 'intercept' | 'groups'>;

/** The plan without the columns that follow from a term of them alone: every line is a natural spline, and so on. */
function withoutReplaced(plan: Plan, terms: readonly Expression[]): Plan {
  const names = new Set(terms.map(nameOf));
  const replaced = new Map<string, string>();
  for (const term of terms) {
    if ((term.kind !== 'spline' && term.kind !== 'scale') || term.of.kind !== 'column') continue;
    const isWhole =
      term.kind === 'scale' ||
      Array.from({ length: widthOf(term) }, (_, j) => nameOf({ ...term, column: j + 1 })).every((name) =>
        names.has(name),
      );
    if (isWhole) replaced.set(term.of.name, nameOf(term).replace(/\[\d+\]$/, ''));
  }
  const width = plan.names.length - plan.derived!.length;
  const isReplaced = (column: number) => column < width && replaced.has(plan.names[column]!);
  const places = [...plan.numerics.keys()].filter((j) => !isReplaced(plan.numerics[j]!));
  return {
    ...plan,
    numerics: places.map((j) => plan.numerics[j]!),
    pivots: Float64Array.from(places, (j) => plan.pivots[j]!),
    replaced: plan.numerics
      .filter(isReplaced)
      .map((column) => [plan.names[column]!, replaced.get(plan.names[column]!)!] as const),
  };
}
