/** A file whose first row is known, be it CSV or JSON. */
import { BceError } from '../errors.js';
import { dialectOf, withoutBom } from './csv/dialect.js';
import { type NumberForm, numberReader } from './csv/number.js';
import { plainRows } from './csv/plainRows.js';
import { isJson, JsonObjects, type JsonRow } from './json.js';
import { type Pieces, prepend } from './pieces.js';
import { type Places, placesIn } from './places.js';
import { countLineEnds, endOfRows } from './scan/chunks.js';

/** A file as text. */
export interface TextFile {
  readonly name: string;
  /** Whether it can be opened again. */
  readonly isRepeatable: boolean;
  /** Its bytes in UTF-8, from the start, those of JSON among them; `isLook` where only the first of them are wanted for now. */
  open(isLook: boolean): Pieces;
}

/** What tells a first row from others. */
export interface FirstRowForm {
  /** How the numbers of the cells are written. */
  readonly numbers: NumberForm;
  /** Whether the cells of a first row are names. */
  isHeader(cells: readonly string[]): boolean;
}

/** A file of which the first row is known. */
export interface Opened {
  readonly name: string;
  readonly delimiter: string;
  /** Line of the first row, and that on which the rest begins. */
  readonly line: number;
  readonly restLine: number;
  readonly hasHeader: boolean;
  /** Its cells, trimmed; they are names where it has a header. */
  readonly names: readonly string[];
  /** All, a `sep=` line left empty, or those behind the header with empty lines in place of what is before them. */
  bytes(): Pieces;
  rows(): Pieces;
  /** The bytes behind the header, or from the first row on. */
  rest(): Pieces;
  /** Its objects in place of these bytes; undefined of what is no JSON. */
  readonly json: { readonly objects: JsonObjects; readonly first: readonly JsonRow[] } | undefined;
  close(): Promise<void>;
}

/** @throws BceError CSV_EMPTY */
export async function opened(
  { name, open }: TextFile,
  isLook: boolean,
  delimiter: string | undefined,
  form: FirstRowForm,
): Promise<Opened> {
  const bytes = open(isLook);
  const close = async () => {
    await bytes.return();
  };
  try {
    // who names a delimiter has no JSON
    const start = delimiter === undefined ? await peekText(bytes) : NOTHING;
    const text = prepend(start, bytes);
    const first = isJson(start)
      ? await firstObjectOf(name, text, form)
      : await firstRowOf(name, text, delimiter, form);
    return { ...first, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const NOTHING = Buffer.alloc(0);
/** Bytes that are looked at, at most. */
const MOST_BLANKS = 1 << 16;

/** The first bytes, so many that they tell JSON. */
export async function peekText(bytes: Pieces): Promise<Buffer> {
  let start: Buffer = NOTHING;
  // a mark may come in pieces, and one bracket does not tell
  while (start.length < MOST_BLANKS && (start.length < 4 || /^\ufeff?\s*[[{]?\s*$/.test(start.toString()))) {
    const { done, value } = await bytes.next();
    if (done) break;
    start = start.length === 0 ? value : Buffer.concat([start, value]);
  }
  return start;
}

/** @throws BceError JSON_MALFORMED, JSON_NESTED, JSON_KEYS, CSV_EMPTY */
async function firstObjectOf(
  name: string,
  bytes: Pieces,
  { numbers }: FirstRowForm,
): Promise<Omit<Opened, 'close'>> {
  const objects = new JsonObjects(bytes, name, numbers.decimal);
  const first = await objects.next();
  if (first.length === 0) throw new BceError('CSV_EMPTY', `${name}: expected objects, found none`);
  const { keys, place } = first[0]!;
  if (keys.length === 0) {
    throw new BceError('JSON_KEYS', `${objects.where(place)}: expected keys in the first object, found none`);
  }
  const none = () => prepend(NOTHING, bytes);
  return {
    name,
    delimiter: ',',
    line: 1,
    restLine: 1,
    hasHeader: true,
    names: keys.map((key) => key.trim()),
    bytes: none,
    rows: none,
    rest: none,
    json: { objects, first },
  };
}

async function firstRowOf(
  name: string,
  bytes: Pieces,
  given: string | undefined,
  { isHeader, numbers }: FirstRowForm,
): Promise<Omit<Opened, 'close'>> {
  const { bytes: table, delimiter, firstLine } = await dialectOf(bytes, given, numberReader(numbers));
  let head: Buffer = Buffer.alloc(0);
  let [start, end] = [0, 0];
  for (let isWhole = false; ; ) {
    end = endOfRows(head, start, 1);
    const isBlank = head.toString('utf8', start, end).trim() === '';
    if (end < head.length || isWhole) {
      if (!isBlank) break;
      if (isWhole && end >= head.length) throw new BceError('CSV_EMPTY', `${name}: the file is empty`);
      start = end;
      continue;
    }
    const { done, value } = await table.next();
    if (done) isWhole = true;
    else head = Buffer.concat([head, value]);
  }
  const line = firstLine + countLineEnds(head.subarray(0, start));
  const nextLine = line + countLineEnds(head.subarray(start, end));
  const row = await rowOf(head.subarray(start, end), placesIn(name), delimiter, line);
  const names = row.map((cell) => cell.trim());
  const hasHeader = isHeader(names);
  const before = Buffer.from('\n'.repeat(firstLine - 1));
  const empty = Buffer.from('\n'.repeat(nextLine - 1));
  const behind = () => prepend(head.subarray(end), table);
  const whole = firstLine === 1 ? withoutBom(head) : head;
  return {
    name,
    delimiter,
    line,
    restLine: hasHeader ? nextLine : firstLine,
    hasHeader,
    names,
    bytes: () => prepend(Buffer.concat([before, head]), table),
    rows: () => (hasHeader ? prepend(empty, behind()) : prepend(Buffer.concat([before, whole]), table)),
    rest: () => (hasHeader ? behind() : prepend(whole, table)),
    json: undefined,
  };
}

async function rowOf(
  bytes: Buffer,
  places: Places,
  delimiter: string,
  line: number,
): Promise<readonly string[]> {
  // the mark is no part of a name, wherever blank lines put it
  const row = withoutBom(bytes);
  const plain = plainRows(row, places, delimiter, line);
  if (plain !== undefined) return plain.batch.rows[0] ?? [];
  const once = async function* () {
    yield row;
  };
  const { parsedRows } = await import('./csv/rows.js');
  for await (const { rows } of parsedRows(once(), places, delimiter, line)) return rows[0]!;
  return [];
}
