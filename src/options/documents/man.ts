/** Pages for man(1). */
import { VERSION } from '../../version.js';
import { environmentOf } from '../commands.js';
import { groupsOf, lineOf } from '../help.js';
import { flagsOf, type Option, type OptionTable } from '../option.js';
import { type CommandText, INQUIRIES, operandsOf } from '../parse.js';

/** @param others commands that are to be seen as well */
export function manPage(command: CommandText, table: OptionTable, others: readonly string[]): string {
  const { name, description, examples, exits } = command;
  const [title = '', ...rest] = description.split('. ');
  const lines = [
    `.TH ${name.toUpperCase()} 1 "" "bce-train ${VERSION}" "User commands"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(lowerFirst(title))}`,
    '.SH SYNOPSIS',
    `.B ${escaped(name)}`,
    escaped(`[options] ${operandsOf(command).join(' ')}`),
    '.SH DESCRIPTION',
    escaped([title, ...rest].join('. ')),
  ];
  for (const operand of command.arguments)
    lines.push('.TP', `.I ${operand.name}`, escaped(`${operand.line}.`));
  lines.push('.SH OPTIONS');
  for (const [group, rows] of groupsOf(table)) {
    lines.push(`.SS ${escaped(group)}`);
    for (const row of rows) lines.push(...entriesOf(row));
  }
  lines.push('.SS Help');
  for (const { short, flag, line } of INQUIRIES) {
    lines.push('.TP', `\\fB${escaped(short)}\\fR, \\fB${escaped(flag)}\\fR`, escaped(`${line}.`));
  }
  lines.push('.SH EXIT STATUS', escaped(`${exits}.`), '.SH ENVIRONMENT');
  for (const { name: variable, line, more } of environmentOf(name)) {
    lines.push('.TP', `.B ${variable}`, escaped(`${line}.${more === undefined ? '' : ` ${more}`}`));
  }
  lines.push('.SH EXAMPLES');
  lines.push('.EX', ...examples.map(escaped), '.EE');
  lines.push('.SH SEE ALSO', others.map((other) => `.BR ${escaped(other)} (1)`).join('\n'));
  return `${lines.join('\n')}\n`;
}

function entriesOf(row: Option): string[] {
  return flagsOf(row).flatMap((flag) => {
    if (flag !== row.flag) return ['.TP', `.B ${escaped(flag)}`, escaped(`${row.negative!.line}.`)];
    const short = row.short === undefined ? '' : `\\fB${escaped(row.short)}\\fR, `;
    const argument = row.argument === undefined ? '' : ` \\fI${escaped(row.argument)}\\fR`;
    const more = row.more === undefined ? '' : ` ${row.more.replaceAll('`', '')}`;
    const also = row.aliases === undefined ? '' : ` Also ${row.aliases.join(', ')}.`;
    return ['.TP', `${short}\\fB${escaped(flag)}\\fR${argument}`, escaped(`${lineOf(row)}.${more}${also}`)];
  });
}

/** Text as roff takes it for itself. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
