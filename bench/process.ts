/** The whole process: starting against `node -e 0`, and peak memory against the numbers held. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { csvFile, temporary } from './data.js';
import { inPairs, printTable, shown, spreadOf } from './measure.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = `${ROOT}dist/bce-train.cjs`;

/** Runs node to its end; gives what it says on standard error. */
export function node(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('close', (code) => (code === 0 ? resolve(stderr) : reject(new Error(stderr))));
  });
}

export async function benchStart(): Promise<void> {
  const runs: [string, string[]][] = [
    ['titanic, 1,309 x 3', [`${ROOT}examples/titanic.csv`, '--missing', 'drop']],
    ['1,000 x 10', [csvFile('small.csv', { rows: 1000, columns: 10, digits: 6 })]],
    ['1,000 x 28', [csvFile('wider.csv', { rows: 1000, columns: 28, digits: 6 })]],
  ];
  const rows: string[][] = [];
  for (const [what, args] of runs) {
    const { seconds, ratio } = await inPairs(
      10,
      () => node([BIN, ...args]),
      () => node(['-e', '0']),
    );
    rows.push([what, shown(seconds, 1e3), shown(ratio)]);
  }
  console.log('Start to finish, 100 epochs\n');
  printTable(['table', 'ms', 'time against node -e 0'], rows);
}

export async function benchMemory(): Promise<void> {
  const [m, d] = [100_000, 28];
  const path = csvFile('tall.csv', { rows: m, columns: d, digits: 6 });
  const hook = temporary('peak.cjs');
  writeFileSync(
    hook,
    'process.on("exit", () => process.stderr.write(String(process.resourceUsage().maxRSS)));',
  );
  const peaks: number[] = [];
  for (let run = 0; run < 3; run++) {
    peaks.push(Number(await node(['--require', hook, BIN, path, '--quiet', '--epochs', '20'])) * 1024);
  }
  const held = m * (d + 1) * 8;
  const peak = spreadOf(peaks);
  console.log('Peak memory of the whole process\n');
  printTable(
    ['table', 'doubles held, MB', 'peak, MB', '(peak - 100 MB) / held'],
    [['100,000 x 28', (held / 1e6).toFixed(1), shown(peak, 1e-6), ((peak.median - 100e6) / held).toFixed(2)]],
  );
}
