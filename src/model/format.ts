/** The form of a model file, written and read. */
import { BceError } from '../errors.js';
import { asJson } from '../json.js';
import { VERSION } from '../version.js';
import type { Model } from './model.js';

const FORMAT = 'bce-train model';

/** Layout of the file; raised when a reader of the old one would go wrong. */
const FORMAT_VERSION = 2;

/** JSON with every double in its shortest round-trip form, ended by a line end. */
export function modelAsJson(model: Model): string {
  const { target, terms, features, rows, weighting, options, result, provenance, ...rest } = model;
  return asJson({
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    version: VERSION,
    target,
    terms,
    features,
    rows,
    weighting,
    options,
    result,
    provenance: provenance ?? null,
    ...rest,
  });
}

/** Makes JSON.stringify give the document of the model file; the model is otherwise as it was. */
export function withJson(model: Model): Model {
  return Object.defineProperty(model, 'toJSON', { value: () => JSON.parse(modelAsJson(model)) });
}

/**
 * Refuses a document that this program cannot read. Files of before there was a version have none.
 *
 * @throws BceError WEIGHTS_UNREADABLE
 */
export function requireFormat(
  { format, formatVersion, version }: { format?: unknown; formatVersion?: unknown; version?: unknown },
  where: string,
): void {
  if (format !== FORMAT) {
    throw new BceError('WEIGHTS_UNREADABLE', `${where}: expected "format": "${FORMAT}"`, REMEDY);
  }
  if (formatVersion === undefined) return;
  const isWhole = Number.isSafeInteger(formatVersion) && (formatVersion as number) >= 1;
  if (isWhole && (formatVersion as number) <= FORMAT_VERSION) return;
  const writer = typeof version === 'string' ? ` of bce-train ${version}` : '';
  throw new BceError(
    'WEIGHTS_UNREADABLE',
    isWhole
      ? `${where}: expected a model file of format ${FORMAT_VERSION}, found format ${formatVersion}${writer}`
      : `${where}: expected a whole number as "formatVersion", found ${JSON.stringify(formatVersion)}`,
    isWhole ? `this is bce-train ${VERSION}: a newer one reads it` : REMEDY,
  );
}

const REMEDY = 'bce-train -o model.json writes a model';
