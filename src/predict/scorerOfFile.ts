/** The scorer of a file: of a model, or of weights. */
import { baselineOf, INTERCEPT, textsOf } from '../dataset/terms.js';
import { dot } from '../math/vector.js';
import { namesOf } from '../model/features.js';
import type { ModelFile, UsableModel } from '../model/modelFile.js';
import type { FactorTerm, NumericTerm, Scorer } from './scorer.js';
import { scorerOfWeights } from './scorerOfWeights.js';

/**
 * The scorer of a file. Terms of a file of weights are told apart by the columns that there are: a term is
 * the column of its name, or the level after the `=` of a column before it.
 *
 * @param columns names of the columns of the data; undefined when there are no data, as in an export
 * @throws BceError WEIGHTS_UNREADABLE when a term can be read in two ways
 */
export function scorerOf(file: ModelFile, columns: readonly string[] | undefined): Scorer {
  return file.kind === 'model' ? ofModel(file.model, file.where) : scorerOfWeights(file.weights, columns);
}

function ofModel(model: UsableModel, where: string): Scorer {
  const { pivots, intercept } = centred(model);
  const weightOf = weightsByName(model);
  const numerics: NumericTerm[] = [];
  const factors: FactorTerm[] = [];
  for (const feature of model.features) {
    const { name, expression } = feature;
    const weights = namesOf(feature).map((term) => weightOf(term.name));
    if (weights.every((weight) => weight === 0)) continue;
    if (feature.kind === 'numeric') {
      const [weight] = weights as [number];
      numerics.push({ name, expression, weight, pivot: pivots.get(name) ?? 0, mean: feature.mean });
    } else {
      const { mostFrequent, references, merged, kept } = feature;
      const isFull = baselineOf(feature) === undefined;
      factors.push({
        name,
        expression,
        references,
        hasOther: merged !== undefined,
        kept,
        levels: textsOf(feature),
        weights: isFull ? weights : [0, ...weights],
        hasBaseline: true,
        ifBaseline: isFull ? weights[0]! : 0,
        mostFrequent,
      });
    }
  }
  return {
    where,
    intercept,
    numerics,
    factors,
    target: model.target,
    weightColumn: model.weighting?.column ?? undefined,
  };
}

/** @returns the weight of a term, 0 where there is none */
function weightsByName({ terms }: UsableModel): (name: string) => number {
  const weights = new Map(terms.map(({ name, weight }) => [name, weight]));
  return (name) => weights.get(name) ?? 0;
}

/** Weights that agree to here are the same but for rounding. */
const ROUNDING = 1e-12;

/**
 * The pivots of the columns that have one, and the intercept of the columns less their pivots.
 *
 * In the units of the file the intercept of a column of epoch milliseconds is a huge number, whose last
 * digits are lost; the weights as they were solved for still hold them.
 */
function centred(model: UsableModel): {
  pivots: ReadonlyMap<string, number>;
  intercept: number;
} {
  const { features, descent } = model;
  const weightOf = weightsByName(model);
  const intercept = weightOf(INTERCEPT);
  const plain = { pivots: new Map<string, number>(), intercept };
  const { weights, pivot, mu, s } = descent ?? {};
  if (weights === undefined || pivot === undefined || mu === undefined || s === undefined) return plain;
  if (!pivot.some((offset) => offset !== 0)) return plain;
  const numerics = features.flatMap((feature) =>
    feature.kind === 'numeric' && feature.sd > 0 ? [feature] : [],
  );
  const factors = features.filter(({ kind }) => kind === 'categorical');
  const inFile = [...numerics, ...factors].flatMap(namesOf).map(({ name }) => weightOf(name));
  const terms = inFile.length;
  if (weights.length !== terms + 1 || [pivot, mu, s].some(({ length }) => length !== terms)) return plain;
  // a file changed by hand counts as its weights say
  const w = Float64Array.from(inFile, (_, j) => weights[j]! / s[j]!);
  const isSame = inFile.every((weight, j) => Math.abs(weight - w[j]!) <= ROUNDING * Math.abs(weight));
  const stored = weights[terms]! - dot(w, Float64Array.from(mu));
  const size = Math.abs(intercept) + dot(w.map(Math.abs), Float64Array.from(pivot, Math.abs));
  if (!isSame || Math.abs(stored - dot(w, Float64Array.from(pivot)) - intercept) > ROUNDING * size)
    return plain;
  const pivots = new Map(
    numerics.flatMap(({ name }, j) => (pivot[j] === 0 ? [] : [[name, pivot[j]!] as const])),
  );
  return { pivots, intercept: stored };
}
