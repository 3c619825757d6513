/** What --help and -h print. */
import { wrapped } from '../layout.js';
import { environmentOf } from './commands.js';
import { defaultText, flagsOf, type Option, type OptionTable } from './option.js';
import { type CommandText, INQUIRIES, operandsOf } from './parse.js';

/** Columns at most: longer lines are hard to read. */
const WIDEST = 100;
/** Below, descriptions stand under their flags. */
const NARROW = 60;
/** Where descriptions begin. */
const INDENT = 30;

/**
 * @param width columns of the terminal
 * @param isWhole all options, or those that are common
 */
export function helpText(command: CommandText, table: OptionTable, width: number, isWhole: boolean): string {
  const { name, description, examples } = command;
  const columns = Math.min(width, WIDEST);
  const operands = operandsOf(command);
  const head = [
    ...wrapped(`usage: ${name} [options] ${operands.join(' ')}`, columns, '  '),
    '',
    ...wrapped(description, columns),
    '',
    'examples:',
    ...examples.map((example) => `  ${example}`),
    '',
    ...command.arguments.flatMap(({ line }, i) => entry(`  ${operands[i]}`, line, columns)),
  ];
  const lines = [...head, ...(isWhole ? wholeOf(command, table, columns) : commonOf(table, name, columns))];
  return `${lines.join('\n')}\n`;
}

/** Group by group, in each those that are common first. */
function wholeOf({ name, exits }: CommandText, table: OptionTable, columns: number): string[] {
  const groups = [...groupsOf(table)].flatMap(([group, rows]) => {
    const ordered = [...rows.filter(({ isCommon }) => isCommon), ...rows.filter(({ isCommon }) => !isCommon)];
    return ['', `${group}:`, ...ordered.flatMap((row) => entriesOf(row, columns))];
  });
  const inquiries = INQUIRIES.flatMap(({ short, flag, line }) => entry(`  ${short}, ${flag}`, line, columns));
  const variables = environmentOf(name).flatMap((one) => entry(`  ${one.name}`, one.line, columns));
  return [
    ...groups,
    '',
    'Help:',
    ...inquiries,
    '',
    'environment:',
    ...variables,
    '',
    ...wrapped(`exit codes: ${exits}`, columns),
  ];
}

function commonOf(table: OptionTable, name: string, columns: number): string[] {
  const common = [...groupsOf(table).values()].flat().filter(({ isCommon }) => isCommon);
  return [
    '',
    'common options:',
    ...common.flatMap((row) => entriesOf(row, columns)),
    '',
    ...wrapped(`${name} --help prints all options; docs/reference.md says more of each`, columns),
  ];
}

/** The rows by their group, in the order of the table. */
export function groupsOf(table: OptionTable): Map<string, Option[]> {
  const groups = new Map<string, Option[]>();
  for (const row of Object.values(table)) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return groups;
}

/** A flag with what its value is called, as in `--lr <alpha>`. */
export function usageOf(row: Option, flag: string = row.flag): string {
  if (row.argument === undefined || flag !== row.flag) return flag;
  return row.argument.startsWith('[') ? `${flag} ${row.argument}` : `${flag} <${row.argument}>`;
}

/** The line of a row with its choices and its default. */
export function lineOf(row: Option): string {
  const { kind, line } = row;
  const missing = (kind.choices ?? []).filter((choice) => !line.includes(choice));
  const choices = missing.length === 0 ? '' : ` (${kind.choices!.join(', ')})`;
  const fallback = defaultText(row);
  return `${line}${choices}${fallback === undefined ? '' : ` (default: ${fallback})`}`;
}

function entriesOf(row: Option, columns: number): string[] {
  const short = row.short === undefined ? '    ' : `${row.short}, `;
  return flagsOf(row).flatMap((flag) =>
    flag === row.flag
      ? entry(`  ${short}${usageOf(row)}`, lineOf(row), columns)
      : entry(`      ${flag}`, row.negative!.line, columns),
  );
}

function entry(head: string, text: string, columns: number): string[] {
  if (columns < NARROW) return [head, ...wrapped(text, columns - 6).map((line) => `      ${line}`)];
  const [first = '', ...rest] = wrapped(text, columns - INDENT);
  const margin = ' '.repeat(INDENT);
  const begin = head.length + 2 > INDENT ? [head, `${margin}${first}`] : [head.padEnd(INDENT) + first];
  return [...begin, ...rest.map((line) => `${margin}${line}`)];
}
