/** Flags that cannot work together, and those that mean nothing alone. */
import { BceError } from '../errors.js';

/** Pairs that contradict each other. */
const CONFLICTS: readonly (readonly [string, string])[] = [
  ['--header', '--no-header'],
  ['--missing-values', '--no-missing-values'],
  ['--features', '--drop'],
  ['--quiet', '--log-every'],
  ['--quiet', '--verbose'],
  ['--quiet', '--plot'],
];

/** Flags of training that neither a check nor a comparison uses. */
const OF_TRAINING: readonly string[] = [
  '--tolerance',
  '--output',
  '--history',
  '--explain',
  '--init',
  '--optimizer',
  '--threads',
  '--validation',
  '--patience',
  '--strict',
  '--stats',
  '--confidence',
  '--plot',
  '--report',
  '--metrics',
];

/** Flags that the tasks other than training do not use. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  '--check-gradient': ['--lr', '--epochs', '--log-every', '--compare', ...OF_TRAINING],
  '--compare': ['--seed', ...OF_TRAINING],
  '--explain': [
    '--output',
    '--history',
    '--gradient',
    '--seed',
    '--validation',
    '--patience',
    '--strict',
    '--stats',
    '--confidence',
    '--plot',
    '--report',
    '--metrics',
  ],
};

/** Flags that `--explain` does not use when it takes its weights from a file: nothing is trained. */
const UNUSED_WITHOUT_TRAINING: readonly string[] = [
  '--lr',
  '--epochs',
  '--tolerance',
  '--optimizer',
  '--threads',
  '--l2',
  '--l1',
  '--no-standardize',
  '--log-every',
];

/** Flags that mean something only beside one of others. */
const COMPANIONS: readonly (readonly [flag: string, others: readonly string[]])[] = [
  ['--gradient', ['--check-gradient', '--compare']],
  ['--seed', ['--check-gradient', '--validation']],
  ['--patience', ['--validation']],
  ['--confidence', ['--stats']],
];

/**
 * @param seen the flags that were given, by their long names
 * @throws BceError USAGE
 */
export function refuseContradictions(seen: ReadonlySet<string>): void {
  const unused = Object.entries(UNUSED).flatMap(([flag, others]) =>
    others.map((other) => [flag, other] as const),
  );
  if (seen.has('--explain') && seen.has('--init')) {
    unused.push(...UNUSED_WITHOUT_TRAINING.map((other) => ['--explain with --init', other] as const));
    seen = new Set([...seen, '--explain with --init']);
  }
  refusePairs([...CONFLICTS, ...unused], seen);
  for (const [flag, others] of COMPANIONS) {
    if (seen.has(flag) && !others.some((other) => seen.has(other))) {
      throw new BceError('USAGE', `${flag} goes with ${others.join(' or ')} only`);
    }
  }
}

/** @throws BceError USAGE when both flags of a pair were given */
export function refusePairs(pairs: readonly (readonly [string, string])[], seen: ReadonlySet<string>): void {
  for (const [one, other] of pairs) {
    if (seen.has(one) && seen.has(other)) {
      throw new BceError('USAGE', `${one} and ${other} cannot be used together`);
    }
  }
}
