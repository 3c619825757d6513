/** The baselines of text columns: `--reference COLUMN=LEVEL`. */
import { BceError } from '../../errors.js';
import { termOf } from '../../terms/parse.js';
import { quoted } from '../../text.js';
import { findColumn } from './columns.js';
import type { Plan } from './plan.js';

/**
 * The baselines that were asked for, by column.
 *
 * @param asked as COLUMN=LEVEL
 * @throws BceError USAGE
 */
export function referencesOf(
  asked: readonly string[],
  { names, factors }: Plan,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const text of asked) {
    const places = [...text].flatMap((sign, at) =>
      sign === '=' && at > 0 && at < text.length - 1 ? [at] : [],
    );
    const parted = places.map((at) => [text.slice(0, at), text.slice(at + 1)] as const);
    if (parted.length === 0) {
      throw new BceError('USAGE', `--reference: expected COLUMN=LEVEL, got ${quoted(text)}`);
    }
    const [asWritten, level] = parted.find(([column]) => names.includes(column)) ?? parted[0]!;
    const isTerm = !names.includes(asWritten) && ['date', 'hash'].includes(termOf(asWritten)?.kind ?? '');
    const name = isTerm ? asWritten : names[findColumn(names, asWritten, '--reference')]!;
    if (!isTerm && !factors.includes(names.indexOf(name))) throw noBaseline(name);
    if (found.has(name)) throw new BceError('USAGE', `--reference: two baselines for ${quoted(name)}`);
    found.set(name, level);
  }
  return found;
}

/** What has no levels cannot have one of them for a baseline. */
export function noBaseline(name: string): BceError {
  return new BceError(
    'USAGE',
    `--reference: expected a text column among the features, got ${quoted(name)}`,
    'numbers have no baseline; --categorical reads a column as text',
  );
}
