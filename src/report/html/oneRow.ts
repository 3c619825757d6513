/** One row under the weights: what the card of the page computes anew as a weight is moved. No imports, so that a browser can have it. */

/** A row with the terms that add most to its logit. */
export interface RowData {
  /** As in `row 1`, of those that are trained on. */
  readonly title: string;
  readonly y: number;
  /** Terms that are shown, the intercept first. */
  readonly terms: readonly RowTerm[];
  /** What the other terms add to the logit together, and how many they are. */
  readonly rest: number;
  readonly others: number;
}

export interface RowTerm {
  readonly name: string;
  readonly x: number;
  readonly w: number;
  /** How far the weight can be moved either way. */
  readonly reach: number;
}

export interface RowState {
  readonly h: number;
  readonly z: number;
  readonly loss: number;
  /** z - y */
  readonly slope: number;
}

/** @param w weights in place of those of the terms */
export function stateOf({ terms, rest, y }: RowData, w: readonly number[]): RowState {
  const h = terms.reduce((sum, { x }, k) => sum + w[k]! * x, rest);
  const t = Math.exp(-Math.abs(h));
  const z = (h >= 0 ? 1 : t) / (1 + t);
  return { h, z, loss: Math.max(h, 0) - h * y + Math.log1p(t), slope: z - y };
}

/** The loss by the weight of term k, over its reach. */
export function lossByWeight(row: RowData, w: readonly number[], k: number, points: number) {
  const { w: middle, reach } = row.terms[k]!;
  const x = Array.from({ length: points }, (_, i) => middle + reach * ((2 * i) / (points - 1) - 1));
  const y = x.map(
    (moved) =>
      stateOf(
        row,
        w.map((own, j) => (j === k ? moved : own)),
      ).loss,
  );
  return { x, y };
}

/** Digits for eyes. */
export function digitsOf(value: number): string {
  const size = Math.abs(value);
  const text =
    value !== 0 && (size < 1e-4 || size >= 1e7)
      ? value.toExponential(3)
      : String(Number(value.toPrecision(5)));
  return text.replace(/^-/, '−');
}
