/** Rows of text in, shards of numbers and codes out: the hot path of reading. */
import { numberReader } from '../../source/csv/number.js';
import type { Places } from '../../source/places.js';
import type { ScannedRows } from '../../source/scan/scannedRows.js';
import { BLOCK_ROWS } from '../../storage/shards.js';
import { ShardWriter } from '../../storage/shardWriter.js';
import type { ShardStore } from '../../storage/store.js';
import { byteOrder } from '../../text.js';
import { ColumnMoments } from '../describe/moments.js';
import { orderOfLevels } from '../schema/derived.js';
import { FactorCoder } from '../schema/factor.js';
import { noRows } from '../schema/faults.js';
import { LabelCounter, type Target } from '../schema/labels.js';
import type { MissingByName } from '../schema/missingByName.js';
import type { Plan } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { MISSING_CODE } from './finalize.js';
import { type HoldOut, StratifiedSampler } from './holdOut.js';
import { CodesOfTexts, type KnownTexts, recodeLabels, recodeLevels, UNMET } from './recode.js';
import type { RowCollector } from './rowFeed.js';
import { RowLedger } from './rowLedger.js';
import type { RowValues } from './rowValues.js';

/** Options that say what becomes of rows. */
export type CollectOptions = Pick<
  ReadOptions,
  'missing' | 'maxLevels' | 'positive' | 'classWeight' | 'holdOut'
> &
  Partial<Pick<ReadOptions, 'numbers'>>;

/** Makes the homes of the training rows and of those held out. */
export type CreateStore = () => ShardStore;

/**
 * Rows as kept, pivots taken off; missing numbers are NaN and missing texts -1 until they are filled, and labels
 * are codes.
 */
export interface Collected {
  readonly store: ShardStore;
  /** Whether the shards have weights. */
  readonly isWeighted: boolean;
  /** Of the numeric columns; undefined where the weights of the classes have yet to be multiplied in, or terms to be settled. */
  readonly moments: ColumnMoments | undefined;
  readonly rows: number;
  readonly rowsRead: number;
  /** Rows left out, by their number from 1, and how many of them had weight 0. */
  readonly dropped: readonly number[];
  readonly zeroWeights: number;
  readonly target: Target;
  /** y of each code of a label. */
  readonly yOfCode: Float64Array;
  readonly coders: readonly FactorCoder[];
  /** Missing values by column, those of rows that were dropped included, held-out rows not. */
  readonly missing: Int32Array;
  readonly causes: MissingByName;
  readonly heldOut: HeldOut | undefined;
}

/** Rows kept from training. */
export interface HeldOut {
  readonly store: ShardStore;
  readonly rows: number;
  readonly positives: number;
  /** Missing cells, to be filled as those of the training rows are. */
  readonly missing: number;
}

/** Takes the rows of one file. */
export class Collector implements RowCollector {
  readonly #places: Places;
  readonly #plan: Plan;
  readonly #options: CollectOptions;
  readonly #row: RowValues;
  readonly #store: ShardStore;
  readonly #isWeighted: boolean;
  readonly #moments: ColumnMoments | undefined;
  readonly #writer: ShardWriter;
  readonly #labels: LabelCounter;
  readonly #coders: FactorCoder[];
  readonly #ledger: RowLedger;
  readonly #codesOf = new CodesOfTexts();
  /** One row, reused (k). */
  readonly #codes: Int32Array;
  readonly #heldOut: HeldOutRows | undefined;
  #rowsKept = 0;

  constructor(places: Places, plan: Plan, options: CollectOptions, row: RowValues, createStore: CreateStore) {
    const { names, numerics, factors, target } = plan;
    this.#places = places;
    this.#plan = plan;
    this.#options = options;
    this.#row = row;
    this.#store = createStore();
    this.#isWeighted = plan.weight !== undefined || options.classWeight !== undefined;
    // columns that are not yet what they will be have no moments yet
    const isFinal = options.classWeight === undefined && (plan.aside ?? 0) === 0;
    const moments = isFinal ? new ColumnMoments(numerics.length) : undefined;
    this.#moments = moments;
    this.#writer = new ShardWriter(
      this.#store,
      numerics.length,
      factors.length,
      this.#isWeighted,
      // while it is in the cache, and while threads scan
      moments && ((shard) => moments.merge(this.#store.momentsOf(shard, numerics.length))),
    );
    this.#labels = new LabelCounter(names[target]!, numberReader(options.numbers));
    const width = names.length - (plan.derived?.length ?? 0);
    // factors together have as many levels as these allow
    const mostLevels = (column: number) =>
      column < width && column !== plan.fold ? options.maxLevels : Number.POSITIVE_INFINITY;
    const orderOf = (column: number) => {
      const derived = plan.derived?.[column - width];
      return derived?.kind === 'categorical' ? orderOfLevels(derived.parts) : byteOrder;
    };
    this.#coders = factors.map(
      (column) => new FactorCoder(names[column]!, mostLevels(column), orderOf(column)),
    );
    this.#ledger = new RowLedger(places, plan, options.missing);
    this.#codes = new Int32Array(factors.length);
    this.#heldOut =
      options.holdOut && new HeldOutRows(plan, options.holdOut, createStore(), this.#isWeighted);
  }

  /**
   * Takes all rows of a batch at once, where each of them will be kept and none of its labels may be refused.
   *
   * @returns false where that is not so; then nothing is taken
   * @throws BceError CSV_TOO_MANY_LEVELS
   */
  takeWhole(scanned: ScannedRows): boolean {
    const { rows, X, codes, y, c, hasMissing, texts, labels } = scanned;
    if (
      hasMissing ||
      this.#heldOut !== undefined ||
      c?.subarray(0, rows).every((weight) => weight > 0) === false
    ) {
      return false;
    }
    const labelCodes = this.#codesOf.of(labels, this.#labels);
    const factorCodes = this.#coders.map((coder, f) => this.#codesOf.of(texts[f]!, coder));
    const shard = { rows, X, codes, y, c };
    // a label that is refused is told with the rows of each before it
    if (labelCodes.isBehind && !this.#learnLabels(scanned, labelCodes)) return false;
    if (factorCodes.some((known) => known.isBehind)) this.#learn(scanned, factorCodes);
    recodeLabels(shard, labelCodes, this.#labels);
    recodeLevels(shard, factorCodes, this.#coders);
    const { sealed } = scanned;
    if (sealed !== undefined && this.#writer.adopt(shard, sealed)) this.#moments!.merge(sealed.moments);
    else this.#writer.pushBlocks(shard);
    this.#ledger.takeWhole(rows);
    this.#rowsKept += rows;
    return true;
  }

  /** Where each row is kept as it comes. */
  shards() {
    if (this.#isWeighted || this.#heldOut !== undefined) return undefined;
    const { numerics, factors } = this.#plan;
    const { capacity: rows } = this.#writer.fill;
    const shape = { rows, d: numerics.length, k: factors.length, isWeighted: false };
    return { shape, fill: () => this.#writer.fill };
  }

  /** Gives codes to the labels that are new in a batch, by first appearance; false where one of them may be refused. */
  #learnLabels({ rows, y, labels }: ScannedRows, { codes }: KnownTexts): boolean {
    const places = new Set<number>();
    for (let r = 0; r < rows; r++) if (codes[y[r]!] === UNMET) places.add(y[r]!);
    const texts = [...places].map((place) => labels[place]!);
    if (!this.#labels.learn(texts)) return false;
    places.forEach((place) => {
      codes[place] = this.#labels.find(labels[place]!)!;
    });
    return true;
  }

  /** Gives codes to the texts that are new in a batch, row by row, so that the first one at fault is the one refused. */
  #learn({ rows, codes, texts, lines }: ScannedRows, factorCodes: readonly KnownTexts[]): void {
    const k = this.#coders.length;
    for (let r = 0; r < rows; r++) {
      const where = () => this.#row.at(lines[r]!);
      const i = r % BLOCK_ROWS;
      for (let f = 0, p = (r - i) * k + i; f < k; f++, p += BLOCK_ROWS) {
        const place = codes[p]!;
        const known = factorCodes[f]!;
        if (known.codes[place] !== UNMET) continue;
        const [coder, text] = [this.#coders[f]!, texts[f]![place]!];
        // a text that is computed may stand in several places
        known.codes[place] = coder.find(text) ?? coder.learn(text, where);
      }
    }
  }

  /**
   * Keeps, holds out or drops the row whose values are there.
   *
   * @throws BceError CSV_TOO_MANY_LEVELS, LABEL_NOT_BINARY
   */
  take(line: number): void {
    const row = this.#row;
    const fate = this.#ledger.take(row, row.missing, line);
    if (fate === 'weightless') {
      if (row.label !== '') this.#labels.seeWeightless(row.label);
    } else if (fate === 'keep' || fate === 'fill') {
      if (this.#heldOut?.takes(row, this.#labels, this.#coders)) return;
      if (fate === 'fill') this.#ledger.countMissing(row);
      this.#keep(line);
    } else {
      // the labels of a file that will be refused are still told
      if (row.label !== '' && this.#options.missing === 'error') this.#labelOf(line);
      this.#ledger.countMissing(row);
    }
  }

  #labelOf(line: number): number {
    return this.#labels.codeOf(this.#row.label, () => this.#row.at(line));
  }

  #keep(line: number): void {
    const { x, texts, weight } = this.#row;
    const where = () => this.#row.at(line);
    for (let f = 0; f < texts.length; f++) {
      const text = texts[f]!;
      this.#codes[f] = text === '' ? MISSING_CODE : this.#coders[f]!.codeOf(text, where);
    }
    this.#writer.push(x, this.#codes, this.#labelOf(line), weight);
    this.#rowsKept++;
  }

  /** @throws BceError CSV_HEADER_ONLY, LABEL_MISSING, CELLS_MISSING, NO_ROWS, LABEL_NOT_BINARY, USAGE */
  finish(): Collected {
    const { rowsRead, dropped, zeroWeights, missing, causes } = this.#ledger;
    this.#ledger.refuse(this.#labels.listed());
    if (this.#rowsKept === 0) {
      throw noRows(this.#places.name, rowsRead, zeroWeights, causes);
    }
    const { target, yOfCode } = this.#labels.finalize(this.#options.positive, this.#places.name);
    this.#writer.finish();
    return {
      store: this.#store,
      isWeighted: this.#isWeighted,
      moments: this.#moments,
      rows: this.#rowsKept,
      rowsRead,
      dropped,
      zeroWeights,
      target,
      yOfCode,
      coders: this.#coders,
      missing,
      causes,
      heldOut: this.#heldOut?.finish(yOfCode),
    };
  }
}

/** Collects the rows that are held out. */
class HeldOutRows {
  readonly #sampler: StratifiedSampler;
  readonly #store: ShardStore;
  readonly #writer: ShardWriter;
  readonly #codes: Int32Array;
  /** Rows by the code of their label. */
  readonly #counts: number[] = [];
  #missing = 0;

  constructor({ numerics, factors }: Plan, holdOut: HoldOut, store: ShardStore, isWeighted: boolean) {
    this.#sampler = new StratifiedSampler(holdOut);
    this.#store = store;
    this.#writer = new ShardWriter(store, numerics.length, factors.length, isWeighted);
    this.#codes = new Int32Array(factors.length);
  }

  /** Takes the row that was read last, or leaves it to the training rows: they meet every text first. */
  takes(
    { x, texts, label, weight, missing }: RowValues,
    labels: LabelCounter,
    coders: readonly FactorCoder[],
  ): boolean {
    const labelCode = labels.find(label);
    let isKnown = labelCode !== undefined;
    for (let f = 0; f < texts.length; f++) {
      const code = texts[f] === '' ? MISSING_CODE : coders[f]!.find(texts[f]!);
      if (code === undefined) isKnown = false;
      this.#codes[f] = code ?? MISSING_CODE;
    }
    // a label not seen before will get the next code
    const isTaken = this.#sampler.takes(labelCode ?? labels.texts.length, isKnown);
    if (!isTaken) return false;
    this.#writer.push(x, this.#codes, labelCode!, weight);
    this.#counts[labelCode!] = (this.#counts[labelCode!] ?? 0) + 1;
    this.#missing += missing;
    return true;
  }

  finish(yOfCode: Float64Array): HeldOut {
    this.#writer.finish();
    let rows = 0;
    let positives = 0;
    this.#counts.forEach((count, code) => {
      rows += count;
      positives += count * yOfCode[code]!;
    });
    return { store: this.#store, rows, positives, missing: this.#missing };
  }
}
