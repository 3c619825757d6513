/** Names, texts and numbers as ClickHouse reads them back unchanged. */

/** A name of a column or table, whatever characters it has. */
export function identifier(name: string): string {
  return `\`${escaped(name).replaceAll('`', '\\`')}\``;
}

/** What none of these names begins with: names within a query begin so. */
export function freePrefix(names: readonly string[], wanted = '_'): string {
  let prefix = wanted;
  while (names.some((name) => name.startsWith(prefix))) prefix += '_';
  return prefix;
}

/** A text. */
export function text(value: string): string {
  return `'${escaped(value).replaceAll("'", "\\'")}'`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\0', '\\0');
}

/** The least double that has all its digits. */
const LEAST_NORMAL = 2 ** -1022;

/** A finite double, in its shortest form with a point or an exponent, so that it is no integer. */
export function double(x: number): string {
  if (Object.is(x, -0)) return '-0.';
  // some servers know no smaller literals; the product is exact
  if (x !== 0 && Math.abs(x) < LEAST_NORMAL) return `(${double(x * 2 ** 600)} * ${double(2 ** -600)})`;
  const shortest = String(x);
  return /[.e]/.test(shortest) ? shortest : `${shortest}.`;
}

/** An array. */
export function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`;
}

/** The sum of some terms, as a tree no deeper than it must be: a parser has a limit of depth. */
export function sum(terms: readonly string[]): string {
  if (terms.length === 0) return '0.';
  if (terms.length === 1) return terms[0]!;
  const half = terms.length >> 1;
  return `(${sum(terms.slice(0, half))} + ${sum(terms.slice(half))})`;
}

/** True when all conditions are, which may be none. */
export function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? '1' : conditions.map((condition) => `(${condition})`).join(' AND ');
}

/** True when one of the conditions is. */
export function any(conditions: readonly string[]): string {
  if (conditions.length === 0) return '0';
  // old servers look at each pair of the parts of an OR
  return `${sum(conditions.map((condition) => `(${condition})`))} > 0`;
}

/**
 * log(1 + a) for a above -1, to a few units in the last place: what 1 + a rounds away, the quotient puts back.
 *
 *   log1p(a) = a log(u) / (u - 1),   u = 1 + a;   a where u is 1
 *
 * Source: Kahan; Goldberg, What every computer scientist should know about floating-point arithmetic, 1991,
 * theorem 4. Old servers have no such function.
 */
export function log1p(a: string): string {
  const u = `(1. + ${a})`;
  return `if(${u} = 1., ${a}, ${a} * (log(${u}) / (${u} - 1.)))`;
}
