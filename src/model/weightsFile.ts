/** Reads back the weights that were written, from CSV, TSV or JSON. */

import { parse } from 'csv-parse/sync';
import { parseNumber } from '../source/csv/number.js';
import { sha256 } from '../source/digest.js';
import { readText } from '../source/open.js';
import { printable, quoted, shellWord } from '../text.js';
import { isJson, type ModelDocument, readDocument, withoutMark } from './document.js';
import { modelAsJson } from './format.js';
import { type InitialWeights, unreadableWeights } from './initialWeights.js';
import { type Descent, type Model, type NamedWeight, namedWeights } from './model.js';

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
    if (weights.has(feature)) throw unreadableWeights(where, `two weights are called ${quoted(feature)}`);
    if (!Number.isFinite(weight))
      throw unreadableWeights(where, `the weight of ${quoted(feature)} is no finite number`);
    weights.set(feature, weight);
  }
  return { where, byName: weights, descent };
}

function ofTable(text: string, where: string): NamedWeight[] {
  if (/\S/.test(text) && !/[\r\n]$/.test(text)) {
    throw unreadableWeights(
      where,
      'expected a line end after the last weight, found the end of the file: it may have been cut off',
      `if the last weight is whole, echo >> ${shellWord(where)} ends its line; otherwise train again`,
    );
  }
  const delimiter = text.startsWith('feature\t') ? '\t' : ',';
  let rows: string[][];
  try {
    rows = rowsOf(text, delimiter);
  } catch (error) {
    throw unreadableWeights(where, (error as Error).message);
  }
  const [header, ...lines] = rows;
  if (header === undefined) {
    throw unreadableWeights(
      where,
      'expected weights or a model, found nothing',
      'the command that should have written it may have failed, and said why',
    );
  }
  if (header[0] !== 'feature' || header[1] !== 'weight') {
    throw unreadableWeights(
      where,
      'expected a table with the columns feature and weight, or a JSON model',
      'this may be the data: bce-predict MODEL DATA takes the model first, --init the weights of another run',
    );
  }
  // as of a file that was cut off: whatever bce-train writes has a weight
  if (lines.length === 0) throw unreadableWeights(where, 'expected weights below the header, found none');
  const odd = lines.findIndex((line) => line.length !== header.length);
  if (odd >= 0)
    throw unreadableWeights(
      where,
      `row ${odd + 1}: expected ${header.length} cells, found ${lines[odd]!.length}`,
    );
  return lines.map(([feature, weight]) => ({ feature: feature!, weight: parseNumber(weight!.trim()) }));
}

/** Rows of cells, without empty ones; csv-parse is asked where there may be more to them than delimiters. */
function rowsOf(text: string, delimiter: string): string[][] {
  if (/["\r]/.test(text)) return parse(text, { delimiter, skip_empty_lines: true, relax_column_count: true });
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.split(delimiter));
}

function isDescent(descent: Descent | null | undefined): boolean {
  const isNumbers = (list: unknown) => Array.isArray(list) && list.every(Number.isFinite);
  return [descent?.weights, descent?.pivot, descent?.mu, descent?.s].every(isNumbers);
}
