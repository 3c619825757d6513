/** Columns that cannot be used as they are: all of them in one message, with what goes on without them. */
import { BceError } from '../../errors.js';
import { counted, listed, quoted, shellWord } from '../../text.js';
import { flagsOfForm, rewriting, type TableContext } from './context.js';
import type { MissingCells } from './missing.js';
import type { ReadOptions } from './readOptions.js';
import type { Sample } from './sample.js';
import type { Selection } from './selection.js';
import { formThatReads, type Writing, writingOf } from './writing.js';

interface Unusable {
  readonly column: number;
  /** What is the matter, after the name of the column. */
  readonly what: string;
  /** How its numbers are written; undefined for too many levels. */
  readonly writing: Writing | undefined;
}

/**
 * @param factors feature columns of text
 * @throws BceError CSV_NOT_NUMERIC, COLUMNS_UNUSABLE
 */
export function refuseUnusable(
  { names, features, target, weight, categorical }: Selection,
  factors: readonly number[],
  sample: Sample,
  cells: MissingCells,
  options: Pick<ReadOptions, 'maxLevels' | 'missing' | 'features' | 'numbers'>,
  context: TableContext,
): void {
  if (factors.length === 0) return;
  const { rows, lines } = sample;
  const found = factors.flatMap((column): Unusable[] => {
    const texts: string[] = [];
    const places: number[] = [];
    rows.forEach((row, r) => {
      const text = row[column]!.trim();
      if (cells.isMissing(text)) return;
      texts.push(text);
      places.push(r);
    });
    const writing = categorical.has(column) ? undefined : writingOf(texts, options.numbers);
    if (writing !== undefined) {
      const first = writing.first;
      const where = `${shortPlace(lines[places[first]!]!, context)}: ${quoted(texts[first]!)}`;
      return [{ column, what: `has numbers with ${writing.what} (${where})`, writing }];
    }
    const levels = new Set(texts).size;
    if (levels <= options.maxLevels) return [];
    return [{ column, what: `has more than ${counted(options.maxLevels, 'level')}`, writing: undefined }];
  });
  const written = found.flatMap(({ column, writing }) =>
    writing === undefined ? [] : [[column, writing] as const],
  );
  // too many levels alone are refused at the first one too many
  if (written.length === 0 && found.length < 2) return;
  const isSplittable = !rows.some((row) => row.some((cell) => cell.includes(context.delimiter)));
  const command = written.length === 0 ? undefined : rewriting(context, lines[0]!, written, isSplittable);
  const form = formThatReads(
    written.map(([, { form }]) => form),
    rows.flatMap((row) => [...features, ...(weight === undefined ? [] : [weight])].map((c) => row[c]!)),
    cells.read,
    options.numbers,
  );
  const rewrite = (() => {
    if (written.length === 0) return [];
    if (form !== undefined) return [`${flagsOfForm(form)} reads such numbers`];
    return command === undefined
      ? [options.numbers.decimal === '.' ? 'write such numbers plainly, as in 1200.5' : IN_COMMAS]
      : [`${command} makes plain numbers of ${written.length === 1 ? 'the column' : 'them'}`];
  })();
  if (found.length === 1) {
    const [{ column, writing }] = found as [Unusable];
    const name = names[column]!;
    const row = rows.findIndex((one) => one[column]!.trim() === textAt(rows, cells, column, writing!.first));
    throw new BceError(
      'CSV_NOT_NUMERIC',
      `${context.places.at(lines[row]!)}: column ${quoted(name)}: expected ${options.numbers.decimal === '.' ? 'plain numbers' : 'numbers with a decimal comma'}, found ${writing!.what}: ${quoted(rows[row]![column]!.trim())}`,
      [
        ...rewrite,
        `--categorical ${shellWord(name)} reads the column as text, --drop ${shellWord(name)} leaves it out`,
      ].join('; '),
    );
  }
  const ids = found.filter(({ writing }) => writing === undefined).map(({ column }) => column);
  const all = found.map(({ column }) => column);
  const unusable = new Set(all);
  const rest = features.filter((column) => !unusable.has(column));
  const isMissing = (column: number) => rows.some((row) => cells.isMissing(row[column]!.trim()));
  const hasMissing = [...rest, target, ...(weight === undefined ? [] : [weight])].some(isMissing);
  const policy = options.missing === 'error' && hasMissing ? ' --missing drop' : '';
  const drop =
    options.features.length > 0
      ? 'leave them out of --features'
      : `--drop ${references(all, names)}${policy} goes on without them`;
  throw new BceError(
    'COLUMNS_UNUSABLE',
    `${context.places.name}: ${found.length} columns cannot be used as they are: ${listed(found.map(({ column, what }) => `${quoted(names[column]!)} ${what}`))}`,
    [drop, ...rewrite, ...(ids.length > 0 ? ['--max-levels N allows more levels'] : [])].join('; '),
  );
}

const IN_COMMAS = 'write such numbers as in 1200,5, or leave out --decimal comma';

/** A line beside the name of all that is read. */
function shortPlace(line: number, { places }: TableContext): string {
  return places.fileOf(line) === places.name ? `line ${line}` : places.at(line);
}

/** The columns as --drop takes them: by name, or by number where a name holds a comma or is empty. */
function references(columns: readonly number[], names: readonly string[]): string {
  const isPlain = (name: string) => name !== '' && !name.includes(',') && name.trim() === name;
  return shellWord(
    columns.map((column) => (isPlain(names[column]!) ? names[column]! : String(column + 1))).join(','),
  );
}

/** Text number `index` of those of a column that are not missing. */
function textAt(
  rows: Sample['rows'],
  cells: MissingCells,
  column: number,
  index: number,
): string | undefined {
  return rows.map((row) => row[column]!.trim()).filter((text) => !cells.isMissing(text))[index];
}
