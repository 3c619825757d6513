/** A table as it lies there, whatever training thinks of it. */
import { columnsByName, findColumn, findColumns, isHeader } from '../dataset/schema/columns.js';
import { type Head, isComment, repeatsHeader } from '../dataset/schema/head.js';
import { type MissingCells, missingCells } from '../dataset/schema/missing.js';
import type { ReadOptions } from '../dataset/schema/readOptions.js';
import { sampleRows } from '../dataset/schema/sample.js';
import { BceError } from '../errors.js';
import type { TrainOptions } from '../options/library.js';
import { readRows } from '../source/csv/rows.js';
import type { TableText } from '../source/table.js';
import { printable } from '../text.js';
import type { CellFilter } from './filters.js';
import { type ColumnProfile, Profiler } from './profile.js';

export interface Look {
  readonly delimiter: string;
  /** How its numbers are read. */
  readonly cells: MissingCells;
  readonly hasHeader: boolean;
  /** Of the columns, as they stand in the header, or numbered. */
  readonly names: readonly string[];
  /** Cells of the first row, and of the first row of data with the line on which it starts. */
  readonly first: readonly string[];
  readonly firstRow: readonly string[] | undefined;
  readonly firstLine: number;
  /** The first rows. */
  readonly head: Head;
  /** Rows of data as long as the first, those with one cell more, and the first cells of the first of these. */
  readonly rows: number;
  readonly longRows: number;
  readonly rowNames: readonly string[];
  /** Rows of another length, and the line of the first. */
  readonly ragged: number;
  readonly firstRagged: number;
  readonly profiles: readonly ColumnProfile[];
  readonly hasComments: boolean;
  readonly isCommentGiven: boolean;
  /** Line on which the header stands among the data again; 0 where it does not. */
  readonly repeatLine: number;
  readonly hasBackslashQuotes: boolean;
  /** Whether a cell holds bytes that are no text. */
  readonly hasControls: boolean;
  /** Whether no cell holds the delimiter. */
  readonly isSplittable: boolean;
  /** The first bytes of the text behind the filters. */
  readonly bytes: Buffer;
  /** Features under these options, ascending; and with them the target and the weights. */
  features(options: TrainOptions): ReadonlySet<number>;
  used(options: TrainOptions): number[];
  target(options: TrainOptions): number;
  /** The columns that a list of references means. */
  among(references: readonly string[] | undefined): ReadonlySet<number>;
  /** How an option names a column: by its name, or by number where that would not be understood. */
  reference(column: number): string;
  /** Rows in which a feature or the label is missing. */
  incomplete(options: TrainOptions): number;
}

/** Names of rows that are kept. */
const MOST_NAMES = 1000;
/**
 * Sets of columns with missing cells that are told apart, and the characters of all of them; rows with others count as if
 * all columns were missing.
 */
const MOST_GAPS = 10_000;
const MOST_GAP_CHARACTERS = 50_000_000;
const EVERY = 'every';

/**
 * @param sample the first of them
 * @param cells that are rewritten on the way
 */
export async function lookAt(
  { bytes, places, delimiter: given }: TableText,
  read: Pick<ReadOptions, 'header' | 'missingWords' | 'numbers'>,
  isCommentGiven: boolean,
  sample: Buffer,
  cells: readonly CellFilter[],
): Promise<Look> {
  const head: { rows: string[][]; lines: number[] } = { rows: [], lines: [] };
  const missing = missingCells(read.missingWords, read.numbers);
  let delimiter = ',';
  let names: string[] = [];
  let hasHeader = false;
  let profiler = undefined as Profiler | undefined;
  let firstRow: readonly string[] | undefined;
  let firstLine = 0;
  let longRows = 0;
  const rowNames: string[] = [];
  let hasComments = false;
  let repeatLine = 0;
  let isSplittable = true;
  let hasControls = false;
  // columns whose cells are missing, by row: a row counts once, whichever columns are used
  const gaps = new Map<string, number>();
  let gapCharacters = 0;
  const addRow = (row: string[], line: number) => {
    if (head.rows.length <= sampleRows(head.rows[0]?.length ?? row.length)) {
      head.rows.push(row);
      head.lines.push(line);
    }
    hasComments ||= isComment(row);
    if (profiler === undefined) {
      hasHeader = read.header ?? isHeader(row, missing.read);
      names = hasHeader ? row.map((cell) => cell.trim()) : row.map((_, c) => `x${c + 1}`);
      profiler = new Profiler(names, missing);
      if (hasHeader) return;
    }
    if (firstRow === undefined) {
      firstRow = row;
      firstLine = line;
    }
    if (repeatLine === 0 && hasHeader && repeatsHeader(names, row)) repeatLine = line;
    hasControls ||= row.some((cell) => /[\0\x1a]/.test(cell));
    isSplittable &&= !row.some((cell) => cell.includes(delimiter));
    if (row.length === names.length + 1) {
      longRows++;
      if (rowNames.length < MOST_NAMES) rowNames.push(row[0]!);
    }
    for (const { column, plain } of cells) {
      if (row[column] !== undefined) row[column] = plain(row[column].trim()) ?? row[column];
    }
    profiler.add(row, line);
    if (row.length !== names.length) return;
    const gap = row.flatMap((cell, c) => (missing.isMissing(cell.trim()) ? [c] : []));
    if (gap.length > 0) {
      const all = gap.join(' ');
      const hasRoom = gaps.size < MOST_GAPS && gapCharacters + all.length <= MOST_GAP_CHARACTERS;
      const key = hasRoom || gaps.has(all) ? all : EVERY;
      if (!gaps.has(key)) gapCharacters += key.length;
      gaps.set(key, (gaps.get(key) ?? 0) + 1);
    }
  };
  try {
    for await (const batch of readRows(bytes, places, given, read.numbers)) {
      delimiter = batch.delimiter;
      for (let r = 0; r < batch.rows.length; r++) addRow(batch.rows[r]!, batch.lines[r]!);
    }
  } catch (error) {
    if (!(error instanceof BceError) || error.code === 'INTERRUPTED' || error.code === 'FILE_UNREADABLE')
      throw error;
    // training tells it; the rows before it tell what they can
  }
  const profiles = profiler?.finish() ?? [];
  const target = (options: TrainOptions) =>
    options.target === undefined
      ? lastColumn(names, profiles)
      : findColumn(names, options.target, '--target');
  const among = (references: readonly string[] = []) => findColumns(names, references, '--drop');
  const features = (options: TrainOptions) => {
    const kept = among(options.features);
    const dropped = among(options.drop);
    const weight =
      options.weightColumn === undefined ? -1 : findColumn(names, options.weightColumn, '--weight-column');
    const label = target(options);
    const all = [...names.keys()].slice(0, lastColumn(names, profiles) + 1);
    return new Set(
      all.filter((c) => (kept.size === 0 || kept.has(c)) && !dropped.has(c) && c !== label && c !== weight),
    );
  };
  const byName = columnsByName(names);
  const referenceOf = (column: number) => {
    const name = names[column]!;
    const isUnderstood =
      name !== '' && !name.includes(',') && printable(name) === name && byName.get(name)!.length === 1;
    return isUnderstood ? name : String(column + 1);
  };
  return {
    delimiter,
    cells: missing,
    hasHeader,
    names,
    first: head.rows[0] ?? [],
    firstRow,
    firstLine,
    head: { places, ...head },
    rows: profiler?.rows ?? 0,
    longRows,
    rowNames,
    ragged: profiler?.ragged ?? 0,
    firstRagged: profiler?.firstRagged ?? 0,
    profiles,
    hasComments,
    isCommentGiven,
    repeatLine,
    hasBackslashQuotes: sample.includes('\\"'),
    hasControls,
    isSplittable,
    bytes: sample,
    features,
    target,
    used: (options) => [...features(options), target(options)].sort((a, b) => a - b),
    among,
    reference: referenceOf,
    incomplete(options) {
      const used = new Set([...features(options), target(options)]);
      let rows = 0;
      for (const [key, count] of gaps) {
        if (key === EVERY || key.split(' ').some((c) => used.has(Number(c)))) rows += count;
      }
      return rows;
    },
  };
}

/** A last column without a name or a value is what a delimiter at the end of each line makes. */
function lastColumn(names: readonly string[], profiles: readonly ColumnProfile[]): number {
  const last = names.length - 1;
  const isNone =
    last > 0 && names[last] === '' && profiles[last]?.numbers === 0 && profiles[last]?.words === 0;
  return isNone ? last - 1 : last;
}
