/** What mends a table on its way: the filter of a shell, and the same here, so that what comes after it is known. */
import type { Pieces } from '../source/pieces.js';

export interface LineFilter {
  /** A command that reads the file that it is given, or standard input. */
  readonly command: string;
  apply(bytes: Pieces): Pieces;
}

/** Rewrites the cells of a column in rows of data. */
export interface CellFilter {
  readonly column: number;
  /** Undefined for a text that stays as it is. */
  plain(text: string): string | undefined;
}

/** Lines through a function; undefined leaves one out. Bytes stay as they are. */
function byLine(
  command: string,
  change: () => (line: string, number: number) => string | undefined,
): LineFilter {
  return {
    command,
    async *apply(bytes) {
      const ofLine = change();
      let rest = '';
      let number = 0;
      try {
        for await (const piece of bytes) {
          const lines = (rest + piece.toString('latin1')).split('\n');
          rest = lines.pop()!;
          const changed = lines.flatMap((line) => ofLine(line, ++number) ?? []);
          if (changed.length > 0) yield Buffer.from(`${changed.join('\n')}\n`, 'latin1');
        }
        const last = rest === '' ? undefined : ofLine(rest, ++number);
        if (last !== undefined) yield Buffer.from(last, 'latin1');
      } finally {
        await bytes.return();
      }
    },
  };
}

/** Leaves out lines that are the first one again. */
export function withoutRepeats(command: string): LineFilter {
  return byLine(command, () => {
    let first: string | undefined;
    return (line) => {
      if (first === undefined) {
        first = line;
        return line;
      }
      return line === first ? undefined : line;
    };
  });
}

export function withoutLine(line: number): LineFilter {
  return byLine(`sed ${line}d`, () => (text, number) => (number === line ? undefined : text));
}

/** Puts a text before the first line. */
export function beforeFirst(command: string, text: string): LineFilter {
  const bytes = Buffer.from(text).toString('latin1');
  return byLine(command, () => (line, number) => (number === 1 ? bytes + line : line));
}

/** A backslash before a quote, in place of the second quote that a quoted cell wants. */
export const BACKSLASH_QUOTES = byLine(
  String.raw`sed 's/\\"/""/g'`,
  () => (line) => line.replaceAll('\\"', '""'),
);

/** Bytes that end some files and are no text. */
export const CONTROLS = byLine(
  String.raw`tr -d '\000\032'`,
  () => (line) => line.replaceAll(/[\0\x1a]/g, ''),
);
