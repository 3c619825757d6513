/** Rows in, a dataset out: header, kinds, then every row once. */
import { BceError } from '../../errors.js';
import { lazily } from '../../lazily.js';
import { numberReader } from '../../source/csv/number.js';
import type { Pieces } from '../../source/pieces.js';
import type { Places } from '../../source/places.js';
import type { HeadNumbers } from '../../source/scan/headScan.js';
import { type ScanOptions, scanRows } from '../../source/scan/scanRows.js';
import { ArrayStore } from '../../storage/store.js';
import { quoted } from '../../text.js';
import type { Datasets } from '../dataset.js';
import { isHeader, namesOf, requireNames } from '../schema/columns.js';
import type { TableContext } from '../schema/context.js';
import { withTerms } from '../schema/derive.js';
import { withoutPreamble } from '../schema/head.js';
import { refuseUncertainHeader } from '../schema/header.js';
import { type MissingCells, missingCells } from '../schema/missing.js';
import { decideKinds, type Plan, withFold } from '../schema/plan.js';
import type { ReadOptions } from '../schema/readOptions.js';
import { referencesOf } from '../schema/references.js';
import { type Sample, sampleRows } from '../schema/sample.js';
import { type Selection, selectColumns } from '../schema/selection.js';
import { assemble } from './assemble.js';
import { Collector, type CreateStore } from './collect.js';
import { type BegunHead, headerOf, Intake, type Opened } from './intake.js';
import { RowFeed } from './rowFeed.js';
import { RowReader } from './rowReader.js';

/**
 * Reads a whole table from its bytes.
 *
 * @param places what messages call its lines
 * @param createStore makes the homes of the shards; default plain arrays
 * @param scanning how many threads there may be, and the size of the file where it is known
 * @returns the training rows, and those held out, if any
 * @throws BceError CSV_EMPTY, CSV_QUOTE, WORKER_FAILED, and all that the columns, the cells and the labels can be
 *   refused for
 * Cost: one pass over the rows, then a few over the numbers kept.
 */
export async function scanDataset(
  bytes: Pieces,
  places: Places,
  options: ReadOptions,
  createStore: CreateStore = () => new ArrayStore(),
  scanning?: ScanOptions,
): Promise<Datasets> {
  const table = trainingTable(places, options, createStore);
  await scanRows(bytes, places, options.delimiter, table, { numbers: options.numbers, ...scanning });
  return assembled(places, table, options);
}

/** What the first rows told of a table to be trained on. */
interface TrainingRows extends Opened {
  readonly sink: RowFeed<Collector>;
  readonly columns: Plan;
  readonly numbersInHeader: readonly string[];
}

/** Takes the rows of a table to be trained on. */
export function trainingTable(
  places: Places,
  options: ReadOptions,
  createStore: CreateStore,
): Intake<TrainingRows> {
  return new Intake(
    places,
    options.missingWords,
    (head, delimiter, isWhole) =>
      !isWhole && isMoreWanted(head, options) ? undefined : decide(head, delimiter, options, createStore),
    (columns) => sampleRows(columns) + 1,
  );
}

/** The datasets of a table whose rows have all been handed over. */
export async function assembled(
  places: Places,
  table: Intake<TrainingRows>,
  options: ReadOptions,
): Promise<Datasets> {
  const { sink, columns, numbersInHeader } = table.finish();
  const tables = await assemble(places.name, columns, sink.collector.finish(), numbersInHeader, options);
  return { ...tables, training: { ...tables.training, ranges: sink.ranges, noted: sink.noted } };
}

/** Whether the kinds of the columns need more rows; what can be refused at once is, however slowly they come. */
function isMoreWanted(head: BegunHead, options: ReadOptions): boolean {
  const { places, first, firstLine, count } = head;
  const columns = first.length;
  if (count === 1) {
    // options that name no column of the header
    const isNamed =
      (options.header ?? isHeader(first, numberReader(options.numbers))) &&
      columns > 1 &&
      first.every((cell) => cell.trim() !== '');
    if (isNamed) selectColumns(namesOf(first, places.at(firstLine)), options, places.name);
  }
  const isRagged = head.scanned === undefined && head.rows.at(-1)!.length !== columns && count > HEAD_ROWS;
  return !isRagged && count <= sampleRows(columns);
}

/** Settles what the columns are. */
function decide(
  head: BegunHead,
  delimiter: string,
  options: ReadOptions,
  createStore: CreateStore,
): TrainingRows {
  const { places, first, firstLine } = head;
  const { hasHeader, names } = headerOf(head, numberReader(options.numbers), options.header);
  const cells = missingCells(options.missingWords, options.numbers);
  const sample = sampleOf(head, hasHeader, cells);
  const context: TableContext = {
    places,
    delimiter,
    hasHeader,
    isTraining: true,
    remedyOfHead: () => (options.header === false ? undefined : withoutPreamble(head)),
  };
  const columns = columnsOf(names, first, sample);
  const selection = select(names, columns, sample, context, firstLine, options);
  // rows of another length are refused in their order, by the collector
  const even = evenRows(sample, names.length);
  refuseUncertainHeader(first, selection, even, options, places, firstLine);
  const isNumber = (cell: string) => Number.isFinite(cells.read(cell));
  // asked for by --header, numbers are names
  const numbersInHeader = hasHeader && options.header === undefined ? names.filter(isNumber) : [];
  const decided = decideKinds(selection, even, cells, options, context);
  const references = referencesOf(options.reference, decided);
  const settled = withTerms({ ...decided, references }, options, references, even, cells);
  const plan = withFold(settled, selection.fold);
  const reader = new RowReader(context, plan, cells, options.missing === 'error');
  const sink = new RowFeed(reader, new Collector(places, plan, options, reader, createStore), options.note);
  return { sink, columns: plan, hasHeader, numbersInHeader };
}

function select(
  names: readonly string[],
  columns: number,
  sample: Sample,
  { places, remedyOfHead, hasHeader }: TableContext,
  firstLine: number,
  options: ReadOptions,
): Selection {
  const remedy = lazily(() => remedyOfHead?.());
  if (columns === 1 && remedy() !== undefined) {
    throw new BceError(
      'NO_FEATURES',
      `${places.name}: expected a header, found ${quoted(names[0]!)}`,
      remedy(),
    );
  }
  const selection = selectColumns(names, options, places.name, columns);
  const { target, weight, fold, features } = selection;
  const others = [weight, fold].filter((column) => column !== undefined);
  const used = [...features, target, ...others].sort((a, b) => a - b);
  const where = places.at(firstLine);
  const isUnnamed = used.some((column) => names[column] === '');
  if (isUnnamed && remedy() !== undefined) {
    throw new BceError(
      'CSV_COLUMN_NAMES',
      `${where}: expected a header, found a row with empty cells`,
      remedy(),
    );
  }
  const isLonger =
    sample.numbers === undefined &&
    sample.count > 0 &&
    sample.rows.every((row) => row.length === names.length + 1);
  if (!(hasHeader && isLonger)) requireNames(names, used, where);
  return selection;
}

/** Rows that are looked at before one of another length is refused: they may tell why it is. */
const HEAD_ROWS = 4;

/** How many columns there are: a last one without a name or a value is what a delimiter at the ends of lines makes. */
function columnsOf(names: readonly string[], first: readonly string[], sample: Sample): number {
  const last = names.length - 1;
  const isEmpty = (row: readonly string[]) => (row[last] ?? '').trim() === '';
  return last > 0 && isEmpty(first) && sample.rows.every(isEmpty) ? last : names.length;
}

/** The rows up to the first of another length. */
function evenRows(sample: Sample, columns: number): Sample {
  if (sample.numbers !== undefined) return sample;
  const { rows, lines } = sample;
  const end = rows.findIndex((row) => row.length !== columns);
  return end < 0 ? sample : { count: end, rows: rows.slice(0, end), lines: lines.slice(0, end) };
}

/** The first rows of data. */
function sampleOf(head: BegunHead, hasHeader: boolean, cells: MissingCells): Sample {
  const { scanned, first, count } = head;
  const start = hasHeader ? 1 : 0;
  const texts = lazily(() => ({ rows: head.rows.slice(start), lines: head.lines.slice(start) }));
  return {
    count: count - start,
    get rows() {
      return texts().rows;
    },
    get lines() {
      return texts().lines;
    },
    numbers: hasHeader ? scanned : scanned && withFirst(scanned, first, cells),
  };
}

/** The same with a first row of numbers before them, which nobody has scanned. */
function withFirst(numbers: HeadNumbers, first: readonly string[], cells: MissingCells): HeadNumbers {
  const firstOf = (column: number) => cells.numberOf(first[column]!);
  const has = (column: number) => numbers.has(column) && Number.isFinite(firstOf(column));
  return {
    has,
    isWhole: (column) => has(column) && numbers.isWhole(column),
    at: (row, column) => (row === 0 ? firstOf(column) : numbers.at(row - 1, column)),
  };
}
