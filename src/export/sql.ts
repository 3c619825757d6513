/** A scorer as a query. */
import { exportClickHouse } from './clickhouse.js';
import { type ExportPlan, freeName } from './plan.js';
import { rendered, type Words } from './render.js';

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
}

const SPEECH: Readonly<Record<Exclude<Dialect, 'clickhouse'>, Speech>> = {
  sqlite: {
    double: (x) => x.toExponential(),
    text: (column) => `CAST(${column} AS TEXT)`,
    // an import without types leaves empty texts, which would count as 0
    number: (column) => `NULLIF(${column}, '')`,
    type: 'REAL',
    exp: (h) => `exp(${h})`,
  },
  duckdb: {
    double: (x) => x.toExponential(),
    text: (column) => `CAST(${column} AS VARCHAR)`,
    type: 'DOUBLE',
    number: (column) => column,
    exp: (h) => `exp(${h})`,
  },
  postgres: {
    double: (x) => `float8 '${x}'`,
    text: (column) => `CAST(${column} AS text)`,
    type: 'float8',
    number: (column) => column,
    // what is too small for a double is an error there
    exp: (h) => `exp(greatest(${h}, float8 '-700'))`,
  },
};

/** NULL is what is missing. */
function wordsOf({ double, text, number, type, exp }: Speech): Words {
  const zero = double(0);
  const one = double(1);
  return {
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
    choice: (x, bound, yes, no) => `(CASE WHEN ${x} <= ${double(bound)} THEN ${yes} ELSE ${no} END)`,
  };
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

/**
 * A query that gives the probability, the logit and all columns of a table, NULL where there is no prediction.
 *
 * The table may have columns of these names already, of a model before: what is written here comes first, for
 * a name that occurs twice is the first in SQLite and DuckDB, and an error in PostgreSQL.
 */
export function exportSql(plan: ExportPlan, dialect: Dialect, table: string): string {
  if (dialect === 'clickhouse') return exportClickHouse(plan, table);
  const { double, text, number, exp } = SPEECH[dialect];
  const doubleOrNull = (x: number | undefined) => (x === undefined ? 'NULL' : double(x));
  const terms = [double(plan.intercept)];
  const words = wordsOf(SPEECH[dialect]);
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
  for (const { columns, references, cells, ifMissing, ifUnseen } of plan.interactions) {
    const texts = columns.map((name) => `coalesce(${text(columnOf(name))}, '')`);
    const are = (levels: readonly string[], by: string) =>
      texts.map((column, i) => `${column} = ${literal(levels[i]!)}`).join(by);
    const lines = [
      `WHEN ${texts.map((column) => `${column} = ''`).join(' OR ')} THEN ${doubleOrNull(ifMissing)}`,
      `WHEN ${are(references, ' OR ')} THEN ${double(0)}`,
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
    ${terms.join('\n    + ')} AS ${logitName},
    *
  FROM ${identifier(table)} AS t
) AS scored;
`;
}
