/**
 * What is in a file, and the command that trains on it. Training's own reading is asked, again and again: what it refuses
 * is settled and told, until it takes the table or nothing more can be done.
 */
import type { Description } from '../dataset/dataset.js';
import { assembled, trainingTable } from '../dataset/read/read.js';
import { isMarker } from '../dataset/schema/missing.js';
import { type Writing, writingOf } from '../dataset/schema/notation.js';
import { BceError, type ErrorCode } from '../errors.js';
import { createHeap, type HeapPlan } from '../objective/simd/host.js';
import type { TrainOptions } from '../options/library.js';
import { resolveOptions } from '../options/resolve.js';
import { readRows } from '../source/csv/rows.js';
import { type Encoding, markedEncoding } from '../source/decode.js';
import { scanRows } from '../source/scan/scanRows.js';
import { type Files, headerIn } from '../source/table.js';
import { isDate } from '../terms/dates.js';
import { commandText, flagsText } from './command.js';
import type { CellFilter, LineFilter } from './filters.js';
import { type Input, openInput } from './input.js';
import { type Look, lookAt } from './look.js';
import type { ColumnProfile } from './profile.js';
import { dropping, type Remedy, remedyOf } from './settle.js';

/** A column of the file. */
export interface DescribedColumn {
  readonly name: string;
  /** From 1. */
  readonly number: number;
  readonly role: 'feature' | 'target' | 'weight' | 'left out';
  /** How training takes it; of a column that it leaves out, what most of its cells are. */
  readonly kind: 'numeric' | 'text';
  readonly missing: number;
  /** Different values; where `isBound`, there are at least so many. */
  readonly distinct: number;
  readonly isBound: boolean;
  /** Of its finite numbers; null where there are none. */
  readonly min: number | null;
  readonly max: number | null;
  /** The commonest texts with their counts, at most ten; of a text column, or one of few values. */
  readonly levels: readonly { readonly level: string; readonly rows: number }[];
  /** How numbers are written that are no plain decimals, as in `a percent sign`; null for none. */
  readonly notation: string | null;
  /** What else is to be known of it. */
  readonly notes: readonly (
    | 'id'
    | 'index'
    | 'constant'
    | 'duplicate'
    | 'like the target'
    | 'marker'
    | 'date'
  )[];
  /** The earlier column that it is the same as; null for none. */
  readonly sameAs: string | null;
}

/** What training refuses the table for, as it is or after what settles those before. */
export interface Obstacle {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  /** Flags, or a filter; null where nothing was found that settles it. */
  readonly settledBy: string | null;
  /** What else it may be. */
  readonly doubt: string | null;
}

export interface TableDescription {
  readonly source: string;
  /** Bytes as they lie there; null where nobody can know. */
  readonly byteLength: number | null;
  readonly compression: 'gzip' | 'zstd' | null;
  readonly encoding: Encoding;
  readonly delimiter: string;
  readonly header: boolean;
  /** Line of the first row, and rows of data. */
  readonly firstLine: number;
  readonly rows: number;
  readonly columns: readonly DescribedColumn[];
  /** Rows that training uses, and the labels; null where it takes no table. */
  readonly rowsUsed: number | null;
  readonly target: Description['target'] | null;
  /** Weights that training looks for, the intercept among them. */
  readonly weights: number | null;
  readonly obstacles: readonly Obstacle[];
  /** The options of the command that trains. */
  readonly options: TrainOptions | null;
  /** A line for a shell; null where none was found. */
  readonly command: string | null;
}

type OnRead = (byteLength: number | undefined) => void;

export interface DescribeHooks {
  /** Told before each reading of the file, and what has been read of it. */
  readonly onRead?: OnRead;
  readonly onBytes?: (count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Steps after which it is given up. */
const MOST_STEPS = 40;

/** What is known of the way to a table. */
interface State {
  readonly options: TrainOptions;
  readonly filters: readonly LineFilter[];
  readonly cells: readonly CellFilter[];
  /** Of the filters, in the order of the pipe. */
  readonly commands: readonly string[];
}

/**
 * @param files as training takes them
 * @param given options of training that are kept
 * @param heap where the rows of a reading go, until it is over
 * @throws BceError for a file that is no text, or that holds no table, and for options that are not valid
 */
export async function describeTable(
  files: Files,
  given: TrainOptions,
  heap: HeapPlan,
  { onRead = () => {}, onBytes = () => {}, signal }: DescribeHooks = {},
): Promise<TableDescription> {
  resolveOptions(given);
  const input = await openInput(files, onBytes, signal);
  const form = await formOf(input);
  const obstacles: Obstacle[] = [];
  const notations = new Map<number, string>();
  let state: State = { options: given, filters: [], cells: [], commands: [] };
  let table: Description | undefined;
  for (let step = 0; step < MOST_STEPS && table === undefined; step++) {
    const outcome = await attempt(input, state, heap, onRead);
    if (!(outcome instanceof BceError)) {
      table = outcome;
      break;
    }
    const look = await lookThrough(input, state, onRead);
    const remedy = remedyOf(outcome, look, state);
    const isFiltered = remedy?.filter !== undefined || remedy?.cells !== undefined;
    // a filter makes one stream of one file
    const isPossible = remedy !== undefined && !(isFiltered && input.names.length > 1);
    const next = isPossible ? settled(state, remedy, form.encoding) : undefined;
    if (next === undefined || isSame(next, state)) {
      if (look.rows === 0 || FATAL.has(outcome.code)) throw outcome;
      obstacles.push(obstacle(outcome, undefined));
      break;
    }
    for (const [column, what] of notationsOf(remedy!, look)) notations.set(column, what);
    obstacles.push(obstacle(outcome, { text: differenceText(state, next), doubt: remedy!.doubt }));
    state = next;
  }
  const look = await lookThrough(input, state, onRead);
  const notes = notesOf(look, state.options);
  if (table !== undefined) {
    const better = withoutUseless(look, state, notes);
    if (better !== undefined) {
      const outcome = await attempt(input, better, heap, onRead);
      if (!(outcome instanceof BceError)) {
        table = outcome;
        state = better;
      }
    }
  }
  return described(input, look, state, table, obstacles, notes, notations, form);
}

/** Failures that no option settles, or that are those of the options. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  'USAGE',
  'COLUMN_UNKNOWN',
  'NOT_TEXT',
  'CSV_EMPTY',
  'CSV_HEADER_ONLY',
]);

/** Reads the table as training does. */
async function attempt(
  input: Input,
  state: State,
  plan: HeapPlan,
  onRead: OnRead,
): Promise<Description | BceError> {
  const heap = createHeap(plan);
  let told = (error: unknown) => error;
  try {
    const options = resolveOptions(state.options);
    onRead(input.byteLength);
    const table = await input.open(options, state.filters);
    const { bytes, places, delimiter, byteLength, retold } = table;
    told = retold;
    const read = { ...options.read, delimiter, header: headerIn(table, options.read.header) };
    const { numbers } = read;
    const rows = trainingTable(places, read, () => heap.createStore());
    if (state.cells.length === 0) {
      await scanRows(bytes, places, delimiter, rows, { threads: options.threads, byteLength, numbers });
    } else {
      let isBegun = false;
      let isFirst = true;
      for await (const batch of readRows(bytes, places, delimiter, numbers)) {
        if (!isBegun) rows.begin(batch.delimiter, false);
        isBegun = true;
        for (let r = 0; r < batch.rows.length; r++) {
          const row = batch.rows[r]!;
          if (!isFirst || read.header === false) rewrite(row, state.cells);
          isFirst = false;
          rows.add(row, batch.lines[r]!);
        }
      }
    }
    return (await assembled(places, rows, read)).training;
  } catch (failure) {
    const error = told(failure);
    if (!(error instanceof BceError) || error.code === 'INTERRUPTED' || error.code === 'FILE_UNREADABLE')
      throw error;
    return error;
  } finally {
    await heap.close();
  }
}

function rewrite(row: string[], cells: readonly CellFilter[]): void {
  for (const { column, plain } of cells) {
    if (row[column] !== undefined) row[column] = plain(row[column].trim()) ?? row[column];
  }
}

/** Bytes that tell what is wrong with a text. */
const SAMPLE_BYTES = 1 << 16;

async function lookThrough(input: Input, { options, filters, cells }: State, onRead: OnRead): Promise<Look> {
  const resolved = resolveOptions(options);
  const sample = await input.sample(options.encoding, filters, SAMPLE_BYTES);
  onRead(input.byteLength);
  const table = await input.open(resolved, filters);
  const read = { ...resolved.read, header: headerIn(table, resolved.read.header) };
  return lookAt(table, read, options.comment !== undefined, sample, cells);
}

/** The state behind a remedy. */
function settled(state: State, { options = {}, filter, cells }: Remedy, found: Encoding): State {
  const commands = [...state.commands];
  const more = filter?.command ?? cells?.command;
  if (more !== undefined) commands.push(more);
  const merged: TrainOptions = { ...state.options, ...options };
  // programs of the shell want UTF-8
  const encoding = merged.encoding ?? found;
  if (commands.length > 0 && encoding !== 'utf8' && !commands[0]!.startsWith('iconv')) {
    commands.unshift(`iconv -f ${ICONV[encoding]} -t UTF-8`);
  }
  return {
    options: merged,
    filters: filter === undefined ? state.filters : [...state.filters, filter],
    cells: cells === undefined ? state.cells : [...state.cells, ...cells.filters],
    commands,
  };
}

const ICONV: Readonly<Record<Exclude<Encoding, 'utf8'>, string>> = {
  utf16le: 'UTF-16LE',
  utf16be: 'UTF-16BE',
  latin1: 'ISO-8859-1',
  'windows-1252': 'CP1252',
};

function isSame(one: State, other: State): boolean {
  return one.commands.length === other.commands.length && flagsText(one.options) === flagsText(other.options);
}

/** What a step has added, for a person. */
function differenceText(before: State, after: State): string {
  const changed = Object.fromEntries(
    Object.entries(after.options).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before.options[name as keyof TrainOptions]),
    ),
  );
  const flags = flagsText(changed);
  const command = after.commands.at(-1);
  const isNew = after.commands.length > before.commands.length;
  return [isNew ? command! : '', flags].filter((part) => part !== '').join(' and ');
}

function obstacle(
  { code, message, hint }: BceError,
  by: { readonly text: string; readonly doubt: string | undefined } | undefined,
): Obstacle {
  return {
    code,
    message,
    hint: hint ?? null,
    settledBy: by?.text ?? null,
    doubt: by?.doubt ?? null,
  };
}

/** How the numbers are written that a remedy reads or rewrites. */
function notationsOf({ written = [] }: Remedy, look: Look): (readonly [column: number, what: string])[] {
  return written.flatMap((column) => {
    const writing: Writing | undefined = writingOf(
      [...look.profiles[column]!.others.keys()],
      look.cells.form,
    );
    return writing === undefined ? [] : [[column, writing.what] as const];
  });
}

type Note = DescribedColumn['notes'][number];

/** Names of columns that number or name the rows. */
const ID_NAME =
  /^(?:id|index|idx|row|rownum|row_?(?:id|nr|no|number|names?)|nr|no|number|unnamed.*|key|uuid|guid)$|(?:^|[_.\s-])id$/i;
/** Rows from which texts that all differ are names of rows. */
const FEW_ROWS = 10;

function notesOf(look: Look, options: TrainOptions): ReadonlyMap<number, readonly Note[]> {
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

/** Leaves out ids and columns that are there twice: their weights say nothing. */
function withoutUseless(
  look: Look,
  state: State,
  notes: ReadonlyMap<number, readonly Note[]>,
): State | undefined {
  // what was asked for by name stays
  if ((state.options.features?.length ?? 0) > 0) return undefined;
  const features = look.features(state.options);
  const useless = [...features].filter((column) =>
    (notes.get(column) ?? []).some((note) => !HARMLESS.includes(note)),
  );
  if (useless.length === 0) return undefined;
  const remedy = dropping(useless, look, state.options);
  return remedy && { ...state, options: { ...state.options, ...remedy.options } };
}

/** What the bytes of the file are. */
async function formOf(input: Input): Promise<Pick<TableDescription, 'compression' | 'encoding'>> {
  const packed = await input.first(4);
  const isGzip = packed[0] === 0x1f && packed[1] === 0x8b;
  const isZstd = packed[0] === 0x28 && packed[1] === 0xb5;
  // every byte is a character of it
  const first = await input.sample('latin1', [], 4);
  const marked = markedEncoding(Buffer.from(first.toString(), 'latin1'));
  return { compression: isGzip ? 'gzip' : isZstd ? 'zstd' : null, encoding: marked ?? 'utf8' };
}

/** Weights from which the usual step of gradient descent may be too long: L is at most a quarter of their number. */
const MANY_WEIGHTS = 80;

function described(
  { names, operands, byteLength }: Input,
  look: Look,
  state: State,
  table: Description | undefined,
  obstacles: readonly Obstacle[],
  notes: ReadonlyMap<number, readonly Note[]>,
  notations: ReadonlyMap<number, string>,
  form: Pick<TableDescription, 'compression' | 'encoding'>,
): TableDescription {
  const isWide = (table?.design.size ?? 0) >= MANY_WEIGHTS;
  const { optimizer, learningRate } = state.options;
  const options: TrainOptions =
    isWide && optimizer === undefined && learningRate === undefined
      ? { ...state.options, learningRate: 'auto' }
      : state.options;
  const isIconv = state.commands[0]?.startsWith('iconv') ?? false;
  const { encoding: _, ...inUtf8 } = options;
  return {
    source: names.join(', '),
    byteLength: byteLength ?? null,
    ...form,
    encoding: state.options.encoding ?? form.encoding,
    delimiter: look.delimiter,
    header: look.hasHeader,
    firstLine: look.head.lines[0] ?? 1,
    rows: look.rows + look.ragged,
    columns: describedColumns(look, state.options, table, notes, notations),
    rowsUsed: table?.rows ?? null,
    target: table?.target ?? null,
    weights: table?.design.size ?? null,
    obstacles,
    options: table === undefined ? null : given(options),
    command: table === undefined ? null : commandText(operands, state.commands, isIconv ? inUtf8 : options),
  };
}

/** Without what was left out. */
function given(options: TrainOptions): TrainOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Levels that are told. */
const MOST_LEVELS = 10;

function describedColumns(
  look: Look,
  options: TrainOptions,
  table: Description | undefined,
  notes: ReadonlyMap<number, readonly Note[]>,
  notations: ReadonlyMap<number, string>,
): DescribedColumn[] {
  const target = look.target(options);
  const features = look.features(options);
  const weights = look.among(options.weightColumn === undefined ? [] : [options.weightColumn]);
  const taken = new Map(table?.features.map((feature) => [feature.name, feature.kind]));
  return look.profiles.map((profile) => {
    const { column, name, sameAs, others } = profile;
    const isFeature = features.has(column);
    const role =
      column === target ? 'target' : weights.has(column) ? 'weight' : isFeature ? 'feature' : 'left out';
    return {
      ...heldBy(profile, role, isFeature ? taken.get(name) : undefined),
      notation: notations.get(column) ?? writingOf([...others.keys()])?.what ?? null,
      notes: notes.get(column) ?? [],
      sameAs: sameAs === undefined ? null : look.names[sameAs]!,
    };
  });
}

/** @param taken as what training takes the feature */
function heldBy(
  { column, name, missing, distinct, isBound, min, max, values, words, numbers }: ColumnProfile,
  role: DescribedColumn['role'],
  taken: Description['features'][number]['kind'] | undefined,
): Omit<DescribedColumn, 'notation' | 'notes' | 'sameAs'> {
  const isText = taken === undefined ? words > numbers : taken !== 'numeric';
  const counts = isText || role === 'target' ? [...values].sort(([, a], [, b]) => b - a) : [];
  return {
    name,
    number: column + 1,
    role,
    kind: isText ? 'text' : 'numeric',
    missing,
    distinct,
    isBound,
    min: Number.isNaN(min) ? null : min,
    max: Number.isNaN(max) ? null : max,
    levels: counts.slice(0, MOST_LEVELS).map(([level, rows]) => ({ level: String(level), rows })),
  };
}
