/**
 * Linear programs in whole numbers of any length, for the tests: a dense tableau, the rule of Bland, no
 * rounding. Nothing of it is shared with what it is held against.
 */

/** Whether some x >= 0 has A x = b; A (rows x columns) and b (rows) whole. */
export function isFeasible(A: readonly (readonly number[])[], b: readonly number[]): boolean {
  const rows = A.length;
  const columns = A[0]?.length ?? 0;
  // artificial unknowns begin as the basis; entries are those of the tableau times d
  const T = A.map((row, i) => {
    const sign = b[i]! < 0 ? -1 : 1;
    const own = row.map((a) => BigInt(sign * a));
    const artificial = A.map((_, k) => (k === i ? 1n : 0n));
    return [...own, ...artificial, BigInt(sign * b[i]!)];
  });
  const width = columns + rows;
  const basis = A.map((_, i) => columns + i);
  // the sum of the artificial unknowns, to be lowered to 0
  const cost = Array.from({ length: width + 1 }, (_, j) =>
    j >= columns && j < width ? 0n : T.reduce((sum, row) => sum + row[j]!, 0n),
  );
  let d = 1n;
  for (;;) {
    if (cost[width] === 0n) return true;
    const entering = cost.findIndex((value, j) => j < columns && value > 0n);
    if (entering < 0) return false;
    let leaving = -1;
    for (let i = 0; i < rows; i++) {
      if (T[i]![entering]! <= 0n) continue;
      if (leaving < 0) leaving = i;
      else {
        const here = T[i]![width]! * T[leaving]![entering]!;
        const best = T[leaving]![width]! * T[i]![entering]!;
        if (here < best || (here === best && basis[i]! < basis[leaving]!)) leaving = i;
      }
    }
    if (leaving < 0) throw new Error('a sum of non-negative numbers cannot fall for ever');
    const own = T[leaving]!;
    const pivot = own[entering]!;
    for (const row of [...T, cost]) {
      if (row === own) continue;
      const factor = row[entering]!;
      for (let j = 0; j <= width; j++) row[j] = (row[j]! * pivot - factor * own[j]!) / d;
    }
    d = pivot;
    basis[leaving] = entering;
  }
}

export type Verdict = 'whole' | 'part' | 'none';

/**
 * Whether some w has a_i.w > 0 in all rows, or a_i.w >= 0 in all and more in one.
 *
 * @param a rows of whole numbers, those with y = 0 with their signs turned
 */
export function verdictOn(a: readonly (readonly number[])[]): Verdict {
  const n = a[0]!.length;
  const columns = (j: number) => a.map((row) => row[j]!);
  const equations = Array.from({ length: n }, (_, j) => columns(j));
  // Gordan: there is none with > 0 in all rows if and only if lambda >= 0, sum 1, has sum lambda_i a_i = 0
  const isWhole = !isFeasible([...equations, a.map(() => 1)], [...equations.map(() => 0), 1]);
  if (isWhole) return 'whole';
  // Stiemke: there is none with more than 0 in one if and only if lambda >= 1 has it
  const sums = equations.map((row) => -row.reduce((sum, value) => sum + value, 0));
  return isFeasible(equations, sums) ? 'none' : 'part';
}
