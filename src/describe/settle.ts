/** What training refuses a table for, and what settles it: an option, or a filter on the way. */
import { repeated, unnamed } from '../dataset/schema/columns.js';
import { rewritingFilter } from '../dataset/schema/context.js';
import { MOST_LEVELS } from '../dataset/schema/factor.js';
import { headerLine, holdsUnits, namingRows, ROW_NAMES, WITHOUT_HEADERS } from '../dataset/schema/head.js';
import { isMarker } from '../dataset/schema/missing.js';
import { formThatReads, type Writing, writingOf } from '../dataset/schema/writing.js';
import type { BceError } from '../errors.js';
import type { TrainOptions } from '../options/library.js';
import { parseNumber } from '../source/csv/number.js';
import { listed, quoted } from '../text.js';
import {
  BACKSLASH_QUOTES,
  beforeFirst,
  type CellFilter,
  CONTROLS,
  type LineFilter,
  withoutLine,
  withoutRepeats,
} from './filters.js';
import type { Look } from './look.js';
import type { ColumnProfile } from './profile.js';

/** What is done about a table that training refuses. */
export interface Remedy {
  readonly options?: TrainOptions;
  readonly filter?: LineFilter;
  /** Cells that a filter rewrites, and its command. */
  readonly cells?: { readonly command: string; readonly filters: readonly CellFilter[] };
  /** Columns whose numbers are not plain, and are read or rewritten now. */
  readonly written?: readonly number[];
  /** What else it may be, where the rows do not tell for certain. */
  readonly doubt?: string;
}

/** Options so far. */
interface Settled {
  readonly options: TrainOptions;
  readonly filters: readonly LineFilter[];
}

/**
 * The remedy for a failure of reading; undefined where there is none, or where one that was asked for does not help.
 *
 * @param look the table as it is read so far
 */
export function remedyOf(error: BceError, look: Look, settled: Settled): Remedy | undefined {
  switch (error.code) {
    case 'NOT_TEXT':
      return ofBytes(look, settled);
    case 'CSV_QUOTE':
      return look.hasBackslashQuotes && !settled.filters.includes(BACKSLASH_QUOTES)
        ? { filter: BACKSLASH_QUOTES }
        : undefined;
    case 'HEADER_UNCERTAIN':
      return look.first.every((cell) => cell.trim() === '' || Number.isFinite(look.cells.read(cell)))
        ? { options: { header: true }, doubt: '--no-header reads the first row as data' }
        : { options: { header: false }, doubt: '--header takes the first row for names' };
    case 'NO_FEATURES':
    case 'CSV_COLUMN_NAMES':
    case 'CSV_RAGGED_ROW':
      return ofShape(error, look, settled);
    case 'CSV_NOT_NUMERIC':
    case 'CSV_NOT_FINITE':
    case 'CSV_TOO_MANY_LEVELS':
    case 'COLUMNS_UNUSABLE':
      return ofRows(look, settled) ?? ofColumns(look, settled);
    case 'LABEL_NOT_BINARY':
      return ofRows(look, settled) ?? ofLabels(look, settled);
    case 'CELLS_MISSING':
    case 'LABEL_MISSING':
    case 'WEIGHT_MISSING':
      return ofMissing(error, look, settled);
    case 'NO_ROWS':
      return settled.options.missing === 'drop'
        ? (ofSparse(look, settled) ?? { options: { missing: 'mean' } })
        : undefined;
    default:
      return undefined;
  }
}

const isNumber = (cell: string) => Number.isFinite(parseNumber(cell.trim()));

function ofBytes({ bytes }: Look, { options, filters }: Settled): Remedy | undefined {
  if (options.encoding === undefined) {
    // every other byte of a text in UTF-16 is 0, wherever its letters are those of most programs
    const zeros = [0, 1].map((odd) => bytes.filter((byte, i) => i % 2 === odd && byte === 0).length);
    const half = bytes.length / 2;
    if (zeros[1]! > half / 2) return { options: { encoding: 'utf16le' } };
    if (zeros[0]! > half / 2) return { options: { encoding: 'utf16be' } };
  }
  if (!filters.includes(CONTROLS) && /[\0\x1a]/.test(bytes.toString('latin1'))) return { filter: CONTROLS };
  return options.encoding === undefined
    ? { options: { encoding: 'windows-1252' }, doubt: '--encoding names another' }
    : filters.includes(CONTROLS)
      ? undefined
      : { filter: CONTROLS };
}

/** Rows that are none of the table, at its start or within, and columns that nobody can name. */
function ofShape(error: BceError, look: Look, { options, filters }: Settled): Remedy | undefined {
  const { head, names, rows, longRows, rowNames, first, delimiter } = look;
  if (look.hasControls && !filters.includes(CONTROLS)) return { filter: CONTROLS };
  if (options.comment === undefined && look.hasComments) return { options: { comment: '#' } };
  const line = options.header === false ? undefined : headerLine(head);
  if (line !== undefined && line > (options.skip ?? 0) + 1) return { options: { skip: line - 1 } };
  if (error.code === 'NO_FEATURES') {
    const hasBlanks = head.rows.every(([text = '']) => /\S\s+\S/.test(text));
    return names.length === 1 && hasBlanks && options.delimiter === undefined
      ? { options: { delimiter: 'space' } }
      : undefined;
  }
  if (error.code === 'CSV_COLUMN_NAMES') {
    const used = look.used(options);
    const columns = [...new Set([...unnamed(names, used), ...repeated(names, used)])];
    const target = options.target === undefined ? names.length - 1 : undefined;
    if (columns.length === 0 || columns.includes(target!)) return undefined;
    return dropping(columns, look, options);
  }
  // as R writes them: a name before each row, and none above them
  const areLong = look.hasHeader && rows === 0 && longRows > 0 && longRows === look.ragged;
  if (!areLong || first.includes(ROW_NAMES)) return undefined;
  // a cell before a comma may be the part of a number before it, but such parts do not count the rows
  const isDoubtful = delimiter === ',' && rowNames.some(isNumber);
  if (isDoubtful && !rowNames.every((cell, i) => Number(cell) === i + 1)) return undefined;
  return {
    ...(isDoubtful ? { doubt: 'rows have a cell more than there are names, and it counts the rows' } : {}),
    filter: beforeFirst(namingRows(delimiter), `${ROW_NAMES}${delimiter}`),
    options: { drop: [...(options.drop ?? []), ROW_NAMES] },
  };
}

/** Rows of data that are comments, the header once more, or units. */
function ofRows(look: Look, { options, filters }: Settled): Remedy | undefined {
  if (look.hasComments && !look.isCommentGiven) return { options: { comment: '#' } };
  if (look.repeatLine > 0) {
    const isTried = filters.some(({ command }) => command === WITHOUT_HEADERS);
    // it may be written otherwise than the first line, with quotes, say
    return { filter: isTried ? withoutLine(look.repeatLine) : withoutRepeats(WITHOUT_HEADERS) };
  }
  const numerics = [...look.features(options)].filter((column) => {
    const { numbers, words } = look.profiles[column]!;
    return numbers >= words;
  });
  const { firstRow, firstLine } = look;
  // a word that comes again is a level or a missing cell
  const isOnce = (column: number) =>
    look.profiles[column]!.others.get(firstRow![column]!.trim())?.cells === 1;
  return look.hasHeader && firstRow !== undefined && holdsUnits(firstRow, numerics) && numerics.every(isOnce)
    ? { filter: withoutLine(firstLine), doubt: `line ${firstLine} may be a row of data` }
    : undefined;
}

/** What is the matter with columns that are used, all of them at once. */
function ofColumns(look: Look, { options }: Settled): Remedy | undefined {
  const { maxLevels = MOST_LEVELS, categorical = [], numeric = [] } = options;
  const drop: number[] = [];
  const words: string[] = [];
  const texts: number[] = [];
  const written: { readonly column: number; readonly writing: Writing }[] = [];
  const features = look.features(options);
  const [textual, numerical] = [look.among(categorical), look.among(numeric)];
  for (const profile of look.profiles) {
    const { column, numbers, others, distinct } = profile;
    if (!features.has(column)) continue;
    const isAskedText = textual.has(column);
    const isAskedNumeric = numerical.has(column);
    const isText = isAskedText || (profile.words > numbers && !isAskedNumeric);
    const only = [...others.keys()];
    const writing = others.size === 0 || isAskedText ? undefined : writingOf(only, look.cells.form);
    // training takes numbers and one other word for numbers, however often the word is there
    const isOneWord = numbers > 0 && only.filter((word) => !isMarker(word)).length <= 1;
    if (writing !== undefined) written.push({ column, writing });
    else if (isText && (distinct > maxLevels || profile.isBound)) drop.push(column);
    else if (isText && isOneWord && !isAskedText) texts.push(column);
    else if (isText || others.size === 0) continue;
    else if (!only.some((word) => word.includes(',')) && (only.length === 1 || only.every(isMarker))) {
      words.push(...only);
    } else if (profile.infinite === 0 && distinct <= maxLevels && !isAskedNumeric) texts.push(column);
    else drop.push(column);
  }
  const form = formThatReads(
    written.map(({ writing }) => writing.form),
    look.head.rows.flatMap((row) => [...features].map((column) => row[column] ?? '')),
    look.cells.read,
    look.cells.form,
  );
  const commandOf = (columns: typeof written) =>
    rewritingFilter(
      look,
      columns.map(({ column, writing }) => [column, writing]),
      look.isSplittable,
    );
  // some notations have no command, and their columns must not cost the others theirs
  const rewritten = form === undefined ? written.filter((one) => commandOf([one]) !== undefined) : [];
  const command = rewritten.length === 0 ? undefined : commandOf(rewritten);
  const read = form === undefined ? rewritten : written;
  const kept = new Set(read);
  const unread = written.filter((one) => !kept.has(one));
  drop.push(...unread.map(({ column }) => column));
  const more: TrainOptions = { ...form };
  if (words.length > 0) {
    const given = options.missingValues === false ? [] : (options.missingValues ?? []);
    if (options.missingValues === false) return undefined;
    more.missingValues = [...new Set([...given, ...words])];
  }
  if (texts.length > 0) more.categorical = [...categorical, ...texts.map((column) => look.reference(column))];
  const dropped = drop.length === 0 ? {} : dropping(drop, look, options);
  if (dropped === undefined) return undefined;
  const doubts = [
    words.length > 0
      ? `${listed(words.map(quoted))} may be a level: --categorical reads such a column as text`
      : '',
    unread.length > 0
      ? `${listed(unread.map(({ column, writing }) => `${quoted(look.names[column]!)} has ${writing.what}`))}: written as plain numbers it would be a feature`
      : '',
    texts.length > 0 ? 'words among numbers may mean missing cells: --missing-values WORDS' : '',
  ].filter((text) => text !== '');
  return {
    options: { ...more, ...dropped.options },
    ...(read.length > 0 ? { written: read.map(({ column }) => column) } : {}),
    ...(command === undefined
      ? {}
      : {
          cells: {
            command,
            filters: rewritten.map(({ column, writing }) => ({ column, plain: writing.plain })),
          },
        }),
    ...(doubts.length > 0 ? { doubt: doubts.join('; ') } : {}),
  };
}

/** Names by which columns of labels are known. */
const TARGETS =
  /^(?:y|target|label|labels|class|outcome|response|result|survived|status|default|churn(?:ed)?|diagnosis|success|converted|clicked?|bought|died|death|event)$/i;

/** Another column with two labels, or a label that is none. */
function ofLabels(look: Look, { options }: Settled): Remedy | undefined {
  const target = look.target(options);
  const profile = look.profiles[target];
  const labels = profile === undefined || profile.isBound ? [] : [...profile.values.keys()].map(String);
  const markers = labels.filter((label) => isMarker(label) && !label.includes(','));
  if (markers.length > 0 && labels.length - markers.length === 2 && options.missingValues !== false) {
    return { options: { missingValues: [...(options.missingValues ?? []), ...markers] } };
  }
  if (options.target !== undefined || options.formula !== undefined) return undefined;
  const dropped = look.among(options.drop);
  const isLeft = ({ column, name }: ColumnProfile) =>
    column !== target && name !== '' && !dropped.has(column);
  const two = look.profiles.filter((one) => isLeft(one) && one.distinct === 2 && !one.isBound);
  const chosen = two.find(({ name }) => TARGETS.test(name)) ?? two.at(-1);
  if (chosen === undefined) return undefined;
  const rest = two.filter((one) => one !== chosen).map(({ name }) => quoted(name));
  return {
    options: { target: look.reference(chosen.column) },
    ...(rest.length === 0
      ? {}
      : { doubt: `${listed(rest)} ${rest.length === 1 ? 'has' : 'have'} two labels as well` }),
  };
}

/** Rows that are left must be at least this share of all, or cells are filled. */
const MOST_DROPPED = 0.5;

function ofMissing(error: BceError, look: Look, settled: Settled): Remedy | undefined {
  const sparse = error.code === 'CELLS_MISSING' ? ofSparse(look, settled) : undefined;
  if (sparse !== undefined) return sparse;
  if (settled.options.missing === 'mean') return { options: { missing: 'drop' } };
  if (settled.options.missing === 'drop') return undefined;
  const isFilled =
    error.code === 'CELLS_MISSING' && look.incomplete(settled.options) > MOST_DROPPED * look.rows;
  return isFilled
    ? { options: { missing: 'mean' }, doubt: '--missing drop leaves out most rows' }
    : { options: { missing: 'drop' }, doubt: '--missing mean fills the cells in place of leaving rows out' };
}

/** Columns in which most cells are missing are left out, unless nothing else is there. */
function ofSparse(look: Look, { options }: Settled): Remedy | undefined {
  const features = [...look.features(options)];
  const sparse = features.filter((column) => 2 * look.profiles[column]!.missing > look.rows);
  return sparse.length === 0 || sparse.length === features.length
    ? undefined
    : dropping(sparse, look, options);
}

/** Columns left out; undefined where that leaves none, or where the options name the columns. */
export function dropping(columns: readonly number[], look: Look, options: TrainOptions): Remedy | undefined {
  const without = new Set(columns);
  const features = [...look.features(options)].filter((column) => !without.has(column));
  if (features.length === 0 || options.formula !== undefined) return undefined;
  if (options.features !== undefined && options.features.length > 0) {
    return { options: { features: features.map((column) => look.reference(column)) } };
  }
  const drop = [...(options.drop ?? []), ...columns.map((column) => look.reference(column))];
  return { options: { drop: [...new Set(drop)] } };
}
