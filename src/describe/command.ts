/** A command line that trains, as it can be pasted into a shell. */
import { LIBRARY, type TrainOptions } from '../options/library.js';
import { flagsOf, type Option } from '../options/option.js';
import { shellWord } from '../text.js';

/** The flags of options, quoted for a shell, in the order of the table. */
export function flagsText(options: TrainOptions): string {
  const rows: Readonly<Record<string, Option>> = LIBRARY;
  return Object.entries(rows)
    .flatMap(([name, row]) => flagTexts(name, row, options[name as keyof TrainOptions]))
    .join(' ');
}

/** Options whose values may stand behind one flag, with commas between. */
const LISTS = ['features', 'drop', 'categorical', 'numeric', 'unpenalised', 'missingValues'];

function flagTexts(name: string, row: Option, value: unknown): string[] {
  if (value === undefined) return [];
  if (value === false) return [flagsOf(row).at(-1)!];
  if (value === true) return [row.flag];
  if (!Array.isArray(value)) return [`${row.flag} ${shellWord(String(value))}`];
  if (value.every((item) => typeof item === 'number')) return [`${row.flag} ${value.join(':')}`];
  const texts = value.map(String);
  // a name that holds a comma stands alone
  const isList = LISTS.includes(name) && !texts.some((text) => text.includes(','));
  const groups = isList ? [texts.join(',')] : texts;
  return groups.filter((text) => text !== '').map((text) => `${row.flag} ${shellWord(text)}`);
}

/**
 * @param operands the files; `-` is standard input
 * @param filters commands that mend the only one on the way
 */
export function commandText(
  operands: readonly string[],
  filters: readonly string[],
  options: TrainOptions,
): string {
  const words = operands.map((name) =>
    name === '-' ? name : shellWord(name.startsWith('-') ? `./${name}` : name),
  );
  const [name, file] = [operands[0]!, words[0]!];
  const flags = flagsText(options);
  const train = (data: string) => `bce-train ${data}${flags === '' ? '' : ` ${flags}`}`;
  if (filters.length === 0) return train(words.join(' '));
  const [first = '', ...rest] = filters;
  const unpack = /\.gz$/.test(name) ? 'gzip -dc' : /\.zst$/.test(name) ? 'zstd -dc' : undefined;
  const begin =
    file === '-'
      ? [first]
      : unpack !== undefined
        ? [`${unpack} ${file}`, first]
        : first.startsWith('tr ')
          ? [`${first} < ${file}`]
          : [`${first} ${file}`];
  return [...begin, ...rest, train('-')].join(' | ');
}
