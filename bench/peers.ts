/** What a user would run instead, where it is installed: the same descent in NumPy. */
import { readFileSync } from 'node:fs';
import { csvFile, temporary } from './data.js';
import { inPairs, printTable, ratiosOf, shown } from './measure.js';
import { BIN, node, PYTHON, ROOT, run } from './process.js';

const SCRIPT = `${ROOT}bench/peers/numpyDescent.py`;
const EPOCHS = '100';
const LEARNING_RATE = '0.1';

export async function benchPeers(): Promise<void> {
  try {
    await run(PYTHON, ['-c', 'import numpy, pandas']);
  } catch {
    console.log(
      `Peers: skipped, ${PYTHON} has no NumPy and pandas; on Debian: apt-get install python3-numpy python3-pandas\n`,
    );
    return;
  }
  const path = csvFile('peers.csv', { rows: 100_000, columns: 28, digits: 6 });
  const history = temporary('history.csv');
  const flags = ['--epochs', EPOCHS, '--lr', LEARNING_RATE, '--tolerance', '0', '--history', history];
  let lastLoss = Number.NaN;
  const pairs = await inPairs(
    3,
    () => node([BIN, path, '--quiet', ...flags]),
    async () => {
      lastLoss = Number((await run(PYTHON, [SCRIPT, path, EPOCHS, LEARNING_RATE])).stdout);
    },
  );
  const [lastRow] = readFileSync(history, 'utf8').trimEnd().split('\n').slice(-1);
  refuseOtherLoss(Number(lastRow!.split(',')[1]), lastLoss);
  console.log('The whole process against pandas and NumPy on all cores, 100,000 x 28, 100 epochs\n');
  printTable(
    ['bce-train, s', 'NumPy, s', 'bce-train against NumPy'],
    [[shown(pairs.a), shown(pairs.b), shown(ratiosOf(pairs))]],
  );
}

/** A ratio of two speeds means something only when both do the same work. */
function refuseOtherLoss(ours: number, theirs: number): void {
  if (Math.abs(ours - theirs) <= 1e-9) return;
  throw new Error(`the last losses differ: bce-train ${ours}, NumPy ${theirs}`);
}
