/** Missing cells by what they are missing in, and in words. */
import { grouped, listed, quoted } from '../../text.js';

/** Missing cells by column, or by a term that has no value of a cell, where there are any. */
export type MissingByName = readonly (readonly [name: string, cells: number])[];

/** @param missing cells by column */
export function missingByName(missing: Int32Array, names: readonly string[]): MissingByName {
  return names.flatMap((name, c) => (missing[c]! > 0 ? [[name, missing[c]!] as const] : []));
}

/** Missing cells as in `"age" (263)`; empty when there are none. */
export function missingByColumn(missing: MissingByName): string {
  return listed(missing.map(([name, cells]) => `${quoted(name)} (${grouped(cells)})`));
}
