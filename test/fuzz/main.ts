/**
 * Random files against what must hold of all of them: `npm run fuzz -- --seconds 60 --seed 1`.
 *
 * A case that fails is printed with its seed, and `--seed N --cases 1` repeats it.
 */
import { parseArgs } from 'node:util';
import { PROPERTIES } from './properties.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    cases: { type: 'string' },
  },
});
const deadline = performance.now() + 1000 * Number(values.seconds);
const most = values.cases === undefined ? Number.POSITIVE_INFINITY : Number(values.cases);
const counts = new Map(PROPERTIES.map(({ name }) => [name, 0]));
const first = Number(values.seed);

for (let seed = first; performance.now() < deadline && seed - first < most; seed++) {
  for (const property of PROPERTIES) {
    const { name } = property;
    try {
      await property.check(seed);
      counts.set(name, counts.get(name)! + 1);
    } catch (error) {
      console.error(`${name}: failed with --seed ${seed} --cases 1`);
      console.error((error as Error).message.slice(0, 2000));
      console.error(
        `the file begins:\n${JSON.stringify(property.bytes(seed).toString('latin1').slice(0, 1000))}`,
      );
      process.exitCode = 1;
    }
  }
  if (process.exitCode === 1) break;
}
for (const [name, count] of counts) console.log(`${name}: ${count} cases`);
