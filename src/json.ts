/** JSON as it is written: doubles in full, and short lists on one line. */

/** JSON of a document for a reader and a program, ended by a line end; NaN and Infinity become texts. */
export function asJson(document: unknown): string {
  return `${indented(document, '')}\n`;
}

/** JSON.stringify with two spaces, but a list of plain values, or an object of them, on one line. */
function indented(value: unknown, indent: string): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const items = Object.entries(value).map(([key, item]) =>
    isList ? indented(item, inner) : `${JSON.stringify(key)}: ${indented(item, inner)}`,
  );
  const isPlain = Object.values(value).every((item) => typeof item !== 'object' || item === null);
  const [open, close] = isList ? '[]' : '{}';
  const line = `${open}${items.join(', ')}${close}`;
  const fits = isPlain && (isList || line.length <= 100);
  return fits ? line : `${open}\n${inner}${items.join(`,\n${inner}`)}\n${indent}${close}`;
}
