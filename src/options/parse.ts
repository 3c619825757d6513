/** From arguments to the values of options. */
import { Command, CommanderError, Option as Flag } from 'commander';
import { BceError } from '../errors.js';
import { read } from './kinds.js';
import { flagsOf, type Option, type OptionTable, type ValuesOf } from './option.js';

/** What a command is, beside its options. */
export interface CommandText {
  readonly name: string;
  /** In a sentence or two. */
  readonly description: string;
  readonly arguments: readonly Operand[];
  readonly examples: readonly string[];
  /** Exit codes and what they mean. */
  readonly exits: string;
}

interface Operand {
  readonly name: string;
  readonly line: string;
  /** Whether there may be several; only of the last one. */
  readonly isList?: boolean;
}

/** The operands as help shows them. */
export function operandsOf({ arguments: operands }: Pick<CommandText, 'arguments'>): string[] {
  return operands.map(({ name, isList }) => `[${name}${isList ? '...' : ''}]`);
}

export interface ParsedOptions<Table extends OptionTable> {
  readonly values: ValuesOf<Table>;
  /** The flags that were given, by their long names. */
  readonly seen: ReadonlySet<string>;
  /** Those as they were given, in their order, with the texts behind them. */
  readonly given: readonly (readonly [flag: string, text: string | undefined])[];
  readonly args: readonly string[];
  /** Which text was asked for, before anything else. */
  readonly asked: 'help' | 'short help' | 'version' | undefined;
}

/** Flags that every command has besides those of its table. */
export const INQUIRIES = [
  { flag: '--help', short: '-h', line: 'print all options; -h prints the common ones' },
  { flag: '--version', short: '-V', line: 'print the version' },
] as const;

/** @throws BceError USAGE */
export function parseOptions<const Table extends OptionTable>(
  { name, arguments: operands }: CommandText,
  table: Table,
  argv: readonly string[],
): ParsedOptions<Table> {
  const command = new Command(name).exitOverride().helpOption(false);
  command.configureOutput({ writeErr: () => {}, outputError: () => {} });
  for (const operand of operandsOf({ arguments: operands })) command.argument(operand);
  const words = withValues(table, asFlag(argv));
  const values: Record<string, unknown> = {};
  const seen = new Set<string>();
  const given: [string, string | undefined][] = [];
  for (const [key, row] of rowsFor(table, words)) {
    const add = (typed: string, flag: string) => {
      command.addOption(flagOf(row, flag, typed));
      command.on(`option:${nameOf(typed)}`, (text: string | null | undefined) => {
        const isSecond = seen.has(flag);
        seen.add(flag);
        given.push([flag, row.kind.isSwitch || flag !== row.flag ? undefined : (text ?? undefined)]);
        values[key] = meaningOf(row, flag, text ?? undefined, isSecond ? values[key] : undefined);
      });
    };
    for (const flag of flagsOf(row)) add(flag, flag);
    for (const alias of row.aliases ?? []) add(alias, row.flag);
  }
  let asked: ParsedOptions<Table>['asked'];
  const inquiries = [
    ['-h', 'short help'],
    ['--help', 'help'],
    ['-V, --version', 'version'],
  ] as const;
  for (const [flags, what] of inquiries) {
    command.option(flags);
    command.on(`option:${nameOf(flags.split(', ').at(-1)!)}`, () => {
      asked ??= what;
    });
  }
  try {
    command.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (asked === undefined) throw usageError(error, name);
  }
  requireNonEmpty(command.args, operands);
  return { values: values as ValuesOf<Table>, seen, given, args: command.args, asked };
}

/**
 * The rows that commander must know for these words: telling it of all takes longer than all else it does. Where a word
 * may be a flag and is none, it needs them all, to say what was meant.
 */
function rowsFor(table: OptionTable, words: readonly string[]): readonly (readonly [key: string, Option])[] {
  const rows = Object.entries(table);
  const typed = new Set(words.filter((word) => /^-./.test(word)).map((word) => word.replace(/=.*/s, '')));
  const inquiries = INQUIRIES.flatMap(({ flag, short }) => [flag, short]);
  const used = rows.filter(([, row]) => namesOf(row).some((name) => typed.has(name)));
  const known = new Set<string>([...inquiries, ...used.flatMap(([, row]) => namesOf(row))]);
  return [...typed].every((word) => known.has(word)) ? used : rows;
}

/** All that may be typed for an option. */
function namesOf(row: Option): readonly string[] {
  return [...flagsOf(row), ...(row.aliases ?? []), ...(row.short === undefined ? [] : [row.short])];
}

/** The name by which commander tells of a flag. */
function nameOf(flag: string): string {
  return flag.replace(/^--?/, '');
}

/** @param typed the flag itself, or another name of it */
function flagOf(row: Option, flag: string, typed: string): Flag {
  const isPlain = row.kind.isSwitch || flag !== row.flag || row.argument === undefined;
  const argument = isPlain ? '' : row.argument.startsWith('[') ? ` ${row.argument}` : ` <${row.argument}>`;
  const short = row.short === undefined || typed !== row.flag ? '' : `${row.short}, `;
  return new Flag(`${short}${typed}${argument}`);
}

/** What a flag means with the text behind it; a list goes on where it was. */
function meaningOf(row: Option, flag: string, text: string | undefined, before: unknown): unknown {
  if (flag !== row.flag) return false;
  if (row.kind.isSwitch || text === undefined) return row.kind.isSwitch ? row.kind.parse('') : true;
  const value = read(row.kind, flag, text);
  return row.kind.isList && Array.isArray(before) ? [...before, ...(value as readonly string[])] : value;
}

function requireNonEmpty(args: readonly string[], operands: readonly Operand[]): void {
  const empty = args.indexOf('');
  if (empty < 0) return;
  const { name } = operands[Math.min(empty, operands.length - 1)]!;
  throw new BceError('USAGE', `${name}: expected the name of a file, got ""`);
}

/** `bce-train help` asks for what --help does; a file of that name is ./help. */
function asFlag(argv: readonly string[]): string[] {
  const [word] = argv;
  return argv.length === 1 && (word === 'help' || word === 'version') ? [`--${word}`] : [...argv];
}

/** Where a flag may stand alone, a file after it is no value of it: `--explain data.csv`. */
function withValues(table: OptionTable, argv: readonly string[]): string[] {
  const alone = Object.values(table)
    .filter(({ argument }) => argument?.startsWith('['))
    .map(({ flag }) => flag as string);
  const isFile = (text: string | undefined) => text !== undefined && /^-$|[/\\]|\.(?=\D)/.test(text);
  const at = argv.findIndex((word, i) => alone.includes(word) && isFile(argv[i + 1]));
  if (at < 0) return [...argv];
  // a flag at the end of the line has no value
  const [flag, file] = argv.slice(at, at + 2) as [string, string];
  return withValues(table, [...argv.slice(0, at), file, ...argv.slice(at + 2), flag]);
}

/** commander's message as ours: its suggestion becomes the hint. */
function usageError({ message }: CommanderError, name: string): BceError {
  const [first = '', ...rest] = message.split('\n');
  const suggestion = /^\((?:Did you mean )?(.*?)\??\)$/.exec(rest.join(' '))?.[1];
  return new BceError(
    'USAGE',
    first.replace(/^error: /, '').replace(/\.$/, ''),
    suggestion === undefined ? `${name} --help lists the options` : `did you mean ${suggestion}?`,
  );
}
