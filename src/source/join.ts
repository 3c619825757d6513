/**
 * Several files as one table, or objects of JSON as one: the rows of each in the columns of the first, which are found
 * by their names. A file whose header is the same goes on byte for byte; the rows of another are written anew. Headers are left empty, so that
 * lines keep their numbers, and whoever reads on cannot tell the bytes from those of one file.
 */
import { BceError } from '../errors.js';
import { listed, quoted, shellWord } from '../text.js';
import { csvRow, lineEndsIn, rowsOfJson } from './jsonRows.js';
import { type FirstRowForm, type Opened, opened, type TextFile } from './opened.js';
import type { Pieces } from './pieces.js';
import { JoinedPlaces, type Places, placesIn } from './places.js';
import { countLineEnds, hasOddQuotes } from './scan/chunks.js';

const LF = Buffer.from('\n');

/** What is made of the files. */
export interface Joining extends FirstRowForm {
  /** What must be the same, from the names of a file; asked where headers differ. */
  neededOf(names: readonly string[], file: string): Needed;
}

/** Which columns every file must have. */
export interface Needed {
  /** Those of the first file. */
  readonly names: ReadonlySet<string>;
  /** Why no file may have others, as a hint how to go on; undefined where they are ignored. */
  readonly others: ((file: string, names: readonly string[]) => string) | undefined;
}

export interface Joined {
  readonly bytes: Pieces;
  readonly places: Places;
  /** That of the first file. */
  readonly delimiter: string;
  /** Whether the first row is known to hold names. */
  readonly hasHeader: true | undefined;
}

/**
 * @param files at least one
 * @param delimiter the character between cells; undefined where it is to be found in each
 * @throws BceError CSV_EMPTY; as the bytes are read COLUMN_MISSING, CSV_COLUMN_NAMES, HEADER_UNCERTAIN
 */
export async function joined(
  files: readonly TextFile[],
  delimiter: string | undefined,
  joining: Joining,
): Promise<Joined> {
  const first = await opened(files[0]!, false, delimiter, joining);
  try {
    // a file that does not fit is not to be found out after hours
    for (const file of files.slice(1)) {
      if (!file.isRepeatable) continue;
      const other = await opened(file, true, delimiter, joining);
      await other.close();
      // which keys objects have, only all of them tell
      if (other.json === undefined) columnsIn(other, first, joining);
      else requireSameHeader(other, first);
    }
  } catch (error) {
    await first.close();
    throw error;
  }
  const places = new JoinedPlaces(files.map(({ name }) => name));
  const hasHeader = first.json === undefined ? undefined : true;
  return {
    places,
    hasHeader,
    delimiter: first.delimiter,
    bytes: join(first, files, delimiter, joining, places),
  };
}

async function* join(
  first: Opened,
  files: readonly TextFile[],
  delimiter: string | undefined,
  joining: Joining,
  places: JoinedPlaces,
): Pieces {
  const end = new End();
  try {
    places.begin(first.name, 1);
    if (first.json === undefined) yield* end.passed(first.bytes());
    else {
      yield end.seen(Buffer.from(`${csvRow(first.names, first.delimiter)}\n`));
      yield* end.passed(jsonRows(first.json, first, joining, end.lines + 1, places));
    }
    for (const file of files.slice(1)) {
      // what is never closed ends here: whoever reads on says where it was opened
      if (end.isQuoted) return;
      if (!end.isLineEnd) yield end.seen(LF);
      const other = await opened(file, false, delimiter, joining);
      try {
        if (other.json !== undefined) {
          requireSameHeader(other, first);
          places.begin(file.name, end.lines + 1);
          yield* end.passed(jsonRows(other.json, first, joining, end.lines + 1, places));
          continue;
        }
        const columns = columnsIn(other, first, joining);
        const isSame = columns === undefined && other.delimiter === first.delimiter;
        places.begin(file.name, end.lines + 1, isSame ? undefined : other.names);
        yield* end.passed(isSame ? other.rows() : rewritten(other, columns, first));
      } finally {
        await other.close();
      }
    }
  } finally {
    await first.close();
  }
}

/** What the bytes that have passed end with. */
class End {
  /** Line ends among them. */
  lines = 0;
  /** Whether they end within quotes. */
  isQuoted = false;
  #last: number | undefined;

  /** False after a CR as well: with a LF behind it is one line end. */
  get isLineEnd(): boolean {
    return this.#last === LF[0];
  }

  seen(piece: Buffer): Buffer {
    if (piece.length === 0) return piece;
    this.lines += countLineEnds(piece);
    if (this.#last === 0x0d && piece[0] === LF[0]) this.lines--;
    if (hasOddQuotes(piece)) this.isQuoted = !this.isQuoted;
    this.#last = piece[piece.length - 1];
    return piece;
  }

  async *passed(pieces: Pieces): Pieces {
    try {
      let buffer: Buffer | undefined;
      for (;;) {
        const { done, value } = await pieces.next(buffer);
        if (done) return;
        buffer = yield this.seen(value);
      }
    } finally {
      await pieces.return();
    }
  }
}

/** The rows of a file of JSON in the columns of the first file. */
function jsonRows(
  { objects, first: taken }: NonNullable<Opened['json']>,
  first: Opened,
  { neededOf }: Joining,
  start: number,
  places: JoinedPlaces,
): Pieces {
  // asked for where it matters: options may name what is not there, and that is told in the order of reading
  let needed: Needed | undefined;
  const asked = () => {
    needed ??= neededOf(first.names, first.name);
    return needed;
  };
  const columns = {
    names: first.names,
    ignores: () => asked().others === undefined,
    needed: () => asked().names,
    delimiter: first.delimiter,
  };
  return rowsOfJson(objects, taken, columns, start, (line, place) => places.goOn(line, place, objects.unit));
}

/**
 * For each column of the first file, which one it is of another, -1 where that has none; undefined where they are the
 * same in the same order.
 *
 * @throws BceError COLUMN_MISSING, CSV_COLUMN_NAMES, HEADER_UNCERTAIN
 */
function columnsIn(other: Opened, first: Opened, { neededOf }: Joining): readonly number[] | undefined {
  const where = `${other.name}:${other.line}`;
  requireSameHeader(other, first);
  if (!first.hasHeader) {
    if (other.names.length === first.names.length) return undefined;
    throw new BceError(
      'CSV_RAGGED_ROW',
      `${where}: expected ${first.names.length} cells, as in ${first.name}, found ${other.names.length}`,
      'without headers all files must have the same columns',
    );
  }
  if (isSameList(other.names, first.names)) return undefined;
  const { names, others } = neededOf(first.names, first.name);
  const absent = [...names].filter((name) => !other.names.includes(name));
  // a delimiter at the ends of lines makes a last column without a name
  const known = other.names.at(-1) === '' ? other.names.slice(0, -1) : other.names;
  const added = known.filter((name) => !first.names.includes(name));
  if (absent.length > 0 || (others !== undefined && added.length > 0)) {
    const what = [
      ...(absent.length > 0 ? [`no ${listed(absent.map(quoted))}`] : []),
      ...(added.length > 0 ? [listed(added.map(quoted))] : []),
    ];
    throw new BceError(
      'COLUMN_MISSING',
      `${where}: expected the columns of ${first.name}, found ${what.join(', but ')}${absent.length > 0 ? '' : ' besides'}`,
      absent.length > 0
        ? 'files are put together by the names of their columns; each needs all that are used'
        : others?.(other.name, added),
    );
  }
  for (const name of names) {
    for (const { names: all, name: file, line } of [first, other]) {
      const column = all.indexOf(name);
      const again = all.indexOf(name, column + 1);
      if (again < 0) continue;
      throw new BceError(
        'CSV_COLUMN_NAMES',
        `${file}:${line}: two columns are called ${quoted(name)}: ${column + 1} and ${again + 1}`,
        'files whose columns are in another order are put together by their names, which must differ',
      );
    }
  }
  return first.names.map((name) => other.names.indexOf(name));
}

/** @throws BceError HEADER_UNCERTAIN */
function requireSameHeader(other: Opened, first: Opened): void {
  if (other.hasHeader === first.hasHeader) return;
  const where = `${other.name}:${other.line}`;
  throw new BceError(
    'HEADER_UNCERTAIN',
    other.hasHeader
      ? `${where}: expected no header, as in ${first.name}, found names`
      : `${where}: expected a header, as in ${first.name}, found numbers`,
    `files are put together by the names of their columns; pieces of one file are made one again by cat ${[first, other].map(({ name }) => shellWord(name)).join(' ')} > whole.csv`,
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** The rows of a file in the columns of the first, and with its delimiter. */
async function* rewritten(
  { name, delimiter, names, restLine, rest }: Opened,
  columns: readonly number[] | undefined,
  first: Opened,
): Pieces {
  let line = 1;
  const { parsedRows } = await import('./csv/rows.js');
  const rows = parsedRows(rest(), placesIn(name), delimiter, restLine);
  for await (const batch of rows) {
    let text = '';
    batch.rows.forEach((row, r) => {
      const start = batch.lines[r]!;
      text += '\n'.repeat(start - line);
      line = start;
      const cells =
        row.length !== names.length
          ? [...first.names.map(() => ''), ...row]
          : columns === undefined
            ? row
            : columns.map((column) => (column < 0 ? '' : row[column]!));
      const written = `${csvRow(cells, first.delimiter)}\n`;
      text += written;
      line += lineEndsIn(written);
    });
    yield Buffer.from(text);
  }
}
