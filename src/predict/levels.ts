/** The weight that a text of a factor stands for, and what is known of texts that the model does not list. */
import { OTHER, sameNumber } from '../dataset/schema/factor.js';
import { levelOrder } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import type { ReadNumber } from '../source/csv/number.js';
import { quoted } from '../text.js';
import type { FactorTerm } from './scorer.js';

export { OTHER };

/** What a level does that no training row had: refuse the file, count as the baseline, or as a missing cell. */
export type UnseenPolicy = 'error' | 'baseline' | 'missing';

/**
 * Tells levels apart from texts that no training row had.
 *
 * A file of weights names a baseline only where it is not the first level. Otherwise it is, so a text that comes
 * after a listed level is none; of those before all listed levels the first that occurs is taken for it, and
 * a second one is refused: which of them is the baseline cannot be known.
 */
export class LevelBook {
  /** The text taken for the baseline that the file does not name, once one occurs. */
  assumedBaseline: string | undefined;
  readonly #factor: FactorTerm;
  readonly #weights: ReadonlyMap<string, number>;
  readonly #policy: UnseenPolicy;
  readonly #where: string;
  readonly #read: ReadNumber;

  /**
   * @param where name of the file of the model
   * @param read reads the numbers of the texts
   */
  constructor(factor: FactorTerm, policy: UnseenPolicy, where: string, read: ReadNumber) {
    this.#read = read;
    this.#factor = factor;
    this.#weights = new Map(factor.levels.map((level, i) => [level, factor.weights[i]!]));
    this.#policy = policy;
    this.#where = where;
  }

  /**
   * Weight of a level; undefined of a text that is none.
   *
   * @param at tells where the text stands
   * @throws BceError LEVEL_UNKNOWN when there are two candidates for the baseline
   */
  weightOf(text: string, at: () => string): number | undefined {
    const weight =
      this.#weights.get(text) ?? this.#weights.get(sameNumber(text, this.#factor.levels, this.#read) ?? text);
    if (weight !== undefined) return weight;
    if (this.#factor.hasOther) return this.#weights.get(OTHER);
    if (this.#factor.hasBaseline) return undefined;
    if (levelOrder(this.#factor.expression)(text, this.#factor.levels[0]!) > 0) return undefined;
    this.assumedBaseline ??= text;
    if (text === this.assumedBaseline) return 0;
    if (this.#policy === 'baseline') return undefined;
    throw new BceError(
      'LEVEL_UNKNOWN',
      `${at()}: column ${quoted(this.#factor.name)}: expected one level beside those of ${this.#where}, the baseline, got ${quoted(text)} after ${quoted(this.assumedBaseline)}`,
      'a file of weights does not name the baseline, a JSON model does; --unseen baseline takes both for it',
    );
  }
}
