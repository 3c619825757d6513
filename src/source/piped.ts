/** Commands of a hint that mend a file on its way to the program that refused it. */
import { BceError } from '../errors.js';
import { shellWord } from '../text.js';

/**
 * The bytes of a source through a filter, as in `sed 2d data.csv | bce-train -`. Whoever shows it for another
 * program, or for a file that standard input cannot stand for, puts that in the place of `READER`.
 *
 * @param filter a command that reads the file that it is given, after a `<` if it ends with one, or standard input
 * @param name what messages call the source
 */
export function piped(filter: string, name: string): string {
  const reading = filter.endsWith(' <') ? filter.slice(0, -2) : filter;
  if (name.startsWith('<')) return `... | ${reading} ${READER}`;
  return name.endsWith('.gz')
    ? `gzip -dc ${shellWord(name)} | ${reading} ${READER}`
    : `${filter} ${shellWord(name)} ${READER}`;
}

/** What reads the mended bytes. */
export const READER = '| bce-train -';

/** The same failure where standard input cannot stand for the file: the mended bytes go to one that is named `then`. */
export function mendedFile(error: unknown, then: string): unknown {
  if (!(error instanceof BceError) || error.hint === undefined) return error;
  const hint = error.hint.replace(READER, `> mended.csv, then ${then}:`);
  return new BceError(error.code, error.message, hint);
}
