/** A scorer with nothing left open: what every cell comes to, whatever it holds. */

import { BceError } from '../errors.js';
import { OTHER } from '../predict/levels.js';
import type { FactorTerm, Scorer } from '../predict/scorer.js';
import { type Expression, sourcesOf, type TextPart } from '../terms/expression.js';
import { termOf } from '../terms/parse.js';
import { levelsOfCell, partsOf } from '../terms/together.js';
import { listed, printable, quoted } from '../text.js';
import { VERSION } from '../version.js';

/** What a model can be written as. */
export const EXPORTS = ['sql', 'js', 'c', 'onnx'] as const;
export type ExportForm = (typeof EXPORTS)[number];
/** Those that are bytes; the others are texts. */
export type BinaryForm = 'onnx';
export type TextForm = Exclude<ExportForm, BinaryForm>;

/** What cells do for which a row has no place to fail in. */
export interface ExportPolicy {
  /** A missing cell: no prediction (NULL, NaN), or the mean or the commonest level of training. */
  readonly missing: 'empty' | 'mean';
  /** A level that no training row had: as a missing cell, or as the baseline. */
  readonly unseen: 'missing' | 'baseline';
}

/**
 *   h = b + sum_j w_j (x_j - p_j) + sum_f w_f[level of f]
 *
 * Undefined is what makes the whole prediction none.
 */
export interface ExportPlan {
  /** b */
  readonly intercept: number;
  readonly numerics: readonly {
    readonly name: string;
    /** What it is computed of; undefined of a column. */
    readonly tree: Expression | undefined;
    readonly weight: number;
    readonly pivot: number;
    /** What a missing cell takes. */
    readonly fill: number | undefined;
  }[];
  readonly factors: readonly {
    readonly name: string;
    readonly levels: readonly { readonly text: string; readonly weight: number }[];
    readonly ifMissing: number | undefined;
    readonly ifUnseen: number | undefined;
  }[];
  /** Factors together. */
  readonly interactions: readonly ExportInteraction[];
  /** Lines that say what this is: one for the model, one for each policy. */
  readonly about: readonly string[];
}

/** Missing where a part is; 0 where one is the baseline of its column; else the weight of the levels. */
export interface ExportInteraction {
  readonly parts: readonly TextPart[];
  /** The baseline of each; undefined of one part alone, whose baseline is among the cells. */
  readonly references: readonly string[] | undefined;
  /** Of a part in which texts that are none of these levels are the level `(other)`, these. */
  readonly kept: readonly (readonly string[] | undefined)[];
  readonly cells: readonly { readonly levels: readonly string[]; readonly weight: number }[];
  readonly ifMissing: number | undefined;
  readonly ifUnseen: number | undefined;
}

/** The columns that a row must have, each once. */
export function inputsOf({ numerics, factors, interactions }: ExportPlan): {
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
} {
  const trees = numerics.map(({ name, tree }) =>
    tree === undefined ? { numbers: [name], texts: [] } : sourcesOf(tree),
  );
  return {
    numbers: [...new Set(trees.flatMap(({ numbers }) => numbers))],
    texts: [
      ...new Set([
        ...factors.map(({ name }) => name),
        ...interactions.flatMap(({ parts }) => parts.map(({ name }) => name)),
        ...trees.flatMap(({ texts }) => texts),
      ]),
    ],
  };
}

/** @throws BceError USAGE when the file does not tell what the policy asks for */
export function planExport(scorer: Scorer, { missing, unseen }: ExportPolicy): ExportPlan {
  const { where, intercept, target } = scorer;
  if (missing === 'mean' && target === undefined) {
    throw new BceError(
      'USAGE',
      `--missing mean: ${where} holds weights only, not the means`,
      'a JSON model holds them: bce-train -o model.json',
    );
  }
  const nameless = scorer.factors.filter(({ hasBaseline }) => !hasBaseline);
  if (unseen === 'missing' && nameless.length > 0) {
    const names = listed(nameless.map(({ name }) => quoted(name)));
    throw new BceError(
      'USAGE',
      `--export: ${where} does not name the baseline of ${names}, so no other level can be told from it`,
      '--unseen baseline takes every level without a weight for it; a JSON model names them: bce-train -o model.json',
    );
  }
  const numerics = scorer.numerics.map(({ name, expression, weight, pivot, mean }) => ({
    name,
    tree: expression === undefined ? undefined : termOf(expression),
    weight,
    pivot,
    fill: missing === 'mean' ? mean : undefined,
  }));
  const policyOf = ({ levels, weights, mostFrequent, hasOther, ifBaseline }: FactorTerm) => {
    const filled = mostFrequent === undefined ? undefined : weights[levels.indexOf(mostFrequent)]!;
    const ifMissing = missing === 'mean' ? filled : undefined;
    const ifOther = hasOther === true ? weights[levels.indexOf(OTHER)] : undefined;
    return { ifMissing, ifUnseen: ifOther ?? (unseen === 'baseline' ? ifBaseline : ifMissing) };
  };
  const plain = scorer.factors.filter(({ expression }) => expression === undefined);
  const factors = plain.map((factor) => {
    const { name, levels, weights } = factor;
    return {
      name,
      levels: levels.map((text, i) => ({ text, weight: weights[i]! })),
      ...policyOf(factor),
    };
  });
  const interactions = scorer.factors.flatMap((factor): ExportInteraction[] => {
    const { expression, references, levels, weights, kept } = factor;
    const tree = expression === undefined ? undefined : termOf(expression);
    if (tree === undefined) return [];
    const parts = partsOf(tree);
    const levelsIn = (cell: string) => levelsOfCell(cell).map(({ level }) => level);
    const cells = levels.map((cell, i) => ({
      levels: parts.length === 1 ? [cell] : levelsIn(cell),
      weight: weights[i]!,
    }));
    // the first of factors together is no cell
    return [
      {
        parts,
        references,
        kept: parts.map((_, i) => kept?.[i]?.filter((level) => level !== OTHER)),
        cells: references === undefined ? cells : cells.slice(1),
        ...policyOf(factor),
      },
    ];
  });
  return { intercept, numerics, factors, interactions, about: aboutLines(scorer, missing, unseen) };
}

function aboutLines(
  { where, target, factors }: Scorer,
  missing: ExportPolicy['missing'],
  unseen: ExportPolicy['unseen'],
): string[] {
  const what =
    target === undefined
      ? 'the probability of y = 1'
      : `the probability that ${quoted(target.name)} is ${quoted(target.positive)}`;
  const hasOther = factors.some((factor) => factor.hasOther === true);
  const filled =
    missing === 'mean' ? 'takes the mean or the commonest level of training' : 'gives no prediction';
  return [
    `${what}: logistic regression by bce-train ${VERSION}, from ${quoted(printable(where))}`,
    `a missing value ${filled}; a level that no training row had counts as ${unseen === 'baseline' ? 'the baseline' : 'a missing value'}${hasOther ? `, or as ${OTHER} where its column has that` : ''}`,
  ];
}

/** `wanted`, with underscores behind it where a column of the plan has that name. */
export function freeName(plan: ExportPlan, wanted: string): string {
  const { numbers, texts } = inputsOf(plan);
  const taken = new Set([...numbers, ...texts]);
  let name = wanted;
  while (taken.has(name)) name += '_';
  return name;
}
