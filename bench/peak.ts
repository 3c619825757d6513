/** Peak memory of a run of the tool, as the kernel of Linux tells it. */
import { existsSync, writeFileSync } from 'node:fs';
import { temporary } from './data.js';
import { run } from './process.js';

export const STATUS = '/proc/self/status';
export const HAS_PEAK = existsSync(STATUS);

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

/** Runs node with these arguments; what it writes goes nowhere. @returns peak bytes */
export async function peakOf(args: readonly string[]): Promise<number> {
  const hook = temporary('peak.cjs');
  if (!existsSync(hook)) writeFileSync(hook, HOOK);
  // this process is not to be the slow reader
  const quiet = ['-c', 'exec "$@" > /dev/null', 'sh', process.execPath, '--require', hook];
  const { stderr } = await run('sh', [...quiet, ...args]);
  return Number(stderr.slice(stderr.lastIndexOf('\n'))) * 1024;
}
