/** End to end against what a user would run instead, where it is installed: pandas with NumPy, and with scikit-learn. */
import { readFileSync } from 'node:fs';
import { csvFile, type Shape, temporary } from './data.js';
import { inPairs, type Pairs, printTable, ratiosOf, shown } from './measure.js';
import { BIN, node, PYTHON, ROOT, run } from './process.js';

const RUNS = 5;

const TABLES: readonly (readonly [what: string, shape: Shape])[] = [
  ['10,000 x 4', { rows: 10_000, columns: 4, digits: 6 }],
  ['10,000 x 28', { rows: 10_000, columns: 28, digits: 6 }],
  ['100,000 x 28', { rows: 100_000, columns: 28, digits: 6 }],
  ['100,000 x 24 and 4 factors', { rows: 100_000, columns: 24, factors: 4, digits: 6 }],
  ['20,000 x 200', { rows: 20_000, columns: 200, digits: 6 }],
  ['1,000,000 x 4', { rows: 1_000_000, columns: 4, digits: 6 }],
  ['1,000,000 x 28', { rows: 1_000_000, columns: 28, digits: 6 }],
];

/** The same work done by the tool and by a script of bench/peers, which prints its last loss. */
interface Contest {
  readonly title: string;
  readonly peer: string;
  readonly modules: string;
  readonly packages: string;
  readonly flags: readonly string[];
  readonly script: string;
  readonly scriptArguments: readonly string[];
  /** By how much the losses may differ. */
  readonly tolerance: number;
}

const CONTESTS: readonly Contest[] = [
  {
    title: '100 epochs of gradient descent',
    peer: 'pandas and NumPy',
    modules: 'numpy, pandas',
    packages: 'python3-numpy python3-pandas',
    flags: ['--epochs', '100', '--lr', '0.1', '--tolerance', '0'],
    script: 'numpyDescent.py',
    scriptArguments: ['100', '0.1'],
    tolerance: 1e-9,
  },
  {
    title: 'To the optimum: lbfgs, max |dJ/dw| <= 1e-6',
    peer: 'pandas and scikit-learn',
    modules: 'sklearn, pandas',
    packages: 'python3-sklearn python3-pandas',
    flags: ['--optimizer', 'lbfgs', '--epochs', '10000', '--tolerance', '1e-6'],
    script: 'sklearnOptimum.py',
    scriptArguments: ['1e-6'],
    tolerance: 1e-6,
  },
];

export async function benchPeers(): Promise<void> {
  for (const contest of CONTESTS) {
    const { title, peer, modules, packages } = contest;
    try {
      await run(PYTHON, ['-c', `import ${modules}`]);
    } catch {
      console.log(`${title}: skipped, ${PYTHON} has no ${modules}; on Debian: apt-get install ${packages}\n`);
      continue;
    }
    const rows: string[][] = [];
    for (const [what, shape] of TABLES) {
      const pairs = await compare(contest, csvFile('peers.csv', shape));
      const times = shown(ratiosOf({ a: pairs.b, b: pairs.a }));
      rows.push([what, shown(pairs.a), shown(pairs.b), times]);
    }
    console.log(`${title}, the whole process from the CSV on, all cores\n`);
    printTable(['table', 'bce-train, s', `${peer}, s`, 'times faster'], rows);
  }
}

async function compare({ flags, script, scriptArguments, tolerance }: Contest, path: string): Promise<Pairs> {
  const history = temporary('history.csv');
  let theirs = Number.NaN;
  const pairs = await inPairs(
    RUNS,
    () => node([BIN, path, '--quiet', ...flags, '--history', history]),
    async () => {
      const { stdout } = await run(PYTHON, [`${ROOT}bench/peers/${script}`, path, ...scriptArguments]);
      theirs = Number(stdout);
    },
  );
  const last = readFileSync(history, 'utf8').trimEnd().split('\n').at(-1)!;
  refuseOtherLoss(Number(last.split(',')[1]), theirs, tolerance);
  return pairs;
}

/** A ratio of two speeds means something only when both do the same work. */
function refuseOtherLoss(ours: number, theirs: number, tolerance: number): void {
  if (Math.abs(ours - theirs) <= tolerance) return;
  throw new Error(`the last losses differ: bce-train ${ours}, the peer ${theirs}`);
}
