/** What training must know of a table on a server, asked for query by query. */
import type { Description } from '../dataset/dataset.js';
import type { TableSums } from '../dataset/describe/features.js';
import { describeTable } from '../dataset/describe/table.js';
import { classFactors, requireUsable } from '../dataset/describe/weighting.js';
import { noRows, weightNegative } from '../dataset/schema/faults.js';
import { LabelCounter } from '../dataset/schema/labels.js';
import { type MissingByName, missingByName } from '../dataset/schema/missingByName.js';
import { refuseMissing } from '../dataset/schema/missingPolicy.js';
import type { ReadOptions } from '../dataset/schema/readOptions.js';
import { BceError } from '../errors.js';
import type { Table } from '../objective/table.js';
import { counted, quoted, shellWord } from '../text.js';
import { isMissingAt, labelOf, numberAt, pivotsOf, planTable, type TablePlan } from './columns.js';
import type { Connection } from './connection.js';
import { codeOf, levelsOf, useOf } from './levels.js';
import type { TableSql } from './lossPlan.js';
import { momentsOf, scalingOf } from './moments.js';
import { momentsQuery, type Ranges, rangesQuery } from './momentsPlan.js';
import {
  type Cells,
  type Counts,
  cellsOf,
  columnsOf,
  columnsQuery,
  countsQuery,
  from,
  heldOutRows,
  labelsQuery,
  type Rows,
  type Source,
  times,
  usedRows,
} from './readPlan.js';
import { all, double, freePrefix, identifier } from './sql.js';
import { remoteTable } from './table.js';
import { withSettled, withTerms } from './terms.js';

export interface RemoteTables {
  readonly training: Table;
  readonly heldOut: Table | undefined;
}

/** Groups that are asked for of a column of labels: more make no target. */
const MOST_LABELS = 50;

/**
 * Describes a table.
 *
 * @param name what messages call it
 * @returns the rows trained on, and those held out, if any
 * @throws BceError for all that the columns, the cells and the labels can be refused for
 * Cost: three queries over the numeric columns, one over the labels and one or two over each factor.
 */
export async function readTable(
  name: string,
  table: Source,
  options: ReadOptions,
  connection: Connection,
): Promise<RemoteTables> {
  const columns = columnsOf(await connection.askText(columnsQuery(table)));
  const asked = await withTerms(planTable(columns, options, name), table, options, name, connection);
  const source: Rows = { ...table, prefix: freePrefix(columns.map((column) => column.name)) };
  const cells = cellsOf(asked, source, options.holdOut);
  const counts = await connection.ask(countsQuery(cells, asked));
  refuseCells(name, asked, counts, options);
  const causes = causesOf(asked, counts);
  const use = await useOf(asked, cells, options, connection);

  const labels = new LabelCounter(asked.plan.names[asked.plan.target]!);
  const labelGroups = await connection.ask(labelsQuery(cells, use, MOST_LABELS));
  for (const group of labelGroups) {
    if (group.text !== '')
      labels.count(
        labels.codeOf(group.text, () => name),
        group.rows - 1,
      );
  }
  refuseMissing({
    name,
    plan: asked.plan,
    policy: options.missing,
    missing: causes,
    rowsRead: counts.rowsRead,
    labels: labels.listed(),
  });
  if (labelGroups.length === 0) {
    throw noRows(name, counts.rowsRead, counts.zeroWeights, causes);
  }
  const { target, yOfCode } = labels.finalize(options.positive, name);
  const y = labelOf(
    columns[asked.plan.target]!,
    labels.texts.filter((_, code) => yOfCode[code] === 1),
  );
  const byClass = [0, 1].map((value) =>
    labelGroups.reduce((sum, group) => {
      const isTrained = !group.isHeldOut && group.text !== '';
      return isTrained && yOfCode[labels.find(group.text)!] === value ? sum + group.weight : sum;
    }, 0),
  ) as [number, number];
  const classWeight = options.classWeight && classFactors(options.classWeight, byClass);

  const out = heldOutRows(cells, use);
  const used = usedRows(cells, use);
  const trained = out === undefined ? used : [...used, `NOT (${out})`];
  const rows = { source, conditions: trained, label: y };
  const planned = await withSettled(asked, rows, options, name, connection);
  const factor = classWeight && times(y, classWeight);
  const { coders, byCode, keys } = await levelsOf(name, planned, cells, use, factor, options, connection);
  const c = weightOf(cells, y, classWeight);
  const numbers = planned.plan.numerics.map((column) => numberAt(planned, column));

  const ranges =
    numbers.length === 0 ? NO_RANGES : await connection.ask(rangesQuery(source, numbers, trained, c));
  const pivots = pivotsOf(ranges.min, ranges.max, options.intercept);
  const scaling = scalingOf(ranges);
  const sums = await connection.ask(
    momentsQuery(source, numbers, trained, c, y, scaling.origins, scaling.units),
  );
  const column = planned.plan.weight === undefined ? undefined : planned.plan.names[planned.plan.weight]!;
  const weightSum = sums.weights[0] + sums.weights[1];
  requireUsable(weightSum, name, column);

  const plan = { ...planned.plan, pivots };
  const [negatives, positives] = sums.rows;
  if (negatives === 0 || positives === 0) {
    throw new BceError(
      'LABEL_NOT_BINARY',
      `${name}: expected two labels among the rows trained on, found only ${positives > 0 ? target.positive : target.negative}`,
      'a smaller share of --validation, or another --seed, leaves others',
    );
  }
  const { description, keptNumerics, keptFactors, categorical, numeric } = describeTable(
    name,
    plan,
    { weightSum, byCode, moments: momentsOf(ranges, sums, scaling, pivots) } satisfies TableSums,
    {
      isWeighted: c !== undefined,
      rows: negatives + positives,
      rowsRead: counts.rowsRead,
      dropped: counts.zeroWeights + (use.isDropping ? counts.incomplete : 0),
      zeroWeights: counts.zeroWeights,
      target: { ...target, negatives, positives },
      coders,
      missing: counts.missing,
      causes,
    },
    { column, classWeight, ...(options.classWeight === 'balanced' && { isBalanced: true }) },
    [],
    options,
  );
  const isFilled = options.missing === 'mean';
  const sql: Omit<TableSql, 'rows'> = {
    numbers: keptNumerics.map((j) => {
      const { mean } = numeric[j]!.feature;
      const at = plan.numerics[j]!;
      const isMissing = isFilled && counts.missing[at]! > 0 ? isMissingAt(planned, at) : undefined;
      const value = isMissing ? `if(${isMissing}, ${double(mean)}, ${numbers[j]})` : numbers[j]!;
      return pivots[j] === 0 ? value : `(${value} - ${double(pivots[j]!)})`;
    }),
    codes: keptFactors.map((f) => {
      const { finalized, rare } = categorical[f]!;
      return codeOf(cells.texts[f]!, keys[f]!, finalized, rare.size > 0, isFilled);
    }),
    shapes: description.design.factors,
    intercept: description.design.intercept,
    label: y,
    weight: c,
    prefix: source.prefix,
  };
  const rowsOf = (conditions: readonly string[]) => `${from(source)} WHERE ${all(conditions)}`;
  const training = remoteTable(description, { ...sql, rows: rowsOf(trained) }, connection);
  if (out === undefined) return { training, heldOut: undefined };
  return {
    training,
    heldOut: await heldOutTable(name, description, source, [...used, out], c, y, sql, connection),
  };
}

/** The rows that are not trained on, in the columns and with the levels of the others. */
async function heldOutTable(
  name: string,
  description: Description,
  source: Rows,
  conditions: readonly string[],
  c: string | undefined,
  y: string,
  sql: Omit<TableSql, 'rows'>,
  connection: Connection,
): Promise<Table> {
  const none = new Float64Array(0);
  const { rows, weights } = await connection.ask(momentsQuery(source, [], conditions, c, y, none, none));
  const [negatives, positives] = rows;
  if (negatives + positives === 0) {
    throw new BceError(
      'NO_ROWS',
      `${name}: no row is held out of ${counted(description.rows, 'row')}`,
      'a larger share of --validation, or another --seed, holds out others',
    );
  }
  const weightSum = weights[0] + weights[1];
  requireUsable(weightSum, name, description.weighting.column);
  return remoteTable(
    {
      ...description,
      name: `held out of ${name}`,
      rows: negatives + positives,
      weightSum,
      target: { ...description.target, negatives, positives },
      reading: {
        rowsRead: negatives + positives,
        dropped: 0,
        zeroWeights: 0,
        missing: [],
        numbersInHeader: [],
        filled: 0,
      },
    },
    { ...sql, rows: `${from(source)} WHERE ${all(conditions)}` },
    connection,
  );
}

/** Missing cells, each once: a term is missing beside a cell, or has no value of those that are there. */
function causesOf({ plan, columns, computed }: TablePlan, { missing, outside }: Counts): MissingByName {
  const terms = computed.flatMap(({ name }, i) => (outside[i]! > 0 ? [[name, outside[i]!] as const] : []));
  const ofTable = missingByName(missing.subarray(0, columns.length), plan.names);
  // what a term is settled by may be another
  return [...ofTable, ...new Map(terms)];
}

/** @throws BceError CSV_HEADER_ONLY, WEIGHT_NEGATIVE, CSV_NOT_FINITE, TERM_DOMAIN */
function refuseCells(
  name: string,
  { plan: { names, weight }, columns, computed }: TablePlan,
  counts: Counts,
  { missing }: ReadOptions,
): void {
  if (counts.rowsRead === 0) {
    throw new BceError('NO_ROWS', `${name}: expected rows, found none`, '--where may be true of none');
  }
  if (counts.leastWeight < 0) throw weightNegative(name, names[weight!]!, counts.leastWeight);
  const c = counts.infinite.findIndex((cells) => cells > 0);
  if (c >= 0) {
    if (c >= columns.length) {
      throw new BceError(
        'CSV_NOT_FINITE',
        `${name}: term ${quoted(names[c]!)}: expected finite numbers, found ${counted(counts.infinite[c]!, 'infinite one')}`,
        '--where leaves such rows out',
      );
    }
    throw new BceError(
      'CSV_NOT_FINITE',
      `${name}: column ${quoted(names[c]!)}: expected finite numbers, found ${counted(counts.infinite[c]!, 'infinite one')}`,
      `--where ${shellWord(`isFinite(${identifier(names[c]!)})`)} leaves such rows out`,
    );
  }
  const term = counts.outside.findIndex((rows) => rows > 0);
  if (missing !== 'error' || term < 0) return;
  throw new BceError(
    'TERM_DOMAIN',
    `${name}: term ${quoted(computed[term]!.name)}: expected a value in every row, found ${counted(counts.outside[term]!, 'row')} with a number or a date of which it has none`,
    '--missing drop leaves such rows out: the term has no value there, as in a missing cell',
  );
}

/** The weight of a row; undefined where all weigh 1. */
function weightOf(
  { weight }: Cells,
  y: string,
  classWeight: readonly [number, number] | undefined,
): string | undefined {
  const parts = [weight, classWeight && times(y, classWeight)].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : `(${parts.join(' * ')})`;
}

const NO_RANGES: Ranges = {
  min: new Float64Array(0),
  max: new Float64Array(0),
  mean: new Float64Array(0),
};
