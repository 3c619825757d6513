/** Reads back the weights that were written, from CSV, TSV or JSON. */

import { parse } from 'csv-parse/sync';
import type { Description, Feature } from '../dataset/dataset.js';
import { isComputed } from '../dataset/schema/derive.js';
import { INTERCEPT, termName, termNames } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import type { Problem } from '../fit/problem.js';
import { parseNumber } from '../source/csv/number.js';
import { sha256 } from '../source/digest.js';
import { readText } from '../source/open.js';
import { listed, printable, quoted, shellWord } from '../text.js';
import { isJson, type ModelDocument, readDocument, withoutMark } from './document.js';
import { modelAsJson } from './format.js';
import { type Descent, type Model, type NamedWeight, namedWeights } from './model.js';

/** Weights to begin with. */
export interface InitialWeights {
  /** Where they are from, for messages. */
  readonly where: string;
  readonly byName: ReadonlyMap<string, number>;
  /** The same as they were solved for, when the file tells. */
  readonly descent: Descent | undefined;
  /** Digest of the file, where they are to begin with. */
  readonly sha256?: string;
}

/** The weights of a file to begin at. @throws BceError FILE_UNREADABLE, WEIGHTS_UNREADABLE */
export async function readWeights(path: string): Promise<InitialWeights> {
  const text = readText(path);
  return { ...parseWeights(text, printable(path)), sha256: await sha256(text) };
}

/**
 * The weights in a file written by `-o` or taken from standard output.
 *
 * @param where name of the file
 * @throws BceError WEIGHTS_UNREADABLE
 */
export function parseWeights(text: string, where: string): InitialWeights {
  if (!isJson(text)) return initialWeights(ofTable(withoutMark(text), where), undefined, where);
  return weightsOfDocument(readDocument(text, where), where);
}

/** The weights of the document of a model. @throws BceError WEIGHTS_UNREADABLE */
export function weightsOfDocument(document: ModelDocument, where: string): InitialWeights {
  const { descent } = document as Partial<Model>;
  return initialWeights(namedWeights(document), isDescent(descent) ? descent : undefined, where);
}

/** The weights of a model in memory, with the digest of its file. */
export async function weightsOf(model: Model): Promise<InitialWeights> {
  const weights = initialWeights(namedWeights(model), model.descent, 'init');
  return { ...weights, sha256: await sha256(modelAsJson(model)) };
}

function initialWeights(
  named: readonly NamedWeight[],
  descent: Descent | undefined,
  where: string,
): InitialWeights {
  const weights = new Map<string, number>();
  for (const { feature, weight } of named) {
    if (weights.has(feature)) throw unreadable(where, `two weights are called ${quoted(feature)}`);
    if (!Number.isFinite(weight))
      throw unreadable(where, `the weight of ${quoted(feature)} is no finite number`);
    weights.set(feature, weight);
  }
  return { where, byName: weights, descent };
}

function ofTable(text: string, where: string): NamedWeight[] {
  if (/\S/.test(text) && !/[\r\n]$/.test(text)) {
    throw unreadable(
      where,
      'expected a line end after the last weight, found the end of the file: it may have been cut off',
      `if the last weight is whole, echo >> ${shellWord(where)} ends its line; otherwise train again`,
    );
  }
  const delimiter = text.startsWith('feature\t') ? '\t' : ',';
  let rows: string[][];
  try {
    rows = parse(text, { delimiter, skip_empty_lines: true, relax_column_count: true });
  } catch (error) {
    throw unreadable(where, (error as Error).message);
  }
  const [header, ...lines] = rows;
  if (header === undefined) {
    throw unreadable(
      where,
      'expected weights or a model, found nothing',
      'the command that should have written it may have failed, and said why',
    );
  }
  if (header[0] !== 'feature' || header[1] !== 'weight') {
    throw unreadable(
      where,
      'expected a table with the columns feature and weight, or a JSON model',
      'this may be the data: bce-predict MODEL DATA takes the model first, --init the weights of another run',
    );
  }
  // as of a file that was cut off: whatever bce-train writes has a weight
  if (lines.length === 0) throw unreadable(where, 'expected weights below the header, found none');
  const odd = lines.findIndex((line) => line.length !== header.length);
  if (odd >= 0)
    throw unreadable(where, `row ${odd + 1}: expected ${header.length} cells, found ${lines[odd]!.length}`);
  return lines.map(([feature, weight]) => ({ feature: feature!, weight: parseNumber(weight!.trim()) }));
}

function isDescent(descent: Descent | null | undefined): boolean {
  const isNumbers = (list: unknown) => Array.isArray(list) && list.every(Number.isFinite);
  return [descent?.weights, descent?.pivot, descent?.mu, descent?.s].every(isNumbers);
}

function baselineOf(feature: Feature): string | undefined {
  return feature.kind === 'numeric' || feature.references !== undefined
    ? undefined
    : termName(feature, feature.levels[0]!);
}

/** Terms that a hint writes out. */
const MOST_TERMS = 10;

/**
 * The weights in the layout of a dataset (terms, and the intercept last if there is one).
 *
 * @throws BceError WEIGHTS_UNREADABLE when names are missing, or are not those of the dataset
 */
export function layOut({ byName: weights, where }: InitialWeights, dataset: Description): Float64Array {
  const names = [...termNames(dataset.features), ...(dataset.design.intercept ? [INTERCEPT] : [])];
  const absent = names.filter((name) => !weights.has(name));
  if (absent.length > 0) throw unreadable(where, `no weight for ${listed(absent.map(quoted))}`);
  // a constant column has a weight of 0 in the file and none here
  const constant = dataset.features.filter(({ term }) => term < 0).map(({ name }) => name);
  const known = new Set([...names, ...constant]);
  // a baseline is named with a weight of 0
  const baselines = new Set(dataset.features.flatMap((feature) => baselineOf(feature) ?? []));
  const isForeign = ([name, weight]: readonly [string, number]) =>
    !known.has(name) && !(weight === 0 && baselines.has(name));
  const foreign = [...weights].filter(isForeign).map(([name]) => name);
  if (foreign.length > 0) {
    const computed = foreign.filter(isComputed);
    const terms = computed.length > MOST_TERMS ? 'TERMS' : shellWord(computed.join(' + '));
    const hint =
      computed.length > 0 ? `columns are computed as in training only when asked: --add ${terms}` : undefined;
    throw unreadable(where, `the data have no ${listed(foreign.map(quoted))}`, hint);
  }
  const kept = constant.filter((name) => (weights.get(name) ?? 0) !== 0);
  if (kept.length > 0) {
    throw unreadable(
      where,
      `${listed(kept.map(quoted))} is the same in every row of these data, but has a weight`,
    );
  }
  const w = Float64Array.from(names, (name) => weights.get(name)!);
  return w.subarray(0, dataset.design.size);
}

/**
 * The weights in the variables that are solved for. When the file holds them as they were solved for, in the
 * same columns to the last bit, they are taken as they are, so that training goes on as if it had not ended.
 *
 * @throws BceError WEIGHTS_UNREADABLE when names are missing, or are not those of the dataset
 */
export function startAt(initial: InitialWeights, dataset: Description, problem: Problem): Float64Array {
  const w = layOut(initial, dataset);
  const { descent } = initial;
  if (descent === undefined) return problem.fromFileUnits(w);
  const { mu, s } = problem.columns;
  const isSame = (a: readonly number[], b: Float64Array) =>
    a.length === b.length && a.every((value, j) => value === b[j]);
  const isSameProblem =
    isSame(descent.pivot, dataset.scaling.pivot) && isSame(descent.mu, mu) && isSame(descent.s, s);
  if (!isSameProblem || descent.weights.length !== w.length) return problem.fromFileUnits(w);
  const v = Float64Array.from(descent.weights);
  // weights that were changed by hand count as they are
  return isSame([...problem.toFileUnits(v)], w) ? v : problem.fromFileUnits(w);
}

function unreadable(where: string, what: string, hint?: string): BceError {
  return new BceError(
    'WEIGHTS_UNREADABLE',
    `${where}: ${what}`,
    hint ?? 'the weights must come from a run on the same columns with the same options for reading',
  );
}
