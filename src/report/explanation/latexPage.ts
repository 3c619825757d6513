/** The chain rule of one row as a document for LaTeX, whichever engine sets it. */
import type { Block, Derivation, Table } from './derivation.js';
import { inLatex, latexText, number } from './formula.js';

/** Characters that the usual fonts of pdfTeX have, as `\usepackage[utf8]{inputenc}` knows them. */
const LAST_KNOWN = 0x17f;

/** @param version of the program, for the head of the file */
export function derivationAsLatex({ title, lead, sections }: Derivation, version: string): string {
  const body = sections
    .map(
      ({ title: heading, blocks }) =>
        `\\section*{${latexText(heading)}}\n${blocks.map(blockAsLatex).join('\n')}`,
    )
    .join('\n\n');
  const head = `\\title{${latexText(title)}}\n\\author{${latexText(lead)}}\n\\date{}`;
  return `% bce-train ${version}: for pdflatex, xelatex or lualatex, twice, until the tables have their widths
\\documentclass[11pt,a4paper]{article}
\\usepackage{iftex}
\\ifPDFTeX
\\usepackage[utf8]{inputenc}
\\usepackage[T1]{fontenc}
\\usepackage{textcomp}
${unknownCharacters(head + body)}\\else
\\usepackage{fontspec}
\\fi
\\usepackage[margin=25mm]{geometry}
\\usepackage{amsmath}
\\usepackage{booktabs}
\\usepackage{longtable}
\\setlength{\\parindent}{0pt}
\\allowdisplaybreaks
${head}
\\begin{document}
\\maketitle
${body}

\\end{document}
`;
}

/** What pdfTeX has no letter for, by its number; the other engines have fonts for it. */
function unknownCharacters(text: string): string {
  const codes = [...new Set(Array.from(text, (character) => character.codePointAt(0)!))];
  return codes
    .filter((code) => code > LAST_KNOWN || (code > 0x7e && code < 0xa1))
    .map((code) => code.toString(16).toUpperCase().padStart(4, '0'))
    .map((code) => `\\DeclareUnicodeCharacter{${code}}{[U+${code}]}\n`)
    .join('');
}

function blockAsLatex(block: Block): string {
  switch (block.kind) {
    case 'prose':
      return `\n${latexText(block.text)}\n`;
    case 'formula':
      return `\\[${inLatex(block.formula)}\\]`;
    case 'table':
      return tableAsLatex(block);
  }
}

function tableAsLatex({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `${cells.join(' & ')} \\\\`;
  const cellAs = (cell: string | number | undefined) =>
    typeof cell === 'number' ? `$${inLatex(number(cell))}$` : latexText(cell ?? '');
  return `\\begin{longtable}{@{}p{0.32\\textwidth}${'r'.repeat(head.length - 1)}@{}}
\\toprule
${line(head.map((cell) => `$${inLatex(cell)}$`))}
\\midrule
\\endhead
${rows.map((cells) => line(cells.map(cellAs))).join('\n')}
\\bottomrule
\\end{longtable}`;
}
