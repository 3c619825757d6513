/** A row worked through: the logit, the loss and the gradient, of which a reader can move a weight. */
import { rowAt } from '../../check/explain.js';
import type { Dataset } from '../../dataset/dataset.js';
import { INTERCEPT, termNames, termsInFileOrder } from '../../dataset/terms.js';
import type { Scored } from '../../metrics/scored.js';
import { counted, grouped, printable } from '../../text.js';
import { html, type Markup, NOTHING } from './markup.js';
import { digitsOf, lossByWeight, type RowData, type RowTerm, stateOf } from './oneRow.js';
import { chartFigure } from './predictions.js';
import { drawnRowLoss } from './staticCharts.js';

/** Terms that are shown, besides the intercept: those that add most to the logit. */
const MOST_TERMS = 10;
/** Points of the drawn loss. */
const POINTS = 121;

/**
 * The first row, and of each label the one that the model expects least.
 *
 * @param w weights in the units of the file (terms, and the intercept last if there is one)
 */
export async function workedRows(dataset: Dataset, scored: Scored, w: Float64Array): Promise<RowData[]> {
  const { positive, negative } = dataset.target;
  const chosen: readonly (readonly [index: number | undefined, why: string])[] = [
    [0, ''],
    [leastExpected(scored, 1), `, the least expected “${printable(positive)}”`],
    [leastExpected(scored, 0), `, the least expected “${printable(negative)}”`],
  ];
  const rows: RowData[] = [];
  const seen = new Set<number>();
  for (const [index, why] of chosen) {
    if (index === undefined || seen.has(index)) continue;
    seen.add(index);
    rows.push(await rowOf(dataset, index, w, `row ${grouped(index + 1)}${why}`));
  }
  return rows;
}

/** The row with a label whose loss is largest. */
function leastExpected({ h, y }: Scored, label: number): number | undefined {
  let found: number | undefined;
  for (let i = 0; i < h.length; i++) {
    if (y[i] !== label) continue;
    const isLess = found === undefined || (label === 1 ? h[i]! < h[found]! : h[i]! > h[found]!);
    if (isLess) found = i;
  }
  return found;
}

async function rowOf(dataset: Dataset, index: number, w: Float64Array, title: string): Promise<RowData> {
  const { x, y } = await rowAt(dataset, index);
  const { design, features, scaling } = dataset;
  const names = termNames(features);
  const termAt = (j: number): RowTerm => ({
    name: printable(names[j]!),
    x: x[j]!,
    w: w[j]!,
    reach: Math.max(2 * Math.abs(w[j]!), 3 / scaling.scale[j]!),
  });
  const order = termsInFileOrder(features);
  const size = (j: number) => Math.abs(w[j]! * x[j]!);
  const shown = new Set([...order].sort((a, b) => size(b) - size(a)).slice(0, MOST_TERMS));
  const b = w[design.terms]!;
  const intercept = design.intercept
    ? [{ name: INTERCEPT, x: 1, w: b, reach: Math.max(2 * Math.abs(b), 3) }]
    : [];
  const left = order.filter((j) => !shown.has(j));
  return {
    title,
    y,
    terms: [...intercept, ...order.filter((j) => shown.has(j)).map(termAt)],
    rest: left.reduce((sum, j) => sum + w[j]! * x[j]!, 0),
    others: left.length,
  };
}

/** Which weight is moved at first: the one that adds most, the intercept only where it is alone. */
function firstMoved({ terms }: RowData): number {
  let found = 0;
  terms.forEach(({ name, w, x }, k) => {
    if (name === INTERCEPT) return;
    const best = terms[found]!;
    if (best.name === INTERCEPT || Math.abs(w * x) > Math.abs(best.w * best.x)) found = k;
  });
  return found;
}

export function rowSection(rows: readonly RowData[]): Markup {
  const [row] = rows;
  if (row === undefined || row.terms.length === 0) return NOTHING;
  const w = row.terms.map((term) => term.w);
  const state = stateOf(row, w);
  const moved = firstMoved(row);
  const figures = [
    ['h', 'logit h = Σ w x + b', state.h],
    ['z', 'probability z = 1/(1 + e^−h)', state.z],
    ['loss', 'loss l = −[y log z + (1 − y) log(1 − z)]', state.loss],
    ['slope', 'dl/dh = z − y', state.slope],
  ] as const;
  const { x, y } = lossByWeight(row, w, moved, POINTS);
  return html`<section>
<h2>One row</h2>
<p class="faint">How a row comes to its probability, its loss, and its part of the gradient, dl/dw = (z − y) x.<span class="scripted"> Move a weight and see what changes; the model stays as it is.</span></p>
<div class="grid broad">
<div class="card" id="one-row">
<div class="controls scripted">
<label class="pick">row <select id="row-choice">${rows.map(({ title, y: label }, k) => html`<option value="${k}">${title}, y = ${label}</option>`)}</select></label>
<label class="pick">weight <select id="term-choice">${row.terms.map(({ name }, k) => html`<option value="${k}"${k === moved ? html` selected` : NOTHING}>${name}</option>`)}</select></label>
<label class="slider"><span class="faint">its value</span> <input type="range" id="weight-slider" min="-1000" max="1000" step="1" value="0"> <output data-value="moved-weight" for="weight-slider">${digitsOf(w[moved]!)}</output></label>
<button type="button" id="put-back">Put all back</button>
</div>
<p class="faint"><span data-value="row-title">${row.title}</span> of those trained on: y = <span data-value="row-y">${row.y}</span></p>
<dl class="rates">${figures.map(([name, title, value]) => html`<dt>${title}</dt><dd data-value="row-${name}">${digitsOf(value)}</dd>`)}</dl>
<div class="scroll below" tabindex="0" role="region" aria-label="terms of the row"><table>
<thead><tr><th scope="col">term</th><th scope="col">x</th><th scope="col">w</th><th scope="col">w x</th><th scope="col">(z − y) x</th></tr></thead>
<tbody id="row-terms">
${row.terms.map(
  (
    { name, x: cell },
    k,
  ) => html`<tr><th scope="row" class="term">${name}</th><td>${digitsOf(cell)}</td><td>${digitsOf(w[k]!)}</td><td>${digitsOf(w[k]! * cell)}</td><td>${digitsOf(state.slope * cell)}</td></tr>
`,
)}</tbody></table></div>
<p class="faint" data-value="row-others">${othersText(row)}</p>
</div>
${chartFigure('row-loss', 'Loss of the row by a weight', drawnRowLoss({ x, y }, row.terms[moved]!.name, { x: w[moved]!, y: state.loss, slope: state.slope * row.terms[moved]!.x }))}
</div>
</section>`;
}

function othersText({ others, rest }: RowData): string {
  return others === 0 ? '' : `${counted(others, 'other term')} add ${digitsOf(rest)} to h together.`;
}
