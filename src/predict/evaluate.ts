/** Predictions held against the labels that the rows have. */

import { isSameLabel, LabelCounter } from '../dataset/schema/labels.js';
import type { RowColumns } from '../dataset/schema/plan.js';
import { BceError } from '../errors.js';
import { type Metrics, metricsOf } from '../metrics/metrics.js';
import { ScoredCollector } from '../metrics/scored.js';
import { type NumberForm, numberReader, type ReadNumber } from '../source/csv/number.js';
import type { Places } from '../source/places.js';
import { quoted } from '../text.js';
import type { ScoreSink } from './scoreRows.js';
import type { Scorer } from './scorer.js';

export interface Evaluation {
  readonly metrics: Metrics;
  /** The labels with y = 1 and y = 0. */
  readonly positive: string;
  readonly negative: string;
}

/**
 * Collects rows until all are there.
 *
 * The labels are those of a JSON model. Where `positive` is given, or the file holds weights only, they are
 * settled as in training, which takes rows of both.
 */
export class Evaluator implements ScoreSink {
  readonly #places: Places;
  readonly #read: ReadNumber;
  readonly #positive: string | undefined;
  #column = '';
  #target: Scorer['target'];
  /** y of each text of the target of a model. */
  readonly #yOfText = new Map<string, number>();
  /** Texts of another target, whose y is known at the end. */
  #counter = new LabelCounter('');
  #rows = new ScoredCollector(false);
  #count = 0;

  /**
   * @param places what messages call the lines of the table
   * @param positive label with y = 1, when it is not that of the model
   */
  constructor(places: Places, positive: string | undefined, numbers?: NumberForm) {
    this.#read = numberReader(numbers);
    this.#places = places;
    this.#positive = positive;
  }

  begin({ names, target, weight }: RowColumns, scorer: Scorer): void {
    this.#column = names[target!]!;
    this.#target = this.#positive === undefined ? scorer.target : undefined;
    this.#counter = new LabelCounter(this.#column, this.#read);
    this.#rows = new ScoredCollector(weight !== undefined);
  }

  /** @throws BceError LABEL_NOT_BINARY */
  take(h: number, line: number, label: string, weight: number): void {
    this.#rows.push(h, this.#codeOf(label, line), weight);
    this.#count++;
  }

  #codeOf(label: string, line: number): number {
    const where = () => this.#places.at(line);
    if (this.#target === undefined) return this.#counter.codeOf(label, where);
    let y = this.#yOfText.get(label);
    if (y === undefined) {
      const { positive, negative } = this.#target;
      if (!isSameLabel(label, positive, this.#read) && !isSameLabel(label, negative, this.#read)) {
        throw new BceError(
          'LABEL_NOT_BINARY',
          `${where()}: column ${quoted(this.#column)}: expected ${quoted(negative)} or ${quoted(positive)}, got ${quoted(label)}`,
          'if the labels are others than those of training, --positive says which is y = 1',
        );
      }
      y = isSameLabel(label, positive, this.#read) ? 1 : 0;
      this.#yOfText.set(label, y);
    }
    return y;
  }

  /** @throws BceError NO_ROWS, LABEL_NOT_BINARY, USAGE when `positive` is no label */
  finish(threshold: number): Evaluation {
    if (this.#count === 0) {
      throw new BceError(
        'NO_ROWS',
        `${this.#places.name}: expected rows to evaluate on, found none that count`,
      );
    }
    if (this.#target !== undefined) {
      const { positive, negative } = this.#target;
      return { metrics: metricsOf(this.#rows.finalize(), threshold), positive, negative };
    }
    const { target, yOfCode } = this.#counter.finalize(this.#positive, this.#places.name);
    return { ...target, metrics: metricsOf(this.#rows.finalize(yOfCode), threshold) };
  }
}
