/** The report: one page that stands for itself, with nothing to fetch. */
import { createHash } from 'node:crypto';
import type { Description } from '../../dataset/dataset.js';
import type { Diagnosis } from '../../diagnostics/diagnose.js';
import type { Inference } from '../../inference/infer.js';
import type { Scored } from '../../metrics/scored.js';
import type { Model } from '../../model/model.js';
import type { Run } from '../../optimizer/run.js';
import { capitalized, counted, grouped, printable } from '../../text.js';
import { VERSION } from '../../version.js';
import { diagnosisWarnings, endingLine } from '../text/ending.js';
import { cautionLines, devianceLine } from '../text/inference.js';
import { dataLines, descentLine, noteLines, warningLines } from '../text/messages.js';
import { lossData, rowSetData } from './chartData.js';
import { coefficientsSection } from './coefficients.js';
import { dataSection } from './dataSection.js';
import { html, type Markup, NOTHING, scriptJson } from './markup.js';
import type { RowData } from './oneRow.js';
import { outOfSampleSection } from './outOfSample.js';
import type { PageData } from './pageData.js';
import { pathData, pathSection } from './pathSection.js';
import { chartFigure, predictionsSection, type RowSet } from './predictions.js';
import { rowSection } from './rowCard.js';
import { drawnLoss } from './staticCharts.js';
import { termCurves, termCurvesSection } from './termCurves.js';

/** Everything that the page tells of. */
export interface Report {
  readonly dataset: Description;
  readonly validation: Description | undefined;
  readonly model: Model;
  readonly run: Run;
  readonly diagnosis: Diagnosis;
  readonly inference: Inference | undefined;
  /** Why there is no inference; undefined when there is. */
  readonly whyNoInference: string | undefined;
  /** Rows that are worked through. */
  readonly rows: readonly RowData[];
  /** What leads to the same results once more. */
  readonly command: string;
  /** Date that the page bears; undefined for none. */
  readonly date: string | undefined;
  /** The training rows, then the validation rows if there are any. */
  readonly sets: readonly (RowSet & { readonly scored: Scored })[];
}

/** The script and the style sheet of the page, as the build made them. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** The whole page as text; the same bits for the same run. */
export function reportAsHtml(report: Report, { script, style }: PageAssets): string {
  const { model, sets } = report;
  const { target } = model;
  const data: PageData = {
    loss: {
      ...lossData(model.batchHistory ?? model.history, model.validation?.history, model.historyEvery),
      isOfBatches: model.batchHistory !== undefined,
    },
    sets: sets.map(({ scored, metrics }) => rowSetData(scored, metrics)),
    path: model.path && pathData(model.path, report.dataset),
    rows: report.rows,
    labels: { positive: printable(target.positive), negative: printable(target.negative) },
  };
  const name = printable(target.name);
  // only this very script may run, and nothing may be fetched
  const policy = `default-src 'none'; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'; style-src 'unsafe-inline'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="bce-train ${VERSION}">
<title>${name}: logistic regression</title>
<style>${raw(style)}</style>
<noscript><style>.slider, .controls fieldset, .scripted { display: none; }</style></noscript>
</head>
<body>
<main>
${heading(report)}
${data.path === undefined ? lossSection(model, data) : pathSection(data.path)}
${coefficientsSection(model, report.dataset, report.inference, report.whyNoInference)}
${termCurvesSection(termCurves(report.dataset, model, report.inference), report.inference)}
${model.outOfSample === undefined ? NOTHING : outOfSampleSection(model.outOfSample)}
${predictionsSection(sets, data.sets, target)}
${rowSection(data.rows)}
${dataSection(report.dataset)}
${detailsSection(report)}
</main>
<footer>bce-train ${VERSION}</footer>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${raw(script)}</script>
</body>
</html>
`;
  return page.html;
}

/** Text of our own build. */
function raw(text: string): Markup {
  return { html: text };
}

function heading(report: Report): Markup {
  const { dataset, model, run, diagnosis, inference, sets } = report;
  const { target, options } = model;
  const name = printable(target.name);
  const test = sets.at(-1)!;
  const where = sets.length > 1 ? ` (${test.title})` : '';
  const keys: readonly (readonly [title: string, value: string])[] = [
    [`rows trained on`, grouped(model.rows)],
    [
      model.path === undefined
        ? `J after ${counted(model.result.weightsOfEpoch, 'epoch')}`
        : 'J at the lambda chosen',
      model.result.loss.toPrecision(5),
    ],
    [`area under ROC${where}`, test.metrics.rocAuc?.toPrecision(3) ?? 'none'],
    [`accuracy${where}`, test.metrics.accuracy.toPrecision(3)],
  ];
  const warnings = [
    ...warningLines(dataset),
    ...diagnosisWarnings(diagnosis, dataset.features),
    ...(inference === undefined ? [] : cautionLines(inference)),
  ].map((line) => html`<li>${line}</li>`);
  return html`<header>
<h1>${name}</h1>
${report.date === undefined ? NOTHING : html`<p class="faint">${printable(report.date)}</p>`}
<p class="lead">Logistic regression: the probability that ${name} is “${printable(target.positive)}” rather than “${printable(target.negative)}”, from ${counted(model.features.length, 'column')} of ${printable(dataset.name)}.</p>
<dl class="key">${keys.map(([title, value]) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>
<p class="faint">${capitalized(endingLine(run, diagnosis, options))}.</p>
${warnings.length > 0 ? html`<ul class="warnings">${warnings}</ul>` : NOTHING}
</header>`;
}

function lossSection({ validation }: Model, { loss }: PageData): Markup {
  const legend =
    validation === undefined
      ? NOTHING
      : html`<p class="legend"><span class="zero">training</span><span class="one dashed">validation</span></p>`;
  return html`<section>
<h2>Training</h2>
${chartFigure('loss', loss.isOfBatches ? 'Mean loss of the batches by epoch, from J at the start on' : 'Loss by epoch', drawnLoss(loss), legend)}
<p class="faint screen scripted">Drag over the chart to look closer; a double click shows all again.</p>
</section>`;
}

/** What was read and how it was trained, in the words of the command. */
function detailsSection({ dataset, validation, model, inference, command }: Report): Markup {
  const { options } = model;
  const lines = [
    ['data', dataLines(dataset, validation)],
    ['notes', noteLines(dataset)],
    ['training', [descentLine(options)]],
    ['fit', inference === undefined ? [] : [devianceLine(inference)]],
  ] as const;
  return html`<section>
<h2>Details</h2>
<div class="card"><dl class="details">
<dt>command</dt><dd><code>${printable(command)}</code></dd>
${lines
  .filter(([, texts]) => texts.length > 0)
  .map(
    ([title, texts]) =>
      html`<dt>${title}</dt><dd>${texts.map((text) => html`${text}<br>`)}</dd>
`,
  )}
</dl></div>
</section>`;
}
