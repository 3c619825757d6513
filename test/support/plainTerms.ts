/** Random formulas with what each of their columns is, computed here as it is written, by nothing of the program. */
import fc from 'fast-check';

export interface Row {
  readonly g: string;
  readonly s: string;
  readonly d: string;
  readonly x: number;
  readonly u: number;
}

type Table = readonly Row[];

/** A column of numbers, by the names of what is multiplied in it. */
interface Numbers {
  readonly atoms: readonly string[];
  readonly values: readonly number[];
}

/** A factor by the level of each row, in the order of its levels. */
interface Factor {
  readonly name: string;
  readonly texts: readonly string[];
  readonly levels: readonly string[];
  /** All that there can be, where they are known without the rows. */
  readonly possible: readonly string[];
}

export interface Part {
  readonly text: string;
  readonly of: (rows: Table) => readonly Numbers[] | Factor;
}

const one = (text: string, value: (row: Row) => number): Part => ({
  text,
  of: (rows) => [{ atoms: [text], values: rows.map(value) }],
});
const several = (
  text: string,
  columns: (rows: Table) => readonly (readonly [atoms: readonly string[], value: (row: Row) => number])[],
): Part => ({
  text,
  of: (rows) => columns(rows).map(([atoms, value]) => ({ atoms, values: rows.map(value) })),
});
const is = (truth: boolean): number => (truth ? 1 : 0);

function factor(text: string, level: (row: Row) => string, possible: readonly string[] = []): Part {
  return {
    text,
    of(rows) {
      const texts = rows.map(level);
      const seen = [...new Set(texts)];
      const levels = possible.length > 0 ? possible.filter((one) => seen.includes(one)) : seen.sort();
      return { name: text, texts, levels, possible: possible.length > 0 ? possible : levels };
    },
  };
}

/** Type 7 of R: linear between the two ranks. */
function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * p;
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place - Math.floor(place));
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
function scaled(values: readonly number[]): (x: number) => number {
  const centre = mean(values);
  const square = values.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  return (x) => (x - centre) / Math.sqrt(square / (values.length - 1));
}

/** The m-th derivative of B-spline i of degree k on knots t, by its definition. */
function bSpline(t: readonly number[], i: number, k: number, x: number, m = 0): number {
  const left = t[i + k]! - t[i]!;
  const right = t[i + k + 1]! - t[i + 1]!;
  if (m > 0) {
    const a = left === 0 ? 0 : bSpline(t, i, k - 1, x, m - 1) / left;
    const b = right === 0 ? 0 : bSpline(t, i + 1, k - 1, x, m - 1) / right;
    return k * (a - b);
  }
  if (k === 0) {
    const end = t.at(-1)!;
    // the last interval holds its end
    return is((t[i]! <= x && x < t[i + 1]!) || (x === end && t[i]! < end && t[i + 1] === end));
  }
  const a = left === 0 ? 0 : ((x - t[i]!) / left) * bSpline(t, i, k - 1, x);
  const b = right === 0 ? 0 : ((t[i + k + 1]! - x) / right) * bSpline(t, i + 1, k - 1, x);
  return a + b;
}

/** Columns of bs within the boundary, or of ns as R makes them: by the last rows of an orthogonal matrix. */
function splines(basis: 'ns' | 'bs', values: readonly number[], df: number): ((x: number) => number)[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const inner = basis === 'ns' ? df - 1 : df - 3;
  const knots = Array.from({ length: inner }, (_, i) => quantile(values, (i + 1) / (inner + 1)));
  const t = [low, low, low, low, ...knots, high, high, high, high];
  const count = inner + 3;
  const b = (x: number, m = 0) => Array.from({ length: count }, (_, i) => bSpline(t, i + 1, 3, x, m));
  if (basis === 'bs') return Array.from({ length: df }, (_, j) => (x: number) => b(x)[j]!);
  let q = Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_x, j) => is(i === j)));
  const apply = (vector: readonly number[]) =>
    q.map((row) => row.reduce((sum, value, j) => sum + value * vector[j]!, 0));
  [low, high].forEach((end, k) => {
    const vector = apply(b(end, 2)).map((value, i) => (i < k ? 0 : value));
    const pivot = Math.abs(vector[k]!) < 1e-12 ? 0 : vector[k]!;
    const v = vector.map((value, i) =>
      i === k ? pivot + (pivot < 0 ? -1 : 1) * Math.hypot(...vector) : value,
    );
    const square = v.reduce((sum, value) => sum + value * value, 0);
    const dots = q[0]!.map((_, j) => v.reduce((sum, value, i) => sum + value * q[i]![j]!, 0));
    q = q.map((row, i) => row.map((value, j) => value - (2 * v[i]! * dots[j]!) / square));
  });
  return Array.from({ length: df }, (_, j) => (x: number) => apply(b(x))[j + 2]!);
}

function bins(text: string, column: (row: Row) => number, k: number): Part {
  return several(text, (rows) => {
    const breaks = Array.from({ length: k - 1 }, (_, i) => quantile(rows.map(column), (i + 1) / k));
    return breaks.map((low, i) => [
      [`${text}[${i + 2}]`],
      (row) => is(column(row) > low && !(column(row) > (breaks[i + 1] ?? Number.POSITIVE_INFINITY))),
    ]);
  });
}

function spline(basis: 'ns' | 'bs', text: string, column: (row: Row) => number, df: number): Part {
  return several(text, (rows) =>
    splines(basis, rows.map(column), df).map((of, j) => [[`${text}[${j + 1}]`], (row) => of(column(row))]),
  );
}

const range = (low: number, high: number) =>
  Array.from({ length: high - low + 1 }, (_, i) => String(low + i));
const dayOf = ({ d }: Row) => new Date(`${d.slice(0, 10)}T00:00:00Z`);
const hourOf = ({ d }: Row) => Number(d.slice(11, 13));

const PARTS: readonly Part[] = [
  one('x', ({ x }) => x),
  one('u', ({ u }) => u),
  one('log(x)', ({ x }) => Math.log(x)),
  one('sqrt(x)', ({ x }) => Math.sqrt(x)),
  one('exp(u)', ({ u }) => Math.exp(u)),
  one('log1p(x)', ({ x }) => Math.log1p(x)),
  one('abs(u)', ({ u }) => Math.abs(u)),
  one('x^2', ({ x }) => x * x),
  one('u^3', ({ u }) => u * u * u),
  one('x>5', ({ x }) => is(x > 5)),
  one('u<=1', ({ u }) => is(u <= 1)),
  one('sqrt(abs(u))>=1', ({ u }) => is(Math.sqrt(Math.abs(u)) >= 1)),
  one('s=m', ({ s }) => is(s === 'm')),
  one('g="c d"', ({ g }) => is(g === 'c d')),
  one('year(d)', (row) => dayOf(row).getUTCFullYear()),
  one('hour(d)>11', (row) => is(hourOf(row) > 11)),
  one('weekday(d)=7', (row) => is(dayOf(row).getUTCDay() === 0)),
  several('poly(x,3)', () => [
    [['x'], ({ x }) => x],
    [['x^2'], ({ x }) => x ** 2],
    [['x^3'], ({ x }) => x ** 3],
  ]),
  several('cut(x,2,5)', () => [
    [['x>2', 'x<=5'], ({ x }) => is(x > 2 && x <= 5)],
    [['x>5'], ({ x }) => is(x > 5)],
  ]),
  several('scale(x)', (rows) => {
    const scale = scaled(rows.map(({ x }) => x));
    return [[['scale(x)'], ({ x }) => scale(x)]];
  }),
  several('scale(abs(u))^2', (rows) => {
    const scale = scaled(rows.map(({ u }) => Math.abs(u)));
    return [[['scale(abs(u))^2'], ({ u }) => scale(Math.abs(u)) ** 2]];
  }),
  bins('bins(x,3)', ({ x }) => x, 3),
  bins('bins(hour(d),4)', hourOf, 4),
  spline('ns', 'ns(x,1)', ({ x }) => x, 1),
  spline('ns', 'ns(x,4)', ({ x }) => x, 4),
  spline('ns', 'ns(log(x),2)', ({ x }) => Math.log(x), 2),
  spline('bs', 'bs(u,4)', ({ u }) => u, 4),
  factor('g', ({ g }) => g),
  factor('s', ({ s }) => s),
  factor('weekday(d)', (row) => String(dayOf(row).getUTCDay() || 7), range(1, 7)),
  factor('month(d)', (row) => String(dayOf(row).getUTCMonth() + 1), range(1, 12)),
];

export interface Formula {
  readonly text: string;
  /** Which of its columns need a date. */
  readonly products: readonly { readonly parts: readonly Part[]; readonly sign: ':' | '*' }[];
}

const FACTORS = ['g', 's', 'weekday(d)', 'month(d)'];
/** Parts that are one level, with the factor that has it. */
const LEVELS: Readonly<Record<string, string>> = { 's=m': 's', 'g="c d"': 'g', 'weekday(d)=7': 'weekday(d)' };

const isFactorPart = ({ text }: Part) => FACTORS.includes(text);

const product = fc
  .record({
    parts: fc.uniqueArray(fc.constantFrom(...PARTS), {
      minLength: 1,
      maxLength: 3,
      selector: ({ text }) => text,
    }),
    sign: fc.constantFrom(':' as const, '*' as const),
  })
  // factors together have their margins, and not too many cells for a small table
  .filter(
    ({ parts }) =>
      parts.filter(isFactorPart).length < 3 &&
      !parts.some(({ text }) => text === 'month(d)' && parts.length > 2),
  )
  .map(({ parts, sign }) => ({ parts, sign: parts.filter(isFactorPart).length > 1 ? ('*' as const) : sign }));

export const formulas: fc.Arbitrary<Formula> = fc
  .array(product, { minLength: 1, maxLength: 3 })
  .map((products) => ({
    products,
    text: products.map(({ parts, sign }) => parts.map(({ text }) => text).join(sign)).join(' + '),
  }));

const levelName = (name: string, level: string) => `${name}=${level.includes(' ') ? `"${level}"` : level}`;

/** Whether a column of the file follows from terms of it alone: of the others it would be the sum. */
export function isReplaced(column: 'x' | 'u', names: readonly string[]): boolean {
  const whole = column === 'x' ? ['scale(x)', 'ns(x,1)[1]', 'ns(x,4)[4]'] : ['bs(u,4)[4]'];
  return whole.some((name) => names.includes(name));
}

/** The columns that a formula adds to those of the file, by the names of their weights; constant ones among them. */
export function plainColumns({ products }: Formula, rows: Table): Map<string, readonly number[]> {
  const terms = new Map<string, readonly (Numbers | Factor)[]>();
  const keyOf = (factors: readonly (Numbers | Factor)[]) =>
    factors.flatMap((one) => ('atoms' in one ? one.atoms : [one.name]));
  for (const { parts, sign } of products) {
    const made = parts.map((part) => part.of(rows));
    const masks = Array.from({ length: 2 ** parts.length - 1 }, (_, mask) => mask + 1);
    for (const mask of sign === ':' ? [2 ** parts.length - 1] : masks) {
      let choices: (Numbers | Factor)[][] = [[]];
      made.forEach((one, i) => {
        if (((mask >> i) & 1) === 0) return;
        const next = 'name' in one ? [one] : one;
        choices = choices.flatMap((so) => next.map((column) => [...so, column]));
      });
      for (const factors of choices) terms.set(keyOf(factors).join(':'), factors);
    }
  }
  const margin = (factors: readonly (Numbers | Factor)[]) => keyOf(factors).sort().join(':');
  const margins = new Set(['x', 'u', 'g', 's', ...[...terms.values()].map(margin)]);
  const columns = new Map<string, readonly number[]>();
  for (const [name, factors] of terms) {
    const numbers = factors.filter((one) => 'atoms' in one);
    const together = factors.filter((one) => 'name' in one);
    if (['x', 'u', 'g', 's'].includes(name)) continue;
    // levels of columns, and products of them, whose every level has a weight
    const keys = keyOf(factors);
    const whole = [...new Set(keys.map((key) => LEVELS[key] ?? key))];
    const isOfLevels = keys.some((key) => key in LEVELS) && whole.every((key) => FACTORS.includes(key));
    if (isOfLevels && margins.has(whole.sort().join(':'))) continue;
    const value = rows.map((_, i) => numbers.reduce((so, { values }) => so * values[i]!, 1));
    // of factors alone the baselines have no weight; beside numbers only where the rest of the product is a term
    const shown = together.map((one) => {
      const rest = factors.filter((other) => other !== one);
      const hasBaseline = numbers.length > 0 && !margins.has(margin(rest));
      const levels = numbers.length > 0 ? one.possible : one.levels;
      return levels.filter((level) => hasBaseline || level !== one.levels[0]);
    });
    let cells: string[][] = [[]];
    for (const levels of shown) cells = cells.flatMap((so) => levels.map((level) => [...so, level]));
    for (const cell of cells) {
      const isIn = (i: number) => together.every((one, k) => one.texts[i] === cell[k]);
      const isSeen = rows.some((_, i) => isIn(i));
      const isPossible = together.some(({ possible, levels }) => possible !== levels) && numbers.length > 0;
      if (!isSeen && !isPossible) continue;
      const term = factors.flatMap((one) =>
        'atoms' in one ? one.atoms : [levelName(one.name, cell[together.indexOf(one)]!)],
      );
      columns.set(
        term.join(':'),
        value.map((x, i) => (isIn(i) ? x : 0)),
      );
    }
  }
  return columns;
}

const rowOf: fc.Arbitrary<Row> = fc.record({
  g: fc.constantFrom('a', 'b', 'c d'),
  s: fc.constantFrom('f', 'm'),
  d: fc
    .record({
      day: fc.integer({ min: 0, max: 2000 }),
      hour: fc.integer({ min: 0, max: 23 }),
      behind: fc.constantFrom('', ':30', ':30:15Z'),
    })
    .map(({ day, hour, behind }) => {
      const date = new Date(Date.UTC(2019, 0, 1) + day * 86_400_000).toISOString().slice(0, 10);
      return `${date}T${String(hour).padStart(2, '0')}${behind}`;
    }),
  x: fc.integer({ min: 1, max: 400 }).map((x) => x / 40),
  u: fc.integer({ min: -20, max: 40 }).map((u) => u / 8),
});

/** Rows in which all levels, and enough different numbers, occur. */
export const tables: fc.Arbitrary<Table> = fc
  .array(rowOf, { minLength: 60, maxLength: 80, size: 'max' })
  .filter(
    (rows) =>
      new Set(rows.map(({ g, s }) => g + s)).size === 6 &&
      new Set(rows.map(({ u }) => u)).size > 20 &&
      new Set(rows.map(({ x }) => x)).size > 20,
  );
