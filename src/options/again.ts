/** A command line that leads to the same results: what was asked for, without where results go and how they are shown. */
import type { OptionTable } from './option.js';
import type { ParsedOptions } from './parse.js';

/** Groups of options, and single ones, that no result depends on. */
const SHOWN = new Set(['Output', 'Messages']);
const OF_THE_MACHINE = new Set(['--threads', '--memory', '--temp-dir']);

/** @param name of the command */
export function commandAgain<Table extends OptionTable>(
  name: string,
  table: Table,
  { given, args }: Pick<ParsedOptions<Table>, 'given' | 'args'>,
): string {
  const rows = Object.values(table);
  const words = given.flatMap(([flag, text]) => {
    const row = rows.find((one) => one.flag === flag || one.negative?.flag === flag)!;
    if (SHOWN.has(row.group) || OF_THE_MACHINE.has(row.flag)) return [];
    return text === undefined ? [flag] : [flag, text];
  });
  return [name, ...args, ...words].map(quotedForShell).join(' ');
}

/** A word as a POSIX shell takes it back. */
function quotedForShell(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
