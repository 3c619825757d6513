/** Hashes of texts in SQL: no dialect has this one, so it is a query that goes through the bytes of a row. */
import { childrenOf, type Expression, type Hash, nameOf } from '../terms/expression.js';
import { FNV } from '../terms/hash.js';
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
 * Each step takes a byte off two digits of base 16: h = (h xor byte) * prime mod 2^32, where a xor b is
 * (a | b) - (a & b), which all dialects have.
 *
 * @param text not NULL
 * @param hex digits of base 16 of its bytes in UTF-8, in capitals
 * @param place of a text within another, from 1; 0 where it is not
 * @param type of the number
 */
export function bucketQuery(
  text: string,
  bits: number,
  hex: string,
  place: (within: string, text: string) => string,
  type: string,
): string {
  const digit = (at: number) => place("'123456789ABCDEF'", `substr(rest, ${at}, 1)`);
  const byte = `(16 * ${digit(1)} + ${digit(2)})`;
  const xor = (a: string, b: string) => `((${a} | ${b}) - (${a} & ${b}))`;
  return `
    WITH RECURSIVE fold(rest, h) AS (
      SELECT ${hex}, ${FNV.basis}
      UNION ALL
      SELECT substr(rest, 3), (${xor('h', byte)} * ${FNV.prime}) & 4294967295
      FROM fold WHERE rest <> ''
    )
    SELECT CASE WHEN ${text} <> '' THEN CAST(${xor(`(h >> ${bits})`, 'h')} & ${2 ** bits - 1} AS ${type}) END AS bucket
    FROM fold WHERE rest = ''
  `;
}
