/** Whether a file with missing cells is taken. */
import { BceError } from '../../errors.js';
import { counted, grouped, quoted } from '../../text.js';
import { type MissingByName, missingByColumn } from './missingByName.js';
import type { Plan } from './plan.js';
import type { ReadOptions } from './readOptions.js';

/** What is known of the missing cells at the end of a file. */
export interface MissingCount {
  /** What messages call the source. */
  readonly name: string;
  readonly plan: Plan;
  readonly policy: ReadOptions['missing'];
  readonly missing: MissingByName;
  readonly rowsRead: number;
  /** Where the first row with a missing cell is, and the first whose label or weight is missing; if they are known. */
  readonly first?: string;
  readonly firstUnfillable?: string;
  /** The labels with their counts. */
  readonly labels: string;
}

/**
 * Refuses a file whose missing cells the policy does not settle.
 *
 * @throws BceError CSV_HEADER_ONLY, LABEL_MISSING, WEIGHT_MISSING, CELLS_MISSING
 */
export function refuseMissing(count: MissingCount): void {
  const { name, plan, policy, missing, rowsRead, first = name, firstUnfillable = name, labels } = count;
  const { names, target, weight } = plan;
  if (rowsRead === 0) {
    throw new BceError('CSV_HEADER_ONLY', `${name}: expected rows of data, found only a header`);
  }
  if (policy === 'drop') return;
  const missingIn = (column: number) => missing.find(([cause]) => cause === names[column])?.[1] ?? 0;
  const unfillable = (column: number, what: string) =>
    `${firstUnfillable}: column ${quoted(names[column]!)}: expected a ${what} in every row, found ${counted(missingIn(column), 'row')} of ${grouped(rowsRead)} without`;
  const remedy = (what: string) =>
    `${policy === 'mean' ? `a ${what} cannot be filled in; ` : ''}--missing drop leaves such rows out`;
  if (missingIn(target) > 0) {
    const message = `${unfillable(target, 'label')}; the labels are ${labels}`;
    throw new BceError('LABEL_MISSING', message, remedy('label'));
  }
  if (weight !== undefined && missingIn(weight) > 0) {
    throw new BceError('WEIGHT_MISSING', unfillable(weight, 'weight'), remedy('weight'));
  }
  const byColumn = missingByColumn(missing);
  if (policy === 'error' && byColumn !== '') {
    throw new BceError(
      'CELLS_MISSING',
      `${first}: expected a value in every cell, found missing ones in ${byColumn}, in ${grouped(rowsRead)} rows`,
      '--missing drop leaves such rows out, --missing mean fills them with the mean or the commonest level',
    );
  }
}
