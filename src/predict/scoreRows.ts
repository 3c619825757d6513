/** Rows of a table in, logits out, one row after the other and none of them kept. */

import { headerOf, Intake, type Opened, type RowSink } from '../dataset/read/intake.js';
import { fateOf } from '../dataset/read/rowFate.js';
import { RowReader } from '../dataset/read/rowReader.js';
import type { TableContext } from '../dataset/schema/context.js';
import { missingCells } from '../dataset/schema/missing.js';
import type { RowColumns } from '../dataset/schema/plan.js';
import { BceError } from '../errors.js';
import { type NumberForm, numberReader } from '../source/csv/number.js';
import type { Places } from '../source/places.js';
import type { ScannedRows } from '../source/scan/scannedRows.js';
import { BLOCK_ROWS } from '../storage/shards.js';
import { quoted, shellWord } from '../text.js';
import { columnsOf, type EvaluationColumns, sourcesOfScorer } from './columns.js';
import { LevelBook, type UnseenPolicy } from './levels.js';
import type { Scorer } from './scorer.js';

export interface ScoreOptions {
  /** Whether the first row holds names; found by itself when undefined. */
  readonly header: boolean | undefined;
  /** What a missing cell does: refuse the file, take the mean or the commonest level of training, leave the row out, or give no prediction. */
  readonly missing: 'error' | 'mean' | 'drop' | 'empty';
  readonly unseen: UnseenPolicy;
  /** Words that mean a missing cell, besides the empty cell. */
  readonly missingWords: readonly string[];
  /** How numbers are written. */
  readonly numbers: NumberForm;
  /** Set when rows have labels to be read. */
  readonly evaluation: EvaluationColumns | undefined;
}

/** Takes the rows in their order. */
export interface ScoreSink {
  /** The columns, before the first row; `hasHeader` tells whether a row held their names. */
  begin(columns: RowColumns, scorer: Scorer, hasHeader: boolean, line: number): void;
  /**
   * One row: its logit, NaN when a cell is missing and there is no prediction; the line on which it starts; and,
   * when they are read, its label and its weight.
   */
  take(h: number, line: number, label: string, weight: number): void;
}

/** What was met, for a person. */
export interface ScoreCounts {
  rows: number;
  /** Rows with a missing cell, and rows left out because of one. */
  incomplete: number;
  dropped: number;
  /** Rows left out because they weigh nothing. */
  weightless: number;
  /** Missing cells by column, the label and the weight among them. */
  readonly missing: Map<string, number>;
  /** Texts that no training row had, by column: their number, and the first of them. */
  readonly unseen: Map<string, { cells: number; readonly first: string }>;
  /** By column, the text taken for a baseline that the file of weights does not name. */
  readonly baselines: Map<string, string>;
}

/** Scores the rows of one table. */
export interface RowScorer {
  /** Takes them. */
  readonly intake: Intake<Opened>;
  /** Of those so far. */
  readonly counts: ScoreCounts;
  /** In place of the intake, where the names of the columns are known before any row. */
  openAs(names: readonly string[]): Opened;
}

/**
 * @param places what messages call the lines of the table
 * @param scorerFor gives the scorer, once the columns are known
 */
export function rowScorer(
  places: Places,
  options: ScoreOptions,
  scorerFor: (names: readonly string[]) => Scorer,
  sink: ScoreSink,
): RowScorer {
  const counts: ScoreCounts = {
    rows: 0,
    incomplete: 0,
    dropped: 0,
    weightless: 0,
    missing: new Map(),
    unseen: new Map(),
    baselines: new Map(),
  };
  const wanted = (cells: readonly string[]) => {
    return sourcesOfScorer(scorerFor(cells));
  };
  const open = (names: readonly string[], hasHeader: boolean, delimiter: string, line: number) => {
    const scorer = scorerFor(names);
    const columns = columnsOf(scorer, names, places.name, options.evaluation);
    const context = { places, delimiter, hasHeader, isTraining: false };
    const table = new TableScorer(context, columns, scorer, options, counts, sink);
    sink.begin(columns, scorer, hasHeader, line);
    return { sink: table, columns, hasHeader };
  };
  // the header alone tells what the columns are
  const intake = new Intake(places, options.missingWords, (head, delimiter) => {
    const { hasHeader, names } = headerOf(head, numberReader(options.numbers), options.header, wanted);
    return open(names, hasHeader, delimiter, head.firstLine);
  });
  return { intake, counts, openAs: (names) => open(names, true, ',', 0) };
}

/** Scores rows whose columns are known. */
class TableScorer implements RowSink {
  readonly columns: RowColumns;
  readonly #scorer: Scorer;
  readonly #options: ScoreOptions;
  readonly #counts: ScoreCounts;
  readonly #sink: ScoreSink;
  readonly #reader: RowReader;
  readonly #books: readonly LevelBook[];
  /** Weights of the numeric columns (d). */
  readonly #w: Float64Array;
  /** What a missing number takes, less its pivot (d), and a missing text (k). */
  readonly #fills: readonly number[];
  readonly #levelFills: readonly number[];
  /** By factor and list of texts, which each thread that scans has of its own: what `#weightOfCode` holds. */
  readonly #weightsOfTexts: readonly WeakMap<readonly string[], Float64Array>[];
  /** Of this batch, by factor and scanned code plus 1: the weight of the level; NaN where a row must be looked at. */
  readonly #weightOfCode: Float64Array[];
  /** Logits of a block. */
  readonly #h = new Float64Array(BLOCK_ROWS);

  constructor(
    context: TableContext,
    columns: RowColumns,
    scorer: Scorer,
    options: ScoreOptions,
    counts: ScoreCounts,
    sink: ScoreSink,
  ) {
    const { numerics, factors, where } = scorer;
    const cells = missingCells(options.missingWords, options.numbers);
    this.columns = columns;
    this.#scorer = scorer;
    this.#options = options;
    this.#counts = counts;
    this.#sink = sink;
    this.#reader = new RowReader(context, columns, cells, options.missing === 'error');
    this.#books = factors.map((factor) => new LevelBook(factor, options.unseen, where, cells.read));
    this.#w = Float64Array.from(numerics, ({ weight }) => weight);
    this.#fills = numerics.map(({ mean, pivot }) => (mean ?? Number.NaN) - pivot);
    this.#levelFills = factors.map(({ levels, weights, mostFrequent }) =>
      mostFrequent === undefined ? Number.NaN : weights[levels.indexOf(mostFrequent)]!,
    );
    this.#weightsOfTexts = factors.map(() => new WeakMap());
    this.#weightOfCode = factors.map(() => new Float64Array(0));
  }

  add(row: readonly string[], line: number): void {
    this.#reader.read(row, line);
    this.#take(line);
  }

  addScanned(read: ScannedRows): void {
    this.#reader.passFirst();
    const scanned = this.#reader.derived(read);
    if (scanned === undefined) {
      for (let r = 0; r < read.rows; r++) {
        this.#reader.take(read, undefined, r);
        this.#take(read.lines[r]!);
      }
      return;
    }
    const { rows, y, c, lines, labels, texts } = scanned;
    const h = this.#h;
    texts.forEach((list, f) => {
      this.#weightOfCode[f] = this.#weightsOf(list, this.#weightsOfTexts[f]!);
    });
    for (let row = 0; row < rows; row += BLOCK_ROWS) {
      this.#scoreBlock(scanned, row);
      const n = Math.min(BLOCK_ROWS, rows - row);
      for (let i = 0; i < n; i++) {
        const r = row + i;
        const code = y[r]!;
        const weight = c === undefined ? 1 : c[r]!;
        if (!Number.isFinite(h[i]!) || code < 0 || !(weight > 0)) {
          this.#reader.take(read, scanned, r);
          this.#take(lines[r]!);
          // what weighs nothing is not looked at
          if (weight !== 0) this.#learn(scanned, r);
        } else {
          this.#counts.rows++;
          this.#sink.take(h[i]!, lines[r]!, labels[code] ?? '', weight);
        }
      }
    }
  }

  /** The weights of the codes of a list of texts, with room for all of them. */
  #weightsOf(list: readonly string[], known: WeakMap<readonly string[], Float64Array>): Float64Array {
    const weights = known.get(list);
    if (weights !== undefined && weights.length > list.length) return weights;
    const longer = new Float64Array(2 * list.length + 1).fill(Number.NaN);
    if (weights !== undefined) longer.set(weights);
    known.set(list, longer);
    return longer;
  }

  /** Writes the logits of the block that begins with `row`; NaN where a cell is missing or not yet known. */
  #scoreBlock({ X, codes }: ScannedRows, row: number): void {
    const h = this.#h;
    const w = this.#w;
    const [d, k] = [w.length, this.#books.length];
    h.fill(this.#scorer.intercept);
    for (let j = 0, p = row * d; j < d; j++, p += BLOCK_ROWS) {
      const wj = w[j]!;
      for (let i = 0; i < BLOCK_ROWS; i++) h[i]! += wj * X[p + i]!;
    }
    for (let f = 0, p = row * k; f < k; f++, p += BLOCK_ROWS) {
      const weights = this.#weightOfCode[f]!;
      for (let i = 0; i < BLOCK_ROWS; i++) h[i]! += weights[codes[p + i]! + 1]!;
    }
  }

  /** Remembers the weights of the codes of row r, so that other rows with them need no look. */
  #learn({ codes, texts, lines }: ScannedRows, r: number): void {
    const k = this.#books.length;
    const i = r % BLOCK_ROWS;
    for (let f = 0, p = (r - i) * k + i; f < k; f++, p += BLOCK_ROWS) {
      const code = codes[p]!;
      if (code < 0) continue;
      const weight = this.#books[f]!.weightOf(texts[f]![code]!, () => this.#reader.at(lines[r]!));
      if (weight !== undefined) this.#weightOfCode[f]![code + 1] = weight;
    }
  }

  /** Scores the row that was read last, in the order of terms of `#scoreBlock`, to the same bits. */
  #take(line: number): void {
    const { x, texts, label, weight } = this.#reader;
    const { factors, intercept } = this.#scorer;
    const { missing: policy, unseen } = this.#options;
    this.#counts.rows++;
    if (weight === 0) {
      this.#counts.weightless++;
      return;
    }
    const at = () => this.#reader.at(line);
    let h = intercept;
    let missing = 0;
    for (let j = 0; j < x.length; j++) {
      let value = x[j]!;
      if (Number.isNaN(value)) {
        missing++;
        value = this.#fills[j]!;
      }
      h += this.#w[j]! * value;
    }
    for (let f = 0; f < texts.length; f++) {
      const text = texts[f]!;
      let level = text === '' ? undefined : this.#books[f]!.weightOf(text, at);
      if (level === undefined && text !== '') {
        this.#countUnseen(f, text, line);
        if (unseen === 'baseline') level = factors[f]!.ifBaseline;
      }
      if (level === undefined) {
        missing++;
        level = this.#levelFills[f]!;
      }
      const { assumedBaseline } = this.#books[f]!;
      if (assumedBaseline !== undefined) this.#counts.baselines.set(factors[f]!.name, assumedBaseline);
      h += level;
    }
    const { target, weight: weightColumn } = this.columns;
    const isUnfillable = (target !== undefined && label === '') || Number.isNaN(weight);
    const { names } = this.columns;
    for (const cause of missing === 0 && !isUnfillable ? [] : this.#reader.causesOfMissing()) {
      const isLabel = target !== undefined && cause === names[target];
      const isWeight = weightColumn !== undefined && cause === names[weightColumn];
      this.#countMissing(
        cause,
        line,
        isLabel ? 'LABEL_MISSING' : isWeight ? 'WEIGHT_MISSING' : 'CELLS_MISSING',
      );
    }
    const fate = fateOf(target === undefined ? undefined : label, weight, missing, policy);
    if (fate !== 'keep') this.#counts.incomplete++;
    if (fate === 'drop') {
      this.#counts.dropped++;
      return;
    }
    if (fate === 'empty') h = Number.NaN;
    else if (fate === 'keep' && !Number.isFinite(h)) {
      throw new BceError(
        'WEIGHTS_OUT_OF_RANGE',
        `${at()}: the logit is ${h}: weights and cells are too large for doubles`,
      );
    }
    this.#sink.take(h, line, label, weight);
  }

  /** @throws BceError CELLS_MISSING, LABEL_MISSING, WEIGHT_MISSING */
  #countMissing(
    name: string,
    line: number,
    code: 'CELLS_MISSING' | 'LABEL_MISSING' | 'WEIGHT_MISSING',
  ): void {
    const { missing: policy, evaluation } = this.#options;
    const isFeature = code === 'CELLS_MISSING';
    if (policy === 'error' || (policy === 'mean' && !isFeature)) {
      const empty = evaluation === undefined ? '--missing empty gives such rows no prediction, ' : '';
      // a file of weights holds no means
      const canFill = isFeature && this.#scorer.target !== undefined;
      const mean = canFill ? ', --missing mean takes the mean or the commonest level of training' : '';
      throw new BceError(
        code,
        `${this.#reader.at(line)}: column ${quoted(name)}: expected a ${isFeature ? 'value' : 'label or weight'}, found a missing cell`,
        `${empty}--missing drop leaves ${empty === '' ? 'such rows' : 'them'} out${mean}`,
      );
    }
    const { missing } = this.#counts;
    missing.set(name, (missing.get(name) ?? 0) + 1);
  }

  /** @throws BceError LEVEL_UNKNOWN */
  #countUnseen(f: number, text: string, line: number): void {
    const { name } = this.#scorer.factors[f]!;
    if (this.#options.unseen === 'error') {
      throw new BceError(
        'LEVEL_UNKNOWN',
        `${this.#reader.at(line)}: column ${quoted(name)}: expected a level of ${this.#scorer.where}, got ${quoted(text)}`,
        `--unseen baseline takes it for the first level, --unseen missing for a missing cell; --missing-values ${shellWord(text)} if it means one`,
      );
    }
    const { unseen } = this.#counts;
    const known = unseen.get(name);
    if (known === undefined) unseen.set(name, { cells: 1, first: text });
    else known.cells++;
  }
}
