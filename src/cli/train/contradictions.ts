/** Flags that cannot work together, and those that mean nothing alone. */
import { isAddress } from '../../clickhouse/address.js';
import { BceError } from '../../errors.js';

/** Pairs that contradict each other. */
const CONFLICTS: readonly (readonly [string, string])[] = [
  ['--header', '--no-header'],
  ['--missing-values', '--no-missing-values'],
  ['--features', '--drop'],
  ['--quiet', '--log-every'],
  ['--quiet', '--verbose'],
  ['--quiet', '--plot'],
];

/** Flags of what comes out of training. */
const OF_RESULTS: readonly string[] = [
  '--output',
  '--history',
  '--validation',
  '--patience',
  '--strict',
  '--stats',
  '--confidence',
  '--plot',
  '--report',
  '--metrics',
];

/** Flags of training that neither a check nor a comparison uses; `--threads` also reads. */
const OF_TRAINING: readonly string[] = ['--tolerance', '--explain', '--init', '--optimizer', ...OF_RESULTS];

/** Flags that the tasks other than training do not use. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  '--check-gradient': ['--lr', '--epochs', '--log-every', '--compare', ...OF_TRAINING],
  '--compare': ['--seed', ...OF_TRAINING],
  '--explain': ['--gradient', '--seed', ...OF_RESULTS],
};

/** Flags that `--explain` does not use when it takes its weights from a file: nothing is trained. */
const UNUSED_WITHOUT_TRAINING: readonly string[] = [
  '--lr',
  '--epochs',
  '--tolerance',
  '--optimizer',
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

const OF_FILES = 'it says how to read a file; a table has names and types of its own';
const OF_THIS_MACHINE = 'the servers of the table hold the rows and do the work';
const OF_ROWS = 'it looks at the rows one by one, and those of a table stay where they are';

/** Flags that mean nothing for a table of ClickHouse, and why. */
const UNUSED_FOR_TABLES: Readonly<Record<string, string>> = {
  '--delimiter': OF_FILES,
  '--header': OF_FILES,
  '--no-header': OF_FILES,
  '--missing-values': 'the missing cells of a table are NULL, NaN and empty texts',
  '--no-missing-values': 'the missing cells of a table are NULL, NaN and empty texts',
  '--threads': OF_THIS_MACHINE,
  '--memory': OF_THIS_MACHINE,
  '--temp-dir': OF_THIS_MACHINE,
  '--explain': OF_ROWS,
  '--metrics': OF_ROWS,
  '--report': OF_ROWS,
};

/**
 * Flags that do not go with where the data are.
 *
 * @throws BceError USAGE
 */
export function refuseForData(
  data: string | undefined,
  validation: unknown,
  seen: ReadonlySet<string>,
): void {
  if (typeof validation === 'string' && isAddress(validation)) {
    throw new BceError(
      'USAGE',
      '--validation: expected a share or a file, got a table of ClickHouse',
      'of a table that is trained on, --validation SHARE holds rows out by their hash',
    );
  }
  if (data === undefined || !isAddress(data)) {
    if (!seen.has('--where')) return;
    throw new BceError(
      'USAGE',
      '--where goes with a table of ClickHouse only',
      'as in bce-train clickhouse://host/database/table --where "year > 2020"',
    );
  }
  for (const [flag, why] of Object.entries(UNUSED_FOR_TABLES)) {
    if (!seen.has(flag)) continue;
    throw new BceError('USAGE', `${flag} and a table of ClickHouse cannot be used together`, why);
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
