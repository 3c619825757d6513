/** What is counted of rows that are kept or left out, and the refusal of a file for what nothing settles. */
import type { Places } from '../../source/places.js';
import { columnsByName } from '../schema/columns.js';
import type { MissingByName } from '../schema/missingByName.js';
import { refuseMissing } from '../schema/missingPolicy.js';
import type { Plan } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { type Fate, fateOf } from './rowFate.js';
import type { RowValues } from './rowValues.js';

export class RowLedger {
  /** Missing values by column, computed ones among them. */
  readonly missing: Int32Array;
  /** Missing cells by the column or the term to be named for them. */
  readonly #causes = new Map<string, number>();
  /** Rows left out, by their number from 1, and how many of them weigh 0. */
  readonly dropped: number[] = [];
  zeroWeights = 0;
  rowsRead = 0;
  readonly #places: Places;
  readonly #plan: Plan;
  readonly #policy: ReadOptions['missing'];
  /** Line of the first row with a missing cell, and of the first whose missing cell cannot be filled. */
  #firstMissingLine = 0;
  #firstUnfillableLine = 0;

  constructor(places: Places, plan: Plan, policy: ReadOptions['missing']) {
    this.#places = places;
    this.#plan = plan;
    this.#policy = policy;
    this.missing = new Int32Array(plan.names.length);
  }

  /**
   * Counts a row.
   *
   * @param missing its missing cells, those that count as missing among them
   */
  take({ label, weight }: RowValues, missing: number, line: number): Fate {
    this.rowsRead++;
    const fate = fateOf(label, weight, missing, this.#policy);
    if (fate === 'keep') return fate;
    if (fate === 'weightless') this.zeroWeights++;
    else if (this.#firstMissingLine === 0) this.#firstMissingLine = line;
    const isUnfillable = fate !== 'weightless' && (label === '' || Number.isNaN(weight));
    if (isUnfillable && this.#firstUnfillableLine === 0) this.#firstUnfillableLine = line;
    if (fate !== 'fill') this.dropped.push(this.rowsRead);
    return fate;
  }

  /** Counts rows that are kept without a look at each. */
  takeWhole(rows: number): void {
    this.rowsRead += rows;
  }

  countMissing(row: RowValues): void {
    for (const column of row.missingColumns()) this.missing[column]!++;
    for (const cause of row.causesOfMissing()) this.countCause(cause);
  }

  /** Counts a cell that is missing for a reason of its own. */
  countCause(name: string): void {
    this.#causes.set(name, (this.#causes.get(name) ?? 0) + 1);
  }

  /** In the order of the file, then terms. */
  get causes(): MissingByName {
    const { names } = this.#plan;
    const columns = columnsByName(names);
    const placeOf = (name: string) => columns.get(name)?.[0] ?? names.length;
    return [...this.#causes].sort(([a], [b]) => placeOf(a) - placeOf(b));
  }

  /**
   * Once all rows have been taken.
   *
   * @param labels the labels with their counts, for messages
   * @throws BceError CSV_HEADER_ONLY, LABEL_MISSING, WEIGHT_MISSING, CELLS_MISSING
   */
  refuse(labels: string): void {
    refuseMissing({
      name: this.#places.name,
      plan: this.#plan,
      policy: this.#policy,
      missing: this.causes,
      rowsRead: this.rowsRead,
      first: this.#places.at(this.#firstMissingLine),
      firstUnfillable: this.#places.at(this.#firstUnfillableLine),
      labels,
    });
  }
}
