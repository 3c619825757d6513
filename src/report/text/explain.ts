/** The explanation of one row as text, and as JSON. */
import type { Explanation } from '../../check/explain.js';
import { asJson } from '../../json.js';
import type { Reduction } from '../../objective/reference.js';
import { grouped, printable, quoted } from '../../text.js';
import { VERSION } from '../../version.js';
import { aligned, prose, valued } from './columns.js';

/** Width of sentences where no terminal tells another. */
const USUAL_COLUMNS = 80;

/**
 * @param weights where the weights are from, in words
 * @param columns of the terminal; undefined where there is none to fit
 */
export function explanationAsText(
  explanation: Explanation,
  source: string,
  weights: string,
  reduction: Reduction,
  columns?: number,
): string {
  const { row, y, label, h, z, loss, dldz, dzdh, product, cancelled, terms, J, rows } = explanation;
  const { weight, weightSum, penalty } = explanation;
  const isMean = reduction === 'mean';
  const isWeighted = weightSum !== rows || weight !== 1;
  const isPenalised = penalty !== 0 || terms.some((term) => term.penalty !== 0);
  const c = isWeighted ? 'c_i ' : '';
  const total = isWeighted ? 'W' : 'm';
  const formulas: [string, number][] = [
    ['h = sum_j w_j x_j + b', h],
    ['z = sigma(h) = 1/(1 + e^-h)', z],
    ['l = -[y log z + (1-y) log(1-z)] = max(h,0) - h y + log1p(e^-|h|)', loss],
    ['dl/dz = -y/z + (1-y)/(1-z) = (z - y)/(z (1-z))', dldz],
    ['dz/dh = z (1-z)', dzdh],
    ['dl/dh = dl/dz dz/dh, multiplied', product],
    ['dl/dh = z - y, cancelled', cancelled],
    ...(isWeighted ? [['c, how often the row counts', weight] as [string, number]] : []),
  ];
  const lines = [
    ...prose([`row ${row} of ${source}: y = ${y} (${quoted(label)}), at ${weights}`], columns),
    '',
    ...valued(
      formulas.map(([formula, value]) => [formula, value.toPrecision(6)]),
      columns,
    ),
    ...prose(cancellation(explanation), columns ?? USUAL_COLUMNS),
    '',
    ...aligned(
      [
        [
          '',
          'dh/dw =',
          '',
          '',
          'dl/dw =',
          'dl/dw =',
          'dJ/dw,',
          ...(isPenalised ? ['of the'] : []),
          'dl/dx =',
        ],
        [
          'term',
          'x',
          'w',
          'w x',
          'product',
          isWeighted ? 'c(z-y)x' : '(z-y) x',
          'all rows',
          ...(isPenalised ? ['penalty'] : []),
          '(z-y) w',
        ],
        ...terms.map(
          ({ name, x, w, part, product: multiplied, cancelled: short, sum, penalty: own, toInput }) => [
            printable(name),
            ...[x, w, part, multiplied, short, sum, ...(isPenalised ? [own] : [])].map(shortNumber),
            toInput === undefined ? '' : shortNumber(toInput),
          ],
        ),
      ],
      columns,
      2,
    ),
    ...throughTerms(explanation, columns),
    '',
    ...prose(
      [
        'the w x add up to h',
        `all rows: J = ${isMean ? `1/${total} ` : ''}sum_i ${c}l_i = ${J.toPrecision(6)}, m = ${grouped(rows)}${isWeighted ? `, W = sum_i c_i = ${shortNumber(weightSum)}` : ''}`,
        isWeighted
          ? `dJ/dw = ${isMean ? '1/W ' : ''}sum_i c_i (z_i - y_i) x_i; this row is one term of the sum`
          : `dJ/dw = ${isMean ? '1/m ' : ''}sum_i (z_i - y_i) x_i = X^T (z - y)${isMean ? ' / m' : ''}; this row is one term of the sum`,
        ...(isPenalised
          ? [
              `the penalty adds ${penalty.toPrecision(6)} to J, and its own column to dJ/dw: together ${(J + penalty).toPrecision(6)}`,
            ]
          : []),
        'these derivatives are by w, in the units of the file; those that training tells as dJ/dv are by the weights v of the standardized columns',
        explanation.columns.length > 0
          ? 'what a layer before this one would receive in backpropagation is dl/dx: by the chain rule through every term of a column, and above for a column without terms'
          : 'dl/dx is what a layer before this one would receive in backpropagation',
      ],
      columns ?? USUAL_COLUMNS,
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** From the terms back to the columns of the file that they are computed of. */
function throughTerms({ columns }: Explanation, width: number | undefined): string[] {
  if (columns.length === 0) return [];
  const number = (value: number | undefined) => (value === undefined ? 'none' : shortNumber(value));
  const rows = columns.flatMap(({ name, x, through, slope, toInput }) => [
    ...through.map(({ name: term, formula, slope: own, w, part }, k) => [
      // where a table comes in parts, each of them names the column
      k === 0 || width !== undefined ? printable(name) : '',
      k === 0 ? (x === undefined ? 'missing' : shortNumber(x)) : '',
      printable(term),
      printable(formula),
      number(own),
      shortNumber(w),
      number(part),
    ]),
    ...(
      [
        ['dh/dx', slope],
        ['dl/dx', toInput],
      ] as const
    ).map(([what, value]) => [
      width === undefined ? '' : printable(name),
      ...['', '', '', '', what],
      number(value),
    ]),
  ]);
  const isNone = columns.some(({ slope }) => slope === undefined);
  return [
    '',
    ...prose(['to the columns of the file: dh/dx = sum_t w_t dt/dx, dl/dx = (z-y) dh/dx'], width),
    ...aligned([['column', 'x', 'term t', 'dt/dx', 'value', 'w', 'w dt/dx'], ...rows], width),
    ...prose(
      isNone
        ? ['none: a corner or a step has no derivative, and neither has a term that a missing cell left out']
        : [],
      width,
    ),
  ];
}

function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e6 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

/** Why the product cannot be computed where z is 0 or 1 to the last bit. */
function cancellation({ dldz, dzdh, product }: Explanation): string[] {
  if (Number.isFinite(product)) return [];
  return [
    `here dl/dz dz/dh is ${dldz} x ${dzdh}, which no arithmetic can multiply, but z - y is finite: so loss and gradient are computed from h, never from log z`,
  ];
}

export function explanationAsJson(explanation: Explanation, source: string, weights: string): string {
  return asJson({ format: 'bce-train explanation', version: VERSION, source, weights, ...explanation });
}
