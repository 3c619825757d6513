/** The rows of another file in the columns, levels and labels of the training rows, with their fills. */
import { BceError } from '../../errors.js';
import type { ScannedRows } from '../../source/scan/scannedRows.js';
import { ShardWriter } from '../../storage/shardWriter.js';
import type { ShardStore } from '../../storage/store.js';
import { counted, quoted } from '../../text.js';
import type { CategoricalFeature, Dataset, Description, NumericFeature } from '../dataset.js';
import { ClassSums, requireUsable } from '../describe/weighting.js';
import type { TableContext } from '../schema/context.js';
import { sameNumber } from '../schema/factor.js';
import { isSameLabel } from '../schema/labels.js';
import { missingCells, refuseMissing } from '../schema/missing.js';
import type { Plan, ReadOptions } from '../schema/plan.js';
import { fillNumbers, MISSING_CODE, multiplyClasses } from './finalize.js';
import { RowReader } from './rowReader.js';

/** Features with a weight, in the order of the weights. */
export function weightedFeatures<Kind extends 'numeric' | 'categorical'>(training: Description, kind: Kind) {
  return training.features
    .filter((feature) => feature.kind === kind && feature.term >= 0)
    .sort((a, b) => a.term - b.term) as (Kind extends 'numeric' ? NumericFeature : CategoricalFeature)[];
}

/** Takes the rows of one file. */
export class ValidationReader {
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

  constructor(
    context: TableContext,
    plan: Plan,
    options: ReadOptions,
    training: Description,
    store: ShardStore,
  ) {
    this.#name = context.name;
    this.#plan = plan;
    this.#options = options;
    this.#training = training;
    this.#reader = new RowReader(context, plan, missingCells(options.missingWords));
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
    this.#reader.read(row, line);
    this.#take(line);
  }

  /** Takes rows that are numbers and codes already, as if `add` had their texts. */
  addScanned(scanned: ScannedRows): void {
    for (let r = 0; r < scanned.rows; r++) {
      this.#reader.load(scanned, r);
      this.#take(scanned.lines[r]!);
    }
  }

  /** Keeps or drops the row that was read last. */
  #take(line: number): void {
    const reader = this.#reader;
    const { missing: policy } = this.#options;
    this.#rowsRead++;
    if (reader.weight === 0) {
      this.#zeroWeights++;
      this.#dropped.push(this.#rowsRead);
      return;
    }
    let missing = reader.missing;
    for (let f = 0; f < reader.texts.length; f++) {
      const text = reader.texts[f]!;
      const code = text === '' ? undefined : this.#codeOf(f, text);
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

  /** A level, or one that is the same number. */
  #codeOf(f: number, text: string): number | undefined {
    const code = this.#codes[f]!.get(text);
    if (code !== undefined) return code;
    const level = sameNumber(text, this.#factors[f]!.levels);
    return level === undefined ? undefined : this.#codes[f]!.get(level);
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
    const {
      target,
      weighting,
      scaling: { mean },
    } = this.#training;
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
