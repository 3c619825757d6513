/** A model read back: what JSON has no word for is put in its place again. */
import { BceError } from '../errors.js';
import { withJson } from './format.js';
import type { Model } from './model.js';

/** What every model tells; a document may lack the rest. */
const NEEDED = [
  'target',
  'terms',
  'features',
  'rows',
  'weighting',
  'options',
  'result',
  'history',
  'collinear',
  'descent',
] as const satisfies readonly (keyof Model)[];

/** Parts in which no text is a name that the data gave. */
const OF_NUMBERS = ['result', 'history', 'batchHistory', 'validation', 'metrics', 'inference'];

const NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/**
 * @param document that of a model file, whose names and weights have been looked at
 * @param where name of the file, for messages
 * @throws BceError WEIGHTS_UNREADABLE when it does not tell all that a model does
 */
export function fromPlain(document: object, where: string): Model {
  const parts: Record<string, unknown> = { ...document };
  const absent = NEEDED.find((name) => typeof (parts[name] ?? undefined) === 'undefined');
  if (absent !== undefined) {
    throw new BceError(
      'WEIGHTS_UNREADABLE',
      `${where}: expected a whole model, found no "${absent}"`,
      'predict, evaluate and exportModel take the path of a file that holds less',
    );
  }
  // they are those of the file, not of the model
  for (const name of ['format', 'formatVersion', 'version']) delete parts[name];
  const revived = Object.entries(parts).map(([name, part]) => [name, plain(part, OF_NUMBERS.includes(name))]);
  return withJson(Object.fromEntries(revived) as unknown as Model);
}

/** The value with undefined for null, and numbers for the texts of those that JSON has not. */
function plain(value: unknown, hasNumbers: boolean): unknown {
  if (value === null) return undefined;
  if (typeof value === 'string') return hasNumbers ? (NUMBERS[value] ?? value) : value;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, hasNumbers));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, hasNumbers)]));
}
