/** What stands beside products of text columns: the columns, and their products of fewer. */
import { type Expression, isLevelled, nameOf } from '../../terms/expression.js';
import { byteOrder } from '../../text.js';
import type { MissingCells } from './missing.js';
import type { Plan } from './plan.js';
import type { Sample } from './sample.js';

/**
 * What products of text columns go with: each of these columns or parts of dates, and their products of fewer. R codes the cells of such
 * a product in full where these are absent, which is the same model by other names.
 *
 * @returns the plan with all these columns among the features, the terms with all these products before those that
 *   need them, and the names of what has been added
 */
export function withMargins(
  plan: Plan,
  terms: readonly Expression[],
  sample: Sample,
  cells: MissingCells,
): { readonly features: Plan; readonly terms: readonly Expression[]; readonly margins: readonly string[] } {
  const isText = (part: Expression) =>
    isLevelled(part) && (part.kind !== 'column' || isTextColumn(plan, part.name, sample, cells));
  const factors = new Set(plan.factors);
  const there = new Set(terms.map((term) => marginOf(partsIn(term))));
  const margins: string[] = [];
  const whole: Expression[] = [];
  for (const term of terms) {
    const parts = partsIn(term);
    const isTogether = parts.length > 1 && new Set(parts.map(nameOf)).size === parts.length;
    for (const margin of isTogether && parts.every(isText) ? subsetsOf(parts) : []) {
      const [first] = margin;
      if (margin.length === 1 && first!.kind === 'column') {
        const column = plan.names.indexOf(first.name);
        if (factors.has(column)) continue;
        factors.add(column);
        margins.push(first.name);
        continue;
      }
      if (there.has(marginOf(margin))) continue;
      there.add(marginOf(margin));
      const added: Expression = margin.length === 1 ? first! : { kind: 'product', factors: margin };
      whole.push(added);
      margins.push(nameOf(added));
    }
    whole.push(term);
  }
  if (margins.length === 0) return { features: plan, terms, margins };
  return { features: { ...plan, factors: [...factors].sort((a, b) => a - b) }, terms: whole, margins };
}

/** The subsets of some parts but for none and all of them, those of few first. */
function subsetsOf(parts: readonly Expression[]): Expression[][] {
  const all = Array.from({ length: 2 ** parts.length - 2 }, (_, bits) =>
    parts.filter((_part, i) => ((bits + 1) >> i) % 2 === 1),
  );
  return all.sort((a, b) => a.length - b.length);
}

/** Whether a column of the file holds texts: a feature as it was judged, another one by its first cell. */
export function isTextColumn(
  { names, factors, numerics, target, weight }: Plan,
  name: string,
  sample: Sample,
  cells: MissingCells,
): boolean {
  const column = names.indexOf(name);
  if (factors.includes(column)) return true;
  if (column < 0 || numerics.includes(column) || column === target || column === weight) return false;
  const first = sample.rows.map((row) => row[column]!.trim()).find((cell) => !cells.isMissing(cell));
  return first !== undefined && !Number.isFinite(cells.numberOf(first));
}

/** What a term is the product of. */
export function partsIn(term: Expression): readonly Expression[] {
  return term.kind === 'product' ? term.factors : [term];
}

/** The same for the same parts, in whatever order they stand. */
export function marginOf(parts: readonly Expression[]): string {
  return parts.map(nameOf).sort(byteOrder).join(':');
}
