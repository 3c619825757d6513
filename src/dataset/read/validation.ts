/** Another file under the plan of the training rows: the same columns, levels, labels and fills. */
import { BceError } from '../../errors.js';
import type { Pieces } from '../../source/pieces.js';
import { mendedFile } from '../../source/piped.js';
import type { Places } from '../../source/places.js';
import { type ScanOptions, scanRows } from '../../source/scan/scanRows.js';
import type { ShardStore } from '../../storage/store.js';
import { listed, quoted } from '../../text.js';
import type { Dataset, Description } from '../dataset.js';
import { onlyColumn } from '../schema/columns.js';
import { columnsOf, derivedOf } from '../schema/derived.js';
import { fromHeader, isComment, withoutComments } from '../schema/head.js';
import { wantedOf } from '../schema/joining.js';
import { missingCells } from '../schema/missing.js';
import type { Plan } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { headerOf, Intake } from './intake.js';
import { RowFeed } from './rowFeed.js';
import { RowReader } from './rowReader.js';
import { ValidationCollector, weightedFeatures } from './validationCollector.js';

/**
 * Reads rows that are not trained on. Columns are found by their names, in any order; others are ignored. A
 * level that no training row has is a missing cell, and missing cells go by the same policy, filled with
 * what the training rows were filled with.
 *
 * @param training rows whose columns, levels and labels these must have
 * @param store where the shards go
 * @param scanning how many threads there may be, and the size of the file where it is known
 * @throws BceError COLUMN_MISSING, LEVEL_UNKNOWN, LABEL_NOT_BINARY, NO_ROWS and all that reading can end in
 */
export async function readValidation(
  bytes: Pieces,
  places: Places,
  options: ReadOptions,
  training: Description,
  store: ShardStore,
  scanning?: ScanOptions,
): Promise<Dataset> {
  const wanted = wantedOf(training);
  const cells = missingCells(options.missingWords, options.numbers);
  const { read } = cells;
  // the header alone tells what the columns are
  const table = new Intake(places, options.missingWords, (head, delimiter) => {
    const { hasHeader, names } = headerOf(head, read, options.header, () => wanted);
    const plan = planOf(names, training, places.name);
    const context = { places, delimiter, hasHeader, isTraining: true };
    const reader = new RowReader(context, plan, cells, options.missing === 'error');
    const sink = new RowFeed(reader, new ValidationCollector(places, plan, options, training, reader, store));
    return { sink, columns: plan, hasHeader };
  });
  try {
    await scanRows(bytes, places, options.delimiter, table, {
      headRows: 1,
      numbers: options.numbers,
      ...scanning,
    });
    return await table.finish().sink.collector.finish();
  } catch (error) {
    // standard input holds no validation rows
    throw mendedFile(error, '--validation mended.csv');
  }
}

function planOf(names: readonly string[], training: Description, where: string): Plan {
  const {
    target,
    weighting,
    scaling: { pivot },
  } = training;
  const indexOf = (column: string) => onlyColumn(names, column, where);
  const [numeric, categorical] = [
    weightedFeatures(training, 'numeric'),
    weightedFeatures(training, 'categorical'),
  ];
  const all = [...numeric, ...categorical];
  const derived = all.flatMap(({ expression, ...feature }) => {
    const references = 'references' in feature ? feature.references : undefined;
    return expression === undefined
      ? []
      : [derivedOf(expression, feature.kind, references, 'kept' in feature ? feature.kept : undefined)];
  });
  const wanted = [
    ...new Set(
      all.flatMap(({ name, expression }) => (expression === undefined ? [name] : columnsOf(expression))),
    ),
  ];
  const others = weighting.column === undefined ? [] : [weighting.column];
  const absent = [...wanted, target.name, ...others].filter((column) => indexOf(column) < 0);
  if (absent.length > 0) {
    const found = `its columns are ${listed(names.map(quoted))}`;
    const hint = () => {
      if (isComment(names)) return withoutComments();
      return names.length <= wanted.length ? `${found}; ${fromHeader(where)}` : found;
    };
    throw new BceError(
      'COLUMN_MISSING',
      `${where}: expected the columns that are trained on, found no ${listed(absent.map(quoted))}`,
      hint(),
    );
  }
  const columns = derived.map((column) => column(names));
  const added = all.flatMap(({ name, expression }) => (expression === undefined ? [] : [name]));
  const placeOf = ({ name, expression }: { name: string; expression?: string }) =>
    expression === undefined ? indexOf(name) : names.length + added.indexOf(name);
  return {
    names: [...names, ...added],
    derived: columns,
    target: indexOf(target.name),
    weight: weighting.column === undefined ? undefined : indexOf(weighting.column),
    numerics: numeric.map(placeOf),
    factors: categorical.map(placeOf),
    pivots: pivot.subarray(0, numeric.length) as Float64Array,
  };
}
