/** Which columns several files to be predicted must have in common: those of the model, all where rows are printed. */
import { holdsNames } from '../dataset/schema/columns.js';
import { numberReader } from '../source/csv/number.js';
import type { Joining } from '../source/join.js';
import { columnsOf, sourcesOfScorer } from './columns.js';
import type { ScoreOptions } from './scoreRows.js';
import type { Scorer } from './scorer.js';

/** @param isAppended whether rows are printed as they are, with their prediction */
export function scoringJoining(
  { header, evaluation, numbers }: Pick<ScoreOptions, 'header' | 'evaluation' | 'numbers'>,
  scorerFor: (names: readonly string[]) => Scorer,
  isAppended: boolean,
): Joining {
  const read = numberReader(numbers);
  return {
    numbers,
    isHeader: (cells) => holdsNames(cells, read, header, (names) => sourcesOfScorer(scorerFor(names))),
    neededOf(names, file) {
      if (isAppended) return { names: new Set(names), others: () => SAME_COLUMNS };
      const scorer = scorerFor(names);
      const { target, weight } = columnsOf(scorer, names, file, evaluation);
      const labels = [target, weight].flatMap((column) => (column === undefined ? [] : [names[column]!]));
      return { names: new Set([...sourcesOfScorer(scorer), ...labels]), others: undefined };
    },
  };
}

const SAME_COLUMNS =
  '--append prints the rows under one header, so the files must have the same columns; predict such files one by one';
