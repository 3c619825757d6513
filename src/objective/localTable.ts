/** A table whose rows are here. */
import type { Dataset } from '../dataset/dataset.js';
import { byClassOf } from './byClass.js';
import { marginsOf } from './margins.js';
import { parallelObjective, plainObjective } from './simd/parallel.js';
import type { Table } from './table.js';

export function localTable(dataset: Dataset): Dataset & Table {
  return {
    ...dataset,
    loss: (reduction, threads) => parallelObjective(dataset, reduction, { threads }),
    plainLoss: (reduction, classWeights) => plainObjective(dataset, reduction, classWeights),
    margins: (w) => marginsOf(dataset, w),
    byClass: () => byClassOf(dataset),
    mostCurved: Number.POSITIVE_INFINITY,
    local: dataset,
  };
}
