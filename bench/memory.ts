/** Peak memory of the whole process, against the numbers it holds, and against --memory. */
import { readFileSync } from 'node:fs';
import { csvFile, temporary } from './data.js';
import { inPairs, medianOf, printTable, shown } from './measure.js';
import { HAS_PEAK, peakOf, STATUS } from './peak.js';
import { BIN } from './process.js';

const RUNS = 5;
/** What node and the code take before any data. */
const BASE_BYTES = 80e6;

export async function benchMemory(): Promise<void> {
  if (!HAS_PEAK) {
    console.log(`Peak memory: skipped, it needs ${STATUS} (Linux)\n`);
    return;
  }
  /** Peak bytes of a run. */
  const peakOfTraining = (path: string, flags: readonly string[]) =>
    peakOf([BIN, path, '--quiet', '--tolerance', '0', ...flags]);
  await benchHeld(peakOfTraining);
  await benchFile(peakOfTraining);
}

type PeakOf = (path: string, flags: readonly string[]) => Promise<number>;

async function benchHeld(peakOf: PeakOf): Promise<void> {
  const rows: string[][] = [];
  for (const m of [100_000, 1_000_000]) {
    const d = 28;
    const path = csvFile('tall.csv', { rows: m, columns: d, digits: 6 });
    const peaks: number[] = [];
    for (let run = 0; run < RUNS; run++) peaks.push(await peakOf(path, ['--epochs', '20']));
    const held = m * (d + 1) * 8;
    rows.push([
      `${m.toLocaleString('en')} x ${d}`,
      (held / 1e6).toFixed(1),
      shown(peaks, (bytes) => bytes / 1e6),
      shown(peaks, (bytes) => (bytes - BASE_BYTES) / held),
    ]);
  }
  console.log('Peak memory of the whole process; the target for the last column is at most 1.2\n');
  printTable(['table', 'doubles held, MB', 'peak, MB', '(peak - 80 MB) / held'], rows);
}

const FEW_EPOCHS = 2;
const EPOCHS = 22;

/** Data beyond --memory: peak, time of an epoch, and the same weights. */
async function benchFile(peakOf: PeakOf): Promise<void> {
  const [m, d] = [4_000_000, 28];
  const path = csvFile('large.csv', { rows: m, columns: d, digits: 6 });
  const peaks: number[] = [];
  const weights = new Set<string>();
  /** Seconds of an epoch, from the difference of a long run and a short one. */
  const epochs = async (flags: readonly string[], told?: number[]) => {
    const seconds: number[] = [];
    for (const count of [FEW_EPOCHS, EPOCHS]) {
      const output = temporary('weights.csv');
      const start = performance.now();
      const peak = await peakOf(path, ['--epochs', String(count), '--output', output, ...flags]);
      seconds.push((performance.now() - start) / 1000);
      if (count === FEW_EPOCHS) continue;
      told?.push(peak);
      weights.add(readFileSync(output, 'utf8'));
    }
    return (seconds[1]! - seconds[0]!) / (EPOCHS - FEW_EPOCHS);
  };
  const taken = { a: [] as number[], b: [] as number[] };
  await inPairs(
    RUNS,
    async () => taken.a.push(await epochs(['--memory', '200M'], peaks)),
    async () => taken.b.push(await epochs([])),
  );
  if (weights.size !== 1) throw new Error('--memory changes the weights');
  console.log(
    `${m.toLocaleString('en')} x ${d}, ${((m * d * 8) / 1e6).toFixed(0)} MB of doubles, with --memory 200M; the weights are those of the run in memory\n`,
  );
  printTable(
    ['peak, MB', 'ms an epoch', 'in memory, ms', 'time against in memory'],
    [
      [
        shown(peaks, (bytes) => bytes / 1e6),
        shown(taken.a, (seconds) => seconds * 1e3),
        shown(taken.b, (seconds) => seconds * 1e3),
        (medianOf(taken.a) / medianOf(taken.b)).toFixed(2),
      ],
    ],
  );
}
