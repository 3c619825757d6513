/** Tables of text for eyes, fitted to a terminal. */
import { padded, shortened, widestOf, widthOf, wrapped } from '../../layout.js';

/** Terminals narrower than this show what does not fit below each other. */
const NARROW = 60;
/** A name is cut no shorter for the sake of other columns. */
const SHORTEST_NAME = 12;
const GAP = '  ';

/**
 * Lines with the first column to the left and the others to the right, two blanks between.
 *
 * Where a terminal is too narrow for them, names are cut, first. Then the columns come in blocks below each other, as
 * many as fit beside the names in each, or, on a narrow terminal, the cells of a row below its name.
 *
 * @param rows of cells, the headings first
 * @param columns of the terminal; undefined where there is none to fit
 * @param headings how many rows they take
 */
export function aligned(rows: readonly (readonly string[])[], columns?: number, headings = 1): string[] {
  const [names = [], ...others] = rows[0]!.map((_, c) => rows.map((row) => row[c]!));
  return fitted(names, others.map(alignedRight), columns, headings);
}

function alignedRight(cells: readonly string[]): string[] {
  const width = widestOf(cells);
  return cells.map((cell) => padded(cell, width, 'right'));
}

/**
 * A table of names and columns that are padded already; of each the heading is the first.
 *
 * @param columns as of `aligned`
 */
export function fitted(
  names: readonly string[],
  others: readonly (readonly string[])[],
  columns: number | undefined,
  headings = 1,
): string[] {
  const widths = others.map((cells) => widestOf(cells));
  const all = widths.reduce((sum, width) => sum + GAP.length + width, 0);
  const nameWidth = widestOf(names);
  if (columns === undefined || nameWidth + all <= columns) return joined(names, others);
  const shortest = Math.min(nameWidth, SHORTEST_NAME);
  if (shortest + all <= columns) return joined(shortened(names, columns - all), others);
  if (columns < NARROW) return stacked(names, others, columns, headings);
  return blocks(names, others, widths, columns);
}

function joined(names: readonly string[], others: readonly (readonly string[])[]): string[] {
  const width = widestOf(names);
  return names.map((name, row) =>
    [padded(name, width, 'left'), ...others.map((cells) => cells[row]!)].join(GAP).trimEnd(),
  );
}

/** As many columns as fit beside the names, then the names with more. */
function blocks(
  names: readonly string[],
  others: readonly (readonly string[])[],
  widths: readonly number[],
  columns: number,
): string[] {
  const shown = shortened(names, Math.floor(columns / 3));
  const nameWidth = widestOf(shown);
  const lines: string[] = [];
  for (let start = 0; start < others.length; ) {
    let end = start;
    let used = nameWidth;
    while (end < others.length && (end === start || used + GAP.length + widths[end]! <= columns)) {
      used += GAP.length + widths[end]!;
      end++;
    }
    if (start > 0) lines.push('');
    lines.push(...joined(shown, others.slice(start, end)));
    start = end;
  }
  return lines;
}

/** Each name on a line with its heading, its cells with their headings below it. */
function stacked(
  names: readonly string[],
  others: readonly (readonly string[])[],
  columns: number,
  headings: number,
): string[] {
  const headingOf = (cells: readonly string[]) =>
    cells
      .slice(0, headings)
      .map((cell) => cell.trim())
      .join(' ')
      .trim();
  const first = headingOf(names);
  const shown = shortened(names, columns - widthOf(first) - 1).slice(headings);
  const what = others.map(headingOf);
  const width = widestOf(what);
  return shown.flatMap((name, row) => [
    `${first} ${name}`,
    ...others.flatMap((cells, c) => {
      const cell = cells[headings + row]!.trim();
      return cell === '' ? [] : [`${GAP}${padded(what[c]!, width, 'left')}${GAP}${cell}`];
    }),
  ]);
}

/** Texts with a value behind each: below it where a terminal is too narrow for both. */
export function valued(
  rows: readonly (readonly [what: string, value: string])[],
  columns?: number,
): string[] {
  const lines = aligned(rows);
  if (columns === undefined || widestOf(lines) <= columns) return lines;
  return rows.flatMap(([what, value]) => [...wrapped(what, columns, GAP), `${GAP}${value}`]);
}

/** Sentences in lines that fit a terminal. */
export function prose(lines: readonly string[], columns: number | undefined): string[] {
  return columns === undefined
    ? [...lines]
    : lines.flatMap((line) => wrapped(line, columns, (/^ */.exec(line)?.[0] ?? '') + GAP));
}
