/** A table on a server, asked for sums. */

import type { Description } from '../dataset/dataset.js';
import { BceError } from '../errors.js';
import { completeHessian } from '../objective/hessian.js';
import type { LossObjective } from '../objective/objective.js';
import type { ClassWeights, Reduction } from '../objective/reference.js';
import type { Table } from '../objective/table.js';
import { grouped } from '../text.js';
import type { Connection } from './connection.js';
import { byClassQueries, hessianQueries, lossQuery, marginsQuery, type TableSql } from './lossPlan.js';
import { times } from './readPlan.js';

/** Weights up to which a server is asked for second derivatives: it is told all of them in every row. */
const MOST_CURVED = 300;

export function remoteTable(description: Description, sql: TableSql, connection: Connection): Table {
  return {
    ...description,
    mostCurved: MOST_CURVED,
    local: undefined,
    loss: async (reduction) => lossOver(description, sql, connection, reduction),
    plainLoss: (reduction, classWeights) =>
      lossOver(description, withClasses(sql, classWeights), connection, reduction),
    margins: (w) => connection.ask(marginsQuery(sql, w)),
    async byClass() {
      const { ranges, counts } = byClassQueries(sql);
      const found = sql.numbers.length === 0 ? [] : await connection.ask(ranges);
      const byLevel = [];
      for (const query of counts) byLevel.push(await connection.ask(query));
      return { ranges: found, counts: byLevel };
    },
  };
}

/** The rows' weights multiplied by those of their classes. */
function withClasses(sql: TableSql, classWeights: ClassWeights | undefined): TableSql {
  if (classWeights === undefined) return sql;
  const factor = times(sql.label, classWeights);
  return { ...sql, weight: sql.weight === undefined ? factor : `${sql.weight} * ${factor}` };
}

function lossOver(
  { name, design, weightSum }: Description,
  sql: TableSql,
  connection: Connection,
  reduction: Reduction,
): LossObjective {
  const { size } = design;
  const unit = reduction === 'mean' ? 1 / weightSum : 1;
  return {
    size,
    async evaluate(w, g) {
      // SQL has no text for other numbers, and J none of use
      if (!w.every(Number.isFinite)) {
        g.fill(Number.NaN);
        return Number.NaN;
      }
      const sums = await connection.ask(lossQuery(sql, w));
      for (let j = 0; j < size; j++) g[j] = sums.g[j]! * unit;
      return sums.J * unit;
    },
    async hessian(mu, s, w, H) {
      if (size > MOST_CURVED) {
        throw new BceError(
          'USAGE',
          `${name}: expected at most ${grouped(MOST_CURVED)} weights for second derivatives, found ${grouped(size)}`,
          '--optimizer lbfgs needs none; --stats needs them',
        );
      }
      H.fill(0);
      for (const query of hessianQueries(sql, mu, w, H)) await connection.ask(query);
      completeHessian(H, design, mu, s, unit);
    },
    async close() {},
  };
}
