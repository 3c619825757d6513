/** Peak memory of the whole process, against the numbers it holds. */
import { existsSync, writeFileSync } from 'node:fs';
import { csvFile, temporary } from './data.js';
import { printTable, shown } from './measure.js';
import { BIN, node } from './process.js';

const RUNS = 5;
const STATUS = '/proc/self/status';
/** What node and the code take before any data. */
const BASE_BYTES = 100e6;

/**
 * Prints the high-water mark of this program alone, in KiB. Not maxRSS: that one outlives the start of a
 * program, so a child would report the size of the benchmark that forked it.
 */
const HOOK = `
  const { readFileSync, writeSync } = require('node:fs');
  process.on('exit', () => {
    const [, peak] = /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('${STATUS}', 'utf8'));
    writeSync(2, '\\n' + peak);
  });
`;

export async function benchMemory(): Promise<void> {
  if (!existsSync(STATUS)) {
    console.log(`Peak memory: skipped, it needs ${STATUS} (Linux)\n`);
    return;
  }
  const [m, d] = [100_000, 28];
  const path = csvFile('tall.csv', { rows: m, columns: d, digits: 6 });
  const hook = temporary('peak.cjs');
  writeFileSync(hook, HOOK);
  const peaks: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const { stderr } = await node(['--require', hook, BIN, path, '--quiet', '--epochs', '20']);
    peaks.push(Number(stderr.slice(stderr.lastIndexOf('\n'))) * 1024);
  }
  const held = m * (d + 1) * 8;
  console.log('Peak memory of the whole process; the target for the last column is at most 1.2\n');
  printTable(
    ['table', 'doubles held, MB', 'peak, MB', '(peak - 100 MB) / held'],
    [
      [
        '100,000 x 28',
        (held / 1e6).toFixed(1),
        shown(peaks, (bytes) => bytes / 1e6),
        shown(peaks, (bytes) => (bytes - BASE_BYTES) / held),
      ],
    ],
  );
}
