/** docs/reference.md: every option of both commands. */

import { alternatives } from '../../text.js';
import { ENVIRONMENT } from '../commands.js';
import { groupsOf, usageOf } from '../help.js';
import { defaultText, flagsOf, type Option, type OptionTable } from '../option.js';
import { type CommandText, INQUIRIES, operandsOf } from '../parse.js';

export interface Documented {
  readonly command: CommandText;
  readonly table: OptionTable;
}

export function reference(commands: readonly Documented[]): string {
  const parts = commands.map(({ command, table }) => {
    const operands = command.arguments.map(({ name, line }) => `- \`${name}\`: ${line}.`);
    const groups = [...groupsOf(table)].map(
      ([group, rows]) => `### ${group}\n\n${rows.map((row) => paragraph(row, table)).join('\n')}`,
    );
    const inquiries = INQUIRIES.map(({ short, flag, line }) => `- \`${short}\`, \`${flag}\`: ${line}.`);
    return [
      `## ${command.name}`,
      `    ${command.name} [options] ${operandsOf(command).join(' ')}`,
      `${command.description}\n\n${operands.join('\n')}`,
      ...groups,
      `### Help\n\n${inquiries.join('\n')}`,
      `Exit codes: ${command.exits}.`,
    ].join('\n\n');
  });
  const variables = ENVIRONMENT.map(({ name, line, more, command }) => {
    const facts = [`${line}.`, ...(more === undefined ? [] : [more])];
    const only = command === undefined ? [] : [`Only ${command}.`];
    return `- \`${name}\`: ${[...facts, ...only].join(' ')}`;
  });
  parts.push(`## Environment\n\n${variables.join('\n')}`);
  return `# Reference

Made of the table of options in \`src/options/\` by the build; what is edited here is lost.

${parts.join('\n\n')}
`;
}

function paragraph(row: Option, table: OptionTable): string {
  const { kind, line, more, negative, requires, needs = [], excludes, tasks } = row;
  const short = row.short === undefined ? '' : `\`${row.short}\`, `;
  const facts: string[] = [];
  if (kind.choices !== undefined)
    facts.push(`One of ${kind.choices.map((word) => `\`${word}\``).join(', ')}.`);
  const fallback = defaultText(row);
  if (fallback !== undefined) facts.push(`Default: ${fallback}.`);
  if (more !== undefined) facts.push(more);
  if (row.aliases !== undefined) facts.push(`Also ${row.aliases.map((alias) => `\`${alias}\``).join(', ')}.`);
  const companions = [requires, ...needs.map((flag) => [flag])].flatMap((flags) =>
    flags === undefined ? [] : [alternatives(flags.map((flag) => `\`${flag}\``))],
  );
  if (companions.length > 0) facts.push(`Goes with ${companions.join(' and ')}.`);
  const others = [...new Set([...(excludes ?? []).map(([flag]) => flag), ...excludedBy(row, table)])];
  if (others.length > 0) facts.push(`Not with ${others.map((flag) => `\`${flag}\``).join(', ')}.`);
  if (tasks?.length === 1 && tasks[0] === 'train') facts.push('For training only.');
  if (row.notForTables !== undefined) facts.push('Not for a table of ClickHouse.');
  const text = [sentence(line.replaceAll('|', '\\|')), ...facts].join(' ');
  const off = negative === undefined ? '' : `\n- \`${negative.flag}\`: ${sentence(negative.line)}`;
  return `- ${short}\`${usageOf(row)}\`: ${text}${off}`;
}

function sentence(line: string): string {
  return line.endsWith('.') ? line : `${line}.`;
}

function excludedBy(row: Option, table: OptionTable): string[] {
  return Object.values(table)
    .filter(({ excludes }) => excludes?.some(([flag]) => flagsOf(row).includes(flag)))
    .map(({ flag }) => flag);
}
