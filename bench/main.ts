/**
 * Speed and size, printed as Markdown tables: `npm run bench`, or `npm run bench -- kernel start` for some.
 *
 * Every figure is a median with its least and greatest value; speeds are ratios taken in this run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { benchBatch } from './batch.js';
import { benchClickHouse } from './clickhouse.js';
import { benchDigits } from './digits.js';
import { benchGrowth } from './growth.js';
import { benchKernel } from './kernel.js';
import { benchMemory } from './memory.js';
import { benchPasses } from './passes.js';
import { benchPath } from './path.js';
import { benchPeers } from './peers.js';
import { benchPredict } from './predict.js';
import { STOPPING } from './process.js';
import { benchRead } from './read.js';
import { benchSeparation } from './separation.js';
import { benchStart } from './start.js';
import { benchTerms } from './terms.js';

const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  kernel: benchKernel,
  read: benchRead,
  start: benchStart,
  memory: benchMemory,
  growth: benchGrowth,
  passes: benchPasses,
  path: benchPath,
  batch: benchBatch,
  digits: benchDigits,
  terms: benchTerms,
  separation: benchSeparation,
  predict: benchPredict,
  peers: benchPeers,
  clickhouse: benchClickHouse,
};

/** Marks the process of one section. */
const ALONE = '--alone';

/** Runs the sections one after the other and returns the exit code. */
async function runSections(asked: readonly string[]): Promise<number> {
  const unknown = asked.filter((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown.length > 0) {
    const names = Object.keys(SECTIONS).join(', ');
    console.error(`error: no section ${unknown.join(', ')}\nhint: the sections are ${names}`);
    return 2;
  }
  console.log(`node ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores\n`);
  for (const name of Object.keys(SECTIONS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const code = await runAlone(name);
    if (code !== 0) return code;
  }
  return 0;
}

/** A process for each: a large one forks slowly, which would lie about how fast the next section starts. */
function runAlone(name: string): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ALONE, name], { stdio: 'inherit' });
  const stop = passSignalsTo(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      stop();
      resolve(code ?? 1);
    });
  });
}

/** Lets the child clean up and end first; returns what undoes it. */
function passSignalsTo(child: ChildProcess): () => void {
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of STOPPING) process.on(signal, pass);
  return () => {
    for (const signal of STOPPING) process.off(signal, pass);
  };
}

const [first, ...rest] = process.argv.slice(2);
if (first === ALONE) await SECTIONS[rest[0]!]!();
else process.exitCode = await runSections(first === undefined ? [] : [first, ...rest]);
