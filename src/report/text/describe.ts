/** What a file holds, for eyes, and as JSON. */
import type { DescribedColumn, Obstacle, TableDescription } from '../../describe/description.js';
import { asJson } from '../../json.js';
import { padded, widestOf, widthOf, wrapped } from '../../layout.js';
import { counted, grouped, printable, quoted } from '../../text.js';
import { VERSION } from '../../version.js';
import { aligned, prose } from './columns.js';

export function descriptionAsJson(description: TableDescription): string {
  return asJson({ format: 'bce-train table', version: VERSION, ...description });
}

/** @param columns of the terminal; undefined where there is none to fit */
export function descriptionAsText(description: TableDescription, columns?: number): string {
  const { source, rows, header, firstLine, delimiter, compression, encoding } = description;
  const form = [
    counted(rows, 'row'),
    counted(description.columns.length, 'column'),
    `${DELIMITERS[delimiter] ?? quoted(delimiter)} between cells`,
    header ? `names on line ${grouped(firstLine)}` : 'no names',
    encoding,
    compression ?? '',
  ].filter((part) => part !== '');
  const lines = [
    ...prose([`${source}: ${form.join(', ')}`], columns),
    '',
    ...columnLines(description.columns, columns),
    '',
    ...outcomeLines(description, columns),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const DELIMITERS: Readonly<Record<string, string>> = {
  ',': 'a comma',
  ';': 'a semicolon',
  '\t': 'a tab',
  '|': 'a pipe',
  ' ': 'blanks',
};

/** Room that what a column holds needs beside its figures. */
const LEAST_ROOM = 20;
const GAP = '  ';

/** A line for each column: figures, and behind them what it holds, which is cut to the room there is. */
function columnLines(described: readonly DescribedColumn[], columns: number | undefined): string[] {
  const rows = described.map(({ number, name, role, kind, missing, distinct, isBound }) => [
    printable(name) === '' ? '(no name)' : printable(name),
    String(number),
    role === 'feature' ? kind : role,
    grouped(missing),
    `${grouped(distinct)}${isBound ? '+' : ''}`,
  ]);
  const table = [['column', 'no', 'kind', 'missing', 'different'], ...rows];
  const figures = aligned(table, columns === undefined ? undefined : columns - LEAST_ROOM - GAP.length);
  const isBeside = figures.length === table.length;
  if (isBeside) {
    const width = widestOf(figures);
    const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - width - GAP.length;
    const held = ['holds', ...described.map((column) => heldText(column, room))];
    return figures.map((line, k) => `${padded(line, width, 'left')}${GAP}${held[k]!}`.trimEnd());
  }
  return described.flatMap((column, k) => {
    const [name, number, kind, missing, distinct] = rows[k]!;
    const facts = `${kind}, ${missing} missing, ${distinct} different: ${heldText(column, Number.POSITIVE_INFINITY)}`;
    return [`${number}. ${name}`, ...wrapped(`${GAP}${facts}`, columns!, GAP)];
  });
}

/** Range or levels, as many as there is room for, and what else is to be known. */
function heldText(column: DescribedColumn, room: number): string {
  const { min, max, notation, notes, sameAs, levels, distinct, kind, role } = column;
  const words = notes.map((note) =>
    note === 'duplicate'
      ? `the same as ${quoted(sameAs ?? '')}`
      : note === 'like the target'
        ? 'the same as the target'
        : NOTES[note],
  );
  if (notation !== null) words.unshift(notation);
  const end = words.length === 0 ? '' : `; ${words.join(', ')}`;
  if (kind === 'numeric' && role !== 'target') {
    const range = min === null ? 'no numbers' : min === max ? `${min}` : `${min} to ${max}`;
    return `${range}${end}`;
  }
  if (levels.length === 0) return distinct === 0 ? 'nothing' : `too many to tell${end}`;
  // of names of rows, two are enough to see what they are
  const items = levels
    .slice(0, notes.includes('id') ? 2 : levels.length)
    .map(({ level, rows }) => `${quoted(level)} ${grouped(rows)}`);
  for (let shown = items.length; shown > 0; shown--) {
    const rest = distinct - shown;
    const text = `${items.slice(0, shown).join(', ')}${rest > 0 ? ` and ${grouped(rest)} more` : ''}${end}`;
    if (widthOf(text) <= room || shown === 1) return text;
  }
  return '';
}

const NOTES = {
  id: 'names the rows',
  index: 'counts the rows',
  constant: 'always the same',
  date: 'dates, of which --add makes columns, as in year(x) or month(x)',
  marker: 'a level that may mean a missing cell: --missing-values',
} as const;

function outcomeLines(description: TableDescription, columns: number | undefined): string[] {
  const { obstacles, target, rowsUsed, weights, command } = description;
  const lines = obstacles.flatMap((one) => obstacleLines(one, columns));
  if (lines.length > 0) lines.unshift(...prose(['in the way of training, one after the other:'], columns));
  if (command === null) {
    return [
      ...lines,
      ...prose(['nothing that settles it was found, so there is no command to suggest'], columns),
    ];
  }
  const told =
    target === null
      ? []
      : [
          `y = ${quoted(target.name)}: 1 is ${quoted(target.positive)} (${counted(target.positives, 'row')}), 0 is ${quoted(target.negative)} (${grouped(target.negatives)})`,
          `${counted(weights!, 'weight')} to find from ${counted(rowsUsed!, 'row')}; train with`,
        ];
  // to be pasted, so never broken
  return [...lines, ...(lines.length > 0 ? [''] : []), ...prose(told, columns), `${GAP}${command}`];
}

function obstacleLines({ message, hint, settledBy, doubt }: Obstacle, columns: number | undefined): string[] {
  const unsettled = hint === null ? [] : prose([`    hint: ${hint}`], columns);
  return [
    ...prose([`  ${message}`], columns),
    // a part of the command, so never broken
    ...(settledBy === null ? unsettled : [`    settled by ${settledBy}`]),
    ...prose(doubt === null ? [] : [`    but ${doubt}`], columns),
  ];
}
