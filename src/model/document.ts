/** The document of a model file: read from JSON, and what every reader of it relies on made sure of. */
import { INTERCEPT } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import { listed, printable, quoted } from '../text.js';
import { upgraded } from './earlier.js';
import { isFeature, type ModelFeature, namesOf } from './features.js';
import { requireFormat } from './format.js';
import type { Model, ModelTerm } from './model.js';

/** What of it has been looked at; all else may be missing or anything. */
export type ModelDocument = Readonly<Record<string, unknown>> & Pick<Model, 'terms' | 'features'>;

/** Whether the text is meant as a JSON model; all else is meant as a table. */
export function isJson(text: string): boolean {
  // trims the byte order mark too
  return text.trimStart().startsWith('{');
}

/** Without the byte order mark, which editors and shells of Windows put in front. */
export function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/**
 * The document in the layout of today, each of its terms that of a feature.
 *
 * @param where name of the file, for messages
 * @throws BceError WEIGHTS_UNREADABLE
 */
export function readDocument(text: string, where: string): ModelDocument {
  const parsed = parseJson(text, where) as Readonly<Record<string, unknown>>;
  requireFormat(parsed, where);
  const document = upgraded(parsed, where);
  const { features, terms } = document;
  requireList(features, isFeature, 'features', 'feature', 'its name, and its kind or levels', where);
  requireList(terms, isTerm, 'terms', 'term', 'its name', where);
  requireTerms(terms, features, where);
  return { ...document, features, terms };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(withoutMark(text));
  } catch (error) {
    // the message holds a piece of the file
    const message = printable((error as Error).message);
    const at = /position (\d+)/.exec(message)?.[1];
    const isCut = /end of JSON|unterminated/i.test(message) || Number(at) >= withoutMark(text).length;
    throw unreadable(
      where,
      isCut ? 'the JSON ends too early: the file was cut off' : message,
      isCut
        ? 'it cannot be mended; train again with -o FILE, which is written whole or not at all'
        : undefined,
    );
  }
}

function requireList<T>(
  list: unknown,
  isOne: (item: unknown) => item is T,
  name: string,
  one: string,
  expected: string,
  where: string,
): asserts list is readonly T[] {
  if (!Array.isArray(list)) throw unreadable(where, `expected a list of ${name}`);
  const broken = list.findIndex((item) => !isOne(item));
  if (broken >= 0) throw unreadable(where, `${one} ${broken + 1}: expected ${expected}`);
}

function isTerm(item: unknown): item is ModelTerm {
  return typeof (item as Partial<ModelTerm> | null)?.name === 'string';
}

/** @throws BceError WEIGHTS_UNREADABLE unless there is one weight for each name that the features give */
function requireTerms(terms: readonly ModelTerm[], features: readonly ModelFeature[], where: string): void {
  const expected = new Set(features.flatMap((feature) => namesOf(feature).map(({ name }) => name)));
  const names = new Set<string>();
  for (const { name, weight } of terms) {
    if (!Number.isFinite(weight))
      throw unreadable(where, `the weight of ${quoted(name)} is no finite number`);
    if (names.has(name)) throw unreadable(where, `two weights are called ${quoted(name)}`);
    names.add(name);
  }
  const foreign = [...names].filter((name) => name !== INTERCEPT && !expected.has(name));
  if (foreign.length > 0) throw unreadable(where, `no feature has a weight ${listed(foreign.map(quoted))}`);
  const absent = [...expected].filter((name) => !names.has(name));
  if (absent.length > 0) throw unreadable(where, `no weight for ${listed(absent.map(quoted))}`);
}

function unreadable(where: string, what: string, hint = 'bce-train -o model.json writes a model'): BceError {
  return new BceError('WEIGHTS_UNREADABLE', `${where}: ${what}`, hint);
}
