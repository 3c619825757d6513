/** How well the model predicts: figures, charts, and counts at a threshold that the reader moves. */
import type { Metrics } from '../../metrics/metrics.js';
import { capitalized, grouped, printable } from '../../text.js';
import { THRESHOLD_STEPS } from './chartData.js';
import { type Confusion, confusionAt, ratesOf } from './confusion.js';
import { html, type Markup, NOTHING } from './markup.js';
import type { RowSetData } from './pageData.js';
import {
  drawnCalibration,
  drawnGains,
  drawnHistogram,
  drawnPrecisionRecall,
  drawnRoc,
  gainsOf,
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
<div class="grid">
${chartFigure('histogram', 'Predicted probabilities by class', drawnHistogram(drawn), html`<p class="legend"><span class="zero">${zero}</span><span class="one">${one}</span></p>`)}
${chartFigure('calibration', 'Calibration', drawnCalibration(drawn))}
${chartFigure('roc', 'ROC', drawnRoc(drawn))}
${chartFigure('precision-recall', 'Precision and recall', drawnPrecisionRecall(drawn))}
<figure><figcaption><h3>Gains</h3></figcaption><p class="faint">${liftText(drawn[0])}</p><div>${drawnGains(drawn)}</div></figure>
</div>
</section>`;
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

/** What the likeliest tenth, fifth and half of the rows hold. */
function liftText(set: RowSetData): string {
  const { x, y } = gainsOf(set);
  if (x.length === 0) return '';
  const texts = [0.1, 0.2, 0.5].map((share) => {
    const k = Math.max(
      1,
      x.findIndex((xk) => xk >= share),
    );
    const along = (share - x[k - 1]!) / (x[k]! - x[k - 1]! || 1);
    const found = y[k - 1]! + along * (y[k]! - y[k - 1]!);
    return `${100 * share} % of the rows hold ${(100 * found).toFixed(0)} % (lift ${(found / share).toFixed(2)})`;
  });
  return `The likeliest ${texts.join(', ')} of y = 1.`;
}

/** A figure that the script of the page draws a chart into. */
export function chartFigure(name: string, title: string, drawn: Markup, legend: Markup = NOTHING): Markup {
  return html`<figure data-chart="${name}"><figcaption><h3>${title}</h3><output></output></figcaption>${legend}<div class="chart">${drawn}</div></figure>`;
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
