/** How well the model predicts: figures, charts, and counts at a threshold that the reader moves. */
import type { Metrics } from '../../metrics/metrics.js';
import { capitalized, grouped, printable } from '../../text.js';
import { THRESHOLD_STEPS } from './chartData.js';
import { type Confusion, confusionAt, ratesOf } from './confusion.js';
import { bestStep, costAt } from './cost.js';
import { foundWith, gainsOf } from './gains.js';
import { html, type Markup, NOTHING } from './markup.js';
import type { RowSetData } from './pageData.js';
import {
  drawnCalibration,
  drawnCost,
  drawnGains,
  drawnHistogram,
  drawnLift,
  drawnPrecisionRecall,
  drawnRoc,
} from './staticCharts.js';

/** A set of rows under the model. */
export interface RowSet {
  /** As in `training rows`. */
  readonly title: string;
  readonly metrics: Metrics;
}

export function predictionsSection(
  sets: readonly RowSet[],
  curves: readonly RowSetData[],
  labels: { readonly positive: string; readonly negative: string },
): Markup {
  const [one, zero] = [printable(labels.positive), printable(labels.negative)];
  const at = (k: number) => confusionAt(curves[k]!, THRESHOLD_STEPS / 2);
  const counts = at(0);
  const rates = ratesOf(counts);
  const drawn = curves as readonly [RowSetData, ...RowSetData[]];
  const ofSets = legendOf(sets);
  return html`<section>
<h2>Predictions</h2>
${figuresOf(sets)}
<div class="card threshold">
<div class="controls">
<noscript>${sets.map(({ title }, k) => html`<p>At a threshold of 0.500, ${title}: ${inWords(at(k), one, zero)}.</p>`)}</noscript>
<label class="slider"><span>Threshold</span> <input type="range" id="threshold" min="0" max="${THRESHOLD_STEPS}" step="1" value="${THRESHOLD_STEPS / 2}"> <output data-value="threshold" for="threshold">0.500</output></label>
${sets.length > 1 ? choice(sets) : NOTHING}
</div>
<div class="confusion">
<div><table>
<thead><tr><td></td><th scope="col">predicted ${one}</th><th scope="col">predicted ${zero}</th></tr></thead>
<tbody>
<tr><th scope="row">${one}</th><td class="right"><span data-value="truePositives">${countText(counts.truePositives)}</span><small>right</small></td><td><span data-value="falseNegatives">${countText(counts.falseNegatives)}</span><small>missed</small></td></tr>
<tr><th scope="row">${zero}</th><td><span data-value="falsePositives">${countText(counts.falsePositives)}</span><small>false alarms</small></td><td class="right"><span data-value="trueNegatives">${countText(counts.trueNegatives)}</span><small>right</small></td></tr>
</tbody></table></div>
<dl class="rates">
${(['accuracy', 'precision', 'recall', 'specificity', 'f1'] as const).map(
  (rate) =>
    html`<dt>${rate === 'f1' ? 'F1' : rate}</dt><dd data-value="${rate}">${rateText(rates[rate])}</dd>`,
)}
</dl>
</div>
</div>
${costCard(sets, curves, ofSets)}
<div class="grid">
${chartFigure('histogram', 'Predicted probabilities by class', drawnHistogram(drawn), html`<p class="legend"><span class="zero">${zero}</span><span class="one">${one}</span></p>`)}
${chartFigure('calibration', 'Calibration', drawnCalibration(drawn), ofSets)}
${chartFigure('roc', 'ROC', drawnRoc(drawn), ofSets)}
${chartFigure('precision-recall', 'Precision and recall', drawnPrecisionRecall(drawn), ofSets)}
${chartFigure('gains', 'Gains', drawnGains(drawn), ofSets, liftTable(sets, curves))}
${chartFigure('lift', 'Lift', drawnLift(drawn), ofSets)}
</div>
</section>`;
}

/** What errors cost by threshold: with any costs by the script, without it for those that people have. */
function costCard(sets: readonly RowSet[], curves: readonly RowSetData[], legend: Markup): Markup {
  const drawn = chartFigure(
    'cost',
    'Cost of the threshold',
    drawnCost(curves, EVEN),
    html`<p class="faint">What a row costs on average where every error has a price. The best threshold is chosen on the rows that it is shown for.</p>
<div class="controls scripted">
<label class="price">a false alarm costs <input type="number" class="number" id="cost-falsePositive" min="0" step="any" value="1"></label>
<label class="price">a miss costs <input type="number" class="number" id="cost-falseNegative" min="0" step="any" value="1"></label>
<p class="told" aria-live="polite"><span data-value="cost"></span> <button type="button" id="take-best">Move the threshold there</button></p>
</div>
${legend}`,
    html`<details class="below"><summary>Best thresholds for usual prices</summary><div class="scroll" tabindex="0" role="region" aria-label="best thresholds"><table>
<thead><tr><th scope="col" class="slim">a false alarm : a miss</th>${sets.map(({ title }) => html`<th scope="col" class="slim">best threshold, ${title}</th><th scope="col" class="slim">cost of a row</th>`)}</tr></thead>
<tbody>
${PRICES.map(([falsePositive, falseNegative]) => {
  const costs = { falsePositive, falseNegative };
  const cells = curves.map((set) => {
    const step = bestStep(set, costs)!;
    return html`<td>${(step / THRESHOLD_STEPS).toFixed(3)}</td><td>${costAt(set, step, costs).toFixed(4)}</td>`;
  });
  return html`<tr><th scope="row" class="slim whole">${falsePositive} : ${falseNegative}</th>${cells}</tr>
`;
})}</tbody></table></div></details>`,
  );
  return html`<div class="wide">${drawn}</div>`;
}

const EVEN = { falsePositive: 1, falseNegative: 1 };
/** Costs of a false alarm and of a miss. */
const PRICES = [
  [1, 10],
  [1, 5],
  [1, 2],
  [1, 1],
  [2, 1],
  [5, 1],
  [10, 1],
] as const;

/** Which line is whose, where there are two. */
function legendOf(sets: readonly RowSet[]): Markup {
  if (sets.length === 1) return NOTHING;
  return html`<p class="legend">${sets.map(({ title }, k) => html`<span class="${k === 0 ? 'accent' : 'one dashed'}">${title}</span>`)}</p>`;
}

const SHARES = [0.1, 0.2, 0.5];

/** What the likeliest tenth, fifth and half of the rows hold. */
function liftTable(sets: readonly RowSet[], curves: readonly RowSetData[]): Markup {
  const gains = curves.map(gainsOf);
  if (gains[0]!.x.length === 0) return NOTHING;
  return html`<div class="scroll below" tabindex="0" role="region" aria-label="lift"><table>
<thead><tr><th scope="col">likeliest</th>${sets.map(({ title }) => html`<th scope="col" class="slim">found, ${title}</th><th scope="col">lift</th>`)}</tr></thead>
<tbody>
${SHARES.map((share) => {
  const cells = gains.map((curve) => {
    if (curve.x.length === 0) return html`<td>none</td><td>none</td>`;
    const found = foundWith(curve, share);
    return html`<td>${(100 * found).toFixed(1)} %</td><td>${(found / share).toFixed(2)}</td>`;
  });
  return html`<tr><th scope="row" class="slim whole">${100 * share} %</th>${cells}</tr>
`;
})}</tbody></table></div>`;
}

/** A rate as the script shows it. */
function rateText(rate: number): string {
  return Number.isNaN(rate) ? 'none' : rate.toFixed(3);
}

/** Counts with at most one decimal, as the script shows them. */
function countText(count: number): string {
  const text = String(Number(count.toFixed(1)));
  const [whole, part] = text.split('.');
  return part === undefined ? grouped(Number(whole)) : `${grouped(Number(whole))}.${part}`;
}

function inWords(confusion: Confusion, one: string, zero: string): string {
  const { truePositives, falseNegatives, falsePositives, trueNegatives } = confusion;
  const { accuracy } = ratesOf(confusion);
  return `${countText(truePositives)} of ${countText(truePositives + falseNegatives)} of ${one} found, ${countText(trueNegatives)} of ${countText(trueNegatives + falsePositives)} of ${zero} right, accuracy ${rateText(accuracy)}`;
}

/**
 * A figure that the script of the page draws a chart into.
 *
 * @param after what stands below the chart
 */
export function chartFigure(
  name: string,
  title: string,
  drawn: Markup,
  legend: Markup = NOTHING,
  after: Markup = NOTHING,
): Markup {
  return html`<figure data-chart="${name}"><figcaption><h3>${title}</h3><output></output></figcaption>${legend}<div class="chart">${drawn}</div>${after}</figure>`;
}

function choice(sets: readonly RowSet[]): Markup {
  const options = sets.map(
    ({ title }, k) =>
      html`<label><input type="radio" name="rows" value="${k}"${k === 0 ? html` checked` : NOTHING}>${title}</label>`,
  );
  return html`<fieldset aria-label="rows">${options}</fieldset>`;
}

/** What does not depend on a threshold. */
const FIGURES: readonly (readonly [title: string, of: (metrics: Metrics) => number | undefined])[] = [
  ['log loss', ({ logLoss }) => logLoss],
  ['Brier score', ({ brier }) => brier],
  ['McFadden R²', ({ mcFaddenR2 }) => mcFaddenR2],
  ['area under ROC', ({ rocAuc }) => rocAuc],
  ['average precision', ({ averagePrecision }) => averagePrecision],
  ['expected calibration error', ({ expectedCalibrationError }) => expectedCalibrationError],
];

function figuresOf(sets: readonly RowSet[]): Markup {
  const groups = sets.map(
    ({
      title,
      metrics,
    }) => html`<h3>${capitalized(title)} <span class="faint">${grouped(metrics.rows)}</span></h3>
<dl class="key key-small">${FIGURES.map(([name, of]) => html`<div><dt>${name}</dt><dd>${of(metrics)?.toPrecision(4) ?? 'none'}</dd></div>`)}</dl>
`,
  );
  return html`<div class="card figures">${groups}</div>`;
}
