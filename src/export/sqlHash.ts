/** Hashes of texts in SQL: no dialect has this one, so it is a query that goes through the bytes of a row. */
import { childrenOf, type Expression, type Hash, nameOf } from '../terms/expression.js';
import { MURMUR } from '../terms/hash.js';
import type { ExportPlan } from './plan.js';

/** The hashes that a plan computes, each once. */
export function hashesOf({ numerics, interactions }: ExportPlan): Hash[] {
  const found = new Map<string, Hash>();
  const visit = (node: Expression): void => {
    if (node.kind === 'hash') found.set(nameOf(node), node);
    else childrenOf(node).forEach(visit);
  };
  for (const { tree } of numerics) if (tree !== undefined) visit(tree);
  for (const { parts } of interactions) parts.forEach(visit);
  return [...found.values()];
}

/**
 * A query of one number, the bucket of a text, NULL of an empty one.
 *
 * Each step takes a word of four bytes off eight digits of base 16. A row can name only what the row before has, so that
 * a word goes through three of them: multiplied, turned, taken into h. Products of 32 bits by 32 come in halves, which
 * numbers of 64 bits with a sign can hold.
 *
 * @param hex digits of base 16 of the bytes of the text in UTF-8, in capitals; it is not NULL
 * @param place of a text within another, from 1; 0 where it is not
 * @param type of the number
 */
export function bucketQuery(
  bits: number,
  hex: string,
  place: (within: string, text: string) => string,
  type: string,
): string {
  const digits = [2, 1, 4, 3, 6, 5, 8, 7].map((at) => place("'123456789ABCDEF'", `substr(rest, ${at}, 1)`));
  const word = digits.map((digit, i) => `${digit} * ${16 ** i}`).join(' + ');
  const zero = 'CAST(0 AS BIGINT)';
  const [first, second] = MURMUR.ofWords;
  const mixed = times(turned('a', 15), second);
  // at the end the bytes that are left, or none, are taken without a turn
  const steps = '(size >> 2) + 2';
  const end = [
    xor('h', 'b'),
    xor('h', 'size'),
    xor('h', '(h >> 16)'),
    times('h', MURMUR.ofEnd[0]),
    xor('h', '(h >> 13)'),
    times('h', MURMUR.ofEnd[1]),
    xor('h', '(h >> 16)'),
  ];
  const hashed = end.reduce(
    (rows, value, i) => `(SELECT size, b, ${value} AS h FROM ${rows} AS s${i})`,
    `(SELECT size, b, h FROM fold WHERE n = ${steps})`,
  );
  return `
    WITH RECURSIVE fold(rest, size, n, a, b, h) AS (
      SELECT ${hex} || '00000000', CAST(length(${hex}) >> 1 AS BIGINT), ${zero}, ${zero}, ${zero}, ${zero}
      UNION ALL
      SELECT
        substr(rest, 9), size, n + 1,
        ${times(`(${word})`, first)},
        ${mixed},
        CASE WHEN n < 2 THEN h ELSE (${turned(xor('h', 'b'), 13)} * 5 + ${MURMUR.added}) & ${LOW} END
      FROM fold WHERE n < ${steps}
    )
    SELECT CASE WHEN size > 0 THEN CAST(h & ${2 ** bits - 1} AS ${type}) END AS bucket FROM ${hashed} AS hashed
  `;
}

/** The lowest 32 bits. */
const LOW = 2 ** 32 - 1;

function xor(a: string, b: string): string {
  return `(${a} + ${b} - 2 * (${a} & ${b}))`;
}

/** The bits moved up, those beyond 32 coming in from below. */
function turned(a: string, by: number): string {
  return `(((${a} * ${2 ** by}) & ${LOW}) + (${a} >> ${32 - by}))`;
}

/** The lowest 32 bits of a product. */
function times(a: string, by: number): string {
  return `((${a} * ${by & 0xffff} + ((${a} * ${by >>> 16}) & 65535) * 65536) & ${LOW})`;
}
