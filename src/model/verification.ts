/** Whether a model is what its run gives once more, to the last bit, and where it is not. */
import { parse } from 'csv-parse/sync';
import { BceError } from '../errors.js';
import { parseNumber } from '../source/csv/number.js';
import { printable, quoted } from '../text.js';
import { isJson, readDocument, withoutMark } from './document.js';
import { modelAsJson } from './format.js';
import { type Model, withBaselines } from './model.js';
import { parseModelFile } from './modelFile.js';
import type { Provenance } from './provenance.js';

type Json = Readonly<Record<string, unknown>>;

/** What a file says, and how it says it was made. */
export interface Claim {
  /** Name of the file, for messages. */
  readonly where: string;
  /** The document of a model, or the rows of a table of weights as its terms. */
  readonly tells: Json;
  /** Undefined of a table of weights, and of a model of an earlier layout: whoever verifies must know. */
  readonly provenance: Provenance | undefined;
}

/**
 * @param where name of the file
 * @throws BceError WEIGHTS_UNREADABLE, NOT_REPEATABLE for a run that was interrupted
 */
export function claimOf(text: string, where: string): Claim {
  // what bce-predict refuses is no claim
  parseModelFile(text, where);
  if (!isJson(text)) return { where, tells: { terms: termsOfTable(text) }, provenance: undefined };
  const document = readDocument(text, where);
  const { result, provenance, ...rest } = document as Partial<Model> & Json;
  if (result?.status === 'interrupted' || result?.status === 'lost') {
    throw new BceError(
      'NOT_REPEATABLE',
      `${where}: its training was interrupted after epoch ${result.epochs}, and nobody can interrupt it there again`,
      'train without a stop, or up to an epoch by --epochs, for a model that can be verified',
    );
  }
  if (provenance === undefined || provenance === null)
    return { where, tells: { ...rest, result }, provenance: undefined };
  if (!isWhole(provenance)) {
    throw new BceError(
      'WEIGHTS_UNREADABLE',
      `${where}: expected a provenance with version, node, sources, rows and options`,
      'it is what bce-train -o model.json writes',
    );
  }
  return { where, tells: document, provenance };
}

function isWhole(provenance: Partial<Provenance>): boolean {
  const { version, node, sources, validation = [], init, rows, options } = provenance;
  const areTexts = [version, node, init === undefined ? '' : init?.name].every(
    (text) => typeof text === 'string',
  );
  const areLists = [sources, validation].every((list) => Array.isArray(list) && list.every(isObject));
  return areTexts && areLists && isObject(rows) && isObject(options);
}

/** The rows of a table of weights, by the names of the columns; numbers where they are some. */
function termsOfTable(text: string): Json[] {
  const plain = withoutMark(text);
  const delimiter = plain.startsWith('feature\t') ? '\t' : ',';
  const rows: Record<string, string>[] = parse(plain, { delimiter, columns: true, skip_empty_lines: true });
  return rows.map(({ feature, ...cells }) => {
    const figures = Object.entries(cells).map(([column, cell]) => [
      column,
      cell === '' ? null : parseNumber(cell),
    ]);
    return { name: feature, ...Object.fromEntries(figures) };
  });
}

/** A place where the two are not the same; undefined is nothing there. */
export interface Difference {
  /** As in `terms "age": weight`. */
  readonly place: string;
  readonly claimed: unknown;
  readonly found: unknown;
}

export interface Verification {
  readonly where: string;
  /** Whether every figure that the file tells is the same, to the last bit, and the data are those it was made of. */
  readonly isSame: boolean;
  /** What the data were, then what came out of them, in the order of the file. */
  readonly differences: readonly Difference[];
  /** Weights that were compared. */
  readonly weights: number;
  /** What trained the model, where that is told. */
  readonly trainedBy: Pick<Provenance, 'version' | 'node'> | undefined;
  /** What has trained it now. */
  readonly verifiedBy: Pick<Provenance, 'version' | 'node'>;
  /** What was read now. */
  readonly sources: Provenance['sources'];
}

/** Columns of a table of weights by the names in a model. */
const FIGURES = [
  ['weight', 'weight'],
  ['std_error', 'standardError'],
  ['z', 'z'],
  ['p', 'p'],
  ['lower', 'lower'],
  ['upper', 'upper'],
  ['odds_ratio', 'oddsRatio'],
] as const;

/** @param model what came out when it was trained again */
export function verify({ where, tells, provenance }: Claim, model: Model): Verification {
  const fresh = JSON.parse(modelAsJson(model)) as Json & { readonly provenance: Provenance };
  const isTable = !('features' in tells);
  const differences: Difference[] = [];
  const add = (difference: Difference) => differences.push(difference);
  if (isTable) compare('terms', tells.terms, tableOf(model), add);
  else {
    if (provenance !== undefined) compare('provenance', basis(provenance), basis(fresh.provenance), add);
    for (const name of new Set([...PARTS, ...Object.keys(tells), ...Object.keys(fresh)])) {
      // an earlier layout tells less
      const isTold = provenance !== undefined || name in tells;
      if (!OF_THE_RUN.includes(name) && isTold) compare(name, tells[name], fresh[name], add);
    }
  }
  return {
    where,
    isSame: differences.length === 0,
    differences,
    weights: model.terms.length,
    trainedBy: provenance && { version: provenance.version, node: provenance.node },
    verifiedBy: { version: fresh.provenance.version, node: fresh.provenance.node },
    sources: fresh.provenance.sources,
  };
}

/** In this order: what the data were, what came out, and how it came. */
const PARTS = ['target', 'rows', 'terms', 'result'];

/** What does not have to be the same: who wrote the file, and what is compared by itself. */
const OF_THE_RUN = ['format', 'formatVersion', 'version', 'provenance'];

/** What of the provenance must be the same: not the names of files, nor the versions. */
function basis({ sources, validation, init, ...rest }: Provenance): Json {
  const { version: _, node: __, ...same } = rest;
  const digests = (records: Provenance['sources'] | undefined) =>
    records?.map(({ where, sha256 }) => ({ where: where ?? null, sha256: sha256 ?? null })) ?? null;
  return {
    sources: digests(sources),
    validation: digests(validation),
    init: init?.sha256 ?? null,
    ...same,
    // a file may lie elsewhere now
    options: {
      ...same.options,
      validation: typeof same.options.validation === 'string' ? 'a file' : (same.options.validation ?? null),
    },
  };
}

/** As a file of weights has it. */
function tableOf(model: Model): Json[] {
  const figures = model.inference === undefined ? FIGURES.slice(0, 1) : FIGURES;
  return withBaselines(model).map((term) => ({
    name: term.name,
    ...Object.fromEntries(figures.map(([column, name]) => [column, term[name] ?? null])),
  }));
}

/** Goes through both side by side. */
function compare(
  place: string,
  claimed: unknown,
  found: unknown,
  add: (difference: Difference) => void,
): void {
  if (Object.is(claimed, found)) return;
  if (!isObject(claimed) || !isObject(found) || Array.isArray(claimed) !== Array.isArray(found)) {
    // null is how JSON says nothing
    if ((claimed ?? null) !== (found ?? null)) add({ place, claimed, found });
    return;
  }
  if (Array.isArray(claimed) && Array.isArray(found) && claimed.length !== found.length) {
    add({ place: `${place}: length`, claimed: claimed.length, found: found.length });
  }
  for (const key of new Set([...Object.keys(claimed), ...Object.keys(found)])) {
    const [one, other] = [claimed[key], found[key]];
    compare(`${place}${stepOf(key, one ?? other, Array.isArray(claimed))}`, one, other, add);
  }
}

/** ` "age"` for an item that has a name, ` 3` for one that has none, `: weight` for a part. */
function stepOf(key: string, value: unknown, isItem: boolean): string {
  if (!isItem) return `: ${printable(key)}`;
  const name = isObject(value) ? value.name : undefined;
  return ` ${typeof name === 'string' ? quoted(name) : Number(key) + 1}`;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
