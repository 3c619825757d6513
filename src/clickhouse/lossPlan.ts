/**
 * The loss and its derivatives as queries: pure functions from the columns and weights to SQL, and from answers to
 * sums.
 *
 *   h = sum_j w_j x_j + sum_f w_f[code_f] + b,   a = e^-|h|,   z = sigma(h),   r = c (z - y)
 *   J = sum_i c_i [ max(h_i,0) - h_i y_i + log1p(a_i) ]
 *
 * Everything stands at the level of the table, never in a query around it: only so does a Distributed table let
 * its shards do the sums. What is said twice is computed once. But an alias is replaced by what it stands for, in
 * every place, before anything is computed, and what stands in many places makes a server think longer than it
 * computes: so the residual of a row is written once, into the function that maps the columns. Aliases do not reach
 * there on old servers.
 */
import type { FactorShape } from '../dataset/dataset.js';
import type { ByClass } from '../objective/byClass.js';
import type { Margins } from '../objective/margins.js';
import type { Query } from './readPlan.js';
import type { RowBinary } from './rowBinary.js';
import { double, list, log1p, sum } from './sql.js';

/** The columns as stored, and the rows. */
export interface TableSql {
  /** `FROM ... WHERE ...` */
  readonly rows: string;
  /** Numeric columns less their pivots (d). */
  readonly numbers: readonly string[];
  /** Levels of each factor as whole numbers from 0 (k), of the type UInt32. */
  readonly codes: readonly string[];
  readonly shapes: readonly FactorShape[];
  /** Whether the last weight is an intercept. */
  readonly intercept: boolean;
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

/** h of a row. */
function logit({ numbers, codes, shapes, intercept, prefix }: TableSql, w: Float64Array): string {
  const terms: string[] = [];
  if (numbers.length > 0) {
    // one function over two arrays: a thousand expressions make a server think for long
    const [v, of] = [`${prefix}v`, `${prefix}w`];
    const weights = list(Array.from(w.subarray(0, numbers.length), double));
    terms.push(`arraySum(arrayMap((${v}, ${of}) -> ${v} * ${of}, ${list(numbers)}, ${weights}))`);
  }
  codes.forEach((code, f) => {
    const { start, levels } = shapes[f]!;
    const weights = Array.from(w.subarray(start, start + levels - 1), double);
    terms.push(`arrayElement(${list(['0.', ...weights])}, ${code} + 1)`);
  });
  if (intercept) terms.push(double(w[w.length - 1]!));
  return sum(terms);
}

/** The sums of `value` times each column. */
function columnSums(prefix: string, columns: readonly string[], value: string): string {
  const x = `${prefix}x`;
  return `sumForEach(arrayMap(${x} -> ${x} * ${value}, ${list(columns)}))`;
}

/** Sums of the losses and of the gradient, neither divided by anything. */
export interface LossSums {
  readonly J: number;
  /** In the layout of the weights. */
  readonly g: Float64Array;
}

/** @param w weights of the columns as stored (terms, and the intercept last if there is one), all finite */
export function lossQuery(table: TableSql, w: Float64Array): Query<LossSums> {
  const { intercept, numbers, codes, shapes, label, weight, prefix } = table;
  const logits = logit(table, w);
  const times = (value: string, c: string | undefined) => (c === undefined ? value : `${c} * ${value}`);
  const aliases = new Aliases(prefix);
  const h = aliases.define('h', logits);
  const y = aliases.define('y', label);
  const c = weight === undefined ? undefined : aliases.define('c', weight);
  const a = aliases.define('a', `exp(-abs(${h}))`);
  const loss = `(if(${h} > 0., ${h}, 0.) - ${h} * ${y} + ${log1p(a)})`;
  // e^-h may be infinite, which makes z 0
  const residual = (hText: string, yText: string) => `(1. / (1. + exp(-${hText})) - ${yText})`;
  const columns = intercept ? [...numbers, '1.'] : numbers;
  const selected = [`sum(${times(loss, c)})`];
  if (columns.length > 0) selected.push(columnSums(prefix, columns, times(residual(logits, label), weight)));
  if (codes.length > 0) {
    const r = aliases.define('r', times(residual(h, y), c));
    codes.forEach((code, f) => {
      selected.push(levelSums(aliases.define(`k${f}`, code), r));
    });
  }
  return {
    sql: aliases.select(selected, table.rows),
    read(answer) {
      const g = new Float64Array(w.length);
      const J = answer.double();
      if (columns.length > 0) {
        const sums = answer.doubles();
        g.set(sums.subarray(0, numbers.length));
        if (intercept) g[w.length - 1] = sums.at(-1)!;
      }
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

/**
 * The Hessian in parts, each a query whose answer is written into `H` below the diagonal: sums over the rows of
 *
 *   s C_j C_k,   s = c z(1-z) = c / (e^h + 2 + e^-h),   C = x - mu for numeric columns, 1 for the intercept
 *
 * and of s C_j by level, and of s by pairs of levels, as `completeHessian` takes them.
 *
 * @param H (size x size), row after row, all 0
 */
export function hessianQueries(
  table: TableSql,
  mu: Float64Array,
  w: Float64Array,
  H: Float64Array,
): Query<void>[] {
  const { intercept, numbers, codes, shapes, rows, weight, prefix } = table;
  const d = numbers.length;
  const size = w.length;
  const h = logit(table, w);
  const s = `(${weight ?? '1.'} / (exp(${h}) + 2. + exp(-${h})))`;
  const C = numbers.map((x, j) => `(${x} - ${double(mu[j]!)})`);
  if (intercept) C.push('1.');
  // of the columns that are no levels: the numeric ones, then the intercept
  const termOf = (p: number) => (p < d ? p : size - 1);
  const queries: Query<void>[] = [];

  for (let first = 0, end: number; first < C.length; first = end) {
    let products = 0;
    for (end = first; end < C.length && (end === first || products + end < MOST_PRODUCTS); end++) {
      products += end + 1;
    }
    const some = Array.from({ length: end - first }, (_, i) => first + i);
    const selected = some.map((p) => columnSums(prefix, C.slice(0, p + 1), `(${s} * ${C[p]})`));
    queries.push({
      // old servers do not find columns that a function alone mentions
      sql: `SELECT sum(${s}), ${selected.join(', ')} ${rows} FORMAT RowBinary`,
      read(answer) {
        answer.double();
        for (const p of some) {
          answer.doubles().forEach((value, q) => {
            H[termOf(p) * size + termOf(q)] = value;
          });
        }
      },
    });
  }

  shapes.forEach(({ start }, f) => {
    const aliases = new Aliases(prefix);
    const code = aliases.define('k', codes[f]!);
    const columns = C.length === 0 ? [] : [columnSums(prefix, C, s)];
    queries.push({
      sql: aliases.select([`toUInt64(${code})`, `sum(${s})`, ...columns], `${rows} GROUP BY ${code}`),
      read(answer) {
        while (!answer.isAtEnd) {
          const level = answer.count();
          const own = answer.double();
          const sums = C.length === 0 ? [] : answer.doubles();
          if (level === 0) continue;
          const term = start - 1 + level;
          H[term * size + term] = own;
          sums.forEach((value, p) => {
            const other = termOf(p);
            H[Math.max(term, other) * size + Math.min(term, other)] = value;
          });
        }
      },
    });
  });

  const pairs = shapes.flatMap((_, f) => Array.from({ length: f }, (_, e) => [f, e] as const));
  for (let first = 0; first < pairs.length; first += MOST_MAPS) {
    const some = pairs.slice(first, first + MOST_MAPS);
    const aliases = new Aliases(prefix);
    const k = codes.map((code, f) => aliases.define(`k${f}`, code));
    const both = (f: number, e: number) => `toUInt64(${k[f]}) * ${shapes[e]!.levels} + ${k[e]}`;
    const sAlias = aliases.define('s', s);
    const selected = some.map(([f, e]) => levelSums(both(f, e), sAlias));
    queries.push({
      sql: aliases.select(selected, rows),
      read(answer) {
        for (const [f, e] of some) {
          const found = answer.counts();
          const sums = answer.doubles();
          found.forEach((code, i) => {
            const [one, other] = [Math.floor(code / shapes[e]!.levels), code % shapes[e]!.levels];
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
export function marginsQuery(table: TableSql, w: Float64Array): Query<Margins> {
  const aliases = new Aliases(table.prefix);
  const h = logit(table, w);
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
  const { numbers, codes, shapes, label, rows, prefix } = table;
  const x = `${prefix}x`;
  const each = (y: 0 | 1, extreme: 'min' | 'max') =>
    `${extreme}ForEach(arrayMap(${x} -> if(${label} = ${y}, ${x}, ${extreme === 'min' ? 'inf' : '-inf'}), ${list(numbers)}))`;
  return {
    ranges: {
      // old servers do not find columns that a function alone mentions
      sql: `SELECT ${[`sum(${label})`, each(0, 'min'), each(0, 'max'), each(1, 'min'), each(1, 'max')].join(', ')} ${rows} FORMAT RowBinary`,
      read(answer) {
        answer.double();
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
