/** What a command can be asked for in place of a run. */
import type { OptionTable } from '../options/option.js';
import type { CommandText } from '../options/parse.js';
import type { Shell } from '../options/shared.js';
import { columnsOf, type Io, USUAL_COLUMNS, writeData } from './io.js';

export type Asked =
  | { readonly text: string }
  /** The completions of both commands. */
  | { readonly shell: Shell }
  /** Help, whole or short. */
  | { readonly isWhole: boolean };

/** Prints it. What makes it is loaded only then. */
export async function answer(asked: Asked, command: CommandText, table: OptionTable, io: Io): Promise<void> {
  await writeData(io.stdout, await textOf(asked, command, table, columnsOf(io.stdout) ?? USUAL_COLUMNS));
}

async function textOf(
  asked: Asked,
  command: CommandText,
  table: OptionTable,
  columns: number,
): Promise<string> {
  if ('text' in asked) return asked.text;
  if ('shell' in asked) return (await import('./completions.js')).completionsOf(asked.shell);
  const { helpText } = await import('../options/help.js');
  return helpText(command, table, columns, asked.isWhole);
}
