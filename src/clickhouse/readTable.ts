/** What training must know of a table on a server, asked for query by query. */
import type { Description } from '../dataset/dataset.js';
import type { TableSums } from '../dataset/describe/features.js';
import type { Moments } from '../dataset/describe/moments.js';
import { describeTable } from '../dataset/describe/table.js';
import { classFactors, requireUsable } from '../dataset/describe/weighting.js';
import { orderOfLevels } from '../dataset/schema/derive.js';
import { FactorCoder } from '../dataset/schema/factor.js';
import { noRows, weightNegative } from '../dataset/schema/faults.js';
import { LabelCounter } from '../dataset/schema/labels.js';
import { type MissingByName, missingByName, refuseMissing } from '../dataset/schema/missing.js';
import type { ReadOptions } from '../dataset/schema/plan.js';
import { BceError } from '../errors.js';
import type { Table } from '../objective/table.js';
import { counted, grouped, listed, quoted, shellWord } from '../text.js';
import { columnWords, labelOf, pivotsOf, planTable, refuseTypes, type TablePlan } from './columns.js';
import { computedColumns, MOST_COMBINATIONS, textsOfProducts, withComputed } from './computed.js';
import type { Connection } from './connection.js';
import type { TableSql } from './lossPlan.js';
import {
  type Cells,
  type ColumnSums,
  type Counts,
  cellsOf,
  columnsOf,
  columnsQuery,
  combinationsQuery,
  countsQuery,
  from,
  heldOutRows,
  labelsQuery,
  levelsQuery,
  momentsQuery,
  type Ranges,
  type Rows,
  rangesQuery,
  type Source,
  times,
  type Use,
  usedRows,
} from './readPlan.js';
import { all, double, identifier, list, text } from './sql.js';
import { remoteTable } from './table.js';

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
  const planned = await withTerms(planTable(columns, options, name), table, options, name, connection);
  const source: Rows = { ...table, prefix: freePrefix(planned.plan.names) };
  const cells = cellsOf(planned, source, options.holdOut);
  const counts = await connection.ask(countsQuery(cells, planned));
  refuseCells(name, planned, counts, options);
  const causes = causesOf(planned, counts);
  const use = await useOf(planned, cells, options, connection);

  const labels = new LabelCounter(planned.plan.names[planned.plan.target]!);
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
    plan: planned.plan,
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
    columns[planned.plan.target]!,
    labels.texts.filter((_, code) => yOfCode[code] === 1),
  );
  const byClass = [0, 1].map((value) =>
    labelGroups.reduce((sum, group) => {
      const isTrained = !group.isHeldOut && group.text !== '';
      return isTrained && yOfCode[labels.find(group.text)!] === value ? sum + group.weight : sum;
    }, 0),
  ) as [number, number];
  const classWeight = options.classWeight && classFactors(options.classWeight, byClass);

  const { coders, byCode, keys } = await levelsOf(
    name,
    planned,
    cells,
    use,
    classWeight && times(y, classWeight),
    options,
    connection,
  );
  const out = heldOutRows(cells, use);
  const used = usedRows(cells, use);
  const trained = out === undefined ? used : [...used, `NOT (${out})`];
  const c = weightOf(cells, y, classWeight);
  const { numbers } = cells;

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
      const missing = counts.missing[plan.numerics[j]!]! > 0 && isFilled;
      const value = missing ? `if(isNaN(${numbers[j]}), ${double(mean)}, ${numbers[j]})` : numbers[j]!;
      return pivots[j] === 0 ? value : `(${value} - ${double(pivots[j]!)})`;
    }),
    codes: keptFactors.map((f) => {
      const {
        finalized: { levels, mostFrequent },
      } = categorical[f]!;
      return codeOf(cells.texts[f]!, levels, keys[f]!, isFilled ? mostFrequent : undefined);
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

/** The plan with the columns that terms compute, which the server does in every query. */
async function withTerms(
  planned: TablePlan,
  table: Source,
  options: ReadOptions,
  name: string,
  connection: Connection,
): Promise<TablePlan> {
  if (options.add.length === 0) return planned;
  const words = columnWords(planned.columns, options);
  const isThere = (text: string) => planned.columns.some((column) => column.name === text);
  const texts = textsOfProducts(options, words).filter(isThere);
  const combinations =
    texts.length === 0
      ? [[]]
      : await connection.ask(combinationsQuery(table, texts.map(words.textOf), MOST_COMBINATIONS + 1));
  if (combinations.length > MOST_COMBINATIONS) {
    throw new BceError(
      'USAGE',
      `${name}: expected at most ${grouped(MOST_COMBINATIONS)} combinations of ${listed(texts.map(quoted))}, which terms multiply with numbers, found more`,
      'name the levels that matter, as in city=Rome:size',
    );
  }
  const plan = withComputed(planned.plan, options, texts, combinations, words);
  const found = { ...planned, plan, computed: computedColumns(plan, words) };
  refuseTypes(found, name);
  return found;
}

/** Missing cells, each once: a term is missing beside a cell, or has no value of those that are there. */
function causesOf({ plan, columns, computed }: TablePlan, { missing, outside }: Counts): MissingByName {
  const terms = computed.flatMap(({ name }, i) => (outside[i]! > 0 ? [[name, outside[i]!] as const] : []));
  const ofTable = missingByName(missing.subarray(0, columns.length), plan.names);
  return [...ofTable, ...terms];
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

/** Which rows are used: for those held out it takes a look at the levels. */
async function useOf(
  { plan, columns }: TablePlan,
  cells: Cells,
  { missing, maxLevels }: ReadOptions,
  connection: Connection,
): Promise<Use> {
  const use = { isDropping: missing === 'drop', lonely: plan.factors.map((): string[] => []) };
  if (cells.isHeldOut === undefined) return use;
  for (const [f, c] of plan.factors.entries()) {
    const groups = await connection.ask(
      levelsQuery(cells, use, f, undefined, mostGroups(c < columns.length ? maxLevels : MOST_TOGETHER)),
    );
    const trained = new Set(groups.flatMap((group) => (group.isHeldOut ? [] : [group.text])));
    use.lonely[f] = groups.flatMap(({ text }) => (text === '' || trained.has(text) ? [] : [text]));
  }
  return use;
}

/** Levels of factors together: more make a query that no server takes. */
const MOST_TOGETHER = 100_000;

/** Each level and the missing one, on two sides, and some too many. */
function mostGroups(maxLevels: number): number {
  return 2 * (maxLevels + 2);
}

/** The levels of all factors among the training rows. */
async function levelsOf(
  name: string,
  planned: TablePlan,
  cells: Cells,
  use: Use,
  factor: string | undefined,
  { maxLevels }: ReadOptions,
  connection: Connection,
): Promise<{ coders: FactorCoder[]; byCode: Float64Array[]; keys: ReadonlyMap<string, string>[] }> {
  const { plan } = planned;
  // factors together have as many levels as these allow
  const mostOf = (c: number) => (c < planned.columns.length ? maxLevels : MOST_TOGETHER);
  const coders = plan.factors.map((c) => {
    const derived = plan.derived?.[c - planned.columns.length];
    const order = derived?.kind === 'categorical' ? orderOfLevels(derived.parts) : undefined;
    return new FactorCoder(plan.names[c]!, mostOf(c), order);
  });
  const keys = plan.factors.map(() => new Map<string, string>());
  const byCode: Float64Array[] = [];
  for (const [f, coder] of coders.entries()) {
    const weights: number[] = [];
    let missing = 0;
    const c = plan.factors[f]!;
    const most = mostGroups(mostOf(c));
    for (const group of await connection.ask(levelsQuery(cells, use, f, factor, most))) {
      if (group.isHeldOut) continue;
      if (group.text === '') {
        missing += group.weight;
        continue;
      }
      const level = levelAt(planned, c, group.text);
      keys[f]!.set(level, group.text);
      coder.count(
        coder.codeOf(level, () => name),
        group.rows - 1,
      );
      weights.push(group.weight);
    }
    byCode.push(Float64Array.of(...weights, missing));
  }
  return { coders, byCode, keys };
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

/** Sizes beyond which squares leave the range of doubles. */
const LARGE = 2 ** 300;

/** Where moments are told from, and in which powers of two: 1 but for huge and tiny columns. */
interface Scaling {
  readonly origins: Float64Array;
  readonly units: Float64Array;
}

function scalingOf({ min, max, mean }: Ranges): Scaling {
  const units = min.map((least, j) => {
    const size = Math.max(Math.abs(least), Math.abs(max[j]!));
    if (!Number.isFinite(size) || size === 0 || (size < LARGE && size > 1 / LARGE)) return 1;
    return 2 ** -Math.min(1000, Math.max(-1000, Math.ceil(Math.log2(size))));
  });
  return { origins: mean.map((origin, j) => (Number.isFinite(origin) ? origin * units[j]! : 0)), units };
}

/** Of the columns as stored, as `ColumnMoments` tells them. */
function momentsOf(
  { min, max }: Ranges,
  { weight, first, second }: ColumnSums,
  { origins, units }: Scaling,
  pivots: Float64Array,
): TableSums['moments'] {
  return {
    weightOf: (j) => weight[j]!,
    of(j, filled = 0): Moments {
      const pivot = pivots[j]!;
      const [least, most] = [min[j]! - pivot, max[j]! - pivot];
      if (min[j] === max[j]) return { mean: least, sd: 0, min: least, max: most };
      const [n, e, square] = [weight[j]!, first[j]! / weight[j]!, second[j]!];
      // the origin less the pivot first: both are large where there is one
      const mean = (origins[j]! - pivot * units[j]! + e) / units[j]!;
      const spread = Math.max(square - e * e * n, 0);
      return { mean, sd: Math.sqrt(spread / (n + filled)) / units[j]!, min: least, max: most };
    },
  };
}

/**
 * Levels as whole numbers, an empty text as `filled` where that is given.
 *
 * @param keys the text of each level; none of the baseline of factors together, which all other texts are
 */
function codeOf(
  texts: string,
  levels: readonly string[],
  keys: ReadonlyMap<string, string>,
  filled: number | undefined,
): string {
  const known = [...levels.entries()].flatMap(([code, level]) =>
    keys.has(level) ? [[keys.get(level)!, code] as const] : [],
  );
  if (filled !== undefined) known.push(['', filled]);
  const [from, to] = [known.map(([key]) => text(key)), known.map(([, code]) => String(code))];
  return `toUInt32(transform(${texts}, ${list(from)}, ${list(to)}, 0))`;
}

/** The level of column c of the plan for which a text stands. */
function levelAt({ columns, computed }: TablePlan, c: number, key: string): string {
  return c < columns.length ? key : computed[c - columns.length]!.levelOf(key);
}

/** Letters that no column begins with. */
function freePrefix(names: readonly string[]): string {
  let prefix = '_';
  while (names.some((name) => name.startsWith(prefix))) prefix += '_';
  return prefix;
}
