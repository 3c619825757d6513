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
    command.parse(withValues(command, asFlag(argv)), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text: text.join('') };
    throw usageError(error, name);
  }
  return { seen };
}

/** `bce-train help` asks for what --help does; a file of that name is ./help. */
function asFlag(argv: readonly string[]): string[] {
  const [word] = argv;
  return argv.length === 1 && (word === 'help' || word === 'version') ? [`--${word}`] : [...argv];
}

/** Where a flag may stand alone, a file after it is no value of it: `--explain data.csv`. */
function withValues(command: Command, argv: readonly string[]): string[] {
  const alone = command.options.filter(({ optional }) => optional).map(({ long }) => long!);
  const isFile = (text: string | undefined) => text !== undefined && /^-$|[/\\]|\.(?=\D)/.test(text);
  const at = argv.findIndex((word, i) => alone.includes(word) && isFile(argv[i + 1]));
  if (at < 0) return [...argv];
  // the file first: a flag at the end of the line has no value
  const [flag, file] = argv.slice(at, at + 2) as [string, string];
  return withValues(command, [file, ...argv.slice(0, at), ...argv.slice(at + 2), flag]);
}
