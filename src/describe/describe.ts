/**
 * What is in a file, and the command that trains on it. Training's own reading is asked, again and again: what it refuses
 * is settled and told, until it takes the table or nothing more can be done.
 */
import type { Description } from '../dataset/dataset.js';
import { assembled, trainingTable } from '../dataset/read/read.js';
import { type Writing, writingOf } from '../dataset/schema/writing.js';
import { BceError, type ErrorCode } from '../errors.js';
import { createHeap, type HeapPlan } from '../objective/simd/host.js';
import type { TrainOptions } from '../options/library.js';
import { resolveOptions } from '../options/resolve.js';
import { readRows } from '../source/csv/rows.js';
import { type Encoding, markedEncoding } from '../source/decode.js';
import { scanRows } from '../source/scan/scanRows.js';
import { type Files, headerIn } from '../source/table.js';
import { describedColumns } from './columns.js';
import { commandText, flagsText } from './command.js';
import type { Obstacle, TableDescription } from './description.js';
import type { CellFilter, LineFilter } from './filters.js';
import { type Input, openInput } from './input.js';
import { type Look, lookAt } from './look.js';
import { isUseless, type Note, notesOf } from './notes.js';
import { dropping, type Remedy, remedyOf } from './settle.js';

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
    const rows = trainingTable(places, read, heap.createStore);
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

/** Leaves out ids and columns that are there twice: their weights say nothing. */
function withoutUseless(
  look: Look,
  state: State,
  notes: ReadonlyMap<number, readonly Note[]>,
): State | undefined {
  // what was asked for by name stays
  if ((state.options.features?.length ?? 0) > 0) return undefined;
  const features = look.features(state.options);
  const useless = [...features].filter((column) => isUseless(notes.get(column) ?? []));
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
