/** Another file under the plan of the training rows: the same columns, levels, labels and fills. */
import { BceError } from '../errors.js';
import type { RowBatch } from '../source/rows.js';
import { counted, listed, quoted } from '../text.js';
import { isHeader, namesOf, numberedNames } from './columns.js';
import type { CategoricalFeature, Dataset, Description, NumericFeature } from './dataset.js';
import { isSameLabel } from './labels.js';
import { missingCells, refuseMissing } from './missing.js';
import type { Plan, ReadOptions } from './plan.js';
import { RowReader } from './rowReader.js';
import { fillNumbers, MISSING_CODE, multiplyClasses } from './settle.js';
import { ShardWriter } from './shardWriter.js';
import type { ShardStore } from './store.js';
import { ClassSums, requireUsable } from './weighting.js';

/**
 * Reads rows that are not trained on. Columns are found by their names, in any order; others are ignored. A
 * level that no training row has is a missing cell, and missing cells go by the same policy, filled with
 * what the training rows were filled with.
 *
 * @param training rows whose columns, levels and labels these must have
 * @param store where the shards go
 * @throws BceError COLUMN_MISSING, LEVEL_UNKNOWN, LABEL_NOT_BINARY, NO_ROWS and all that reading can end in
 */
export async function readValidation(
  batches: AsyncIterable<RowBatch>,
  name: string,
  options: ReadOptions,
  training: Description,
  store: ShardStore,
): Promise<Dataset> {
  let reader: ValidationReader | undefined;
  for await (const { rows, lines } of batches) {
    for (let r = 0; r < rows.length; r++) {
      const row = rows[r]!;
      const line = lines[r]!;
      if (reader === undefined) {
        const hasHeader = options.header ?? isHeader(row);
        const names = hasHeader ? namesOf(row, `${name}:${line}`) : numberedNames(row.length);
        reader = new ValidationReader(name, planOf(names, training, name), options, training, store);
        if (hasHeader) continue;
      }
      reader.add(row, line);
    }
  }
  if (reader === undefined) throw new BceError('CSV_EMPTY', `${name}: the file is empty`);
  return reader.finish();
}

/** Features with a weight, in the order of the weights. */
function weightedFeatures<Kind extends 'numeric' | 'categorical'>(training: Description, kind: Kind) {
  return training.features
    .filter((feature) => feature.kind === kind && feature.term >= 0)
    .sort((a, b) => a.term - b.term) as (Kind extends 'numeric' ? NumericFeature : CategoricalFeature)[];
}

function planOf(names: readonly string[], training: Description, where: string): Plan {
  const { target, weighting, pivot } = training;
  const indexOf = (column: string) => names.indexOf(column);
  const [numeric, categorical] = [
    weightedFeatures(training, 'numeric'),
    weightedFeatures(training, 'categorical'),
  ];
  const wanted = [...numeric, ...categorical].map((feature) => feature.name);
  const others = weighting.column === undefined ? [] : [weighting.column];
  const absent = [...wanted, target.name, ...others].filter((column) => indexOf(column) < 0);
  if (absent.length > 0) {
    throw new BceError(
      'COLUMN_MISSING',
      `${where}: expected the columns that are trained on, found no ${listed(absent.map(quoted))}`,
      `its columns are ${listed(names.map(quoted))}`,
    );
  }
  return {
    names,
    target: indexOf(target.name),
    weight: weighting.column === undefined ? undefined : indexOf(weighting.column),
    numerics: numeric.map((feature) => indexOf(feature.name)),
    factors: categorical.map((feature) => indexOf(feature.name)),
    pivots: pivot.subarray(0, numeric.length) as Float64Array,
  };
}

class ValidationReader {
  readonly #name: string;
  readonly #plan: Plan;
  readonly #options: ReadOptions;
  readonly #training: Description;
  readonly #reader: RowReader;
  readonly #store: ShardStore;
  readonly #writer: ShardWriter;
  readonly #factors: readonly CategoricalFeature[];
  readonly #codes: readonly ReadonlyMap<string, number>[];
  readonly #rowCodes: Int32Array;
  readonly #missing: Int32Array;
  readonly #dropped: number[] = [];
  /** Rows by label: negatives, positives. */
  readonly #counts: [number, number] = [0, 0];
  #rowsRead = 0;
  #zeroWeights = 0;
  #filled = 0;
  #firstMissingLine = 0;
  #firstUnfillableLine = 0;

  constructor(name: string, plan: Plan, options: ReadOptions, training: Description, store: ShardStore) {
    this.#name = name;
    this.#plan = plan;
    this.#options = options;
    this.#training = training;
    this.#reader = new RowReader(name, plan, missingCells(options.missingWords));
    const { column, classWeight } = training.weighting;
    const isWeighted = column !== undefined || classWeight !== undefined;
    this.#store = store;
    this.#writer = new ShardWriter(store, plan.numerics.length, plan.factors.length, isWeighted);
    this.#factors = weightedFeatures(training, 'categorical');
    this.#codes = this.#factors.map(({ levels }) => new Map(levels.map((level, code) => [level, code])));
    this.#rowCodes = new Int32Array(plan.factors.length);
    this.#missing = new Int32Array(plan.names.length);
  }

  add(row: readonly string[], line: number): void {
    const reader = this.#reader;
    const { missing: policy } = this.#options;
    reader.read(row, line);
    this.#rowsRead++;
    if (reader.weight === 0) {
      this.#zeroWeights++;
      this.#dropped.push(this.#rowsRead);
      return;
    }
    let missing = reader.missing;
    for (let f = 0; f < reader.texts.length; f++) {
      const text = reader.texts[f]!;
      const code = text === '' ? undefined : this.#codes[f]!.get(text);
      this.#rowCodes[f] = code ?? MISSING_CODE;
      if (text === '' || code !== undefined) continue;
      if (policy === 'error') throw this.#unknownLevel(f, text, line);
      missing++;
      this.#missing[this.#plan.factors[f]!]!++;
    }
    const isWhole = reader.label !== '' && !Number.isNaN(reader.weight);
    if (!isWhole || missing > 0) {
      if (this.#firstMissingLine === 0) this.#firstMissingLine = line;
      if (!isWhole && this.#firstUnfillableLine === 0) this.#firstUnfillableLine = line;
      for (const column of reader.missingColumns()) this.#missing[column]!++;
      if (!isWhole || policy !== 'mean') {
        this.#dropped.push(this.#rowsRead);
        return;
      }
      this.#fillCodes();
      this.#filled += missing;
    }
    const y = this.#labelOf(reader.label, line);
    this.#counts[y]++;
    this.#writer.push(reader.x, this.#rowCodes, y, reader.weight);
  }

  #fillCodes(): void {
    this.#factors.forEach(({ levels, mostFrequent }, f) => {
      if (this.#rowCodes[f] === MISSING_CODE) this.#rowCodes[f] = levels.indexOf(mostFrequent);
    });
  }

  #unknownLevel(f: number, text: string, line: number): BceError {
    const { name } = this.#factors[f]!;
    return new BceError(
      'LEVEL_UNKNOWN',
      `${this.#reader.at(line)}: column ${quoted(name)}: expected a level of the training rows, got ${quoted(text)}`,
      '--missing drop leaves such rows out, --missing mean takes the commonest level',
    );
  }

  #labelOf(text: string, line: number): 0 | 1 {
    const { name, positive, negative } = this.#training.target;
    if (isSameLabel(text, positive)) return 1;
    if (isSameLabel(text, negative)) return 0;
    throw new BceError(
      'LABEL_NOT_BINARY',
      `${this.#reader.at(line)}: column ${quoted(name)}: expected ${quoted(negative)} or ${quoted(positive)}, got ${quoted(text)}`,
    );
  }

  async finish(): Promise<Dataset> {
    const [negatives, positives] = this.#counts;
    const rows = negatives + positives;
    const { target, weighting, mean } = this.#training;
    const { names } = this.#plan;
    refuseMissing({
      name: this.#name,
      plan: this.#plan,
      policy: this.#options.missing,
      missing: this.#missing,
      rowsRead: this.#rowsRead,
      firstLine: this.#firstMissingLine,
      firstUnfillableLine: this.#firstUnfillableLine,
      labels: `${quoted(target.negative)} and ${quoted(target.positive)}`,
    });
    if (rows === 0) {
      throw new BceError('NO_ROWS', `${this.#name}: no row is left of ${counted(this.#rowsRead, 'row')}`);
    }
    this.#writer.finish();
    const d = this.#plan.numerics.length;
    const sums = new ClassSums();
    await this.#store.update((shard) => {
      if (this.#filled > 0) for (let j = 0; j < d; j++) fillNumbers(shard, d, j, mean[j]!);
      if (weighting.classWeight !== undefined) multiplyClasses(shard, weighting.classWeight);
      sums.add(shard);
      return shard;
    });
    requireUsable(sums.sum, this.#name, weighting.column);
    return {
      ...this.#training,
      name: this.#name,
      shards: this.#store,
      leftOut: this.#dropped,
      rows,
      weightSum: sums.sum,
      target: { ...target, negatives, positives },
      reading: {
        rowsRead: this.#rowsRead,
        dropped: this.#dropped.length,
        zeroWeights: this.#zeroWeights,
        missing: names.flatMap((column, c) =>
          this.#missing[c]! > 0 ? [[column, this.#missing[c]!] as const] : [],
        ),
        numbersInHeader: [],
        filled: this.#filled,
      },
    };
  }
}
