/** A file that holds a model: the JSON of a whole one, or nothing but its weights. */
import { INTERCEPT } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import { MOST_TEXT_BYTES, readBytes, type Source, tooLong } from '../source/open.js';
import { isJson, type ModelDocument, readDocument } from './document.js';
import type { ModelFeature } from './features.js';
import { modelAsJson } from './format.js';
import type { InitialWeights } from './initialWeights.js';
import { fromPlain } from './loadedModel.js';
import type { Model } from './model.js';
import { parseWeights, weightsOfDocument } from './weightsFile.js';

/** What of a JSON model is needed to use it; the rest of the file is left as it is. */
export type UsableModel = Pick<Model, 'target' | 'terms' | 'features' | 'weighting'> & {
  /** Undefined when the file does not tell it whole. */
  readonly descent: Model['descent'] | undefined;
  /** Why its weights are not those of an optimum; undefined when they are, or the file does not tell. */
  readonly caution: string | undefined;
};

export type ModelFile =
  | { readonly kind: 'model'; readonly where: string; readonly model: UsableModel }
  | { readonly kind: 'weights'; readonly where: string; readonly weights: InitialWeights };

/** @throws BceError FILE_UNREADABLE, GZIP_DAMAGED, WEIGHTS_UNREADABLE */
export async function readModelFile(source: Source): Promise<ModelFile> {
  return parseModelFile(await textOf(source), source.name);
}

/**
 * A whole model, as it was before it was written.
 *
 * @throws BceError FILE_UNREADABLE, GZIP_DAMAGED, WEIGHTS_UNREADABLE
 */
export async function readWholeModel(source: Source): Promise<Model> {
  const text = await textOf(source);
  const where = source.name;
  if (isJson(text)) {
    const document = readDocument(text, where);
    usableModel(document, where);
    return fromPlain(document, where);
  }
  parseWeights(text, where);
  throw new BceError(
    'WEIGHTS_UNREADABLE',
    `${where}: expected a JSON model, found weights only`,
    'predict and evaluate take the path of such a file; bce-train -o model.json writes a whole model',
  );
}

/** A model in memory as if it had been read. @throws BceError WEIGHTS_UNREADABLE */
export function fileOfModel(model: Model): ModelFile {
  return parseModelFile(modelAsJson(model), 'model');
}

async function textOf(source: Source): Promise<string> {
  const pieces: Buffer[] = [];
  let byteLength = 0;
  for await (const piece of readBytes(source, () => {})) {
    pieces.push(piece);
    byteLength += piece.length;
    if (byteLength > MOST_TEXT_BYTES) throw tooLong(source.name);
  }
  return Buffer.concat(pieces).toString();
}

/** @throws BceError USAGE when cells are to be filled with what the file does not tell */
export function requireFills({ kind, where }: ModelFile, { missing }: { readonly missing: string }): void {
  if (kind === 'model' || missing !== 'mean') return;
  throw new BceError(
    'USAGE',
    `--missing mean: ${where} holds weights only, not the means`,
    'a JSON model holds them: bce-train -o model.json',
  );
}

/**
 * Reads what `bce-train` has written, in any of its formats but `table`.
 *
 * @param where name of the file, for messages
 * @throws BceError WEIGHTS_UNREADABLE
 */
export function parseModelFile(text: string, where: string): ModelFile {
  if (!isJson(text)) return { kind: 'weights', where, weights: parseWeights(text, where) };
  return { kind: 'model', where, model: usableModel(readDocument(text, where), where) };
}

/** @throws BceError WEIGHTS_UNREADABLE */
function usableModel(document: ModelDocument, where: string): UsableModel {
  const { descent } = weightsOfDocument(document, where);
  const model = document as ModelDocument & Pick<Model, 'target' | 'weighting' | 'options'>;
  const fault = faultOf(model);
  if (fault !== undefined) {
    throw new BceError(
      'WEIGHTS_UNREADABLE',
      `${where}: ${fault}`,
      'bce-train -o model.json writes a whole model',
    );
  }
  return { ...model, descent, caution: cautionOf(model as Partial<Model>) };
}

/** What a careful user of the predictions must know of the training. */
function cautionOf({ separation, result, options }: Partial<Model>): string | undefined {
  if (separation) return 'the classes of its training rows are separated: its weights would grow for ever';
  if (result?.optimum === 'reached' || result?.status === 'patience') return undefined;
  switch (result?.status) {
    case 'tolerance':
      return 'its weights are not known to be at the optimum';
    case 'interrupted':
    case 'lost':
      return 'its training was interrupted';
    case 'epochs':
    case 'precision':
      // with --tolerance 0 as many epochs were asked for
      return options?.tolerance === 0 ? undefined : 'its training did not converge';
    default:
      return undefined;
  }
}

/** What is wrong with the parts of a model that were not looked at yet; undefined when nothing is. */
function faultOf({
  target,
  terms,
  features,
  weighting,
  options,
}: Pick<Model, 'target' | 'terms' | 'features' | 'weighting' | 'options'>): string | undefined {
  const isLabelled = [target?.name, target?.positive, target?.negative].every(isText);
  if (!isLabelled) return 'expected a target with a name and two labels';
  if (!isText(weighting?.column ?? '')) return 'expected a name of the weights';
  if (options?.intercept === true && !terms.some(({ name }) => name === INTERCEPT)) {
    return `no weight for ${INTERCEPT}`;
  }
  const broken = features.findIndex((feature) => !isWhole(feature));
  return broken < 0
    ? undefined
    : `feature ${broken + 1}: expected its mean, or its levels and the most frequent of them`;
}

/** What nobody has looked at yet: means, and the levels that fill missing cells. */
function isWhole(feature: ModelFeature): boolean {
  if (feature.kind === 'numeric') return Number.isFinite(feature.mean);
  return feature.levels.includes(feature.mostFrequent);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
