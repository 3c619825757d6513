/** Hostile tables for the fuzzer, the same for the same seed. */
import { seededRandom } from '../../src/math/random.js';

export interface Draw {
  /** A whole number below n. */
  below(n: number): number;
  oneOf<T>(items: readonly T[]): T;
  /** True in one of n cases. */
  oneIn(n: number): boolean;
}

export function drawOf(seed: number): Draw {
  const { uniform } = seededRandom(seed);
  const below = (n: number) => Math.floor(uniform() * n);
  return { below, oneOf: (items) => items[below(items.length)]!, oneIn: (n) => below(n) === 0 };
}

const NUMBERS = [
  '0',
  '1',
  '-1.5',
  '+2',
  '.5',
  '5.',
  '1e5',
  '1E-3',
  '007',
  '-0',
  '123456789.125',
  '1e308',
  '4e-320',
];
const WORDS = ['a', 'b', 'level c', 'é', '日本', 'x,y', 'x;y', 'l\nm', 'say "hi"', "it's", 'NA', 'n/a', ''];
const ODD = [
  ...[
    '1e999',
    'inf',
    'NaN',
    '0x10',
    '1_000',
    '20%',
    '$5',
    '1,5',
    '1.000,5',
    '="3"',
    '\u00a01',
    '1\u00a0',
    '-',
  ],
  ...[
    '\0',
    '\u001a',
    '\ufeff',
    '\ufffd',
    '5" pipe',
    '"',
    '""',
    "'",
    '\\"',
    ' "b" ',
    '\t',
    '#',
    'sep=;',
    '\r',
  ],
];

/** A cell as a program might write it, or might not. */
function cell(draw: Draw, isNumber: boolean, delimiter: string, oddity: number): string {
  if (oddity > 0 && draw.oneIn(oddity)) return draw.oneOf(ODD);
  const random = () =>
    String((draw.below(2e6) - 1e6) / 10 ** draw.below(8)) + (draw.oneIn(20) ? `e${draw.below(40) - 20}` : '');
  const text = isNumber ? (draw.oneIn(3) ? draw.oneOf(NUMBERS) : random()) : draw.oneOf(WORDS);
  const mustQuote = text.includes(delimiter) || /["\n\r]/.test(text);
  const quoted = mustQuote || draw.oneIn(6) ? `"${text.replaceAll('"', '""')}"` : text;
  return draw.oneIn(12) ? `${' '.repeat(draw.below(3))}${quoted}${' '.repeat(draw.below(2))}` : quoted;
}

export interface HostileTable {
  readonly bytes: Buffer;
  readonly delimiter: string;
  /** Columns of numbers, and in all; the last is the target. */
  readonly numbers: number;
  readonly columns: number;
}

/**
 * @param oddity one cell in so many is none that a program would write; 0 for none
 */
export function hostileTable(draw: Draw, oddity: number): HostileTable {
  const delimiter = draw.oneOf([',', ',', ',', ';', '\t', '|', ' ']);
  const lineEnd = draw.oneOf(['\n', '\n', '\r\n', '\r']);
  const [numbers, words] = [draw.below(4), draw.below(3)];
  const columns = numbers + words + 1;
  const rows = draw.oneOf([0, 1, 3, 20, 60, 200, 1500]);
  const kinds = Array.from({ length: numbers + words }, (_, j) => j < numbers);
  const lines = Array.from({ length: rows }, () => {
    const cells = kinds.map((isNumber) => cell(draw, isNumber, delimiter, oddity));
    cells.push(oddity > 0 && draw.oneIn(4 * oddity) ? draw.oneOf(ODD) : draw.oneOf(['yes', 'no']));
    if (oddity > 0 && draw.oneIn(40 * oddity)) cells.pop();
    if (oddity > 0 && draw.oneIn(40 * oddity)) cells.push('more');
    return cells.join(delimiter);
  });
  const header = kinds.map((isNumber, j) => `${isNumber ? 'n' : 'f'}${j}`);
  const names = [...header, 'target'].join(delimiter);
  const bom = draw.oneIn(8) ? '\ufeff' : '';
  const sep = draw.oneIn(12) ? `sep=${delimiter}${lineEnd}` : '';
  const blank = draw.oneIn(8) ? lineEnd : '';
  const end = draw.oneOf([
    lineEnd,
    lineEnd,
    '',
    `${lineEnd}${lineEnd}`,
    ...(oddity > 0 ? ['\u001a', '\0'] : []),
  ]);
  const text = `${bom}${sep}${[names, ...lines].join(lineEnd)}${blank}${end}`;
  const bytes = Buffer.from(text);
  // a byte that is no UTF-8
  if (oddity > 0 && draw.oneIn(10) && bytes.length > 0) bytes[draw.below(bytes.length)] = 0xff;
  return { bytes, delimiter, numbers, columns };
}

/** The bytes in pieces of any length. */
export function piecesOf(draw: Draw, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + draw.below(draw.oneOf([1, 3, 50, 5000, 100_000]));
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
