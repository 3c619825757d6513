/** Random small tables of whole numbers and factors, as CSV and as the matrix that a linear program takes. */

export interface SmallTable {
  readonly csv: string;
  readonly intercept: boolean;
  readonly isWeighted: boolean;
  /** Rows with a weight above 0: numbers and treatment-coded levels, the 1 of the intercept last, times 2y - 1. */
  readonly signed: readonly (readonly number[])[];
  /** Names of its columns but for the intercept. */
  readonly terms: readonly string[];
}

type Column =
  | { readonly kind: 'number'; readonly values: readonly number[] }
  | { readonly kind: 'factor'; readonly values: readonly string[] };

/**
 * @param random numbers in [0, 1)
 * @param rows default some 4 to 64
 * @returns undefined for a table that is no use: one label, or no column that varies
 */
export function smallTable(random: () => number, rows?: number): SmallTable | undefined {
  const below = (n: number) => Math.floor(random() * n);
  const m = rows ?? 4 + below(random() < 0.2 ? 60 : 16);
  const intercept = random() < 0.75;
  const isWeighted = random() < 0.3;
  const range = 1 + below(4);
  const numbers = below(4);
  const factors = numbers === 0 ? 1 + below(3) : below(3);
  const columns: Column[] = [];
  for (let k = 0; k < numbers; k++) {
    const shape = random();
    const values =
      shape < 0.15 && k > 0 && columns[0]!.kind === 'number'
        ? // follows from others
          dependent(
            columns.filter((column) => column.kind === 'number').map(({ values }) => values),
            below,
          )
        : shape < 0.3
          ? Array.from({ length: m }, () => (random() < 0.8 ? 0 : 1))
          : shape < 0.4
            ? Array.from({ length: m }, () => 1000 + below(3))
            : Array.from({ length: m }, () => below(2 * range + 1) - range);
    columns.push({ kind: 'number', values });
  }
  for (let f = 0; f < factors; f++) {
    const levels = 2 + below(4);
    columns.push({ kind: 'factor', values: Array.from({ length: m }, () => 'abcdef'[below(levels)]!) });
  }
  const style = random();
  let y = Array.from({ length: m }, () => below(2));
  if (style < 0.6) {
    // labels that follow a direction, with or without rows on its border and mistakes
    const h = Array.from({ length: m }, (_, i) =>
      columns.reduce(
        (sum, { values }, k) =>
          sum +
          ((k % 3) - 1 || 2) *
            (typeof values[i] === 'number' ? (values[i] as number) % 1000 : values[i] === 'b' ? 1 : 0),
        0,
      ),
    );
    const border = below(3) - 1;
    const mistakes = style < 0.3 ? 0 : 0.05;
    y = h.map((value) => (value === border || random() < mistakes ? below(2) : value > border ? 1 : 0));
  }
  const c = Array.from({ length: m }, () => (isWeighted ? below(4) : 1));
  const order = Array.from({ length: m }, (_, i) => i);
  // some rows again
  if (random() < 0.3) for (let i = 0; i < m; i++) if (random() < 0.5) order.push(i);

  const used = order.filter((i) => c[i]! > 0);
  const isVaried = (values: readonly unknown[]) => new Set(used.map((i) => values[i])).size > 1;
  if (!isVaried(y) || !columns.some(({ values }) => isVaried(values))) return undefined;
  const terms: string[] = [];
  const design: ((i: number) => number)[] = [];
  const first = columns.findIndex(({ kind }) => kind === 'factor');
  columns.forEach(({ kind, values }, k) => {
    // without an intercept a constant column stands for one, and the first factor has no baseline
    const isFull = !intercept && k === first;
    const isConstant = !isVaried(values) && !isFull;
    if (isConstant && (intercept || kind === 'factor' || values[used[0]!] === 0)) return;
    if (kind === 'number') {
      terms.push(`x${k}`);
      design.push((i) => values[i] as number);
      return;
    }
    for (const level of [...new Set(used.map((i) => values[i]))].sort().slice(isFull ? 0 : 1)) {
      terms.push(`x${k}=${level}`);
      design.push((i) => (values[i] === level ? 1 : 0));
    }
  });
  if (terms.length === 0) return undefined;
  if (intercept) design.push(() => 1);
  const signed = used.map((i) => design.map((cell) => (2 * y[i]! - 1) * cell(i)));
  const names = [...columns.map((_, k) => `x${k}`), ...(isWeighted ? ['weight'] : []), 'y'];
  const lines = order.map((i) =>
    [...columns.map(({ values }) => values[i]), ...(isWeighted ? [c[i]] : []), y[i]].join(),
  );
  return { csv: `${names.join()}\n${lines.join('\n')}\n`, intercept, isWeighted, signed, terms };
}

function dependent(others: readonly (readonly number[])[], below: (n: number) => number): number[] {
  const coefficients = others.map(() => below(5) - 2);
  const constant = below(3);
  return others[0]!.map((_, i) =>
    others.reduce((sum, values, k) => sum + coefficients[k]! * values[i]!, constant),
  );
}
