/**
 * How foreign text (names, cells, paths) is shown to a person: control characters escaped, long cells cut,
 * lists shortened, numbers with the same digits in every locale.
 */

// C0 and C1 controls, line separators, and the marks that reorder text on a terminal
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** User and password of a URL, whatever characters are in them. */
const CREDENTIALS = /:\/\/[^\s@:/]*:\S*@/g;

/** The text without the passwords of the URLs in it: what is shown may end in a log. */
export function withoutPasswords(text: string): string {
  return text.replace(CREDENTIALS, '://...@');
}

/** The text with every character escaped that a terminal would obey instead of show, and without passwords. */
export function printable(text: string): string {
  return withoutPasswords(text).replace(UNPRINTABLE, (c) => {
    const code = c.charCodeAt(0);
    return (
      NAMED[c] ??
      (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
    );
  });
}

/** A cell or a name in double quotes for a message, cut to 60 characters. */
export function quoted(text: string): string {
  const shown = printable(text.length > 60 ? `${text.slice(0, 57)}...` : text);
  return `"${shown.replaceAll('"', '\\"')}"`;
}

/** `text` as one word of a shell command, for hints that can be pasted. */
export function shellWord(text: string): string {
  const shown = printable(text);
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}

const QUOTED = /["\r\n]/;

/** A cell as RFC 4180 wants it: in quotes where it holds a quote, a delimiter or a line end. */
export function quotedCell(text: string, delimiter: string): string {
  return text.includes(delimiter) || QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The parts of a list with commas between; one within parentheses is part of a name, as in `ns(age,4)[1]`. */
export function partsOfList(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const piece of text.split(/([(),])/)) {
    if (piece === ',' && depth === 0) {
      parts.push('');
      continue;
    }
    if (piece === '(') depth++;
    if (piece === ')' && depth > 0) depth--;
    parts[parts.length - 1] += piece;
  }
  // what is never closed is no parenthesis
  return depth > 0 ? text.split(',') : parts;
}

/** At most `most` items with commas between, then how many more. */
export function listed(items: readonly string[], most = 10): string {
  const rest = items.length - most;
  return rest > 0 ? `${items.slice(0, most).join(', ')} and ${rest} more` : items.join(', ');
}

/** `gd, adam or newton`. */
export function alternatives(items: readonly string[]): string {
  return inARow(items, 'or');
}

/** `gd, adam and newton`. */
export function enumerated(items: readonly string[]): string {
  return inARow(items, 'and');
}

function inARow(items: readonly string[], last: string): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** 1309 -> `1,309`, in every locale. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 row`, `2 rows`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** A line as the beginning of a sentence. */
export function capitalized(line: string): string {
  return line.charAt(0).toUpperCase() + line.slice(1);
}

/** Sorts texts in `byteOrder`, in place. */
export function inByteOrder(texts: string[]): string[] {
  // the order of the language is that of UTF-16, which is another only where surrogates are
  return texts.some((text) => SURROGATE.test(text)) ? texts.sort(byteOrder) : texts.sort();
}

const SURROGATE = /[\ud800-\udfff]/;

/** Orders texts by the bytes of their UTF-8 form, which no locale changes. */
export function byteOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return inCodePoints(x) - inCodePoints(y);
  }
  return a.length - b.length;
}

/** UTF-8 orders by code points, where those of surrogate pairs, 0xd800 to 0xdfff, come after all others. */
function inCodePoints(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
