/** What must hold of any file: each property takes a seed, and throws where it does not hold. */

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { scanDataset } from '../../src/dataset/read/read.js';
import { BceError } from '../../src/errors.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { readBytes, streamSource } from '../../src/source/open.js';
import { placesIn } from '../../src/source/places.js';
import type { ScanOptions } from '../../src/source/scan/scanRows.js';
import { parsedDatasets } from '../support/oracle.js';
import { threadsHere } from '../support/scanning.js';
import { bcePredict, bceTrain, bitsOf, type Outcome, temporary } from '../support/support.js';
import { type Draw, drawOf, type HostileTable, hostileTable, piecesOf } from './cases.js';
import { plainBytes, plainTable, written } from './writings.js';

export interface Property {
  readonly name: string;
  check(seed: number): Promise<void>;
  /** The bytes of a case, for whoever wants to look. */
  bytes(seed: number): Buffer;
}

async function settled(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof BceError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
}

/** Flags that a table may be read with. */
function optionsOf(draw: Draw, { delimiter, columns }: HostileTable): TrainOptions {
  return {
    missing: draw.oneOf(['error', 'drop', 'mean'] as const),
    ...(delimiter === ' ' || draw.oneIn(2) ? { delimiter } : {}),
    ...(draw.oneIn(4) ? { header: draw.oneIn(2) } : {}),
    ...(draw.oneIn(4) ? { missingValues: ['-', '0', '5" pipe'] } : {}),
    ...(draw.oneIn(6) ? { maxLevels: 5 } : {}),
    ...(draw.oneIn(6) ? { decimal: 'comma' as const } : {}),
    ...(draw.oneIn(6) ? { thousands: 'space' as const } : {}),
    ...(draw.oneIn(6) && columns > 1 ? { drop: ['1'] } : {}),
  };
}

/** Rows through the scanner, in small chunks and on threads, are those that csv-parse reads, and so are the errors. */
const reading: Property = {
  name: 'scanner against csv-parse',
  bytes: (seed) => tableOf(seed).bytes,
  async check(seed) {
    const draw = drawOf(seed + 1);
    const table = tableOf(seed);
    const options = optionsOf(draw, table);
    const { read } = resolveOptions(options);
    const expected = await settled(parsedDatasets(table.bytes, options));
    const way: ScanOptions = {
      headRows: draw.oneOf([1, 20, 1001]),
      fewBytes: draw.oneOf([0, 1000]),
      chunkBytes: draw.oneOf([50, 300, 5000]),
      manyBytes: 0,
      threads: draw.oneOf([1, 2, 3]),
      host: threadsHere(() => draw.below(3)),
    };
    const source = streamSource(Readable.from(piecesOf(draw, table.bytes)), 'data.csv');
    const found = await settled(
      scanDataset(
        readBytes(source, () => {}),
        placesIn('data.csv'),
        read,
        undefined,
        way,
      ),
    );
    assert.deepEqual(found, expected);
  },
};

function tableOf(seed: number): HostileTable {
  const draw = drawOf(seed);
  return hostileTable(draw, draw.oneOf([0, 0, 30, 300]));
}

/** A table that can be trained on, most of the time. */
function trainable(seed: number): Buffer {
  const draw = drawOf(seed);
  return hostileTable(draw, 0).bytes;
}

/** Nothing that is told to be no fault of the program is one, and no number is none. */
function refuseFaults({ stdout, stderr, code }: Outcome, hasCells = false): void {
  assert.ok(code >= 0 && code <= 3, `exit code ${code}`);
  assert.doesNotMatch(stderr, /fault of/);
  // cells of the file may say so themselves
  if (!hasCells) assert.doesNotMatch(stdout, /NaN/);
}

/** Weights do not depend on threads or memory, to the last bit. */
const training: Property = {
  name: 'one thread in memory against three and a file',
  bytes: trainable,
  async check(seed) {
    const draw = drawOf(seed + 1);
    const path = temporary('fuzz.csv', trainable(seed));
    const flags = ['--missing', 'mean', '--epochs', '3', '-q', '--optimizer'];
    flags.push(draw.oneOf(['gd', 'lbfgs', 'newton', 'nesterov', 'adam']));
    const one = await bceTrain([path, ...flags, '--threads', '1']);
    const other = await bceTrain([path, ...flags, '--threads', '3', '--memory', '0']);
    refuseFaults(one);
    assert.deepEqual(other, one);
  },
};

const WEIGHTS = 'feature,weight\n(intercept),0.5\nn0,-0.25\nf1=b,1.5\n';

/** Predictions from a pipe in any pieces are those from a file, and `--append` keeps the bytes of the rows. */
const predicting: Property = {
  name: 'predictions by pipe against those of a file',
  bytes: (seed) => tableOf(seed).bytes,
  async check(seed) {
    const draw = drawOf(seed + 1);
    const { bytes, delimiter } = tableOf(seed);
    const [model, path] = [temporary('fuzz-weights.csv', WEIGHTS), temporary('fuzz.csv', bytes)];
    const flags = ['--missing', 'empty', '--unseen', 'missing', '-q', '--delimiter', delimiter];
    if (draw.oneIn(2)) flags.push('--append');
    const named = await bcePredict([model, path, ...flags]);
    const piped = await bcePredict([model, '-', ...flags], { stdin: Readable.from(piecesOf(draw, bytes)) });
    refuseFaults(named, flags.includes('--append'));
    const stderr = piped.stderr.replaceAll('<stdin>', path).replaceAll(`... | `, '');
    assert.deepEqual([piped.code, piped.stdout], [named.code, named.stdout], stderr);
  },
};

/** A table in one to three files, with decimal commas, comments, other encodings, as JSON, or plain: the same bits. */
const writing: Property = {
  name: 'a table written in other ways',
  bytes: (seed) => writtenTable(seed).files[0]!,
  async check(seed) {
    const { table, files, flags } = writtenTable(seed);
    const plain = temporary('fuzz-plain.csv', plainBytes(table));
    const paths = files.map((bytes, i) => temporary(`fuzz-part${i}`, bytes));
    const common = ['--missing', 'mean', '--epochs', '3', '-q', '--format', 'json'];
    const expected = await bceTrain([plain, ...common]);
    const found = await bceTrain([...paths, ...flags, ...common]);
    assert.deepEqual([expected.code, found.code], [0, 0], expected.stderr + found.stderr);
    assert.deepEqual(bitsOf(found.stdout), bitsOf(expected.stdout));
    const model = temporary('fuzz-model.json', expected.stdout);
    const predict = ['--missing', 'mean', '-q', '--kind', 'logit'];
    const asPlain = await bcePredict([model, plain, ...predict]);
    const asWritten = await bcePredict([model, ...paths, ...flags, ...predict]);
    assert.deepEqual([asWritten.code, asWritten.stdout], [0, asPlain.stdout], asWritten.stderr);
  },
};

function writtenTable(seed: number) {
  const draw = drawOf(seed);
  const table = plainTable(draw);
  return { table, ...written(draw, table) };
}

export const PROPERTIES: readonly Property[] = [reading, training, predicting, writing];
