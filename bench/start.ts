/** The whole process from start to finish, against `node -e 0`. */
import { existsSync } from 'node:fs';
import { csvFile } from './data.js';
import { inPairs, printTable, ratiosOf, shown } from './measure.js';
import { BIN, node, ROOT } from './process.js';

const PAIRS = 15;

export async function benchStart(): Promise<void> {
  const titanic = `${ROOT}examples/titanic.csv`;
  const runs: readonly (readonly [what: string, args: readonly string[]])[] = [
    ['examples/titanic.csv', [titanic, '--missing', 'drop']],
    ['1,000 x 10', [csvFile('small.csv', { rows: 1000, columns: 10, digits: 6 })]],
    ['1,000 x 28', [csvFile('wider.csv', { rows: 1000, columns: 28, digits: 6 })]],
  ];
  const rows: string[][] = [];
  for (const [what, args] of runs) {
    if (args[0] === titanic && !existsSync(titanic)) {
      rows.push([what, 'skipped: no such file', '', '', '']);
      continue;
    }
    const pairs = await inPairs(
      PAIRS,
      () => node([BIN, ...args]),
      () => node(['-e', '0']),
    );
    const ms = (seconds: number) => seconds * 1e3;
    const above = pairs.a.map((seconds, run) => seconds - pairs.b[run]!);
    rows.push([what, shown(pairs.a, ms), shown(pairs.b, ms), shown(above, ms), shown(ratiosOf(pairs))]);
  }
  console.log('Start to finish, 100 epochs\n');
  printTable(['table', 'ms', 'node -e 0, ms', 'above it, ms', 'time against node -e 0'], rows);
}
