/** What the columns hold: kinds, typical values, levels, and cells that were missing. */

import type { Description, Feature } from '../../dataset/dataset.js';
import { textsOf } from '../../dataset/terms.js';
import { grouped, printable } from '../../text.js';
import { html, type Markup } from './markup.js';

/** Columns and levels that are shown at most. */
const MOST_COLUMNS = 200;
const MOST_LEVELS = 8;
/** Columns up to which they are seen at once. */
const OPEN = 20;

export function dataSection({ features, reading, rows }: Description): Markup {
  const missing = new Map(reading.missing);
  const left = features.length - MOST_COLUMNS;
  return html`<section>
<h2>Data</h2>
<details class="card"${features.length <= OPEN ? html` open` : ''}><summary>${grouped(features.length)} columns of ${grouped(rows)} rows</summary>
<div class="scroll" tabindex="0" role="region" aria-label="columns"><table>
<thead><tr><th scope="col">column</th><th scope="col" class="text">values</th><th scope="col">missing</th></tr></thead>
<tbody>
${features.slice(0, MOST_COLUMNS).map(
  (
    feature,
  ) => html`<tr><th scope="row">${printable(feature.name)}</th><td class="text">${valuesOf(feature)}</td><td>${grouped(missing.get(feature.name) ?? 0)}</td></tr>
`,
)}</tbody></table></div>
${left > 0 ? html`<p class="faint">And ${grouped(left)} more.</p>` : ''}</details>
</section>`;
}

function valuesOf(feature: Feature): string {
  if (feature.kind === 'numeric') {
    return `mean ${short(feature.mean)}, standard deviation ${short(feature.sd)}`;
  }
  const levels = textsOf(feature);
  const counts = feature.counts.slice(-levels.length);
  const shown = levels.slice(0, MOST_LEVELS).map((level, k) => `${printable(level)} ${grouped(counts[k]!)}`);
  const left = levels.length - MOST_LEVELS;
  return `${shown.join(', ')}${left > 0 ? ` and ${grouped(left)} more levels` : ''}`;
}

function short(x: number): string {
  return String(Number(x.toPrecision(4))).replace(/^-/, '−');
}
