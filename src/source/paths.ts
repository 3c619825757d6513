/** Patterns of paths as the files that they mean, where no shell did that. */
import { existsSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { BceError } from '../errors.js';
import { byteOrder, printable, quoted } from '../text.js';

/** Characters that mean something in a pattern. */
const PATTERN = /[*?[\]{}]/;

/**
 * Every path as it is, and the files of every pattern, in the order of their bytes whatever the locale. What there is a
 * file of that very name of is no pattern.
 *
 * @throws BceError FILE_UNREADABLE for a pattern that no file matches, USAGE for a file that is named twice
 */
export async function expanded<T>(files: readonly (string | T)[]): Promise<(string | T)[]> {
  const all: (string | T)[] = [];
  for (const file of files) {
    const isPattern = typeof file === 'string' && PATTERN.test(file) && !existsSync(file);
    if (!isPattern) all.push(file);
    else all.push(...(await matching(file)));
  }
  refuseTwice(all);
  return all;
}

async function matching(pattern: string): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const found = await glob([pattern], { absolute: isAbsolute(pattern), expandDirectories: false });
  if (found.length > 0) return found.sort(byteOrder);
  throw new BceError('FILE_UNREADABLE', `${printable(pattern)}: no file has a name of this pattern`);
}

function refuseTwice(files: readonly unknown[]): void {
  const seen = new Set<string>();
  for (const file of files) {
    if (file === '-' && seen.has('-')) throw new BceError('USAGE', 'data: standard input is named twice');
    if (file === '-') seen.add('-');
    const stats =
      typeof file === 'string' && file !== '-'
        ? statSync(file, { bigint: true, throwIfNoEntry: false })
        : undefined;
    if (!stats?.isFile()) continue;
    const real = `${stats.dev} ${stats.ino}`;
    if (seen.has(real)) {
      throw new BceError(
        'USAGE',
        `data: ${quoted(file as string)} is named twice`,
        '--weight-column makes rows count more than once',
      );
    }
    seen.add(real);
  }
}
