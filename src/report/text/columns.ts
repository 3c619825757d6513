/** Tables of text for eyes. */
import { longestOf } from '../../text.js';

/** Lines with the first column to the left and the others to the right, two blanks between. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const length = (text: string) => [...text].length;
  const widths = rows[0]!.map((_, c) => longestOf(rows.map((row) => row[c]!)));
  return rows.map((row) =>
    row
      .map((text, c) => {
        const blanks = ' '.repeat(widths[c]! - length(text));
        return c === 0 ? text + blanks : blanks + text;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** A name cut to `width` characters. */
export function cut(name: string, width: number): string {
  const characters = [...name];
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : name;
}
