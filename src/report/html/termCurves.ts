/** What terms make of a column together: the curve of its effect on the log odds, with its band. */
import type { Description } from '../../dataset/dataset.js';
import { treeOf } from '../../dataset/schema/derive.js';
import type { Inference } from '../../inference/infer.js';
import type { Model } from '../../model/model.js';
import { compile } from '../../terms/evaluate.js';
import { type Expression, sourcesOf } from '../../terms/expression.js';
import { grouped, listed, printable } from '../../text.js';
import { html, type Markup, NOTHING } from './markup.js';
import { drawnTerm } from './staticCharts.js';

/**
 * f(x) = sum_t w_t (t(x) - mean of t) over the terms t of one column x and no other, as R's `predict(type = "terms")`
 * adds them up.
 */
export interface TermCurve {
  readonly column: string;
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

/** A curve for each column of numbers that terms are computed of, in the order of the terms. */
export function termCurves(
  dataset: Pick<Description, 'features' | 'ranges' | 'design'>,
  model: Pick<Model, 'terms'>,
  inference: Pick<Inference, 'variance' | 'weights'> | undefined,
): TermCurve[] {
  const weights = new Map(model.terms.map(({ name, weight }) => [name, weight]));
  const terms = dataset.features.flatMap((feature) => {
    if (feature.kind !== 'numeric' || feature.term < 0) return [];
    const { name, expression, mean, term } = feature;
    const tree: Expression = expression === undefined ? { kind: 'column', name } : treeOf(expression);
    const weight = weights.get(name) ?? 0;
    return [{ name, isComputed: expression !== undefined, tree, mean, term, weight, ...sourcesOf(tree) }];
  });
  const columns = new Set(terms.flatMap(({ isComputed, numbers }) => (isComputed ? numbers : [])));
  return [...columns].flatMap((column): TermCurve[] => {
    const range = dataset.ranges?.get(column);
    const ofColumn = terms.filter(({ numbers }) => numbers.includes(column));
    const alone = ofColumn.filter(({ numbers, texts }) => numbers.length === 1 && texts.length === 0);
    if (range === undefined || !(range[0] < range[1]) || !alone.some(({ isComputed }) => isComputed))
      return [];
    const compiled = alone.map((term) => ({ ...term, t: compile(term.tree, () => 0) }));
    const centred = (x: number) => {
      const cells = { number: () => x, text: () => '', outside: () => Number.NaN };
      return compiled.map(({ t, mean }) => t(cells) - mean);
    };
    const isTold = alone.every(({ term }) => inference?.weights[term]?.standardError !== undefined);
    return [
      {
        column,
        terms: alone.map(({ name }) => name),
        others: ofColumn.filter((term) => !alone.includes(term)).map(({ name }) => name),
        at: (x) => centred(x).reduce((sum, t, k) => sum + compiled[k]!.weight * t, 0),
        standardError(x) {
          if (inference === undefined || !isTold) return undefined;
          const a = new Float64Array(dataset.design.terms);
          centred(x).forEach((t, k) => {
            a[compiled[k]!.term] = t;
          });
          return Math.sqrt(inference.variance(a));
        },
        range,
      },
    ];
  });
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
  const left = curves.length - MOST_CURVES;
  const hasBand =
    quantile !== undefined && curves.some((curve) => curve.standardError(curve.range[0]) !== undefined);
  const band = hasBand
    ? `; the band is its ${Number((100 * confidence!).toPrecision(12))} % interval at each value`
    : '';
  return html`<section>
<h2>Curves</h2>
<p class="faint">What the terms of one column add to the log odds by its value, against their mean${band}.</p>
<div class="grid">
${curves.slice(0, MOST_CURVES).map((curve) => figure(curve, quantile))}
</div>
${left > 0 ? html`<p class="faint">And ${grouped(left)} more columns.</p>` : NOTHING}
</section>`;
}

/** @param quantile q of the band f(x) -+ q se */
function figure(curve: TermCurve, quantile: number | undefined): Markup {
  const { column, terms, others, at, standardError, range } = curve;
  const [low, high] = range;
  const x = Array.from({ length: POINTS + 1 }, (_, k) => low + (k / POINTS) * (high - low));
  const y = x.map(at);
  const errors = quantile === undefined ? [] : x.map(standardError);
  const ends = (side: 1 | -1) => y.map((f, k) => f + side * quantile! * (errors[k] ?? Number.NaN));
  const band = errors.some((error) => error !== undefined) ? { low: ends(-1), high: ends(1) } : undefined;
  const name = printable(column);
  const without =
    others.length > 0
      ? html`; without ${listed(others.map(printable))}, which other columns decide too`
      : NOTHING;
  return html`<figure><figcaption><h3>${name}</h3></figcaption><p class="faint">${listed(terms.map(printable))}${without}</p><div>${drawnTerm(name, { x, y }, band)}</div></figure>`;
}
