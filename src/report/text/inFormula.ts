/** Hints as whoever wrote a formula needs them. */
import { columnName } from '../../terms/expression.js';

/** A word of a command line, quoted where it has to be. */
const WORD = `((?:'[^']*'|\\\\'|[^\\s';,]|,(?! ))+)`;

/**
 * A message whose hints name `--drop`, `--add`, `--hash` and `--target`, none of which goes with a formula, in terms of
 * one: `- column` takes a column out.
 */
export function inFormula(message: string): string {
  return message
    .replace(
      new RegExp(`--drop ${WORD} --add ${WORD}`, 'g'),
      (_, columns: string, terms: string) => `"${without(columns)} + ${unquoted(terms)}" in the formula`,
    )
    .replace(
      new RegExp(`--drop ${WORD}`, 'g'),
      (_, columns: string) => `"${without(columns)}" in the formula`,
    )
    .replace(new RegExp(`--hash ${WORD}`, 'g'), (_, asked: string) => {
      const [, column, bits] = /^(.*):(\d+)$/s.exec(unquoted(asked)) ?? ['', unquoted(asked), '10'];
      return `"hash(${columnName(column!)}, ${bits})" in its place`;
    })
    .replace(/with --drop\b/g, 'with "-" in the formula')
    .replace(/with --target\b/g, 'before ~ in the formula')
    .replace(/unless --target names another/g, 'unless another stands before ~');
}

function without(columns: string): string {
  return unquoted(columns)
    .split(',')
    .map((name) => `- ${columnName(name)}`)
    .join(' ');
}

function unquoted(word: string): string {
  return word.replaceAll(/'([^']*)'|\\'/g, (quote, inside: string | undefined) =>
    inside === undefined ? quote.slice(1) : inside,
  );
}
