/** Completions of both commands for shells. */
import { flagsOf, type Option, type OptionTable } from '../option.js';
import { INQUIRIES } from '../parse.js';
import type { Shell } from '../shared.js';

interface Completed {
  readonly name: string;
  readonly table: OptionTable;
}

export function completions(shell: Shell, commands: readonly Completed[]): string {
  return { bash, zsh, fish }[shell](commands);
}

/** What may follow a flag. */
function valuesOf({ kind, argument }: Option): 'none' | 'file' | 'directory' | 'any' | readonly string[] {
  if (kind.isSwitch || argument === undefined) return 'none';
  return kind.choices ?? kind.names ?? (isOptional({ argument }) ? 'none' : 'any');
}

/** Whether the data may follow in place of the value: `--compare data.csv`. */
function isOptional({ argument }: Pick<Option, 'argument'>): boolean {
  return argument?.startsWith('[') ?? false;
}

function allFlags(table: OptionTable): string[] {
  const flags = Object.values(table).flatMap((row) => [
    ...(row.short === undefined ? [] : [row.short]),
    ...flagsOf(row),
  ]);
  return [...flags, ...INQUIRIES.flatMap(({ short, flag }) => [short, flag])];
}

/** The rows, each with the flags after which its values are completed. */
function valued(table: OptionTable): { readonly flags: readonly string[]; readonly row: Option }[] {
  return Object.values(table)
    .filter((row) => valuesOf(row) !== 'none')
    .map((row) => ({ flags: row.short === undefined ? [row.flag] : [row.short, row.flag], row }));
}

/** Lines of standard input as what is offered; `mapfile` is not there in the bash of macOS. */
const REPLY = `_bce_reply() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}
`;

function bash(commands: readonly Completed[]): string {
  const functions = commands.map(({ name, table }) => {
    const cases = valued(table).map(({ flags, row }) => {
      const values = valuesOf(row);
      const reply = {
        file: 'compgen -f -- "$word"',
        directory: 'compgen -d -- "$word"',
        any: 'true',
      };
      const words =
        typeof values === 'string'
          ? reply[values as keyof typeof reply]
          : `compgen -W "${values.join(' ')}" -- "$word"${isOptional(row) ? '; compgen -f -- "$word"' : ''}`;
      return `    ${flags.join('|')}) _bce_reply < <(${words}); return ;;`;
    });
    return `_${name.replace('-', '_')}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  # --flag=value is three words to bash
  if [[ $word == = ]]; then word=
  elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $before in
${cases.join('\n')}
  esac
  case $word in
    -*) _bce_reply < <(compgen -W "${allFlags(table).join(' ')}" -- "$word") ;;
    *) _bce_reply < <(compgen -f -- "$word") ;;
  esac
}
complete -o filenames -F _${name.replace('-', '_')} ${name}
`;
  });
  return `${REPLY}\n${functions.join('\n')}`;
}

function zsh(commands: readonly Completed[]): string {
  const text = (line: string) => line.replaceAll(/[[\]\\:]/g, '\\$&').replaceAll("'", "'\\''");
  const functions = commands.map(({ name, table }) => {
    const specs = Object.values(table).flatMap((row) =>
      flagsOf(row).flatMap((flag) => {
        const isOn = flag === row.flag;
        const values = isOn ? valuesOf(row) : 'none';
        const before = `${isOptional(row) ? '::' : ':'}${text((row.argument ?? '').replaceAll(/[[\]]/g, ''))}:`;
        const action = {
          none: '',
          file: `${before}_files`,
          directory: `${before}_files -/`,
          any: `${before} `,
        };
        const what =
          typeof values === 'string'
            ? action[values as keyof typeof action]
            : `${before}(${values.join(' ')})`;
        const line = text(isOn ? row.line : row.negative!.line);
        const names = row.short === undefined || !isOn ? [flag] : [row.short, flag];
        // the value may stand behind a = as well
        const equals = (one: string) => (what !== '' && one.startsWith('--') ? '=' : '');
        return names.map((one) => `    '*${one}${equals(one)}[${line}]${what}'`);
      }),
    );
    const inquiries = INQUIRIES.map(({ flag, line }) => `    '${flag}[${text(line)}]'`);
    return `_${name.replace('-', '_')}() {
  _arguments -s \\
${[...specs, ...inquiries].join(' \\\n')} \\
    '*:file:_files'
}
`;
  });
  const dispatch = commands.map(({ name }) => `  ${name}) _${name.replace('-', '_')} "$@" ;;`);
  return `#compdef ${commands.map(({ name }) => name).join(' ')}

${functions.join('\n')}
case $service in
${dispatch.join('\n')}
esac
`;
}

function fish(commands: readonly Completed[]): string {
  const text = (line: string) => `'${line.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, table }) => [
    ...Object.values(table).flatMap((row) =>
      flagsOf(row).map((flag) => {
        const isOn = flag === row.flag;
        const values = isOn ? valuesOf(row) : 'none';
        const action = {
          none: '',
          file: ' -r -F',
          directory: ' -x -a "(__fish_complete_directories)"',
          any: ' -x',
        };
        const what =
          typeof values === 'string'
            ? action[values as keyof typeof action]
            : ` ${isOptional(row) ? '-r -F' : '-x'} -a '${values.join(' ')}'`;
        const short = row.short === undefined || !isOn ? '' : ` -s ${row.short.slice(1)}`;
        return `complete -c ${name}${short} -l ${flag.slice(2)}${what} -d ${text(isOn ? row.line : row.negative!.line)}`;
      }),
    ),
    ...INQUIRIES.map(({ flag, line }) => `complete -c ${name} -l ${flag.slice(2)} -d ${text(line)}`),
  ]);
  return `${lines.join('\n')}\n`;
}
