/** What terms make of a column together: the curve of its effect on the log odds, with its band. */
import type { Description } from '../../dataset/dataset.js';
import { treeOf } from '../../dataset/schema/derived.js';
import { termName, textsOf } from '../../dataset/terms.js';
import type { Inference } from '../../inference/infer.js';
import type { Model } from '../../model/model.js';
import { compile } from '../../terms/evaluate.js';
import { childrenOf, type Expression, levelName, sourcesOf } from '../../terms/expression.js';
import { grouped, listed, printable } from '../../text.js';
import { html, type Markup, NOTHING } from './markup.js';
import { drawnTerm } from './staticCharts.js';

/**
 * f(x) = sum_t w_t (t(x) - mean of t) over the terms t of one column x and no other, as R's `predict(type = "terms")`
 * adds them up; at a level of a text column over those of x, of that column, and of both.
 */
export interface TermCurve {
  readonly column: string;
  /** The level at which it is drawn; undefined where no text column has a part in it. */
  readonly where: TextLevel | undefined;
  /** Names of the terms t. */
  readonly terms: readonly string[];
  /** Terms of the column that other columns have a part in. */
  readonly others: readonly string[];
  /** NaN outside the domain of a term. */
  readonly at: (x: number) => number;
  /** Of f(x); undefined where it is unknown. */
  readonly standardError: (x: number) => number | undefined;
  /** Ends of the cells that there are. */
  readonly range: readonly [low: number, high: number];
}

interface TextLevel {
  readonly column: string;
  readonly level: string;
  /** Levels of the column that are not drawn. */
  readonly left: number;
}

type Table = Pick<Description, 'features' | 'ranges' | 'design' | 'scaling'>;

/** A column with a weight, by the cells that tell it. */
interface WeightedTerm {
  readonly name: string;
  readonly tree: Expression;
  /** Whether it is more than a column of numbers, or that times a level. */
  readonly isComputed: boolean;
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  readonly mean: number;
  /** Place of its weight. */
  readonly term: number;
  readonly weight: number;
}

/** Levels of a text column that curves are drawn at: the commonest. */
const MOST_LEVELS = 8;

/** A curve for each column of numbers that terms are computed of, or one for each level, in the order of the terms. */
export function termCurves(
  dataset: Table,
  model: Pick<Model, 'terms'>,
  inference: Pick<Inference, 'variance' | 'weights'> | undefined,
): TermCurve[] {
  const terms = weightedTerms(dataset, model);
  const columns = new Set(terms.flatMap(({ tree, numbers }) => (tree.kind === 'column' ? [] : numbers)));
  return [...columns].flatMap((column): TermCurve[] => {
    const range = dataset.ranges?.get(column);
    if (range === undefined || !(range[0] < range[1])) return [];
    const ofColumn = terms.filter(({ numbers }) => numbers.includes(column));
    const alone = ofColumn.filter(({ numbers, texts }) => numbers.length === 1 && texts.length === 0);
    const curve = (own: readonly WeightedTerm[], where?: TextLevel): TermCurve => ({
      column,
      where,
      terms: own.map(({ name }) => name),
      others: ofColumn.filter((term) => !own.includes(term)).map(({ name }) => name),
      range,
      ...drawn(own, where?.level ?? '', dataset, inference),
    });
    const beside = new Set(
      ofColumn.flatMap(({ numbers, texts, tree }) =>
        numbers.length === 1 && texts.length === 1 && hasLevelsOnly(tree) ? texts : [],
      ),
    );
    const byLevel = [...beside].flatMap((text) => {
      const isOwn = ({ numbers, texts, tree }: WeightedTerm) =>
        numbers.every((name) => name === column) &&
        texts.every((name) => name === text) &&
        numbers.length + texts.length > 0 &&
        hasLevelsOnly(tree);
      const own = terms.filter(isOwn);
      if (!own.some(({ isComputed }) => isComputed)) return [];
      const { shown, left } = levelsOf(text, dataset, own);
      return shown.map((level) => curve(own, { column: text, level, left }));
    });
    if (byLevel.length > 0) return byLevel;
    return alone.some(({ isComputed }) => isComputed) ? [curve(alone)] : [];
  });
}

/** All terms of numbers, and the levels of text columns. */
function weightedTerms({ features, scaling }: Table, model: Pick<Model, 'terms'>): WeightedTerm[] {
  const weights = new Map(model.terms.map(({ name, weight }) => [name, weight]));
  return features.flatMap((feature): WeightedTerm[] => {
    if (feature.term < 0) return [];
    const { name, expression, term } = feature;
    if (feature.kind === 'numeric') {
      const tree: Expression = expression === undefined ? { kind: 'column', name } : treeOf(expression);
      const isComputed = numberPartsOf(tree).some(({ kind }) => kind !== 'column');
      return [
        {
          name,
          tree,
          isComputed,
          mean: feature.mean,
          term,
          weight: weights.get(name) ?? 0,
          ...sourcesOf(tree),
        },
      ];
    }
    if (expression !== undefined) return [];
    return feature.levels.slice(1).map((level, k) => ({
      name: termName(feature, level),
      tree: { kind: 'level', name, level },
      isComputed: false,
      numbers: [],
      texts: [name],
      mean: scaling.mean[term + k]!,
      term: term + k,
      weight: weights.get(termName(feature, level)) ?? 0,
    }));
  });
}

/** What a product multiplies but for levels. */
function numberPartsOf(tree: Expression): readonly Expression[] {
  const parts = tree.kind === 'product' ? tree.factors : [tree];
  return parts.filter(({ kind }) => kind !== 'level');
}

/** Whether all that it looks at of texts is whether they are a level. */
function hasLevelsOnly(tree: Expression): boolean {
  return !['date', 'hash'].includes(tree.kind) && childrenOf(tree).every(hasLevelsOnly);
}

/** The commonest levels of a text column, in their order. */
function levelsOf(
  column: string,
  { features }: Table,
  terms: readonly WeightedTerm[],
): { readonly shown: readonly string[]; readonly left: number } {
  const feature = features.find(({ name }) => name === column);
  // a column that is no feature has the levels that terms name
  const levels =
    feature?.kind === 'categorical'
      ? textsOf(feature)
      : [...new Set(terms.flatMap(({ tree }) => namedIn(tree)))];
  const counts = feature?.kind === 'categorical' ? feature.counts.slice(-levels.length) : levels.map(() => 0);
  const common = new Set(
    [...levels.keys()].sort((a, b) => counts[b]! - counts[a]! || a - b).slice(0, MOST_LEVELS),
  );
  return {
    shown: levels.filter((_, k) => common.has(k)),
    left: Math.max(0, levels.length - MOST_LEVELS),
  };
}

function namedIn(tree: Expression): string[] {
  return tree.kind === 'level' ? [tree.level] : childrenOf(tree).flatMap(namedIn);
}

/** f and its standard error where texts are `level`. */
function drawn(
  own: readonly WeightedTerm[],
  level: string,
  { design }: Table,
  inference: Pick<Inference, 'variance' | 'weights'> | undefined,
): Pick<TermCurve, 'at' | 'standardError'> {
  const compiled = own.map(({ tree }) => compile(tree, () => 0));
  const centred = (x: number) => {
    const cells = { number: () => x, text: () => level, outside: () => Number.NaN };
    return compiled.map((t, k) => t(cells) - own[k]!.mean);
  };
  const isTold = own.every(({ term }) => inference?.weights[term]?.standardError !== undefined);
  return {
    at: (x) => centred(x).reduce((sum, t, k) => sum + own[k]!.weight * t, 0),
    standardError(x) {
      if (inference === undefined || !isTold) return undefined;
      const a = new Float64Array(design.terms);
      centred(x).forEach((t, k) => {
        a[own[k]!.term] = t;
      });
      return Math.sqrt(inference.variance(a));
    },
  };
}

/** Curves that are drawn at most, and points of each. */
const MOST_CURVES = 24;
const POINTS = 200;

/** The section of the curves; nothing where no column has one. */
export function termCurvesSection(
  curves: readonly TermCurve[],
  inference: Pick<Inference, 'confidence' | 'quantile'> | undefined,
): Markup {
  if (curves.length === 0) return NOTHING;
  const { confidence, quantile } = inference ?? {};
  const shown = curves.slice(0, MOST_CURVES);
  const left = curves.length - shown.length;
  const hasBand =
    quantile !== undefined && curves.some((curve) => curve.standardError(curve.range[0]) !== undefined);
  const band = hasBand
    ? `; the band is its ${Number((100 * confidence!).toPrecision(12))} % interval at each value`
    : '';
  const atLevels = shown.some(({ where }) => where !== undefined)
    ? ' Where they are other terms at each level of a text column, there is a curve for each level, with what the level itself adds, on one scale.'
    : '';
  const points = shown.map((curve) => pointsOf(curve, quantile));
  return html`<section>
<h2>Curves</h2>
<p class="faint">What the terms of one column add to the log odds by its value, against their mean${band}.${atLevels}</p>
<div class="grid">
${shown.map((curve, k) => figure(curve, points[k]!, rangeOf(points.filter((_, other) => isBeside(curve, shown[other]!)))))}
</div>
${leftOut(shown)}${left > 0 ? html`<p class="faint">And ${grouped(left)} more curves.</p>` : NOTHING}
</section>`;
}

/** Whether two curves are of the same columns, at levels of one of them. */
function isBeside(one: TermCurve, other: TermCurve): boolean {
  return one.column === other.column && one.where?.column === other.where?.column;
}

/** The text columns of which not every level is drawn. */
function leftOut(curves: readonly TermCurve[]): Markup {
  const left = new Map(
    curves.flatMap(({ where }) =>
      where !== undefined && where.left > 0 ? [[where.column, where.left]] : [],
    ),
  );
  if (left.size === 0) return NOTHING;
  const columns = [...left].map(([column, levels]) => `${grouped(levels)} of ${printable(column)}`);
  return html`<p class="faint">Without the levels of fewest rows: ${listed(columns)}.</p>`;
}

interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly band: { readonly low: readonly number[]; readonly high: readonly number[] } | undefined;
}

/** @param quantile q of the band f(x) -+ q se */
function pointsOf(
  { at, standardError, range: [low, high] }: TermCurve,
  quantile: number | undefined,
): Points {
  const x = Array.from({ length: POINTS + 1 }, (_, k) => low + (k / POINTS) * (high - low));
  const y = x.map(at);
  const errors = quantile === undefined ? [] : x.map(standardError);
  const ends = (side: 1 | -1) => y.map((f, k) => f + side * quantile! * (errors[k] ?? Number.NaN));
  const hasBand = errors.some((error) => error !== undefined);
  return { x, y, band: hasBand ? { low: ends(-1), high: ends(1) } : undefined };
}

/** From the least to the largest of all; undefined of one curve, which has a range of its own. */
function rangeOf(all: readonly Points[]): readonly [number, number] | undefined {
  if (all.length < 2) return undefined;
  const values = all
    .flatMap(({ y, band }) => [...y, ...(band?.low ?? []), ...(band?.high ?? [])])
    .filter(Number.isFinite);
  const ends = values.reduce(([a, b], f) => [Math.min(a, f), Math.max(b, f)] as const, [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as const);
  return ends[0] < ends[1] ? ends : undefined;
}

function figure(
  { column, where, terms, others }: TermCurve,
  { x, y, band }: Points,
  yRange: readonly [number, number] | undefined,
): Markup {
  const name = printable(column);
  const title = where === undefined ? name : `${name} at ${printable(levelName(where.column, where.level))}`;
  const without =
    others.length > 0
      ? html`; without ${listed(others.map(printable))}, which other columns decide too`
      : NOTHING;
  return html`<figure><figcaption><h3>${title}</h3></figcaption><p class="faint">${listed(terms.map(printable))}${without}</p><div>${drawnTerm(name, title, { x, y }, band, yRange)}</div></figure>`;
}
