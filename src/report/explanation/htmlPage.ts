/** The chain rule of one row as a page of HTML to print: MathML, no script, nothing fetched. */
import { html, type Markup } from '../html/markup.js';
import type { Block, Derivation, Table } from './derivation.js';
import { asInlineMathML, asMathML, type Formula, inText, number } from './formula.js';

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 44rem; padding: 1.5rem 1rem 3rem; font: 1rem/1.5 Georgia, "Times New Roman", serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 1px solid; }
p { margin: .5rem 0; }
math { font-size: 1.1em; }
.formula { overflow-x: auto; padding: .35rem 0; text-align: center; }
.table { position: relative; overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .75rem .2rem 0; text-align: right; vertical-align: baseline; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 7rem; }
thead th { border-bottom: 1px solid; font-weight: normal; }
tbody th { font-weight: normal; }
caption { caption-side: bottom; text-align: left; font-size: .85rem; padding-top: .25rem; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
footer { margin-top: 2.5rem; font-size: .85rem; }
@media print {
  body { padding: 0; max-width: none; font-size: 10.5pt; }
  h2 { break-after: avoid; }
  .formula, tr { break-inside: avoid; }
  .formula, .table { overflow: visible; }
}
`;

/** @param version of the program, for the foot of the page */
export function derivationAsHtml({ title, lead, sections }: Derivation, version: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${lead}</p>
${sections.map(({ title: heading, blocks }) => html`<section>\n<h2>${heading}</h2>\n${blocks.map(blockAsHtml)}</section>\n`)}</main>
<footer>bce-train ${version}</footer>
</body>
</html>
`.html;
}

function blockAsHtml(block: Block): Markup {
  switch (block.kind) {
    case 'prose':
      return html`<p>${block.text}</p>\n`;
    case 'formula':
      // what is wider than a phone can be moved by the keyboard as well
      return html`<div class="formula" tabindex="0" role="math" aria-label="${inText(block.formula)}">${asMathML(block.formula)}</div>\n`;
    case 'table':
      return tableAsHtml(block);
  }
}

function tableAsHtml({ caption, head, rows }: Table): Markup {
  return html`<div class="table" tabindex="0" role="group" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${headAsHtml(cell)}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([name, ...cells]) =>
    html`<tr><th scope="row">${name ?? ''}</th>${cells.map((cell) => html`<td>${cellAsHtml(cell)}</td>`)}</tr>\n`,
)}</tbody>
</table></div>\n`;
}

/** A formula that is seen, and its words, which are heard. */
function headAsHtml(cell: Formula): Markup {
  if (cell.kind === 'word') return html`${cell.text}`;
  return html`<span aria-hidden="true">${asInlineMathML(cell)}</span><span class="heard">${inText(cell)}</span>`;
}

function cellAsHtml(cell: string | number | undefined): Markup {
  return typeof cell === 'number' ? asInlineMathML(number(cell)) : html`${cell ?? ''}`;
}
