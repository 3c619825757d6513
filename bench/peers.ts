/**
 * End to end against what a user would run instead, where it is installed: pandas with NumPy and with scikit-learn, R,
 * LIBLINEAR.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { csvFile, rowsOf, type Shape, temporary } from './data.js';
import { inPairs, medianOf, printTable, ratiosOf, shown } from './measure.js';
import { BIN, type CpuTime, PYTHON, ROOT, run, runTimed } from './process.js';

const TABLES: readonly Shape[] = [
  { rows: 10_000, columns: 4, digits: 6 },
  { rows: 10_000, columns: 28, digits: 6 },
  { rows: 100_000, columns: 28, digits: 6 },
  { rows: 100_000, columns: 24, factors: 4, digits: 6 },
  { rows: 20_000, columns: 200, digits: 6 },
  { rows: 1_000_000, columns: 4, digits: 6 },
  { rows: 1_000_000, columns: 28, digits: 6 },
];
const NUMERIC_TABLES: readonly Shape[] = [
  { rows: 100_000, columns: 28, digits: 6 },
  { rows: 1_000_000, columns: 4, digits: 6 },
];
const LEVELS: readonly Shape[] = [{ rows: 1_000_000, columns: 0, factors: 4, levels: 50_000 }];

/** What a program said and took. */
interface Run extends CpuTime {
  readonly stdout: string;
}

interface Peer {
  readonly name: string;
  /** Rejects where it is not installed. */
  check(): Promise<unknown>;
  readonly install: string;
  /** What is made of the CSV before the clock starts. */
  prepare?(path: string, shape: Shape): string;
  run(path: string): Promise<Run>;
  /** The last value of the objective; default what it prints. */
  loss?(said: Run, shape: Shape): number;
}

/** The same work done by the tool and by another. */
interface Contest {
  readonly title: string;
  readonly peer: Peer;
  readonly flags: readonly string[];
  readonly tables: readonly Shape[];
  readonly pairs: number;
  /** By how much the losses may differ. */
  readonly tolerance: number;
}

function python(name: string, modules: string, packages: string, script: string, ...args: string[]): Peer {
  return {
    name,
    check: () => run(PYTHON, ['-c', `import ${modules}`]),
    install: `apt-get install ${packages}`,
    run: (path) => runTimed(PYTHON, [`${ROOT}bench/peers/${script}`, path, ...args]),
  };
}

function inR(name: string, packages: readonly string[], method: string): Peer {
  return {
    name,
    check: () => run('Rscript', ['-e', packages.map((one) => `library(${one})`).join(';')]),
    install: `apt-get install r-base-core ${packages.map((one) => `r-cran-${one}`).join(' ')}`,
    run: (path) => runTimed('Rscript', [`${ROOT}bench/peers/rOptimum.R`, path, method]),
  };
}

/** Penalises nothing to speak of: its intercept is a weight like the others. */
const LIBLINEAR_C = 1e4;

const LIBLINEAR: Peer = {
  name: 'LIBLINEAR',
  check: () => run('sh', ['-c', 'command -v liblinear-train']),
  install: 'apt-get install liblinear-tools',
  prepare(_, shape) {
    const path = temporary('peers.svm');
    const file = openSync(path, 'w');
    for (const [y, x] of examples(shape))
      writeSync(file, `${y} ${x.map((cell, j) => `${j + 1}:${cell}`).join(' ')}\n`);
    closeSync(file);
    return path;
  },
  run: (path) =>
    runTimed('liblinear-train', [
      ...['-s', '0', '-B', '1', '-q', '-c', String(LIBLINEAR_C), '-e', '1e-6'],
      ...[path, temporary('liblinear.model')],
    ]),
  loss(_, shape) {
    const [head = '', tail = ''] = readFileSync(temporary('liblinear.model'), 'utf8').split('\nw\n');
    // the weights are those of the label that came first
    const sign = /\nlabel 1/.test(head) ? 1 : -1;
    const w = tail.trim().split(/\s+/).map(Number);
    let sum = 0;
    for (const [y, x] of examples(shape)) {
      const h = sign * x.reduce((total, cell, j) => total + Number(cell) * w[j]!, w.at(-1)!);
      sum += Math.max(h, 0) - h * y + Math.log1p(Math.exp(-Math.abs(h)));
    }
    return sum / shape.rows;
  },
};

/** Labels and features of a table of numbers. */
function* examples(shape: Shape): Generator<[y: number, x: string[]]> {
  let isHeader = true;
  for (const cells of rowsOf(shape)) {
    if (!isHeader) yield [Number(cells.at(-1)), cells.slice(0, -1)];
    isHeader = false;
  }
}

const TO_OPTIMUM = ['--optimizer', 'lbfgs', '--epochs', '10000', '--tolerance', '1e-6'];

const CONTESTS: readonly Contest[] = [
  {
    title: '100 epochs of gradient descent',
    peer: python(
      'pandas and NumPy',
      'numpy, pandas',
      'python3-numpy python3-pandas',
      'numpyDescent.py',
      '100',
      '0.1',
    ),
    flags: ['--epochs', '100', '--lr', '0.1', '--tolerance', '0'],
    tables: TABLES,
    pairs: 5,
    tolerance: 1e-9,
  },
  {
    title: 'To the optimum: lbfgs, max |dJ/dv| <= 1e-6',
    peer: python(
      'pandas and scikit-learn',
      'sklearn, pandas',
      'python3-sklearn python3-pandas',
      'sklearnOptimum.py',
      '1e-6',
    ),
    flags: TO_OPTIMUM,
    tables: TABLES,
    pairs: 5,
    tolerance: 1e-6,
  },
  {
    title:
      'Texts with many levels to the optimum of the default of scikit-learn (--l2 1/m), there as sparse columns',
    peer: python(
      'pandas and sparse scikit-learn',
      'sklearn, pandas',
      'python3-sklearn python3-pandas',
      'sklearnSparse.py',
      '1e-6',
    ),
    flags: [...TO_OPTIMUM, '--max-levels', '100000', '--no-standardize', '--l2', '1e-6'],
    tables: LEVELS,
    pairs: 3,
    tolerance: 1e-5,
  },
  {
    title: 'To the optimum: lbfgs against fread and glm.fit',
    peer: inR('fread and glm.fit', ['data.table'], 'glm'),
    flags: TO_OPTIMUM,
    tables: NUMERIC_TABLES,
    pairs: 3,
    tolerance: 1e-6,
  },
  {
    title: 'Ridge at lambda 0.01: lbfgs against fread and glmnet',
    peer: inR('fread and glmnet', ['data.table', 'glmnet'], 'glmnet'),
    flags: [...TO_OPTIMUM, '--l2', '0.01'],
    tables: NUMERIC_TABLES,
    pairs: 3,
    tolerance: 1e-6,
  },
  {
    title: `To the optimum: lbfgs from the CSV against LIBLINEAR -s 0 -c ${LIBLINEAR_C} from a file in its own format`,
    peer: LIBLINEAR,
    flags: TO_OPTIMUM,
    tables: NUMERIC_TABLES,
    pairs: 3,
    tolerance: 1e-6,
  },
];

export async function benchPeers(): Promise<void> {
  for (const contest of CONTESTS) {
    const { title, peer } = contest;
    try {
      await peer.check();
    } catch {
      console.log(`${title}: skipped, ${peer.name} is not installed; on Debian: ${peer.install}\n`);
      continue;
    }
    const rows: string[][] = [];
    for (const shape of contest.tables) rows.push([nameOf(shape), ...(await compare(contest, shape))]);
    console.log(`${title}, the whole process from the file on, all cores\n`);
    const head = [`bce-train, s`, 'user + system', `${peer.name}, s`, 'user + system', 'times faster'];
    printTable(['table', ...head], rows);
  }
}

function nameOf({ rows, columns, factors = 0, levels }: Shape): string {
  const texts = `${factors} factors${levels === undefined ? '' : ` of ${levels.toLocaleString('en')} levels`}`;
  const parts = [...(columns > 0 ? [columns] : []), ...(factors > 0 ? [texts] : [])];
  return `${rows.toLocaleString('en')} x ${parts.join(' and ')}`;
}

async function compare(contest: Contest, shape: Shape): Promise<string[]> {
  const { peer, flags, tolerance } = contest;
  const path = csvFile('peers.csv', shape);
  const theirPath = peer.prepare?.(path, shape) ?? path;
  const history = temporary('history.csv');
  const ours: Run[] = [];
  const theirs: Run[] = [];
  const pairs = await inPairs(
    contest.pairs,
    async () =>
      ours.push(await runTimed(process.execPath, [BIN, path, '--quiet', ...flags, '--history', history])),
    async () => theirs.push(await peer.run(theirPath)),
  );
  const last = readFileSync(history, 'utf8').trimEnd().split('\n').at(-1)!;
  const said = theirs.at(-1)!;
  refuseOtherLoss(Number(last.split(',')[1]), peer.loss?.(said, shape) ?? Number(said.stdout), tolerance);
  const cpu = (runs: readonly Run[]) => {
    // the first warms up
    const seconds = (part: keyof CpuTime) => medianOf(runs.slice(1).map((one) => one[part])).toFixed(2);
    return `${seconds('user')} + ${seconds('system')}`;
  };
  const times = shown(ratiosOf({ a: pairs.b, b: pairs.a }));
  return [shown(pairs.a), cpu(ours), shown(pairs.b), cpu(theirs), times];
}

/** A ratio of two speeds means something only when both do the same work. */
function refuseOtherLoss(ours: number, theirs: number, tolerance: number): void {
  if (Math.abs(ours - theirs) <= tolerance) return;
  throw new Error(`the last losses differ: bce-train ${ours}, the peer ${theirs}`);
}
