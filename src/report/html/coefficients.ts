/** The weights as a table with their intervals drawn. */
import type { Description } from '../../dataset/dataset.js';
import { INTERCEPT, termName } from '../../dataset/terms.js';
import type { Inference } from '../../inference/infer.js';
import { ALIASED, type WeightStatistics } from '../../inference/wald.js';
import type { Model } from '../../model/model.js';
import { grouped, printable } from '../../text.js';
import { html, type Markup, NOTHING } from './markup.js';

/** Terms in the table at most, those of the largest effect. */
const MOST_TERMS = 200;

/** Room beyond the largest effect for the ends of intervals; longer ones are cut there. */
const MARGIN = 1.6;

interface Coefficient extends WeightStatistics {
  readonly name: string;
  /** What a level is compared with. */
  readonly baseline: string | undefined;
  readonly weight: number;
  /** Standard deviation of the column; undefined for the intercept and a constant column. */
  readonly sd: number | undefined;
}

function coefficientsOf(
  model: Model,
  dataset: Description,
  inference: Inference | undefined,
): readonly Coefficient[] {
  const statistics = (index: number) => inference?.weights.at(index) ?? ALIASED;
  const found: Coefficient[] = [];
  const unscaled = { baseline: undefined, sd: undefined };
  if (model.intercept !== undefined) {
    found.push({ name: INTERCEPT, ...unscaled, weight: model.intercept, ...statistics(-1) });
  }
  for (const [k, feature] of model.features.entries()) {
    const { term } = dataset.features[k]!;
    if (feature.kind === 'numeric') {
      const { name, weight } = feature;
      if (term < 0) found.push({ name, ...unscaled, weight, ...ALIASED });
      else
        found.push({
          name,
          baseline: undefined,
          sd: dataset.scaling.scale[term]!,
          weight,
          ...statistics(term),
        });
      continue;
    }
    const { levels, weights } = feature;
    for (let level = 1; level < levels.length; level++) {
      found.push({
        name: termName(feature, levels[level]!),
        baseline: levels[0]!,
        sd: dataset.scaling.scale[term + level - 1]!,
        weight: weights[level]!,
        ...statistics(term + level - 1),
      });
    }
  }
  return found;
}

/** The section of the weights. */
export function coefficientsSection(
  model: Model,
  dataset: Description,
  inference: Inference | undefined,
  whyNone: string | undefined,
): Markup {
  const all = coefficientsOf(model, dataset, inference);
  const shown = largest(all);
  const widest = shown.reduce((most, row) => Math.max(most, Math.abs(effectOf(row))), 0) * MARGIN || 1;
  const level = inference === undefined ? '' : `${Number((100 * inference.confidence).toPrecision(12))} %`;
  const heads =
    inference === undefined
      ? NOTHING
      : html`<th>${level} interval</th><th>std. error</th><th>z</th><th>p</th>`;
  const left = all.length - shown.length;
  return html`<section>
<h2>Weights</h2>
<p class="faint">A weight is the change of the log odds when its column grows by one; the odds ratio is e to its power.
The bars show the change for one standard deviation of the column${inference === undefined ? '' : ', with its interval'}, so that columns can be compared.</p>
${whyNone === undefined ? NOTHING : html`<p class="faint">${whyNone}</p>`}
<div class="card scroll"><table>
<thead><tr><th>term</th><th class="interval">${scaleLabels(widest)}</th><th>weight</th>${heads}<th>odds ratio</th></tr></thead>
<tbody>
${shown.map((row) => coefficientRow(row, widest, inference !== undefined))}
</tbody></table></div>
${left > 0 ? html`<p class="faint">The ${grouped(shown.length)} terms of the largest effect; ${grouped(left)} more are in the weights.</p>` : NOTHING}
</section>`;
}

function largest(all: readonly Coefficient[]): readonly Coefficient[] {
  if (all.length <= MOST_TERMS) return all;
  const order = [...all].sort((a, b) => Math.abs(effectOf(b)) - Math.abs(effectOf(a)));
  const kept = new Set(order.slice(0, MOST_TERMS));
  return all.filter((row) => kept.has(row));
}

/** Change of the log odds for one standard deviation of the column; 0 where there is none. */
function effectOf({ weight, sd = 0 }: Coefficient): number {
  return weight * sd;
}

function coefficientRow(row: Coefficient, widest: number, hasStatistics: boolean): Markup {
  const { name, baseline, weight, standardError, z, p, lower, upper } = row;
  const against = baseline === undefined ? NOTHING : html`<small>against ${printable(baseline)}</small>`;
  const interval = lower === undefined ? '' : `${figure(lower, 3)} to ${figure(upper!, 3)}`;
  const statistics = hasStatistics
    ? html`<td>${interval}</td><td>${figure(standardError, 3)}</td><td>${figure(z, 3)}</td><td>${figure(p, 3)}</td>`
    : NOTHING;
  return html`<tr><th scope="row">${breakable(name)}${against}</th><td class="interval">${bar(row, widest)}</td><td>${figure(weight, 5)}</td>${statistics}<td>${figure(Math.exp(weight), 5)}</td></tr>
`;
}

/** The effect as a dot and its interval as a line, on a scale from -widest to widest. */
function bar({ weight, sd, lower, upper }: Coefficient, widest: number): Markup {
  if (sd === undefined) return NOTHING;
  const place = (effect: number) => {
    const share = Math.max(-1, Math.min(1, effect / widest));
    return (50 * (1 + share)).toFixed(2);
  };
  const at = place(weight * sd);
  const whisker =
    lower === undefined
      ? NOTHING
      : html`<line class="whisker" x1="${place(lower * sd)}" x2="${place(upper! * sd)}" y1="13" y2="13"/>`;
  return html`<svg viewBox="0 0 100 26" preserveAspectRatio="none" aria-hidden="true"><line class="axis" x1="50" x2="50" y1="0" y2="26"/>${whisker}<line class="dot" x1="${at}" x2="${at}" y1="13" y2="13"/></svg>`;
}

function scaleLabels(widest: number): Markup {
  const end = Number(widest.toPrecision(2));
  return html`<span class="scale"><span>−${end}</span><span>0</span><span>${end}</span></span>`;
}

/** A name that may go on in a new line after its column. */
function breakable(name: string): Markup {
  const [column, ...level] = printable(name).split(/(?<==)(.*)/s);
  return html`${column!}<wbr>${level.join('')}`;
}

/** Numbers smaller than this are easier to read with an exponent. */
const TINY = 1e-4;

/** Few digits, with a sign that is as wide as a digit. */
function figure(x: number | undefined, digits: number): string {
  if (x === undefined) return '';
  const text = x !== 0 && Math.abs(x) < TINY ? x.toExponential(digits - 1) : x.toPrecision(digits);
  return text.replace(/^-/, '−');
}
