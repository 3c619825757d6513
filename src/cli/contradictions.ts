/** Flags that cannot work together, and those that mean nothing alone. */
import { BceError } from '../errors.js';

/** Pairs that contradict each other. */
const CONFLICTS: readonly (readonly [string, string])[] = [
  ['--header', '--no-header'],
  ['--missing-values', '--no-missing-values'],
  ['--features', '--drop'],
  ['--quiet', '--log-every'],
  ['--quiet', '--verbose'],
];

/** Flags that the tasks other than training do not use. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  '--check-gradient': [
    '--lr',
    '--epochs',
    '--tolerance',
    '--output',
    '--history',
    '--log-every',
    '--compare',
    '--explain',
    '--init',
  ],
  '--compare': ['--tolerance', '--output', '--history', '--explain', '--seed', '--init'],
  '--explain': ['--output', '--history', '--gradient', '--seed'],
  // with weights from a file nothing is trained
  '--init': ['--lr', '--epochs', '--tolerance', '--l2', '--no-standardize', '--log-every'],
};

/** Flags that mean something only beside one of others. */
const COMPANIONS: readonly (readonly [flag: string, others: readonly string[]])[] = [
  ['--gradient', ['--check-gradient', '--compare']],
  ['--seed', ['--check-gradient']],
  ['--init', ['--explain']],
];

/**
 * @param seen the flags that were given, by their long names
 * @throws BceError USAGE
 */
export function refuseContradictions(seen: ReadonlySet<string>): void {
  const unused = Object.entries(UNUSED).flatMap(([flag, others]) =>
    others.map((other) => [flag, other] as const),
  );
  for (const [one, other] of [...CONFLICTS, ...unused]) {
    if (seen.has(one) && seen.has(other)) {
      throw new BceError('USAGE', `${one} and ${other} cannot be used together`);
    }
  }
  for (const [flag, others] of COMPANIONS) {
    if (seen.has(flag) && !others.some((other) => seen.has(other))) {
      throw new BceError('USAGE', `${flag} goes with ${others.join(' or ')} only`);
    }
  }
}
