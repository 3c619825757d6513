/** The weights as a table with their intervals drawn. */
import type { Description } from '../../dataset/dataset.js';
import { baselineOf, INTERCEPT } from '../../dataset/terms.js';
import type { Inference } from '../../inference/infer.js';
import { ALIASED, type WeightStatistics } from '../../inference/wald.js';
import { namesOf } from '../../model/features.js';
import { type Model, namedWeights, withBaselines } from '../../model/model.js';
import { grouped, printable } from '../../text.js';
import { weightsAsCsv } from '../text/weights.js';
import { html, type Markup, NOTHING } from './markup.js';

/** Terms in the table at most, those of the largest effect. */
const MOST_TERMS = 200;

/** Those that are seen at once. */
const FIRST = 12;

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
  const places = placesOf(dataset);
  return model.terms.map(({ name, weight }) => {
    const { term, baseline } = places.get(name) ?? { term: -1, baseline: undefined };
    const isIntercept = name === INTERCEPT;
    // a constant column has neither
    const statistics = isIntercept ? inference?.weights.at(-1) : inference?.weights[term];
    return { name, baseline, weight, sd: dataset.scaling.scale[term], ...(statistics ?? ALIASED) };
  });
}

/** Where the weight of a term is, -1 for none, and what a level is compared with. */
function placesOf({ features }: Description): Map<string, { term: number; baseline: string | undefined }> {
  return new Map(
    features.flatMap((feature) =>
      namesOf(feature).map(({ name, level }, k) => [
        name,
        {
          term: feature.term < 0 ? -1 : feature.term + k,
          baseline: feature.kind === 'numeric' || level === undefined ? undefined : baselineOf(feature),
        },
      ]),
    ),
  );
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
      : html`<th scope="col">${level} interval</th><th scope="col">std. error</th><th scope="col">z</th><th scope="col">p</th>`;
  const left = all.length - shown.length;
  const terms = withBaselines(model);
  const csv = weightsAsCsv(namedWeights({ terms }), ',', model.inference && terms);
  const table = (
    rows: readonly Coefficient[],
  ) => html`<div class="scroll" tabindex="0" role="region" aria-label="weights"><table class="weights">
<thead><tr><th scope="col">term</th><th scope="col" class="interval">${scaleLabels(widest)}</th><th scope="col">weight</th>${heads}<th scope="col">odds ratio</th></tr></thead>
<tbody>
${rows.map((row) => coefficientRow(row, widest, level))}
</tbody></table></div>`;
  const [first, rest] = [shown.slice(0, FIRST), shown.slice(FIRST)];
  return html`<section>
<h2>Weights</h2>
<p class="faint">A weight is the change of the log odds when its column grows by one; the odds ratio is e to its power.
The bars show the change for one standard deviation of the column${inference === undefined ? '' : ', with its interval'}, so that columns can be compared.</p>
${whyNone === undefined ? NOTHING : html`<p class="faint">${whyNone}</p>`}
<div class="card">${table(first)}
${rest.length > 0 ? html`<details><summary>${grouped(rest.length)} more, of smaller effect</summary>${table(rest)}</details>` : NOTHING}</div>
<p class="screen"><button type="button" class="scripted" id="copy-weights">Copy as CSV</button> <a download="weights.csv" href="data:text/csv;charset=utf-8;base64,${Buffer.from(csv).toString('base64')}">Download all weights as CSV</a></p>
${left > 0 ? html`<p class="faint">The ${grouped(shown.length)} terms of the largest effect; ${grouped(left)} more are in the weights.</p>` : NOTHING}
</section>`;
}

/** The intercept, then the others by their effect. */
function largest(all: readonly Coefficient[]): readonly Coefficient[] {
  const isIntercept = ({ name }: Coefficient) => Number(name === INTERCEPT);
  return [...all]
    .sort((a, b) => isIntercept(b) - isIntercept(a) || Math.abs(effectOf(b)) - Math.abs(effectOf(a)))
    .slice(0, MOST_TERMS);
}

/** Change of the log odds for one standard deviation of the column; 0 where there is none. */
function effectOf({ weight, sd = 0 }: Coefficient): number {
  return weight * sd;
}

function coefficientRow(row: Coefficient, widest: number, level: string): Markup {
  const { name, baseline, weight, standardError, z, p, lower, upper } = row;
  const against = baseline === undefined ? NOTHING : html`<small>against ${printable(baseline)}</small>`;
  const interval = lower === undefined ? '' : `${figure(lower, 3)} to ${figure(upper!, 3)}`;
  const statistics =
    level !== ''
      ? html`<td data-label="${level} interval">${interval}</td><td data-label="std. error">${figure(standardError, 3)}</td><td data-label="z">${figure(z, 3)}</td><td data-label="p">${figure(p, 3)}</td>`
      : NOTHING;
  return html`<tr><th scope="row">${breakable(name)}${against}</th><td class="interval">${bar(row, widest)}</td><td data-label="weight">${figure(weight, 5)}</td>${statistics}<td data-label="odds ratio">${figure(Math.exp(weight), 5)}</td></tr>
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
