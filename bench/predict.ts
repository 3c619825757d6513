/** bce-predict from start to finish, against bce-train that only reads the same file. */
import { csvFile, temporary } from './data.js';
import { inPairs, printTable, ratiosOf, shown } from './measure.js';
import { BIN, node, PREDICT_BIN, run } from './process.js';

const PAIRS = 7;

export async function benchPredict(): Promise<void> {
  const tables = [
    ['1,000,000 x 3 and 1 factor', { rows: 1_000_000, columns: 3, factors: 1, digits: 6 }],
    ['300,000 x 28 and 1 factor', { rows: 300_000, columns: 28, factors: 1, digits: 6 }],
  ] as const;
  const rows: string[][] = [];
  for (const [what, shape] of tables) {
    const path = csvFile('predict.csv', shape);
    const model = temporary('predict.json');
    await node([BIN, path, '--epochs', '5', '--quiet', '-o', model]);
    // what is written goes nowhere: this process is not to be the slow reader
    const quiet = (bin: string, ...args: string[]) =>
      run('sh', ['-c', 'exec "$@" > /dev/null', 'sh', process.execPath, bin, ...args, '--quiet']);
    const reading = () => quiet(BIN, path, '--epochs', '0');
    for (const flags of [[], ['--append'], ['--evaluate']]) {
      const pairs = await inPairs(PAIRS, () => quiet(PREDICT_BIN, model, path, ...flags), reading);
      const rates = pairs.a.map((seconds) => shape.rows / seconds / 1e6);
      rows.push([what, flags.join(' '), shown(rates), shown(ratiosOf(pairs))]);
    }
  }
  console.log('Predicting, start to finish\n');
  printTable(['table', 'flags', 'million rows a second', 'time against bce-train --epochs 0'], rows);
}
