/** A table in the ways in which tables are written: plain, and in others that must be read the same. */
import { gzipSync } from 'node:zlib';
import type { Draw } from './cases.js';

const WORDS = ['a', 'b', 'level c', '\u00e9', 'x,y', 'x;y', 'l\nm', 'say "hi"', "it's", ''];
const NAMES = ['n', 'Gr\u00f6\u00dfe', 'a word, or two', 't', 'y'];

/** Cells as a plain CSV has them; the first two columns are numbers. */
export interface PlainTable {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function plainTable(draw: Draw): PlainTable {
  const number = () =>
    draw.oneIn(15)
      ? ''
      : String((draw.below(2e6) - 1e6) / 10 ** draw.below(6)) + (draw.oneIn(20) ? 'e3' : '');
  const rows = Array.from({ length: 40 + draw.below(400) }, (_, i) => [
    number(),
    number(),
    draw.oneOf(WORDS),
    draw.oneOf(['u', 'v', 'w']),
    // both labels, whatever is drawn
    i < 2 ? String(i) : String(draw.below(2)),
  ]);
  return { names: NAMES, rows: [['1', '2', 'a', 'u', '0'], ['2.5', '1', 'b', 'v', '1'], ...rows] };
}

function quoted(cell: string, delimiter: string): string {
  return cell.includes(delimiter) || /["\n\r,;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function csv({ names, rows }: PlainTable, delimiter: string, end: string): string {
  return (
    [names, ...rows].map((row) => row.map((cell) => quoted(cell, delimiter)).join(delimiter)).join(end) + end
  );
}

export function plainBytes(table: PlainTable): Buffer {
  return Buffer.from(csv(table, ',', '\n'));
}

/** The files of a table, and the flags that read them. */
export interface Written {
  readonly files: readonly Buffer[];
  readonly flags: readonly string[];
}

const isNumber = (column: number) => column < 2;

/** The same table in one to three files, each in a form of its own under the same flags. */
export function written(draw: Draw, table: PlainTable): Written {
  const flags: string[] = [];
  const form = draw.oneOf([
    { decimal: '.', thousands: '', flags: [] },
    { decimal: ',', thousands: '', flags: ['--decimal', 'comma'] },
    { decimal: ',', thousands: '.', flags: ['--decimal', 'comma', '--thousands', 'point'] },
    { decimal: '.', thousands: "'", flags: ['--thousands', 'apostrophe'] },
  ]);
  flags.push(...form.flags);
  const comment = draw.oneIn(2) ? '#' : undefined;
  if (comment !== undefined) flags.push('--comment', comment);
  const skip = draw.oneIn(3) ? 2 : 0;
  if (skip > 0) flags.push('--skip', '2');
  const rewritten = (text: string) => {
    const [, sign, whole, rest] = /^(-?)(\d*)(.*)$/.exec(text)!;
    return sign! + whole!.replace(/\B(?=(\d{3})+$)/g, form.thousands) + rest!.replace('.', form.decimal);
  };
  const count = 1 + draw.below(3);
  const cuts = Array.from({ length: count - 1 }, () => 1 + draw.below(table.rows.length - 1)).sort(
    (a, b) => a - b,
  );
  const ends = [0, ...cuts, table.rows.length];
  const files = ends.slice(1).map((end, f) => {
    const part = table.rows.slice(ends[f], end);
    const order = [...table.names.keys()];
    // the first file says in which order columns are
    if (f > 0 && draw.oneIn(2)) order.sort(() => draw.below(3) - 1);
    const isJson = draw.oneIn(3);
    const text = isJson
      ? jsonOf(draw, table.names, part, order)
      : csv(
          {
            names: order.map((c) => table.names[c]!),
            rows: part.map((row) => order.map((c) => (isNumber(c) ? rewritten(row[c]!) : row[c]!))),
          },
          draw.oneOf([',', ';', '\t']),
          draw.oneOf(['\n', '\r\n']),
        );
    const noted = comment === undefined || isJson ? text : withNotes(draw, text);
    const whole = 'made in May\n"an odd" line\n'.repeat(skip / 2) + noted;
    return packed(draw, whole);
  });
  return { files, flags };
}

function jsonOf(
  draw: Draw,
  names: readonly string[],
  rows: readonly (readonly string[])[],
  order: readonly number[],
): string {
  const objects = rows.map((row, i) => {
    const members = order.flatMap((c) => {
      const cell = row[c]!;
      // the first object names the columns
      if (cell === '' && i > 0 && draw.oneIn(3)) return [];
      const isPlain = (isNumber(c) || names[c] === 'y') && cell !== '';
      const value = isPlain ? cell : cell === '' && draw.oneIn(2) ? 'null' : JSON.stringify(cell);
      return [`${JSON.stringify(names[c])}:${draw.oneOf(['', ' ', '\n '])}${value}`];
    });
    return `{${members.join(',')}}`;
  });
  return draw.oneIn(2) ? objects.join('\n') : `[${objects.join(draw.oneOf([',', ',\n']))}]`;
}

/** Lines of comments between rows, never within quotes. */
function withNotes(draw: Draw, text: string): string {
  let isQuoted = false;
  return text
    .split('\n')
    .map((line) => {
      const note = !isQuoted && draw.oneIn(10) ? '  # a note, "or two\n' : '';
      for (const c of line) if (c === '"') isQuoted = !isQuoted;
      return note + line;
    })
    .join('\n');
}

function packed(draw: Draw, text: string): Buffer {
  const bytes = draw.oneOf([
    () => Buffer.from(text),
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.from(`\ufeff${text}`, 'utf16le'),
    () => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  ])();
  return draw.oneIn(3) ? gzipSync(bytes) : bytes;
}
