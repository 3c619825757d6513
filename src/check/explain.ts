/** One row through the chain rule: every factor, their product, and the form in which they cancel. */

import type { Dataset } from '../dataset/dataset.js';
import { treeOf } from '../dataset/schema/derived.js';
import { INTERCEPT, termNames, termsInFileOrder } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import { composeProblem } from '../fit/problem.js';
import type { ProblemOptions } from '../fit/problemOptions.js';
import { requireRows, type Table } from '../objective/table.js';
import { BLOCK_ROWS } from '../storage/shards.js';
import { derivative } from '../terms/derivative.js';
import type { Cells } from '../terms/evaluate.js';
import { type Expression, sourcesOf } from '../terms/expression.js';

export interface Explanation {
  /** Number of the row among the rows of data, from 1. */
  readonly row: number;
  readonly y: number;
  readonly label: string;
  readonly h: number;
  readonly z: number;
  /** l = max(h,0) - h y + log1p(e^-|h|) */
  readonly loss: number;
  /** -y/z + (1-y)/(1-z), in double arithmetic: infinite when z is 0 or 1 and the label the other. */
  readonly dldz: number;
  /** z (1-z) */
  readonly dzdh: number;
  /** The product of both, NaN for Infinity x 0. */
  readonly product: number;
  /** z - y */
  readonly cancelled: number;
  /** Weight of the row, that of its class multiplied in; 1 where rows have none. */
  readonly weight: number;
  /** The intercept first, then the order of the file. */
  readonly terms: readonly ExplainedTerm[];
  /** Columns of numbers of which terms are computed, in the order of the terms. */
  readonly columns: readonly ExplainedColumn[];
  /** J over all rows, without a penalty, and the penalty. */
  readonly J: number;
  readonly penalty: number;
  /** Rows of the data, m, and the sum of their weights, W. */
  readonly rows: number;
  readonly weightSum: number;
}

export interface ExplainedTerm {
  readonly name: string;
  /** dh/dw, in the units of the file; 1 for the intercept. */
  readonly x: number;
  readonly w: number;
  /** w x; these add up to h. */
  readonly part: number;
  /** dl/dz dz/dh dh/dw */
  readonly product: number;
  /** c (z - y) x, c the weight of the row */
  readonly cancelled: number;
  /** Derivative of J: the sum of c (z - y) x over all rows, divided by W for the mean. */
  readonly sum: number;
  /** Derivative of the penalty. */
  readonly penalty: number;
  /** dl/dt = (z - y) w, what a layer before would receive; undefined for the intercept. */
  readonly toInput: number | undefined;
}

/** How h and l change with the cell of a column of the file, through every term t that is computed of it. */
export interface ExplainedColumn {
  readonly name: string;
  /** Undefined where the cell is missing. */
  readonly x: number | undefined;
  readonly through: readonly ColumnTerm[];
  /** sum_t w_t dt/dx; undefined where one of them is. */
  readonly slope: number | undefined;
  /** dl/dx = (z - y) dh/dx */
  readonly toInput: number | undefined;
}

export interface ColumnTerm {
  readonly name: string;
  /** dt/dx as a formula of columns. */
  readonly formula: string;
  /** Its value; undefined at a corner or a step, which have none, and where a cell of the term is missing. */
  readonly slope: number | undefined;
  readonly w: number;
  /** w dt/dx */
  readonly part: number | undefined;
}

/**
 * Explains the gradient of one row at weights in the units of the file.
 *
 * @param row number among the rows of data, from 1, those that were left out included
 * @param w weights (terms, and the intercept last if there is one)
 * @throws BceError USAGE when there is no such row
 */
export async function explainRow(
  table: Table,
  options: ProblemOptions,
  w: Float64Array,
  row: number,
): Promise<Explanation> {
  const dataset = requireRows(table, '--explain');
  const { x, y, c } = await rowAt(dataset, indexOf(dataset, row));
  const inputs = dataset.design.intercept ? [...x, 1] : [...x];
  const h = inputs.reduce((sum, xj, j) => sum + xj * w[j]!, 0);
  if (!Number.isFinite(h)) {
    throw new BceError(
      'WEIGHTS_OUT_OF_RANGE',
      `${dataset.name}: the logit of row ${row} is ${h}: weights and cells are too large for doubles`,
    );
  }
  const t = Math.exp(-Math.abs(h));
  const z = (h >= 0 ? 1 : t) / (1 + t);
  const cancelled = z - y;
  const dzdh = z * (1 - z);
  const dldz = y === 1 ? -1 / z : 1 / (1 - z);
  const product = dldz * dzdh;

  const plain = { ...options, standardize: false, l2: 0, l1: 0 };
  const { objective, factors } = composeProblem(table, plain);
  const g = new Float64Array(objective.size);
  const J = await objective.evaluate(w, g);
  const { l1, l2, standardize } = options;
  const terms = dataset.design.terms;
  // penalties are on the slopes v = s w that are solved for
  const scaleOf = (j: number) => (standardize ? dataset.scaling.scale[j]! : 1);
  const penaltyOf = (j: number) => {
    if (j >= terms) return 0;
    const s = scaleOf(j);
    return factors[j]! * (l2 * s * s * w[j]! + l1 * s * Math.sign(w[j]!));
  };
  let penalty = 0;
  for (let j = 0; j < terms; j++) {
    const v = scaleOf(j) * w[j]!;
    penalty += factors[j]! * ((l2 / 2) * v * v + l1 * Math.abs(v));
  }
  const names = [...termNames(dataset.features), ...(dataset.design.intercept ? [INTERCEPT] : [])];
  const order = [
    ...(dataset.design.intercept ? [names.length - 1] : []),
    ...termsInFileOrder(dataset.features),
  ];
  return {
    row,
    y,
    label: y === 1 ? dataset.target.positive : dataset.target.negative,
    h,
    z,
    loss: Math.max(h, 0) - h * y + Math.log1p(t),
    dldz,
    dzdh,
    product,
    cancelled,
    weight: c,
    terms: order.map((j) => ({
      name: names[j]!,
      x: inputs[j]!,
      w: w[j]!,
      part: w[j]! * inputs[j]!,
      product: product * inputs[j]!,
      cancelled: c * cancelled * inputs[j]!,
      sum: g[j]!,
      penalty: penaltyOf(j),
      toInput: j < terms ? cancelled * w[j]! : undefined,
    })),
    columns: columnsOf(dataset, row, w, cancelled),
    J,
    penalty,
    rows: dataset.rows,
    weightSum: dataset.weightSum,
  };
}

/** What goes through terms to the columns of the file that they are computed of. */
function columnsOf(
  { features, noted }: Dataset,
  row: number,
  w: Float64Array,
  toLogit: number,
): ExplainedColumn[] {
  const weighted = features.filter(({ kind, term }) => kind === 'numeric' && term >= 0);
  const terms = weighted.map(({ name, term, expression }) => {
    const tree: Expression = expression === undefined ? { kind: 'column', name } : treeOf(expression);
    return { name, tree, w: w[term]!, isComputed: expression !== undefined, ...sourcesOf(tree) };
  });
  const names = [...new Set(terms.flatMap(({ numbers, isComputed }) => (isComputed ? numbers : [])))];
  if (names.length === 0) return [];
  if (noted?.row !== row) throw new RangeError(`the cells of row ${row} were not noted`);
  const places = [...noted.numbers.keys(), ...noted.texts.keys()];
  const cells: Cells = {
    number: (place) => noted.numbers.get(places[place]!)!,
    text: (place) => noted.texts.get(places[place]!)!,
    outside: () => Number.NaN,
  };
  return names.map((name) => {
    const x = known(noted.numbers.get(name)!);
    const through = terms
      .filter(({ numbers }) => numbers.includes(name))
      .map(({ name: term, tree, w: wt }): ColumnTerm => {
        const { formula, at } = derivative(tree, name, (column) => places.indexOf(column));
        const slope = x === undefined ? undefined : known(at(cells));
        return { name: term, formula, slope, w: wt, part: slope === undefined ? undefined : wt * slope };
      });
    const slope = known(through.reduce((sum, { part }) => sum + (part ?? Number.NaN), 0));
    return {
      name,
      x,
      through,
      slope,
      toInput: slope === undefined ? undefined : toLogit * slope,
    };
  });
}

function known(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** Index among the rows kept of a row of the data. @throws BceError USAGE when there is no such row */
export function indexOf({ reading, leftOut }: Dataset, row: number): number {
  if (row > reading.rowsRead) {
    throw new BceError('USAGE', `--explain: expected a row from 1 to ${reading.rowsRead}, got ${row}`);
  }
  if (leftOut.includes(row)) {
    const { zeroWeights, dropped } = reading;
    const why =
      zeroWeights === 0
        ? 'has a missing cell'
        : zeroWeights === dropped
          ? 'has weight 0'
          : 'has a missing cell or weight 0';
    throw new BceError('USAGE', `--explain: row ${row} ${why} and was left out`);
  }
  return row - 1 - leftOut.filter((other) => other < row).length;
}

/** The terms of one row in the units of the file, its label and its weight. */
export async function rowAt(
  dataset: Dataset,
  index: number,
): Promise<{ x: Float64Array; y: number; c: number }> {
  const {
    shards,
    design: { numerics: d, factors },
    scaling: { pivot },
  } = dataset;
  const x = new Float64Array(dataset.design.terms);
  let first = 0;
  for await (const { rows, X, codes, y, c } of shards) {
    if (index >= first + rows) {
      first += rows;
      continue;
    }
    const block = Math.floor((index - first) / BLOCK_ROWS);
    const i = (index - first) % BLOCK_ROWS;
    for (let j = 0; j < d; j++) x[j] = X[(block * d + j) * BLOCK_ROWS + i]! + pivot[j]!;
    factors.forEach(({ start }, f) => {
      const level = codes[(block * factors.length + f) * BLOCK_ROWS + i]!;
      if (level > 0) x[start + level - 1] = 1;
    });
    return { x, y: y[index - first]!, c: c === undefined ? 1 : c[index - first]! };
  }
  throw new RangeError(`row ${index} of ${first}`);
}
