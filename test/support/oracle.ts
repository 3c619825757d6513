/** The dataset by csv-parse alone, row by row: what the scanner is held against. */

import { Readable } from 'node:stream';
import type { Datasets } from '../../src/dataset/dataset.js';
import { assembled, trainingTable } from '../../src/dataset/read/read.js';
import type { ReadOptions } from '../../src/dataset/schema/readOptions.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { type RowBatch, readRows } from '../../src/source/csv/rows.js';
import { readBytes, streamSource } from '../../src/source/open.js';
import { placesIn } from '../../src/source/places.js';
import { ArrayStore } from '../../src/storage/store.js';

export async function datasetsByParser(
  batches: AsyncIterable<RowBatch>,
  name: string,
  options: ReadOptions,
): Promise<Datasets> {
  const table = trainingTable(placesIn(name), options, () => new ArrayStore());
  for await (const { rows, lines, delimiter } of batches) {
    table.begin(delimiter, false);
    for (let r = 0; r < rows.length; r++) table.add(rows[r]!, lines[r]!);
  }
  return assembled(placesIn(name), table, options);
}

export function parsedDatasets(
  csv: string | Buffer,
  options: TrainOptions = {},
  note?: number,
): Promise<Datasets> {
  const read = { ...resolveOptions(options).read, note };
  const source = streamSource(Readable.from([Buffer.from(csv)]), 'data.csv');
  const batches = readRows(
    readBytes(source, () => {}),
    placesIn(source.name),
    read.delimiter,
    read.numbers,
  );
  return datasetsByParser(batches, source.name, read);
}
