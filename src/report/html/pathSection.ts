/** How the penalty was chosen: what the folds say of each lambda, and the weights along the path. */
import type { Description } from '../../dataset/dataset.js';
import type { RegularizationPath } from '../../selection/regularizationPath.js';
import { counted, printable } from '../../text.js';
import { pathCurves } from '../pathCurves.js';
import type { PathData } from '../pathData.js';
import { html, type Markup, NOTHING } from './markup.js';
import { chartFigure } from './predictions.js';
import { drawnFolds, drawnPath } from './staticCharts.js';

/** Terms whose weights are drawn: more lines are hard to follow. */
const MOST_DRAWN = 30;

export function pathData(path: RegularizationPath, dataset: Description): PathData {
  const curves = pathCurves(path, dataset, MOST_DRAWN);
  return {
    ...curves,
    terms: curves.terms.map(({ name, y }) => ({ name: printable(name), y: y.map(short) })),
    folds: curves.folds && {
      ...curves.folds,
      mean: curves.folds.mean.map(short),
      low: curves.folds.low.map(short),
      high: curves.folds.high.map(short),
    },
  };
}

/** Digits enough for a screen. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}

export function pathSection(path: PathData): Markup {
  const { terms, others, folds, x } = path;
  const lambda = (place: number) => (10 ** x[place]!).toPrecision(3);
  const chosen =
    folds &&
    html`<p>${counted(folds.count, 'fold')}: the best mean ${folds.metric}, ${folds.mean[folds.min]!.toPrecision(4)}, is at lambda ${lambda(folds.min)}; the largest lambda within one standard error of it is ${lambda(folds.oneSe)}. Chosen is ${lambda(folds.chosen)}, with ${counted(path.nonzero[folds.chosen]!, 'weight')} that ${path.nonzero[folds.chosen] === 1 ? 'is' : 'are'} not 0.</p>
${chartFigure('folds', `Mean ${folds.metric} over the folds by lambda, with one standard error to either side`, drawnFolds(path), html`<p class="legend"><span class="zero">best</span><span class="one">within one standard error</span></p>`)}`;
  const most =
    others === 0 ? '' : `, the ${counted(terms.length, 'largest', 'largest')} of ${terms.length + others}`;
  return html`<section>
<h2>Choice of the penalty</h2>
${chosen ?? NOTHING}
${chartFigure('path', `Weights of the standardized columns by lambda${most}`, drawnPath(path), html`<p class="legend"><span class="zero">above 0 at the smallest lambda</span><span class="one">below</span></p>`)}
<p class="faint screen scripted">Drag over a chart to look closer; a double click shows all again.</p>
</section>`;
}
