/** Seeded tables, in memory and as CSV files in a folder that is removed at the end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Shape {
  readonly rows: number;
  /** Numeric columns. */
  readonly columns: number;
  /** Text columns, of 12 levels each. */
  readonly factors?: number;
  /** Digits after the point; undefined writes the shortest text that reads back the same. */
  readonly digits?: number;
  /** Puts every cell in quotes. */
  readonly isQuoted?: boolean;
}

/** xorshift32 as numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

let folder: string | undefined;

/** Path of a temporary file; all of them go when the process ends. */
export function temporary(name: string): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'bce-train-bench-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    folder = made;
  }
  return join(folder, name);
}

/** Writes a table whose labels follow a logistic model; returns its path. */
export function csvFile(
  name: string,
  { rows, columns, factors = 0, digits, isQuoted = false }: Shape,
): string {
  const random = seeded(1);
  const w = Array.from({ length: columns }, () => 4 * random() - 2);
  const cell = (text: string) => (isQuoted ? `"${text}"` : text);
  const names = [...w.map((_, j) => `x${j}`), ...Array.from({ length: factors }, (_, f) => `f${f}`), 'y'];
  const lines = [names.map(cell).join(',')];
  for (let i = 0; i < rows; i++) {
    let h = 0;
    const cells = w.map((wj) => {
      const x = 2 * random() - 1;
      h += wj * x;
      return cell(digits === undefined ? String(x) : x.toFixed(digits));
    });
    for (let f = 0; f < factors; f++) cells.push(cell(`level ${Math.floor(12 * random())}`));
    cells.push(cell(random() < 1 / (1 + Math.exp(-h)) ? '1' : '0'));
    lines.push(cells.join(','));
  }
  const path = temporary(name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
