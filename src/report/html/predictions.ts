/** How well the model predicts: figures, charts, and counts at a threshold that the reader moves. */
import type { Metrics } from '../../metrics/metrics.js';
import { capitalized, grouped, printable } from '../../text.js';
import { THRESHOLD_STEPS } from './chartData.js';
import { html, type Markup, NOTHING } from './markup.js';

/** A set of rows under the model. */
export interface RowSet {
  /** As in `training rows`. */
  readonly title: string;
  readonly metrics: Metrics;
}

export function predictionsSection(
  sets: readonly RowSet[],
  labels: { readonly positive: string; readonly negative: string },
): Markup {
  const [one, zero] = [printable(labels.positive), printable(labels.negative)];
  return html`<section>
<h2>Predictions</h2>
${figuresOf(sets)}
<div class="card threshold">
<div class="controls">
<label class="slider"><span>Threshold</span> <input type="range" id="threshold" min="0" max="${THRESHOLD_STEPS}" step="1" value="${THRESHOLD_STEPS / 2}"> <output data-value="threshold" for="threshold">0.500</output></label>
${sets.length > 1 ? choice(sets) : NOTHING}
</div>
<div class="confusion">
<div><table>
<thead><tr><th></th><th>predicted ${one}</th><th>predicted ${zero}</th></tr></thead>
<tbody>
<tr><th scope="row">${one}</th><td class="right"><span data-value="truePositives"></span><small>right</small></td><td><span data-value="falseNegatives"></span><small>missed</small></td></tr>
<tr><th scope="row">${zero}</th><td><span data-value="falsePositives"></span><small>false alarms</small></td><td class="right"><span data-value="trueNegatives"></span><small>right</small></td></tr>
</tbody></table></div>
<dl class="rates">
${['accuracy', 'precision', 'recall', 'specificity', 'f1'].map(
  (rate) => html`<dt>${rate === 'f1' ? 'F1' : rate}</dt><dd data-value="${rate}"></dd>`,
)}
</dl>
</div>
</div>
<div class="grid">
${chartFigure('histogram', 'Predicted probabilities by class', html`<p class="legend"><span class="zero">${zero}</span><span class="one">${one}</span></p>`)}
${chartFigure('calibration', 'Calibration')}
${chartFigure('roc', 'ROC')}
${chartFigure('precision-recall', 'Precision and recall')}
</div>
</section>`;
}

/** A figure that the script of the page draws a chart into. */
export function chartFigure(name: string, title: string, legend: Markup = NOTHING): Markup {
  return html`<figure data-chart="${name}"><figcaption><h3>${title}</h3><output></output></figcaption>${legend}<div class="chart"></div></figure>`;
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
