/** The chain rule of one row as what a page says, section by section, whatever it is written in. */
import type { Explanation } from '../../check/explain.js';
import { INTERCEPT } from '../../dataset/terms.js';
import type { Reduction } from '../../objective/reference.js';
import { grouped, printable, quoted } from '../../text.js';
import { type Formula, fraction, joined, math, number, operand, sum, word } from './formula.js';

export type Block =
  | { readonly kind: 'prose'; readonly text: string }
  | { readonly kind: 'formula'; readonly formula: Formula }
  | Table;

export interface Table {
  readonly kind: 'table';
  /** What it shows, for those who do not see it. */
  readonly caption: string;
  readonly head: readonly Formula[];
  /** A name, then numbers; an empty cell is undefined. */
  readonly rows: readonly (readonly (string | number | undefined)[])[];
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface Derivation {
  readonly title: string;
  readonly lead: string;
  readonly sections: readonly Section[];
}

/** Terms that h is written out for, in place of the table alone. */
const MOST_WRITTEN_OUT = 4;

const d = (of: Formula, by: Formula) => fraction(math`d ${of}`, math`d ${by}`);
const [h, z, l, x, w, J] = [math`h`, math`z`, math`l`, math`x_j`, math`w_j`, math`J`];

const prose = (text: string): Block => ({ kind: 'prose', text });
const formula = (one: Formula): Block => ({ kind: 'formula', formula: one });

/** @param weights where the weights are from, in words */
export function derivationOf(
  explanation: Explanation,
  source: string,
  weights: string,
  reduction: Reduction,
): Derivation {
  const { row, y, label } = explanation;
  return {
    title: `The chain rule on row ${grouped(row)} of ${printable(source)}`,
    lead: `y = ${y} (${quoted(label)}), at ${weights}`,
    sections: [
      logit(explanation),
      probability(explanation),
      loss(explanation),
      chain(explanation),
      gradient(explanation, reduction),
      inputs(explanation),
    ],
  };
}

function logit({ terms, h: value }: Explanation): Section {
  const written = joined(
    terms.map(({ name, w: weight, x: cell }) =>
      name === INTERCEPT ? number(weight) : math`${operand(weight)} * ${operand(cell)}`,
    ),
    '+',
  );
  return {
    title: 'The logit',
    blocks: [
      formula(math`h = ${sum('j')} w_j x_j + b`),
      ...(terms.length <= MOST_WRITTEN_OUT ? [formula(math`h = ${written} = ${number(value)}`)] : []),
      {
        kind: 'table',
        caption: 'terms of the logit',
        head: [word('term'), x, w, math`w_j x_j`],
        rows: [
          ...terms.map(({ name, x: cell, w: weight, part }) => [printable(name), cell, weight, part]),
          ['h', undefined, undefined, value],
        ],
      },
    ],
  };
}

function probability({ h: logitValue, z: value }: Explanation): Section {
  const power = number(logitValue === 0 ? 0 : -logitValue);
  return {
    title: 'The probability',
    blocks: [
      formula(
        math`z = sigma(h) = ${fraction(math`1`, math`1 + e^${math`-h`}`)} = ${fraction(math`1`, math`1 + e^${power}`)} = ${number(value)}`,
      ),
    ],
  };
}

function loss({ y, h: logitValue, z: value, loss: result }: Explanation): Section {
  const inside = y === 1 ? math`-log ${number(value)}` : math`-log(1 - ${number(value)})`;
  const soft = math`log1p(e^${number(-Math.abs(logitValue))})`;
  const linear = math`max(${number(logitValue)}, 0) - ${operand(logitValue)} * ${number(y)}`;
  return {
    title: 'The loss',
    blocks: [
      formula(math`l = -[y log z + (1 - y) log(1 - z)] = ${inside} = ${number(result)}`),
      prose('It is computed from h, so that no digit is lost where z is next to 0 or 1:'),
      formula(math`l = max(h, 0) - h y + log1p(e^${math`-|h|`})`),
      formula(math`l = ${linear} + ${soft} = ${number(result)}`),
    ],
  };
}

function chain({ y, z: value, dldz, dzdh, product, cancelled }: Explanation): Section {
  const isKnown = Number.isFinite(product);
  const slope =
    y === 1 ? math`-${fraction(math`1`, number(value))}` : fraction(math`1`, math`1 - ${number(value)}`);
  return {
    title: 'The chain rule',
    blocks: [
      formula(math`${d(l, w)} = ${d(l, z)} * ${d(z, h)} * ${d(h, w)}`),
      formula(
        math`${d(l, z)} = -${fraction(math`y`, math`z`)} + ${fraction(math`1 - y`, math`1 - z`)} = ${slope} = ${number(dldz)}`,
      ),
      formula(math`${d(z, h)} = z (1 - z) = ${number(value)} * ${number(1 - value)} = ${number(dzdh)}`),
      formula(math`${d(h, w)} = x_j`),
      prose('The first two multiplied:'),
      formula(
        math`${d(l, h)} = ${d(l, z)} * ${d(z, h)} = ${operand(dldz)} * ${number(dzdh)} = ${number(product)}`,
      ),
      prose(
        isKnown
          ? 'The factor z (1 - z) cancels, which leaves what is computed:'
          : 'No arithmetic can multiply these, but the factor z (1 - z) cancels, and what is left is finite. So loss and gradient are computed from h, never from log z:',
      ),
      formula(math`${d(l, h)} = z - y = ${number(value)} - ${number(y)} = ${number(cancelled)}`),
    ],
  };
}

function gradient(explanation: Explanation, reduction: Reduction): Section {
  const { terms, J: total, penalty, rows, weightSum, weight } = explanation;
  const isWeighted = weightSum !== rows || weight !== 1;
  const isPenalised = penalty !== 0 || terms.some((term) => term.penalty !== 0);
  const c = isWeighted ? math`c_i` : math``;
  const count = isWeighted ? math`W` : math`m`;
  const unit = reduction === 'mean' ? fraction(math`1`, count) : math``;
  const own = isWeighted ? math`c (z - y) x_j` : math`(z - y) x_j`;
  const where = isWeighted
    ? `with m = ${grouped(rows)} rows, W = ${short(weightSum)} their weights c in sum; this row has c = ${short(weight)}`
    : `with m = ${grouped(rows)} rows`;
  return {
    title: 'The gradient',
    blocks: [
      formula(math`${isWeighted ? math`c` : math``} ${d(l, w)} = ${own}`),
      prose(`Over all rows, ${where}:`),
      formula(math`J = ${unit} ${sum('i')} ${c} l_i = ${number(total)}`),
      formula(
        isWeighted
          ? math`${d(J, w)} = ${unit} ${sum('i')} c_i (z_i - y_i) x_${math`i j`}`
          : math`${d(J, w)} = ${unit} ${sum('i')} (z_i - y_i) x_${math`i j`} = ${unit} (X^T (z - y))_j`,
      ),
      {
        kind: 'table',
        caption: 'derivatives by the weights, of this row and of all rows',
        head: [word('term'), x, own, math`${d(J, w)}`, ...(isPenalised ? [word('of the penalty')] : [])],
        rows: terms.map(({ name, x: cell, cancelled, sum: all, penalty: ofPenalty }) => [
          printable(name),
          cell,
          cancelled,
          all,
          ...(isPenalised ? [ofPenalty] : []),
        ]),
      },
      ...(isPenalised
        ? [prose(`The penalty adds ${short(penalty)} to J, and its own column to the derivatives.`)]
        : []),
      prose(
        'This row is one term of the sums. The derivatives are by the weights in the units of the file; training tells them by the weights of the standardized columns.',
      ),
    ],
  };
}

function inputs({ terms, columns, cancelled }: Explanation): Section {
  const slopes = terms.filter(({ toInput }) => toInput !== undefined);
  return {
    title: 'Back to the inputs',
    blocks: [
      prose('What a layer before this one would receive in backpropagation:'),
      formula(math`${d(l, x)} = (z - y) w_j = ${operand(cancelled)} * w_j`),
      {
        kind: 'table',
        caption: 'derivatives of the loss of this row by its terms',
        head: [word('term'), w, math`(z - y) w_j`],
        rows: slopes.map(({ name, w: weight, toInput }) => [printable(name), weight, toInput]),
      },
      ...(columns.length === 0
        ? []
        : [
            prose(
              'Terms t are computed of columns x of the file, so the chain rule goes on through every term of a column:',
            ),
            formula(math`${d(h, math`x`)} = ${sum('t')} w_t ${d(math`t`, math`x`)}`),
            throughTerms(columns),
          ]),
    ],
  };
}

function throughTerms(columns: Explanation['columns']): Table {
  return {
    kind: 'table',
    caption: 'derivatives through the terms of each column; none at a corner, a step or a missing cell',
    head: [
      word('column, term'),
      word('dt/dx'),
      d(math`t`, math`x`),
      math`w_t`,
      math`w_t ${d(math`t`, math`x`)}`,
    ],
    rows: columns.flatMap(({ name, through, slope, toInput }) => [
      ...through.map(({ name: term, formula: by, slope: own, w: weight, part }) => [
        `${printable(name)}, ${printable(term)}`,
        printable(by),
        own ?? 'none',
        weight,
        part ?? 'none',
      ]),
      [`${printable(name)}, dh/dx`, '', undefined, undefined, slope ?? 'none'],
      [`${printable(name)}, dl/dx`, '', undefined, undefined, toInput ?? 'none'],
    ]),
  };
}

function short(value: number): string {
  if (Number.isInteger(value)) return grouped(value);
  return String(Number(value.toPrecision(6)));
}
