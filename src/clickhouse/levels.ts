/** Levels of text columns and of factors together, from the texts that a server counts. */
import { orderOfLevels } from '../dataset/schema/derived.js';
import { FactorCoder, type Levels, OTHER } from '../dataset/schema/factor.js';
import type { ReadOptions } from '../dataset/schema/readOptions.js';
import { BceError } from '../errors.js';
import { grouped, quoted } from '../text.js';
import type { TablePlan } from './columns.js';
import type { Connection } from './connection.js';
import { type Cells, levelsQuery, type Use } from './readPlan.js';
import { list, text } from './sql.js';

/** Levels of a term: more make a query that no server takes. */
const MOST_OF_TERM = 100_000;

export interface CountedLevels {
  /** By factor. */
  readonly coders: readonly FactorCoder[];
  /** Weights by code, that of the rows without a level last. */
  readonly byCode: readonly Float64Array[];
  /** Texts by code. */
  readonly keys: readonly (readonly string[])[];
}

/**
 * Which rows are used: for those held out it takes a look at the levels.
 */
export async function useOf(
  planned: TablePlan,
  cells: Cells,
  { missing, maxLevels }: ReadOptions,
  connection: Connection,
): Promise<Use> {
  const { factors } = planned.plan;
  const use = { isDropping: missing === 'drop', lonely: factors.map((): string[] => []) };
  if (cells.isHeldOut === undefined) return use;
  for (const [f, c] of factors.entries()) {
    const most = mostGroups(mostLevels(planned, c, maxLevels));
    const groups = await connection.ask(levelsQuery(cells, use, f, undefined, most));
    const trained = new Set(groups.flatMap((group) => (group.isHeldOut ? [] : [group.text])));
    use.lonely[f] = groups.flatMap(({ text }) => (text === '' || trained.has(text) ? [] : [text]));
  }
  return use;
}

/**
 * The levels of all factors among the training rows.
 *
 * @param factor what the weights of the rows are multiplied by; undefined for nothing
 * @throws BceError CSV_TOO_MANY_LEVELS, NOT_TEXT, USAGE
 */
export async function levelsOf(
  name: string,
  planned: TablePlan,
  cells: Cells,
  use: Use,
  factor: string | undefined,
  { maxLevels }: ReadOptions,
  connection: Connection,
): Promise<CountedLevels> {
  const { plan } = planned;
  const coders = plan.factors.map((c) => {
    const derived = plan.derived?.[c - planned.columns.length];
    const order = derived?.kind === 'categorical' ? orderOfLevels(derived.parts) : undefined;
    return new FactorCoder(plan.names[c]!, mostLevels(planned, c, maxLevels), order);
  });
  const byCode: Float64Array[] = [];
  const keys: string[][] = [];
  for (const [f, coder] of coders.entries()) {
    const c = plan.factors[f]!;
    const most = mostGroups(mostLevels(planned, c, maxLevels));
    const groups = await connection.ask(levelsQuery(cells, use, f, factor, most));
    const trained = groups.filter((group) => !group.isHeldOut);
    const counted = trained.filter((group) => group.text !== '');
    if (c >= planned.columns.length && counted.length > MOST_OF_TERM) throw tooMany(name, planned, c);
    for (const group of counted) {
      const code = coder.codeOf(levelAt(planned, c, group.text), () => name);
      coder.count(code, group.rows - 1);
    }
    const missing = trained.find((group) => group.text === '')?.weight ?? 0;
    byCode.push(Float64Array.of(...counted.map(({ weight }) => weight), missing));
    keys.push(counted.map((group) => group.text));
  }
  return { coders, byCode, keys };
}

/** Factors together, and hashes, have as many levels as their texts allow. */
function mostLevels({ columns }: TablePlan, c: number, maxLevels: number): number {
  return c < columns.length ? maxLevels : MOST_OF_TERM;
}

/** Each level and the missing one, on two sides, and some too many. */
function mostGroups(maxLevels: number): number {
  return 2 * (maxLevels + 2);
}

/** The level of column c of the plan for which a text stands. */
function levelAt({ columns, computed }: TablePlan, c: number, key: string): string {
  return c < columns.length ? key : computed[c - columns.length]!.levelOf(key);
}

function tooMany(name: string, { plan, columns }: TablePlan, c: number): BceError {
  const isHash = plan.derived![c - columns.length]!.expression.kind === 'hash';
  return new BceError(
    'USAGE',
    `${name}: term ${quoted(plan.names[c]!)}: expected at most ${grouped(MOST_OF_TERM)} levels, which every query holds, found more`,
    isHash
      ? 'a hash of 16 bits has 65,536'
      : 'name the levels that matter, as in city=Rome:sex=male, or take one of the columns by --hash COLUMN:BITS',
  );
}

/**
 * The codes of the levels as whole numbers; what is no text of a level is the baseline, or with the levels of few rows.
 *
 * @param keys their texts by the code of first appearance
 * @param isFilled whether the empty text is the most frequent level
 */
export function codeOf(
  texts: string,
  keys: readonly string[],
  { levels, finalCode, mostFrequent }: Levels,
  isMerged: boolean,
  isFilled: boolean,
): string {
  const others = isMerged ? levels.indexOf(OTHER) : 0;
  const known = keys.map((key, code) => [key, finalCode[code]!] as const);
  if (isFilled) known.push(['', mostFrequent]);
  const said = known.filter(([, code]) => code !== others);
  const [from, to] = [said.map(([key]) => text(key)), said.map(([, code]) => String(code))];
  return `toUInt32(transform(${texts}, ${list(from)}, ${list(to)}, ${others}))`;
}
