/** How good such a fit is on rows that it has not seen. */
import { ESTIMATED, type EstimatedMetric } from '../../selection/choices.js';
import type { OutOfSample } from '../../selection/outOfSample.js';
import { counted, printable } from '../../text.js';
import { html, type Markup } from './markup.js';

const NAMES: Readonly<Record<EstimatedMetric, string>> = {
  logLoss: 'log loss',
  brier: 'Brier score',
  mcFaddenR2: 'McFadden R²',
  rocAuc: 'area under ROC',
  averagePrecision: 'average precision',
  expectedCalibrationError: 'expected calibration error',
  accuracy: 'accuracy at a threshold of 0.5',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
};

export function outOfSampleSection({ folds, column, metrics }: OutOfSample): Markup {
  const together =
    column === undefined ? '' : `, the rows of one “${printable(column)}” being in one of them`;
  const rows = ESTIMATED.map((name) => {
    const estimate = metrics[name];
    const [mean, se] =
      estimate === undefined ? ['none', ''] : [estimate.mean.toFixed(4), estimate.se.toFixed(4)];
    return html`<tr><th scope="row">${NAMES[name]}</th><td>${mean}</td><td>${se}</td></tr>
`;
  });
  return html`<section>
<h2>On rows that were not seen</h2>
<p>Each of ${counted(folds, 'fold')} was predicted by a fit without it${together}. The mean over the folds, and its standard error:</p>
<div class="card scroll" tabindex="0" role="region" aria-label="metrics of rows that were not seen"><table><thead><tr><th scope="col">metric</th><th scope="col">mean</th><th scope="col">standard error</th></tr></thead><tbody>
${rows}</tbody></table></div>
</section>`;
}
