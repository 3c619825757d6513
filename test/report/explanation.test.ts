/** The chain rule of a row as a page to print: the numbers of the explanation, in MathML and in LaTeX that compiles. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import {
  asInlineMathML,
  inLatex,
  latexText,
  math,
  number,
  operand,
} from '../../src/report/explanation/formula.js';
import { bceTrain, example, fixture, temporary } from '../support/support.js';

async function explained(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await bceTrain([...args, '-q']);
  assert.equal(code, 0, stderr);
  return stdout;
}

const PATIENTS = [fixture('patients.csv'), '--explain', '--epochs', '20'];
const TERMS = [
  ...[example('titanic.csv'), '--missing', 'drop', '--add', 'log(age)', '--add', 'sex*age', '--explain', '3'],
  ...['--optimizer', 'newton', '--l2', '0.1', '--class-weight', 'balanced'],
];

/** What a page says, without its marks. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replace(/\s+/g, ' ');
}

function withoutPdflatex(): string | false {
  return spawnSync('pdflatex', ['--version']).status === 0
    ? false
    : 'no pdflatex (texlive-latex-recommended)';
}

/** A table with names that mean something to HTML and LaTeX, and letters that pdfTeX has none for. */
function oddTable(): string {
  const names = ['100%_$&#{}~^\\', '<b>\'"`|', '年齢é—'];
  const rows = [0, 1, 2, 3, 4, 5].map((i) => [i, (i * 7) % 5, (i * i) % 7, i % 2].join(','));
  const head = [...names, 'y'].map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
  return temporary('odd.csv', `${head}\n${rows.join('\n')}\n`);
}

describe('a formula', () => {
  it('binds indices and powers to what is before them', () => {
    assert.equal(inLatex(math`x_j^${math`-h`} * sigma(h)`), '{{x}_{j}}^{- h} \\cdot \\sigma ( h )');
    assert.equal(
      asInlineMathML(math`w_j`).html,
      '<math><msub><mrow><mi>w</mi></mrow><mrow><mi>j</mi></mrow></msub></math>',
    );
  });

  it('writes numbers with six digits, a power of ten, and brackets behind a sign', () => {
    for (const [value, latex] of [
      [0.1234567, '0.123457'],
      [-2, '-2'],
      [1e-9, '1 \\cdot 10^{-9}'],
      [-1.5e12, '-1.5 \\cdot 10^{12}'],
      [0, '0'],
      [Number.POSITIVE_INFINITY, '\\infty'],
      [Number.NEGATIVE_INFINITY, '-\\infty'],
      [Number.NaN, '\\text{undefined}'],
    ] as const) {
      assert.equal(inLatex(number(value)), latex);
    }
    assert.equal(inLatex(operand(-2)), '( -2 )');
    assert.match(asInlineMathML(number(-1e-9)).html, /<mo form="prefix">−<\/mo><mn>1<\/mn>.*<mn>−9<\/mn>/);
  });

  it('lets no text command LaTeX', () => {
    assert.equal(latexText('a_b%\\end{x}'), 'a\\_b\\%\\textbackslash{}end\\{x\\}');
  });
});

describe('the chain rule of a row as a page', () => {
  it('has every number of the explanation', async () => {
    const { terms, h, z, loss, dldz, dzdh, product } = JSON.parse(
      await explained([...PATIENTS, '--format', 'json']),
    );
    const page = textOf(await explained([...PATIENTS, '--format', 'html'])).replaceAll('− ', '-');
    const latex = await explained([...PATIENTS, '--format', 'latex']);
    const own = terms.flatMap((term: Record<string, number>) =>
      ['x', 'w', 'part', 'cancelled', 'sum'].map((key) => term[key]!),
    );
    for (const value of [h, z, loss, dldz, dzdh, product, ...own]) {
      const digits = String(Number(value.toPrecision(6)));
      assert.ok(page.includes(digits), `HTML: ${digits}`);
      assert.ok(latex.includes(digits), `LaTeX: ${digits}`);
    }
  });

  it('goes through terms to the columns, and has the weight of the row and the penalty', async () => {
    const page = textOf(await explained([...TERMS, '--format', 'html']));
    assert.match(page, /age, log\(age\) 1\/age 0\.5/);
    assert.match(page, /this row has c = 0\.844911/);
    assert.match(page, /The penalty adds 0\.0378374 to J/);
  });

  it('says why factors that cannot be multiplied cancel', async () => {
    const args = [fixture('patients.csv'), '--explain', '20', '--init', fixture('patients-saturated.csv')];
    assert.match(textOf(await explained([...args, '--format', 'html'])), /No arithmetic can multiply these/);
  });

  it('is before training with --epochs 0, and says so', async () => {
    const page = await explained([fixture('patients.csv'), '--explain', '--epochs', '0', '--format', 'html']);
    assert.match(page, /at zero weights, before training/);
    const { stderr } = await bceTrain([fixture('patients.csv'), '--explain', '--epochs', '5']);
    assert.match(stderr, /--epochs 0 explains the row before training/);
  });

  it('is self-contained HTML in which names are text', async () => {
    const page = await explained([oddTable(), '--explain', '--epochs', '1', '--format', 'html']);
    assert.doesNotMatch(page, /<script|<link|<img|src=|<b>/i);
    assert.match(page, /default-src 'none'/);
    assert.match(page, /&lt;b&gt;&#39;&quot;`\|/);
    const opened = page.match(/<(math|mrow|table|tr|td|th|section|div|main)\b/g)!.length;
    assert.equal(page.match(/<\/(math|mrow|table|tr|td|th|section|div|main)>/g)!.length, opened);
  });

  it('is LaTeX that compiles, whatever the names', { skip: withoutPdflatex() }, async () => {
    for (const args of [TERMS, [oddTable(), '--explain', '--epochs', '1']]) {
      const path = temporary('row.tex');
      await explained([...args, '-o', path]);
      const options = ['-interaction=nonstopmode', '-halt-on-error', 'row.tex'];
      execFileSync('pdflatex', options, { cwd: dirname(path), stdio: 'ignore' });
      assert.match(readFileSync(path.replace(/tex$/, 'pdf')).subarray(0, 5).toString(), /%PDF/);
    }
  });

  it('goes to a file in the form of its ending, whole or not at all', async () => {
    for (const [ending, first] of [
      ['html', '<!doctype html>'],
      ['tex', '% bce-train'],
      ['json', '{'],
      ['txt', 'row 1 of'],
    ] as const) {
      const path = temporary(`row.${ending}`);
      assert.equal(await explained([...PATIENTS, '-o', path]), '');
      assert.ok(readFileSync(path, 'utf8').startsWith(first), ending);
    }
    const init = temporary('init.csv', readFileSync(fixture('patients-weights.csv'), 'utf8'));
    const { code, stderr } = await bceTrain([
      fixture('patients.csv'),
      '--explain',
      '--init',
      init,
      '-o',
      init,
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /is the file of --init/);
  });

  it('is of an explanation only', async () => {
    for (const [args, message] of [
      [['--format', 'html'], /--format html goes with --explain only/],
      [['--check-gradient', '--format', 'latex'], /--format latex goes with --explain only/],
      [['--explain', '--format', 'csv'], /it gives table, json, html or latex/],
    ] as const) {
      const { code, stderr } = await bceTrain([fixture('patients.csv'), ...args]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });
});
