/** Which columns several files must have in common: those that are used. */
import { numberReader } from '../../source/csv/number.js';
import type { Joining } from '../../source/join.js';
import { sourcesOf } from '../../terms/expression.js';
import { parseTerms } from '../../terms/parse.js';
import { shellWord } from '../../text.js';
import type { Description } from '../dataset.js';
import { holdsNames } from './columns.js';
import { columnsOf } from './derived.js';
import type { ReadOptions } from './readOptions.js';
import { selectColumns } from './selection.js';

/** Of files to be trained on: a column that is not left out is a feature, so no file may have one more. */
export function trainingJoining(options: ReadOptions): Joining {
  const read = numberReader(options.numbers);
  return {
    numbers: options.numbers,
    isHeader: (cells) => holdsNames(cells, read, options.header),
    neededOf(names, file) {
      const { features, target, weight, fold } = selectColumns(names, options, file);
      const used = [...features, target, weight, fold].filter((column) => column !== undefined);
      const terms = options.add.flatMap((text) => parseTerms(text, '--add')).map(sourcesOf);
      const inTerms = terms.flatMap(({ numbers, texts }) => [...numbers, ...texts]);
      const takesAll = options.features.length === 0 && options.formula !== 'named';
      return {
        names: new Set([...used.map((column) => names[column]!), ...inTerms]),
        others: takesAll
          ? (other, more) => leftOut(other, more, options.target === undefined ? names[target]! : undefined)
          : undefined,
      };
    },
  };
}

/** @param target the last column of the first file, which is not that of another; undefined where it is named */
function leftOut(file: string, names: readonly string[], target: string | undefined): string {
  const flag = target === undefined ? '' : ` --target ${shellWord(target)}`;
  const columns = names.length === 1 ? 'the column' : 'the columns';
  return `the first file says which columns there are: with ${shellWord(file)} before the others,${flag} --drop ${shellWord(names.join(','))} leaves ${columns} out`;
}

/** Of validation rows: all that is trained on, whatever else there is. */
export function validationJoining(options: ReadOptions, training: Description): Joining {
  const wanted = wantedOf(training);
  const read = numberReader(options.numbers);
  const { target, weighting } = training;
  const others = weighting.column === undefined ? [target.name] : [target.name, weighting.column];
  return {
    numbers: options.numbers,
    isHeader: (cells) => holdsNames(cells, read, options.header, () => wanted),
    neededOf: () => ({ names: new Set([...wanted, ...others]), others: undefined }),
  };
}

/** Columns of the file that the features of the training rows are made of. */
export function wantedOf({ features }: Pick<Description, 'features'>): string[] {
  return features.flatMap(({ name, expression }) =>
    expression === undefined ? [name] : columnsOf(expression),
  );
}
