/** How text fits the lines of a terminal: the width of characters, words in lines, names that are cut. */
import { lazily } from './lazily.js';

/** Characters that all take one column. */
const ASCII = /^[\x20-\x7e]*$/;

/** What colours a text and takes no room. */
const COLOURS = /\u001b\[[0-9;]*m/g;

/** Of no width: marks on the character before them, and what only joins others. */
const none = lazily(() => /[\p{Mn}\p{Me}\p{Cf}]/u);

/** Of two columns: the scripts of East Asia, forms of full width, and emoji that are drawn as such. */
const wide = lazily(
  () =>
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u,
);
/** Katakana and Hangul of half width. */
const HALF = /[\uff61-\uffdc]/;
/** Two of them make one flag. */
const flag = lazily(() => /\p{Regional_Indicator}/u);
const EMOJI_STYLE = '\ufe0f';

/** Columns that a text takes on a terminal; the tables of characters are those of the engine. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  return charactersOf(text.replace(COLOURS, '')).reduce((sum, { width }) => sum + width, 0);
}

interface Character {
  /** With the marks on it. */
  readonly text: string;
  readonly width: number;
}

function charactersOf(text: string): Character[] {
  const characters: { text: string; width: number }[] = [];
  for (const c of text) {
    const before = characters.at(-1);
    if (none().test(c) && before !== undefined) {
      before.text += c;
      if (c === EMOJI_STYLE) before.width = 2;
    } else {
      characters.push({ text: c, width: none().test(c) ? 0 : widthOfCharacter(c) });
    }
  }
  return characters;
}

function widthOfCharacter(c: string): number {
  if (flag().test(c) || HALF.test(c)) return 1;
  return wide().test(c) ? 2 : 1;
}

/** Columns of the widest text, 0 of none; there may be more of them than a call takes arguments. */
export function widestOf(texts: readonly string[]): number {
  return texts.reduce((widest, text) => Math.max(widest, widthOf(text)), 0);
}

/** The text with blanks behind it, or before it, up to `width` columns. */
export function padded(text: string, width: number, side: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'left' ? text + blanks : blanks + text;
}

/** A command in a message, which must be pasted whole: from the filter to the program that reads. */
const COMMAND =
  /(?<=^|[\s:;,(])(?:\.\.\. \||(?:awk|sed|tail|grep|tr|iconv|gzip|zstd|xz|bzip2|unzip)\s).*?\| bce-(?:train|predict \S+) -/g;
/** A flag with its value. */
const FLAG_VALUE = /(?<=^|[\s(])--[a-z0-9-]+ (?=\S)/g;
const GLUE = '\u0000';

/**
 * The text in lines of at most `columns`, broken at blanks, but never within a command that may be pasted: such a
 * one, and a word that is longer, has a line of its own.
 *
 * @param indent what lines after the first begin with
 */
export function wrapped(text: string, columns: number, indent = ''): string[] {
  const glued = text
    .replace(COMMAND, (command) => command.replaceAll(' ', GLUE))
    .replace(FLAG_VALUE, (flag) => flag.replace(' ', GLUE));
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of glued.split(' ')) {
    if (line === undefined) line = word;
    else if (widthOf(line) + 1 + widthOf(word) <= columns) line += ` ${word}`;
    else {
      lines.push(line.trimEnd());
      line = word === '' ? indent : indent + word;
    }
  }
  lines.push(line!);
  return lines.map((one) => one.replaceAll(GLUE, ' '));
}

const ELLIPSIS = '\u2026';

/**
 * The names cut to `width` columns, an ellipsis in place of what is left out, so that names that differ still do: what
 * is left of a name is its beginning and its end, and where that does not tell it from others, more of one of them, or
 * its number.
 */
export function shortened(names: readonly string[], width: number): string[] {
  const shown = new Map<string, string>();
  const groups = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const text = cut(name, width, Math.floor((width - 1) / 2));
    shown.set(name, text);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [name]);
    else group.push(name);
  }
  const taken = new Set(groups.keys());
  for (const group of [...groups.values()].filter(({ length }) => length > 1)) {
    const texts = told(group, width, taken);
    for (const [k, text] of texts.entries()) {
      taken.add(text);
      shown.set(group[k]!, text);
    }
  }
  return names.map((name) => shown.get(name)!);
}

/** Names that look alike, from which on they are numbered at once. */
const MANY_ALIKE = 100;

/** Names that look alike when they are cut in the middle, told apart. */
function told(names: readonly string[], width: number, taken: ReadonlySet<string>): string[] {
  for (let tail = width - 1; tail >= 0 && names.length <= MANY_ALIKE; tail--) {
    const texts = names.map((name) => cut(name, width, tail));
    const isFree = texts.every((text) => !taken.has(text));
    if (isFree && new Set(texts).size === names.length) return texts;
  }
  const digits = String(names.length).length;
  return names.map((name, k) => `${cut(name, width - digits - 1, 0)}#${k + 1}`);
}

/** A name cut to `width` columns, the last `tail` of them its end. */
function cut(name: string, width: number, tail: number): string {
  if (widthOf(name) <= width) return name;
  if (ASCII.test(name) && tail >= 0 && tail < width) {
    return `${name.slice(0, width - 1 - tail)}${ELLIPSIS}${tail === 0 ? '' : name.slice(-tail)}`;
  }
  const characters = charactersOf(name);
  const end = taking(characters.toReversed(), tail).reverse();
  return `${taking(characters, width - 1 - tail).join('')}${ELLIPSIS}${end.join('')}`;
}

/** As many of the characters as take `width` columns at most. */
function taking(characters: readonly Character[], width: number): string[] {
  const taken: string[] = [];
  let left = width;
  for (const character of characters) {
    if (character.width > left) break;
    left -= character.width;
    taken.push(character.text);
  }
  return taken;
}
