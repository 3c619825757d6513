/** JSON as the CSV that it stands for: an object is a row, and the keys of the first are the columns. */
import { BceError } from '../errors.js';
import { listed, quoted, quotedCell } from '../text.js';
import type { JsonObjects, JsonRow } from './json.js';
import type { Pieces } from './pieces.js';

/** What rows are made of. */
export interface JsonColumns {
  readonly names: readonly string[];
  /** What to do about a key that is no column: whether it is left out. */
  ignores(key: string): boolean;
  /** Names of which an object at least must have each; asked for at the end. */
  needed(): ReadonlySet<string>;
  readonly delimiter: string;
}

/**
 * Rows of CSV from the next object on, behind what is empty in their place.
 *
 * @param first objects that were taken already
 * @param line on which the first row goes, from 1
 * @param mark told where the row on a line stands in the JSON, whenever that does not follow from the row before
 */
export async function* rowsOfJson(
  objects: JsonObjects,
  first: readonly JsonRow[],
  { names, ignores, needed, delimiter }: JsonColumns,
  line: number,
  mark: (line: number, place: number) => void,
): Pieces {
  const columnOf = new Map(names.map((name, column) => [name, column]));
  const seen = new Set<string>();
  let at = line;
  let shift: number | undefined;
  for (let rows = first; rows.length > 0; rows = await objects.next()) {
    let text = '';
    for (const { keys, cells, place } of rows) {
      const row = names.map(() => '');
      keys.forEach((given, k) => {
        const key = given.trim();
        const column = columnOf.get(key);
        if (column !== undefined) row[column] = cells[k]!;
        else if (!ignores(key)) throw unknownKey(objects, key, names, place);
        seen.add(key);
      });
      // lines between objects stay, so that most lines follow from those before
      if (shift !== undefined && place + shift > at && objects.unit === 'line') {
        text += '\n'.repeat(place + shift - at);
        at = place + shift;
      }
      if (shift !== at - place) {
        shift = at - place;
        mark(at, place);
      }
      const written = `${csvRow(row, delimiter)}\n`;
      text += written;
      at += lineEndsIn(written);
    }
    yield Buffer.from(text);
  }
  // the first object of all has every column
  if (names.every((name) => seen.has(name))) return;
  const wanted = [...needed()];
  const absent = wanted.filter((name) => !seen.has(name));
  if (absent.length > 0) {
    throw new BceError(
      'COLUMN_MISSING',
      `${objects.name}: expected the keys ${listed(wanted.map(quoted))}, found no ${listed(absent.map(quoted))} in any object`,
      'files are put together by the names of their columns; each needs all that are used',
    );
  }
}

function unknownKey(objects: JsonObjects, key: string, names: readonly string[], place: number): BceError {
  const isShort = names.length <= 10;
  const inJq = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));
  // the last stays the target
  const program = `{${[key, ...names].map(inJq).join(', ')}}`;
  return new BceError(
    'JSON_KEYS',
    `${objects.where(place)}: expected the keys of the first object, found ${quoted(key)} besides`,
    `the first object says which columns there are${isShort ? `: ${objects.jq(program)} makes it one, missing where an object lacks it, and without ${inJq(key)} leaves it out` : ''}`,
  );
}

export function csvRow(cells: readonly string[], delimiter: string): string {
  const row = cells
    .map((cell) => (delimiter === ' ' && cell === '' ? '""' : quotedCell(cell, delimiter)))
    .join(delimiter);
  return row === '' ? '""' : row;
}

export function lineEndsIn(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}
