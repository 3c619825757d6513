/** What is to be known of columns: that they name the rows, say nothing, or say what another says. */
import { isMarker } from '../dataset/schema/missing.js';
import type { TrainOptions } from '../options/library.js';
import { isDate } from '../terms/dates.js';
import type { DescribedColumn } from './description.js';
import type { Look } from './look.js';

export type Note = DescribedColumn['notes'][number];

/** Names of columns that number or name the rows. */
const ID_NAME =
  /^(?:id|index|idx|row|rownum|row_?(?:id|nr|no|number|names?)|nr|no|number|unnamed.*|key|uuid|guid)$|(?:^|[_.\s-])id$/i;
/** Rows from which texts that all differ are names of rows. */
const FEW_ROWS = 10;

/** Notes on every column, by its number. */
export function notesOf(look: Look, options: TrainOptions): ReadonlyMap<number, readonly Note[]> {
  const target = look.target(options);
  return new Map(
    look.profiles.map((profile) => {
      const { column, name, distinct, isBound, missing, numbers, words, sameAs, isCounting, values, others } =
        profile;
      const isOne = look.rows > 1 && distinct + (missing > 0 ? 1 : 0) <= 1;
      const differs = (isBound || distinct === look.rows - missing) && look.rows - missing >= FEW_ROWS;
      const isId = differs && (words > numbers || (ID_NAME.test(name) && Number.isInteger(profile.min)));
      const same =
        sameAs === undefined ? [] : [sameAs === target ? 'like the target' : ('duplicate' as const)];
      const likeTarget = column !== target && look.profiles[target]?.sameAs === column;
      const hasMarker = words > numbers && [...values.keys()].some((value) => isMarker(String(value)));
      const areDates = words > 0 && numbers === 0 && [...others.keys()].every(isDate);
      const notes = [
        ...(isOne ? ['constant'] : []),
        ...(isId && !isCounting ? ['id'] : []),
        ...(isCounting && (ID_NAME.test(name) || name === '') ? ['index'] : []),
        ...same,
        ...(likeTarget ? ['like the target'] : []),
        ...(hasMarker ? ['marker'] : []),
        ...(areDates ? ['date'] : []),
      ] as Note[];
      return [column, column === target ? [] : notes] as const;
    }),
  );
}

/** Notes on columns that training can use, or gives a weight of 0. */
const HARMLESS: readonly Note[] = ['constant', 'marker', 'date'];

/** Whether the weight of a column of these notes would say nothing. */
export function isUseless(notes: readonly Note[]): boolean {
  return notes.some((note) => !HARMLESS.includes(note));
}
