/** The rows of another file in the columns, levels and labels of the training rows, with their fills. */
import { BceError } from '../../errors.js';
import { numberReader, type ReadNumber } from '../../source/csv/number.js';
import type { Places } from '../../source/places.js';
import type { Shard } from '../../storage/shards.js';
import { ShardWriter } from '../../storage/shardWriter.js';
import type { ShardStore } from '../../storage/store.js';
import { counted, quoted } from '../../text.js';
import type { CategoricalFeature, Dataset, Description, NumericFeature } from '../dataset.js';
import { ClassSums, requireUsable } from '../describe/weighting.js';
import { OTHER, sameNumber } from '../schema/factor.js';
import { isSameLabel } from '../schema/labels.js';
import type { Plan } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { fillNumbers, MISSING_CODE, multiplyClasses } from './finalize.js';
import type { RowCollector } from './rowFeed.js';
import { RowLedger } from './rowLedger.js';
import type { RowValues } from './rowValues.js';

/** Features with a weight, in the order of the weights. */
export function weightedFeatures<Kind extends 'numeric' | 'categorical'>(training: Description, kind: Kind) {
  return training.features
    .filter((feature) => feature.kind === kind && feature.term >= 0)
    .sort((a, b) => a.term - b.term) as (Kind extends 'numeric' ? NumericFeature : CategoricalFeature)[];
}

/** Takes the rows of one file. */
export class ValidationCollector implements RowCollector {
  readonly #places: Places;
  readonly #plan: Plan;
  readonly #options: ReadOptions;
  readonly #training: Description;
  readonly #row: RowValues;
  readonly #read: ReadNumber;
  readonly #store: ShardStore;
  readonly #writer: ShardWriter;
  readonly #factors: readonly CategoricalFeature[];
  readonly #codes: readonly ReadonlyMap<string, number>[];
  readonly #rowCodes: Int32Array;
  readonly #ledger: RowLedger;
  /** Rows by label: negatives, positives. */
  readonly #counts: [number, number] = [0, 0];
  readonly #sums = new ClassSums();
  #filled = 0;

  constructor(
    places: Places,
    plan: Plan,
    options: ReadOptions,
    training: Description,
    row: RowValues,
    store: ShardStore,
  ) {
    this.#places = places;
    this.#plan = plan;
    this.#options = options;
    this.#read = numberReader(options.numbers);
    this.#training = training;
    this.#row = row;
    const { column, classWeight } = training.weighting;
    const isWeighted = column !== undefined || classWeight !== undefined;
    this.#store = store;
    const { numerics, factors } = plan;
    // before they go to the store, which may not keep them
    const settle = (shard: Shard) => this.#settle(shard);
    this.#writer = new ShardWriter(store, numerics.length, factors.length, isWeighted, settle);
    this.#factors = weightedFeatures(training, 'categorical');
    this.#codes = this.#factors.map(({ levels }) => new Map(levels.map((level, code) => [level, code])));
    this.#rowCodes = new Int32Array(plan.factors.length);
    this.#ledger = new RowLedger(places, plan, options.missing);
  }

  /** Keeps or drops the row whose values are there. */
  take(line: number): void {
    const row = this.#row;
    const missing = row.weight === 0 ? 0 : row.missing + this.#findCodes(line);
    const fate = this.#ledger.take(row, missing, line);
    if (fate === 'weightless') return;
    if (fate !== 'keep') this.#ledger.countMissing(row);
    if (fate === 'fill') {
      this.#fillCodes();
      this.#filled += missing;
    } else if (fate !== 'keep') return;
    const y = this.#labelOf(row.label, line);
    this.#counts[y]++;
    this.#writer.push(row.x, this.#rowCodes, y, row.weight);
  }

  /** Codes of the texts of the row; returns how many levels no training row had, which count as missing. */
  #findCodes(line: number): number {
    const { texts } = this.#row;
    let unknown = 0;
    for (let f = 0; f < texts.length; f++) {
      const text = texts[f]!;
      const code = text === '' ? undefined : this.#codeOf(f, text);
      this.#rowCodes[f] = code ?? MISSING_CODE;
      if (text === '' || code !== undefined) continue;
      if (this.#options.missing === 'error') throw this.#unknownLevel(f, text, line);
      unknown++;
      this.#ledger.countCause(this.#factors[f]!.name);
    }
    return unknown;
  }

  /** A level, or one that is the same number, or else that of all others, where there is one. */
  #codeOf(f: number, text: string): number | undefined {
    const code = this.#codes[f]!.get(text);
    if (code !== undefined) return code;
    const level = sameNumber(text, this.#factors[f]!.levels, this.#read);
    const { merged } = this.#factors[f]!;
    return this.#codes[f]!.get(level ?? (merged === undefined ? text : OTHER));
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
      `${this.#row.at(line)}: column ${quoted(name)}: expected a level of the training rows, got ${quoted(text)}`,
      '--missing drop leaves such rows out, --missing mean takes the commonest level',
    );
  }

  #labelOf(text: string, line: number): 0 | 1 {
    const { name, positive, negative } = this.#training.target;
    if (isSameLabel(text, positive, this.#read)) return 1;
    if (isSameLabel(text, negative, this.#read)) return 0;
    throw new BceError(
      'LABEL_NOT_BINARY',
      `${this.#row.at(line)}: column ${quoted(name)}: expected ${quoted(negative)} or ${quoted(positive)}, got ${quoted(text)}`,
    );
  }

  /** Fills what is missing, and weighs the classes. */
  #settle(shard: Shard): void {
    const { weighting, scaling } = this.#training;
    const d = this.#plan.numerics.length;
    if (this.#filled > 0) for (let j = 0; j < d; j++) fillNumbers(shard, d, j, scaling.mean[j]!);
    if (weighting.classWeight !== undefined) multiplyClasses(shard, weighting.classWeight);
    this.#sums.add(shard);
  }

  finish(): Dataset {
    const [negatives, positives] = this.#counts;
    const rows = negatives + positives;
    const { target, weighting } = this.#training;
    const { rowsRead, dropped, zeroWeights, causes } = this.#ledger;
    this.#ledger.refuse(`${quoted(target.negative)} and ${quoted(target.positive)}`);
    if (rows === 0) {
      throw new BceError('NO_ROWS', `${this.#places.name}: no row is left of ${counted(rowsRead, 'row')}`);
    }
    this.#writer.finish();
    requireUsable(this.#sums.sum, this.#places.name, weighting.column);
    return {
      ...this.#training,
      name: this.#places.name,
      shards: this.#store,
      leftOut: dropped,
      rows,
      weightSum: this.#sums.sum,
      target: { ...target, negatives, positives },
      reading: {
        rowsRead,
        dropped: dropped.length,
        zeroWeights,
        missing: causes,
        numbersInHeader: [],
        filled: this.#filled,
      },
    };
  }
}
