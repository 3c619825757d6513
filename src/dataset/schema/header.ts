/** Whether the first row may be data all the same. */
import { BceError } from '../../errors.js';
import { lazily } from '../../lazily.js';
import { numberReader } from '../../source/csv/number.js';
import type { Places } from '../../source/places.js';
import { quoted } from '../../text.js';
import type { ReadOptions } from './readOptions.js';
import type { Sample } from './sample.js';
import type { Selection } from './selection.js';

/**
 * Refuses a first row that may be names or data: where one of its cells recurs in its column, where it holds a
 * fraction among names, or where its numbers count the columns, as names do that a program made up.
 *
 * @param first the first row
 * @param line on which it starts
 * @param sample rows after it, or with it where it was taken for data
 * @throws BceError HEADER_UNCERTAIN
 */
export function refuseUncertainHeader(
  first: readonly string[],
  { target }: Selection,
  sample: Sample,
  options: Pick<
    ReadOptions,
    'header' | 'numbers' | 'target' | 'features' | 'drop' | 'categorical' | 'numeric' | 'weightColumn'
  >,
  places: Places,
  line: number,
): void {
  if (options.header !== undefined) return;
  const read = numberReader(options.numbers);
  const isNumber = (text: string) => Number.isFinite(read(text));
  const cells = first.map((cell) => cell.trim());
  const numbers = cells.filter((cell) => cell !== '').map((cell) => read(cell));
  const dataRows = lazily(() =>
    sample.rows.filter((row) => !row.every((cell, c) => cell.trim() === cells[c])),
  );
  if (numbers.every(Number.isFinite)) {
    if (!isCounting(numbers)) return;
    throw uncertain(places.at(line), 'its cells are numbers, but they count the columns');
  }
  const { target: named, features, drop, categorical, numeric, weightColumn } = options;
  const asked = [named, weightColumn, ...features, ...drop, ...categorical, ...numeric];
  // whoever names a column by what stands there takes it for a name
  if (asked.some((reference) => reference !== undefined && !isNumber(reference) && cells.includes(reference)))
    return;
  const order = [target, ...cells.keys()];
  for (const column of order) {
    const cell = cells[column]!;
    // no word stands among numbers
    if (cell === '' || (sample.numbers?.isWhole(column) && Number.isNaN(read(cell)))) continue;
    if (dataRows().some((row) => row[column]?.trim() === cell)) {
      throw uncertain(places.at(line), `${quoted(cell)} stands in its column again below`);
    }
  }
  const fraction = cells.find((cell) => isNumber(cell) && !Number.isInteger(read(cell)));
  if (fraction !== undefined) throw uncertain(places.at(line), `it holds the number ${quoted(fraction)}`);
}

/** From 0 or 1 by 1, or three or more in equal steps, as years or dosages are that head a table. */
function isCounting(numbers: readonly number[]): boolean {
  const [first, second] = numbers;
  if (first === undefined || second === undefined || first === second) return false;
  const step = second - first;
  if (!numbers.every((x, i) => i === 0 || x - numbers[i - 1]! === step)) return false;
  return numbers.length > 2 || (step === 1 && (first === 0 || first === 1));
}

function uncertain(where: string, why: string): BceError {
  return new BceError(
    'HEADER_UNCERTAIN',
    `${where}: expected names or data, and the first row may be either: ${why}`,
    '--header if it holds names, --no-header if it is data',
  );
}
