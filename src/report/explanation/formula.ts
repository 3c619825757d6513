/** Formulas as trees, written as MathML for a page and as LaTeX. */
import { html, type Markup } from '../html/markup.js';

export type Formula =
  | { readonly kind: 'letter' | 'function' | 'operator' | 'word'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'row'; readonly parts: readonly Formula[] }
  | { readonly kind: 'fraction'; readonly over: Formula; readonly under: Formula }
  | { readonly kind: 'sub' | 'super'; readonly base: Formula; readonly index: Formula }
  | { readonly kind: 'sum'; readonly index: Formula };

type Part = Formula | string;

/** Greek letters and functions by their names, and signs by what a keyboard has for them. */
const FUNCTIONS = new Set(['log', 'max', 'log1p', 'sign']);
const GREEK: Readonly<Record<string, string>> = { sigma: 'σ', lambda: 'λ', infinity: '∞' };
const SIGNS: Readonly<Record<string, string>> = { '-': '−', '*': '·' };
const TOKEN = /[a-z]+1p|sigma|lambda|infinity|log|max|sign|[A-Za-z]|\d+|\S/g;

/**
 * A formula as it is typed: letters stand for themselves, `_` and `^` bind the next sign, `*` is the dot of a product.
 * Values are formulas.
 */
export function math(strings: TemplateStringsArray, ...values: readonly Part[]): Formula {
  const parts: Formula[] = [];
  let pending: 'sub' | 'super' | undefined;
  const add = (part: Formula) => {
    if (pending === undefined) parts.push(part);
    else parts.push({ kind: pending, base: parts.pop()!, index: part });
    pending = undefined;
  };
  strings.forEach((text, i) => {
    for (const [token] of text.matchAll(TOKEN)) {
      if (token === '_') pending = 'sub';
      else if (token === '^') pending = 'super';
      else add(tokenAs(token));
    }
    const value = values[i];
    if (value !== undefined) add(asFormula(value));
  });
  return parts.length === 1 ? parts[0]! : { kind: 'row', parts };
}

function tokenAs(token: string): Formula {
  if (FUNCTIONS.has(token)) return { kind: 'function', text: token };
  if (token in GREEK) return { kind: 'letter', text: GREEK[token]! };
  if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
  if (/^[A-Za-z]$/.test(token)) return { kind: 'letter', text: token };
  return { kind: 'operator', text: SIGNS[token] ?? token };
}

function asFormula(part: Part): Formula {
  return typeof part === 'string' ? word(part) : part;
}

/** Text from outside, upright. */
export function word(text: string): Formula {
  return { kind: 'word', text };
}

export function number(value: number): Formula {
  return { kind: 'number', value };
}

/** A number behind a sign: in brackets where it has one itself. */
export function operand(value: number): Formula {
  return value < 0 || Object.is(value, -0) ? math`(${number(value)})` : number(value);
}

export function fraction(over: Formula, under: Formula): Formula {
  return { kind: 'fraction', over, under };
}

export function sum(index: string): Formula {
  return { kind: 'sum', index: { kind: 'letter', text: index } };
}

/** Parts after each other, with a sign between them. */
export function joined(parts: readonly Formula[], sign: string): Formula {
  return { kind: 'row', parts: parts.flatMap((part, k) => (k === 0 ? [part] : [tokenAs(sign), part])) };
}

const DIGITS = 6;

/** Digits of a number, and the power of ten behind them, 0 for none. */
function digitsOf(value: number): readonly [digits: string, power: number] {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e7)) return [String(Number(value.toPrecision(DIGITS))), 0];
  const [digits, power] = value.toExponential(DIGITS - 1).split('e');
  return [String(Number(digits)), Number(power)];
}

/** Pieces that begin at the signs =, so that lines may end before them. */
export function asMathML(formula: Formula): Markup {
  const parts = formula.kind === 'row' ? formula.parts : [formula];
  const pieces: Formula[][] = [[]];
  let signs = 0;
  for (const part of parts) {
    const isSign = part.kind === 'operator' && part.text === '=';
    if (isSign && signs++ > 0) pieces.push([]);
    pieces.at(-1)!.push(part);
  }
  return html`${pieces.map((piece) => html`<math displaystyle="true">${inMathML({ kind: 'row', parts: piece })}</math> `)}`;
}

/** Within a line. */
export function asInlineMathML(formula: Formula): Markup {
  return html`<math>${inMathML(formula)}</math>`;
}

function inMathML(formula: Formula): Markup {
  switch (formula.kind) {
    case 'letter':
      return html`<mi>${formula.text}</mi>`;
    case 'function':
      return html`<mi>${formula.text}</mi>`;
    case 'operator':
      return html`<mo>${formula.text}</mo>`;
    case 'word':
      return html`<mtext>${formula.text}</mtext>`;
    case 'number':
      return numberInMathML(formula.value);
    case 'row':
      return html`<mrow>${formula.parts.map((part, k) => partInMathML(part, formula.parts[k - 1], formula.parts[k + 1]))}</mrow>`;
    case 'fraction':
      return html`<mfrac>${whole(formula.over)}${whole(formula.under)}</mfrac>`;
    case 'sub':
      return html`<msub>${whole(formula.base)}${whole(formula.index)}</msub>`;
    case 'super':
      return html`<msup>${whole(formula.base)}${whole(formula.index)}</msup>`;
    case 'sum':
      return html`<munder><mo>∑</mo>${whole(formula.index)}</munder>`;
  }
}

const FENCES = new Set(['(', ')', '[', ']', '|']);
const THIN = html`<mspace width="0.17em"></mspace>`;

/** A part with the space that its neighbours ask for. */
function partInMathML(part: Formula, before: Formula | undefined, after: Formula | undefined): Markup {
  const opens = (one: Formula | undefined) =>
    one === undefined || (one.kind === 'operator' && !')]|'.includes(one.text));
  if (part.kind === 'operator') {
    if (FENCES.has(part.text)) return html`<mo stretchy="false" lspace="0" rspace="0">${part.text}</mo>`;
    return part.text === '−' && opens(before) ? html`<mo form="prefix">−</mo>` : inMathML(part);
  }
  if (part.kind !== 'function') return inMathML(part);
  const isCalled = after?.kind === 'operator' && after.text === '(';
  return html`${opens(before) ? [] : THIN}${inMathML(part)}${isCalled ? [] : THIN}`;
}

/** One element, where a place takes one. */
function whole(formula: Formula): Markup {
  return html`<mrow>${inMathML(formula)}</mrow>`;
}

function numberInMathML(value: number): Markup {
  if (Number.isNaN(value)) return html`<mtext>undefined</mtext>`;
  const sign = value < 0 ? html`<mo form="prefix">−</mo>` : html``;
  if (!Number.isFinite(value)) return html`${sign}<mi>∞</mi>`;
  const [digits, power] = digitsOf(Math.abs(value));
  if (power === 0) return html`${sign}<mn>${digits}</mn>`;
  return html`${sign}<mn>${digits}</mn><mo>·</mo><msup><mn>10</mn><mn>${String(power).replace('-', '−')}</mn></msup>`;
}

/** A formula in a line of plain text, for whoever hears it read. */
export function inText(formula: Formula): string {
  switch (formula.kind) {
    case 'letter':
    case 'function':
    case 'operator':
    case 'word':
      return formula.text;
    case 'number':
      return String(formula.value);
    case 'row':
      return formula.parts.map(inText).join(' ');
    case 'fraction':
      return `${inText(formula.over)} / ${inText(formula.under)}`;
    case 'sub':
      return `${inText(formula.base)} ${inText(formula.index)}`;
    case 'super':
      return `${inText(formula.base)} ^ ${inText(formula.index)}`;
    case 'sum':
      return `sum over ${inText(formula.index)} of`;
  }
}

/** A formula for LaTeX's math mode. */
export function inLatex(formula: Formula): string {
  switch (formula.kind) {
    case 'letter':
      return LATEX_LETTERS[formula.text] ?? formula.text;
    case 'function':
      return formula.text === 'log1p' ? '\\operatorname{log1p}' : (LATEX_FUNCTIONS[formula.text] ?? '');
    case 'operator':
      return LATEX_SIGNS[formula.text] ?? formula.text;
    case 'word':
      return `\\text{${latexText(formula.text)}}`;
    case 'number':
      return numberInLatex(formula.value);
    case 'row':
      return formula.parts.map(inLatex).join(' ');
    case 'fraction':
      return `\\frac{${inLatex(formula.over)}}{${inLatex(formula.under)}}`;
    case 'sub':
      return `{${inLatex(formula.base)}}_{${inLatex(formula.index)}}`;
    case 'super':
      return `{${inLatex(formula.base)}}^{${inLatex(formula.index)}}`;
    case 'sum':
      return `\\sum_{${inLatex(formula.index)}}`;
  }
}

const LATEX_LETTERS: Readonly<Record<string, string>> = { σ: '\\sigma', λ: '\\lambda', '∞': '\\infty' };
const LATEX_SIGNS: Readonly<Record<string, string>> = { '−': '-', '·': '\\cdot' };
const LATEX_FUNCTIONS: Readonly<Record<string, string>> = {
  log: '\\log',
  max: '\\max',
  sign: '\\operatorname{sign}',
};

function numberInLatex(value: number): string {
  if (Number.isNaN(value)) return '\\text{undefined}';
  const sign = value < 0 ? '-' : '';
  if (!Number.isFinite(value)) return `${sign}\\infty`;
  const [digits, power] = digitsOf(Math.abs(value));
  return power === 0 ? `${sign}${digits}` : `${sign}${digits} \\cdot 10^{${power}}`;
}

const LATEX_TEXT: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '^': '\\textasciicircum{}',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '%': '\\%',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  "'": '\\textquotesingle{}',
  '`': '\\textasciigrave{}',
  '-': '{-}',
};

/** Text from outside for LaTeX, in which no character commands anything. */
export function latexText(text: string): string {
  return text.replace(/[\\{}$&#^_~%<>|"'`-]/g, (character) => LATEX_TEXT[character]!);
}
