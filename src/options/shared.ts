/** Options that both commands have. */
import { MISSING_WORDS } from '../dataset/schema/missing.js';
import { DECIMALS, THOUSANDS } from '../source/csv/number.js';
import { ENCODINGS, type Encoding } from '../source/decode.js';
import { areTexts, type Kind, lineStart, mark, on, oneOf, text, wholeNumber } from './kinds.js';
import { flagsOf, type Option } from './option.js';

/** Other names of encodings, without case and marks. */
const ALSO: Readonly<Record<string, Encoding>> = { iso88591: 'latin1', cp1252: 'windows-1252' };

/** An encoding by its name, in any case and with or without hyphens. */
const encodingName: Kind<Encoding> = {
  ...oneOf(ENCODINGS),
  parse: (given) => {
    const letters = plainName(given);
    return ENCODINGS.find((name) => plainName(name) === letters) ?? ALSO[letters] ?? given;
  },
};

function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

export const FORMATS = ['csv', 'tsv', 'json', 'table'] as const;
export type Format = (typeof FORMATS)[number];
/** Of an explanation, besides. */
export const PAGES = ['latex', 'html'] as const;
export type Page = (typeof PAGES)[number];

/** The form that the ending of a file asks for. */
export function formatOfFile(path: string): 'json' | 'tsv' | 'csv' {
  if (/\.json$/i.test(path)) return 'json';
  return /\.tsv$/i.test(path) ? 'tsv' : 'csv';
}

/** The page that the ending of a file asks for; undefined for none. */
export function pageOfFile(path: string): Page | undefined {
  if (/\.html?$/i.test(path)) return 'html';
  return /\.tex$/i.test(path) ? 'latex' : undefined;
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const OF_FILES = 'it says how to read a file; a table has names and types of its own';
const NULLS = 'the missing cells of a table are NULL, NaN and empty texts';

const missingWords: Kind<readonly string[]> = {
  expected: 'a list of texts, or false',
  accepts: (value) => value === false || areTexts(value),
  parse: (given) => given.split(','),
  isList: true,
};

/** Those that say how to read a file. */
export const READING = {
  delimiter: {
    flag: '--delimiter',
    group: 'Reading',
    kind: text(),
    argument: 'character',
    otherwise: 'found',
    line: 'character between cells, or tab, comma, semicolon, pipe, space',
    more: 'By default the one that splits all rows alike and leaves most cells numbers. With `space`, several blanks count as one. A first line `sep=;` counts too.',
    notForTables: OF_FILES,
    isOfFiles: true,
  },
  header: {
    flag: '--header',
    negative: { flag: '--no-header', line: 'the first row is data; columns are called x1, x2, ...' },
    group: 'Reading',
    kind: on,
    otherwise: 'unless all its cells are numbers',
    line: 'the first row holds names',
    more: 'A first row that may be names or data is refused; --header or --no-header settles it.',
    notForTables: OF_FILES,
    isOfFiles: true,
  },
  encoding: {
    flag: '--encoding',
    group: 'Reading',
    kind: encodingName,
    argument: 'name',
    otherwise: 'utf8, or UTF-16 with a byte order mark',
    line: 'encoding of the text',
    more: 'Upper or lower case, with or without hyphens; also `iso-8859-1` and `cp1252`.',
    notForTables: OF_FILES,
    isOfFiles: true,
  },
  skip: {
    flag: '--skip',
    group: 'Reading',
    kind: wholeNumber(0),
    argument: 'n',
    default: 0,
    line: 'lines to skip before the table',
    more: 'Messages still count them.',
    notForTables: OF_FILES,
    isOfFiles: true,
  },
  comment: {
    flag: '--comment',
    group: 'Reading',
    kind: lineStart,
    argument: 'text',
    line: 'skip lines that begin with this text, such as #',
    more: 'Blanks before it are ignored. Such lines are skipped everywhere but within quotes, and messages still count them. At the end of a row it is part of the cell.',
    notForTables: OF_FILES,
    isOfFiles: true,
  },
  decimal: {
    flag: '--decimal',
    group: 'Reading',
    kind: mark(DECIMALS),
    argument: 'mark',
    default: 'point',
    line: 'decimal mark: point or comma',
    more: 'With `comma`, 1,5 is a number and 1.5 is not. Texts and labels stay as written.',
    notForTables: OF_FILES,
    isOfFiles: true,
  },
  thousands: {
    flag: '--thousands',
    group: 'Reading',
    kind: mark(THOUSANDS),
    argument: 'mark',
    line: 'mark between groups of digits: point, comma, space, apostrophe or underscore',
    more: 'Or the character itself: `--decimal comma --thousands .` reads 1.234,5. Groups have three digits, or two before the last three (12,34,567); other numbers with the mark are refused, and so is 0.125 where points group digits. `space` includes no-break spaces.',
    notForTables: OF_FILES,
    isOfFiles: true,
  },
  missingValues: {
    flag: '--missing-values',
    negative: { flag: '--no-missing-values', line: 'only the empty cell is missing' },
    group: 'Reading',
    kind: missingWords,
    argument: 'words',
    line: `words for a missing cell, besides the empty cell and ${MISSING_WORDS.join(', ')}`,
    more: 'Separated by commas; may be given several times. A number stands for all its spellings: -999 includes -999.0.',
    notForTables: NULLS,
    isOfFiles: true,
  },
} as const satisfies Record<string, Option>;

/** Their flags, as what goes with none of them lists those. */
export const READING_FLAGS: readonly (readonly [flag: string])[] = Object.values(READING).flatMap((row) =>
  flagsOf(row).map((flag) => [flag] as const),
);

/** Those about messages. */
export const MESSAGES = {
  log: {
    flag: '--log',
    group: 'Messages',
    kind: oneOf(['text', 'json']),
    argument: 'form',
    default: 'text',
    line: 'messages on standard error: sentences for people, or a line of JSON for each event',
    more: 'docs/log.md lists the events and their fields. Failures are events too.',
  },
  color: {
    flag: '--color',
    group: 'Messages',
    kind: oneOf(['auto', 'always', 'never']),
    argument: 'when',
    default: 'auto',
    line: 'colours',
    more: '`auto` colours where standard error is a terminal; `NO_COLOR` and `FORCE_COLOR` count.',
  },
  completions: {
    flag: '--completions',
    group: 'Messages',
    kind: oneOf(SHELLS),
    argument: 'shell',
    line: 'print the completions of both commands for a shell',
    more: 'For bash: `source <(bce-train --completions bash)` in `~/.bashrc`. For zsh: `bce-train --completions zsh > ~/.zfunc/_bce-train`, with `~/.zfunc` in `fpath`. For fish: `bce-train --completions fish | source` in `~/.config/fish/config.fish`.',
  },
} as const satisfies Record<string, Option>;
