/**
 * Speed and size, printed as Markdown tables: `npm run bench`, or `npm run bench -- kernel start` for some.
 *
 * Every figure is a median with its least and greatest value; speeds are ratios taken in this run.
 */
import { cpus } from 'node:os';
import { benchKernel } from './kernel.js';
import { benchMemory, benchStart } from './process.js';
import { benchRead } from './read.js';

const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  kernel: benchKernel,
  read: benchRead,
  start: benchStart,
  memory: benchMemory,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(
    `error: no section ${unknown.join(', ')}\nhint: the sections are ${Object.keys(SECTIONS).join(', ')}`,
  );
  process.exitCode = 2;
} else {
  console.log(`node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores\n`);
  for (const [name, bench] of Object.entries(SECTIONS)) {
    if (asked.length === 0 || asked.includes(name)) await bench();
  }
}
