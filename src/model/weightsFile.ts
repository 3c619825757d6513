/** Reads back the weights that were written, from CSV, TSV or JSON. */
import { parse } from 'csv-parse/sync';
import { type Dataset, termCount } from '../dataset/dataset.js';
import { INTERCEPT, termName, termNames } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import { parseNumber } from '../source/number.js';
import { listed, quoted } from '../text.js';
import type { Model, NamedWeight } from './model.js';

/**
 * The weights by name in a file written by `-o` or taken from standard output.
 *
 * @param where name of the file
 * @throws BceError WEIGHTS_UNREADABLE
 */
export function parseWeights(text: string, where: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { feature, weight } of text.trimStart().startsWith('{')
    ? ofJson(text, where)
    : ofTable(text, where)) {
    if (weights.has(feature)) throw unreadable(where, `two weights are called ${quoted(feature)}`);
    if (!Number.isFinite(weight))
      throw unreadable(where, `the weight of ${quoted(feature)} is no finite number`);
    weights.set(feature, weight);
  }
  return weights;
}

function ofTable(text: string, where: string): NamedWeight[] {
  const delimiter = text.startsWith('feature\t') ? '\t' : ',';
  let rows: string[][];
  try {
    rows = parse(text, { delimiter, skip_empty_lines: true, bom: true });
  } catch (error) {
    throw unreadable(where, (error as Error).message);
  }
  const [header, ...lines] = rows;
  if (header?.[0] !== 'feature' || header[1] !== 'weight') {
    throw unreadable(where, 'expected a table with the columns feature and weight, or a JSON model');
  }
  return lines.map(([feature, weight]) => ({ feature: feature!, weight: parseNumber(weight!.trim()) }));
}

function ofJson(text: string, where: string): NamedWeight[] {
  try {
    const { format, intercept, features }: Model & { format: string } = JSON.parse(text);
    if (format !== 'bce-train model') throw new Error('expected "format": "bce-train model"');
    const named: NamedWeight[] =
      typeof intercept === 'number' ? [{ feature: INTERCEPT, weight: intercept }] : [];
    for (const feature of features) {
      if (feature.kind === 'numeric') named.push({ feature: feature.name, weight: feature.weight });
      else {
        feature.weights.slice(1).forEach((weight, k) => {
          named.push({ feature: termName(feature.name, feature.levels[k + 1]!), weight });
        });
      }
    }
    return named;
  } catch (error) {
    throw unreadable(where, (error as Error).message);
  }
}

/**
 * The weights in the layout of a dataset (terms, and the intercept last if there is one).
 *
 * @throws BceError WEIGHTS_UNREADABLE when names are missing, or are not those of the dataset
 */
export function layOut(
  weights: Map<string, number>,
  dataset: Dataset,
  intercept: boolean,
  where: string,
): Float64Array {
  const names = [...termNames(dataset.features), ...(intercept ? [INTERCEPT] : [])];
  const absent = names.filter((name) => !weights.has(name));
  if (absent.length > 0) throw unreadable(where, `no weight for ${listed(absent.map(quoted))}`);
  // a constant column has a weight of 0 in the file and none here
  const constant = dataset.features.filter(({ term }) => term < 0).map(({ name }) => name);
  const known = new Set([...names, ...constant]);
  const foreign = [...weights.keys()].filter((name) => !known.has(name));
  if (foreign.length > 0) throw unreadable(where, `the data have no ${listed(foreign.map(quoted))}`);
  const w = Float64Array.from(names, (name) => weights.get(name)!);
  return w.subarray(0, termCount(dataset) + (intercept ? 1 : 0));
}

function unreadable(where: string, what: string): BceError {
  return new BceError(
    'WEIGHTS_UNREADABLE',
    `${where}: ${what}`,
    'the weights must come from a run on the same columns with the same options for reading',
  );
}
