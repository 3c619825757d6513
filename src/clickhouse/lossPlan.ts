/**
 * The loss and its derivatives as queries: pure functions from the columns and weights to SQL, and from answers to
 * sums.
 *
 *   h = sum_j w_j x_j + sum_f w_f[code_f] + b,   a = e^-|h|,   z = sigma(h),   r = c (z - y)
 *   J = sum_i c_i [ max(h_i,0) - h_i y_i + log1p(a_i) ]
 *
 * Everything stands at the level of the table, never in a query around it: only so does a Distributed table let
 * its shards do the sums. Columns are called by aliases, which the server replaces and computes once.
 */
import type { FactorShape } from '../dataset/dataset.js';
import type { ByClass, Margins } from '../objective/table.js';
import type { Query } from './readPlan.js';
import type { RowBinary } from './rowBinary.js';
import { double, list, sum } from './sql.js';

/** The columns as stored, and the rows. */
export interface TableSql {
  /** `FROM ... WHERE ...` */
  readonly rows: string;
  /** Numeric columns less their pivots (d). */
  readonly numbers: readonly string[];
  /** Levels of each factor as whole numbers from 0 (k), of the type UInt32. */
  readonly codes: readonly string[];
  readonly shapes: readonly FactorShape[];
  /** 0. or 1. */
  readonly label: string;
  /** Weight of a row; undefined where all weigh 1. */
  readonly weight: string | undefined;
  /** Begins the aliases; no column begins so. */
  readonly prefix: string;
}

/** Names within a query, and what they stand for. */
class Aliases {
  readonly #prefix: string;
  readonly #defined: string[] = [];

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Calls an expression by a name. */
  define(name: string, expression: string): string {
    const alias = `\`${this.#prefix}${name}\``;
    this.#defined.push(`${expression} AS ${alias}`);
    return alias;
  }

  select(selected: readonly string[], rest: string): string {
    return `WITH ${this.#defined.join(', ')} SELECT ${selected.join(', ')} ${rest} FORMAT RowBinary`;
  }
}

/** The columns under names of their own, and h. */
function logit({ numbers, codes, shapes, prefix }: TableSql, intercept: boolean, w: Float64Array) {
  const aliases = new Aliases(prefix);
  const x = numbers.map((number, j) => aliases.define(`x${j}`, number));
  const k = codes.map((code, f) => aliases.define(`k${f}`, code));
  const terms = x.map((column, j) => `${double(w[j]!)} * ${column}`);
  k.forEach((code, f) => {
    const { start, levels } = shapes[f]!;
    const weights = Array.from(w.subarray(start, start + levels - 1), double);
    terms.push(`arrayElement(${list(['0.', ...weights])}, ${code} + 1)`);
  });
  if (intercept) terms.push(double(w[w.length - 1]!));
  return { aliases, x, k, h: aliases.define('h', sum(terms)) };
}

/**
 * log(1 + a) for a in [0, 1], to a few units in the last place: what 1 + a rounds away, the quotient puts back.
 *
 *   log1p(a) = a log(u) / (u - 1),   u = 1 + a;   a where u is 1
 *
 * Source: Kahan; Goldberg, What every computer scientist should know about floating-point arithmetic, 1991,
 * theorem 4.
 */
function log1p(a: string): string {
  const u = `(1. + ${a})`;
  return `if(${u} = 1., ${a}, ${a} * (log(${u}) / (${u} - 1.)))`;
}

/** Sums of the losses and of the gradient, neither divided by anything. */
export interface LossSums {
  readonly J: number;
  /** In the layout of the weights. */
  readonly g: Float64Array;
}

/** @param w weights of the columns as stored (terms, and the intercept last if there is one), all finite */
export function lossQuery(table: TableSql, intercept: boolean, w: Float64Array): Query<LossSums> {
  const { numbers, shapes } = table;
  const { aliases, x, k, h } = logit(table, intercept, w);
  const y = aliases.define('y', table.label);
  const c = table.weight === undefined ? undefined : aliases.define('c', table.weight);
  const times = (value: string) => (c === undefined ? value : `${c} * ${value}`);
  const a = aliases.define('a', `exp(-abs(${h}))`);
  const r = aliases.define('r', times(`(if(${h} >= 0., 1., ${a}) / (1. + ${a}) - ${y})`));
  const loss = `(if(${h} > 0., ${h}, 0.) - ${h} * ${y} + ${log1p(a)})`;
  const selected = [`sum(${times(loss)})`, ...(intercept ? [`sum(${r})`] : [])];
  if (numbers.length > 0) selected.push(`sumForEach(${list(x.map((column) => `${column} * ${r}`))})`);
  for (const code of k) selected.push(levelSums(code, r));
  return {
    sql: aliases.select(selected, table.rows),
    read(answer) {
      const g = new Float64Array(w.length);
      const J = answer.double();
      if (intercept) g[w.length - 1] = answer.double();
      if (numbers.length > 0) g.set(answer.doubles());
      for (const { start } of shapes) readLevelSums(answer, g, start);
      return { J, g };
    },
  };
}

/** The sums of `value` over the rows of each level, for all levels that there are. */
function levelSums(code: string, value: string): string {
  const sums = `sumMap([toUInt64(${code})], [${value}])`;
  return `tupleElement(${sums}, 1), tupleElement(${sums}, 2)`;
}

/** Writes those of the levels from 1 on into `g` from `start` on. */
function readLevelSums(answer: RowBinary, g: Float64Array, start: number): void {
  const codes = answer.counts();
  const sums = answer.doubles();
  codes.forEach((code, i) => {
    if (code > 0) g[start + code - 1] = sums[i]!;
  });
}

/** Products of two columns that one query sums at most. */
export const MOST_PRODUCTS = 2000;

/** Pairs of factors that one query sums at most. */
const MOST_MAPS = 40;

/** Products in one array of it: longer ones leave the cache before they are summed. */
const ARRAY_PRODUCTS = 32;

/**
 * The Hessian in parts, each a query whose answer is written into `H` below the diagonal: sums over the rows of
 *
 *   s C_j C_k,   s = c z(1-z) = c a / (1+a)^2,   C = x - mu for numeric columns, 1 for the intercept
 *
 * and of s C_j by level, and of s by pairs of levels, as `completeHessian` takes them.
 *
 * @param H (size x size), row after row, all 0
 */
export function hessianQueries(
  table: TableSql,
  intercept: boolean,
  mu: Float64Array,
  w: Float64Array,
  H: Float64Array,
): Query<void>[] {
  const { shapes } = table;
  const d = table.numbers.length;
  const size = w.length;
  const last = size - 1;
  const width = d + (intercept ? 1 : 0);
  // of the columns that are no levels: the numeric ones, then the intercept
  const termOf = (p: number) => (p < d ? p : last);
  const start = () => {
    const { aliases, x, k, h } = logit(table, intercept, w);
    const a = aliases.define('a', `exp(-abs(${h}))`);
    const weight = table.weight === undefined ? a : `${table.weight} * ${a}`;
    const s = aliases.define('s', `${weight} / ((1. + ${a}) * (1. + ${a}))`);
    const C = x.map((column, j) => aliases.define(`c${j}`, `(${column} - ${double(mu[j]!)})`));
    if (intercept) C.push('1.');
    const sC = C.map((column, p) => (p < d ? aliases.define(`s${p}`, `${s} * ${column}`) : s));
    return { aliases, k, s, C, sC };
  };

  const queries: Query<void>[] = [];
  const pairs: (readonly [number, number])[] = [];
  for (let p = 0; p < width; p++) for (let q = 0; q <= p; q++) pairs.push([p, q]);
  for (let first = 0; first < pairs.length; first += MOST_PRODUCTS) {
    const some = pairs.slice(first, first + MOST_PRODUCTS);
    const { aliases, C, sC } = start();
    const products = some.map(([p, q]) => (p === d ? sC[q]! : `${sC[p]} * ${C[q]}`));
    const selected: string[] = [];
    for (let i = 0; i < products.length; i += ARRAY_PRODUCTS) {
      selected.push(`sumForEach(${list(products.slice(i, i + ARRAY_PRODUCTS))})`);
    }
    queries.push({
      sql: aliases.select(selected, table.rows),
      read(answer) {
        const sums = selected.flatMap(() => Array.from(answer.doubles()));
        some.forEach(([p, q], i) => {
          H[termOf(p) * size + termOf(q)] = sums[i]!;
        });
      },
    });
  }
  shapes.forEach(({ start: at }, f) => {
    const { aliases, k, s, sC } = start();
    const code = k[f]!;
    const columns = sC.length === 0 ? '' : `, sumForEach(${list(sC)})`;
    queries.push({
      sql: aliases.select([`toUInt64(${code})`, `sum(${s})${columns}`], `${table.rows} GROUP BY ${code}`),
      read(answer) {
        while (!answer.isAtEnd) {
          const level = answer.count();
          const own = answer.double();
          const sums = sC.length === 0 ? [] : answer.doubles();
          if (level === 0) continue;
          const term = at - 1 + level;
          H[term * size + term] = own;
          sums.forEach((value, p) => {
            const other = termOf(p);
            H[Math.max(term, other) * size + Math.min(term, other)] = value;
          });
        }
      },
    });
  });
  const factorPairs = shapes.flatMap((_, f) => Array.from({ length: f }, (_, e) => [f, e] as const));
  for (let first = 0; first < factorPairs.length; first += MOST_MAPS) {
    const some = factorPairs.slice(first, first + MOST_MAPS);
    const { aliases, k, s } = start();
    const selected = some.map(([f, e]) => {
      const both = `toUInt64(${k[f]}) * ${shapes[e]!.levels} + ${k[e]}`;
      return levelSums(both, s);
    });
    queries.push({
      sql: aliases.select(selected, table.rows),
      read(answer) {
        for (const [f, e] of some) {
          const codes = answer.counts();
          const sums = answer.doubles();
          codes.forEach((both, i) => {
            const [one, other] = [Math.floor(both / shapes[e]!.levels), both % shapes[e]!.levels];
            if (one === 0 || other === 0) return;
            H[(shapes[f]!.start - 1 + one) * size + shapes[e]!.start - 1 + other] = sums[i]!;
          });
        }
      },
    });
  }
  return queries;
}

/** How the weights part the rows. */
export function marginsQuery(table: TableSql, intercept: boolean, w: Float64Array): Query<Margins> {
  const { aliases, h } = logit(table, intercept, w);
  const margin = aliases.define('m', `(2. * ${table.label} - 1.) * ${h}`);
  const a = aliases.define('a', `exp(-abs(${margin}))`);
  const weight = table.weight === undefined ? '' : `${table.weight} * `;
  const selected = [`min(${margin})`, `max(${margin})`, `min(${weight}${a} / ((1. + ${a}) * (1. + ${a})))`];
  return {
    sql: aliases.select(selected, table.rows),
    read: (answer) => ({ min: answer.double(), max: answer.double(), leastCurvature: answer.double() }),
  };
}

/** What the columns say of y one by one. */
export function byClassQueries(table: TableSql): {
  ranges: Query<ByClass['ranges']>;
  counts: Query<ByClass['counts'][number]>[];
} {
  const { numbers, codes, shapes, label, rows } = table;
  const each = (y: 0 | 1, extreme: 'min' | 'max') =>
    `${extreme}ForEach(${list(numbers.map((x) => `if(${label} = ${y}, ${x}, ${extreme === 'min' ? 'inf' : '-inf'})`))})`;
  return {
    ranges: {
      sql: `SELECT ${[each(0, 'min'), each(0, 'max'), each(1, 'min'), each(1, 'max')].join(', ')} ${rows} FORMAT RowBinary`,
      read(answer) {
        const [min0, max0, min1, max1] = [
          answer.doubles(),
          answer.doubles(),
          answer.doubles(),
          answer.doubles(),
        ];
        return numbers.map((_, j) => [
          { min: min0[j]!, max: max0[j]! },
          { min: min1[j]!, max: max1[j]! },
        ]);
      },
    },
    counts: codes.map((code, f) => ({
      sql: `SELECT toUInt64(${code}), countIf(${label} = 0), countIf(${label} = 1) ${rows} GROUP BY ${code} FORMAT RowBinary`,
      read(answer) {
        const counts = Array.from({ length: shapes[f]!.levels }, () => [0, 0] as [number, number]);
        while (!answer.isAtEnd) counts[answer.count()] = [answer.count(), answer.count()];
        return counts;
      },
    })),
  };
}
