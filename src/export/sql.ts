/** A scorer as a query. */
import { OTHER } from '../predict/levels.js';
import { ISO_DATE } from '../terms/dates.js';
import type { Hash } from '../terms/expression.js';
import { nestedPieces, rendered, type Words } from '../terms/render.js';
import { exportClickHouse } from './clickhouse.js';
import { type ExportPlan, freeName } from './plan.js';
import { bucketQuery, hashesOf } from './sqlHash.js';

export const DIALECTS = ['sqlite', 'duckdb', 'postgres', 'clickhouse'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** What is said differently in each. */
interface Speech {
  /** A double: in all of them a number without an exponent may be a decimal, of which sums are rounded. */
  readonly double: (x: number) => string;
  readonly text: (column: string) => string;
  /** A column of numbers, NULL where there is none. */
  readonly number: (column: string) => string;
  /** Of a double. */
  readonly type: string;
  /** e^h. */
  readonly exp: (h: string) => string;
  /** Whether a text is a date of ISO 8601, with or without a time behind it. */
  readonly isDate: (t: string) => string;
  /** The number of the weekday of a date without a time, Monday being 1. */
  readonly weekday: (date: string) => string;
  /** The bytes of a text in UTF-8, two capital digits of base 16 each. */
  readonly hex: (t: string) => string;
  /** The place of a text within another, from 1; 0 where it is not. */
  readonly place: (within: string, text: string) => string;
  /** What a query of one number, `bucket`, gives for each row, as a further table. */
  readonly beside: (query: string, name: string) => string;
}

const DIGITS_OF_DATE = '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]';

const SPEECH: Readonly<Record<Exclude<Dialect, 'clickhouse'>, Speech>> = {
  sqlite: {
    double: (x) => x.toExponential(),
    text: (column) => `CAST(${column} AS TEXT)`,
    // an import without types leaves empty texts, which would count as 0
    number: (column) => `NULLIF(${column}, '')`,
    type: 'REAL',
    exp: (h) => `exp(${h})`,
    // there are no regular expressions; of a time behind the date it is the hour that counts
    isDate: (t) =>
      `date(substr(${t}, 1, 10)) = substr(${t}, 1, 10) AND substr(${t}, 1, 10) GLOB '${DIGITS_OF_DATE}' AND substr(${t}, 1, 4) > '0000' AND (length(${t}) = 10 OR (substr(${t}, 11) GLOB '[T ][0-2][0-9]*' AND substr(${t}, 12, 2) < '24' AND substr(${t}, 14) NOT GLOB '*[^0-9:.,Z+-]*'))`,
    weekday: (date) => `(CAST(strftime('%w', ${date}) AS INTEGER) + 6) % 7 + 1`,
    hex: (t) => `hex(${t})`,
    place: (within, t) => `instr(${within}, ${t})`,
    // the only table that may look at the row of another
    beside: (query, name) => `, json_each(json_array((${query}))) AS ${name}`,
  },
  duckdb: {
    double: (x) => x.toExponential(),
    text: (column) => `CAST(${column} AS VARCHAR)`,
    type: 'DOUBLE',
    number: (column) => column,
    exp: (h) => `exp(${h})`,
    isDate: (t) => `regexp_full_match(${t}, '${ISO_DATE}')`,
    weekday: (date) => `isodow(TRY_CAST(${date} AS DATE))`,
    hex: (t) => `hex(${t})`,
    place: (within, t) => `instr(${within}, ${t})`,
    beside: (query, name) => ` CROSS JOIN LATERAL (${query}) AS ${name}(value)`,
  },
  postgres: {
    double: (x) => `float8 '${x}'`,
    text: (column) => `CAST(${column} AS text)`,
    type: 'float8',
    number: (column) => column,
    // what is too small for a double is an error there
    exp: (h) => `exp(greatest(${h}, float8 '-700'))`,
    isDate: (t) => `${t} ~ '^(?:${ISO_DATE})$'`,
    weekday: (date) => `extract(isodow FROM CAST(${date} AS date))`,
    hex: (t) => `upper(encode(convert_to(${t}, 'UTF8'), 'hex'))`,
    place: (within, t) => `CAST(strpos(${within}, ${t}) AS BIGINT)`,
    beside: (query, name) => ` CROSS JOIN LATERAL (${query}) AS ${name}(value)`,
  },
};

/**
 * NULL is what is missing.
 *
 * @param hashes each is in a table beside that of the rows, by its place
 */
function wordsOf(
  { double, text, number, type, exp, isDate, weekday }: Speech,
  hashes: readonly Hash[],
): Words {
  const zero = double(0);
  const one = double(1);
  return {
    hash(column, bits) {
      const place = hashes.findIndex((hash) => hash.name === column && hash.bits === bits);
      return `${besideName(place)}.value`;
    },
    date(part, column) {
      const t = text(columnOf(column));
      const digits = {
        year: `substr(${t}, 1, 4)`,
        month: `substr(${t}, 6, 2)`,
        weekday: weekday(`substr(${t}, 1, 10)`),
        // none of a date alone
        hour: `NULLIF(substr(${t}, 12, 2), '')`,
      }[part];
      return `(CASE WHEN ${isDate(t)} THEN CAST(${digits} AS ${type}) END)`;
    },
    number: (column) => `CAST(${number(columnOf(column))} AS ${type})`,
    level: (column, level) =>
      `(CASE coalesce(${text(columnOf(column))}, '') WHEN '' THEN NULL WHEN ${literal(level)} THEN ${one} ELSE ${zero} END)`,
    call(name, x) {
      switch (name) {
        case 'log':
          return `(CASE WHEN ${x} > ${zero} THEN ln(${x}) END)`;
        case 'log1p':
          return `(CASE WHEN ${x} > ${double(-1)} THEN ln(${one} + ${x}) END)`;
        case 'sqrt':
          return `(CASE WHEN ${x} >= ${zero} THEN sqrt(${x}) END)`;
        case 'exp':
          return `(CASE WHEN ${x} <= ${double(700)} THEN ${exp(x)} END)`;
        case 'abs':
          return `abs(${x})`;
      }
    },
    comparison: (x, by, bound) =>
      `(CASE WHEN ${x} IS NULL THEN NULL WHEN ${x} ${by} ${double(bound)} THEN ${one} ELSE ${zero} END)`,
    double,
    piecewise: (x, pieces) =>
      nestedPieces(
        x,
        pieces,
        double,
        (bound, one, other) => `(CASE WHEN ${x} <= ${bound} THEN ${one} ELSE ${other} END)`,
      ),
  };
}

function besideName(place: number): string {
  return `hash_${place}`;
}

/** Names and texts are quoted as the standard has it. */
function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** With its table: alone, SQLite takes the name of a column that is not there for a text. */
function columnOf(name: string): string {
  return `t.${identifier(name)}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Terms that are added in a row: SQLite and DuckDB take expressions that are at most 1,000 deep. */
const MOST_IN_A_ROW = 500;

/** The sum from the left, by rows where there are many terms. */
function sum(terms: readonly string[]): string {
  const inARow = (some: readonly string[]) => some.join('\n    + ');
  if (terms.length <= MOST_IN_A_ROW) return inARow(terms);
  const rows = Array.from({ length: Math.ceil(terms.length / MOST_IN_A_ROW) }, (_, k) =>
    terms.slice(k * MOST_IN_A_ROW, (k + 1) * MOST_IN_A_ROW),
  );
  return inARow(rows.map((row) => `(${inARow(row)})`));
}

/**
 * A query that gives the probability, the logit and all columns of a table, NULL where there is no prediction.
 *
 * The table may have columns of these names already, of a model before: what is written here comes first, for
 * a name that occurs twice is the first in SQLite and DuckDB, and an error in PostgreSQL.
 */
export function exportSql(plan: ExportPlan, dialect: Dialect, table: string): string {
  if (dialect === 'clickhouse') return exportClickHouse(plan, table);
  const { double, text, number, type, exp, hex, place } = SPEECH[dialect];
  const doubleOrNull = (x: number | undefined) => (x === undefined ? 'NULL' : double(x));
  const terms = [double(plan.intercept)];
  const hashes = hashesOf(plan);
  const words = wordsOf(SPEECH[dialect], hashes);
  const beside = hashes.map(({ name, bits }, i) => {
    const t = `coalesce(${text(columnOf(name))}, '')`;
    return SPEECH[dialect].beside(bucketQuery(bits, hex(t), place, type), besideName(i));
  });
  for (const { name, tree, weight, pivot, fill } of plan.numerics) {
    const column = tree === undefined ? number(columnOf(name)) : rendered(tree, words);
    const filled = fill === undefined ? column : `coalesce(${column}, ${double(fill)})`;
    terms.push(`${double(weight)} * ${pivot === 0 ? filled : `(${filled} - ${double(pivot)})`}`);
  }
  for (const { name, levels, ifMissing, ifUnseen } of plan.factors) {
    const column = text(columnOf(name));
    const cases = levels.map(({ text: level, weight }) => `WHEN ${literal(level)} THEN ${double(weight)}`);
    terms.push(
      [
        `CASE coalesce(${column}, '')`,
        ...[`WHEN '' THEN ${doubleOrNull(ifMissing)}`, ...cases, `ELSE ${doubleOrNull(ifUnseen)}`].map(
          (line) => `        ${line}`,
        ),
        '      END',
      ].join('\n'),
    );
  }
  for (const { parts, references, kept, cells, ifMissing, ifUnseen } of plan.interactions) {
    const said = parts.map((part, i) => {
      if (part.kind !== 'column') {
        const x = rendered(part, words);
        return { isMissing: `${x} IS NULL`, is: (level: string) => `${x} = ${double(Number(level))}` };
      }
      const column = `coalesce(${text(columnOf(part.name))}, '')`;
      const own = kept[i]?.map(literal).join(', ');
      const is = (level: string) =>
        own !== undefined && level === OTHER
          ? `${column} NOT IN (${own || "''"})`
          : `${column} = ${literal(level)}`;
      return { isMissing: `${column} = ''`, is };
    });
    const are = (levels: readonly string[], by: string) => said.map(({ is }, i) => is(levels[i]!)).join(by);
    const lines = [
      `WHEN ${said.map(({ isMissing }) => isMissing).join(' OR ')} THEN ${doubleOrNull(ifMissing)}`,
      ...(references === undefined ? [] : [`WHEN ${are(references, ' OR ')} THEN ${double(0)}`]),
      ...cells.map(({ levels, weight }) => `WHEN ${are(levels, ' AND ')} THEN ${double(weight)}`),
      `ELSE ${doubleOrNull(ifUnseen)}`,
    ];
    terms.push(['CASE', ...lines.map((line) => `        ${line}`), '      END'].join('\n'));
  }
  const logitName = identifier(freeName(plan, 'logit'));
  const logit = `scored.${logitName}`;
  const probability = identifier(freeName(plan, 'probability'));
  const one = double(1);
  return `${plan.about.map((line) => `-- ${line}\n`).join('')}SELECT
  CASE
    WHEN ${logit} IS NULL THEN NULL
    WHEN ${logit} < 0 THEN ${exp(logit)} / (${one} + ${exp(logit)})
    ELSE ${one} / (${one} + ${exp(`-${logit}`)})
  END AS ${probability},
  *
FROM (
  SELECT
    ${sum(terms)} AS ${logitName},
    t.*
  FROM ${identifier(table)} AS t${beside.join('')}
) AS scored;
`;
}
