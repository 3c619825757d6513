/** Runs a command's flags over its arguments, without a word of its own on either output. */
import { type Command, CommanderError } from 'commander';
import { usageError } from './failure.js';

/** A text that was asked for (help, the version), or the flags that were given, by their long names. */
export type ParsedFlags = { readonly text: string } | { readonly seen: ReadonlySet<string> };

/**
 * @param name what messages call the command
 * @throws BceError USAGE
 */
export function parseFlags(command: Command, argv: readonly string[], name: string): ParsedFlags {
  const text: string[] = [];
  const seen = new Set<string>();
  command.configureOutput({ writeOut: (part) => text.push(part), writeErr: () => {}, outputError: () => {} });
  for (const option of command.options) {
    command.on(`option:${option.name()}`, () => seen.add(option.long!));
  }
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text: text.join('') };
    throw usageError(error, name);
  }
  return { seen };
}
