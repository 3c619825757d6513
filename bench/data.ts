/** Seeded tables, in memory and as CSV files in a folder that is removed at the end. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STOPPING } from './process.js';

export interface Shape {
  readonly rows: number;
  /** Numeric columns. */
  readonly columns: number;
  /** Text columns. */
  readonly factors?: number;
  /** Levels of each of them, or of the first and so on; default 12. */
  readonly levels?: number | readonly number[];
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
    for (const signal of STOPPING) process.once(signal, () => process.exit(1));
    folder = made;
  }
  return join(folder, name);
}

/** Rows of cells, the names first; the labels follow a logistic model. */
export function* rowsOf({ rows, columns, factors = 0, levels = 12, digits }: Shape): Generator<string[]> {
  const random = seeded(1);
  const w = Array.from({ length: columns }, () => 4 * random() - 2);
  yield [...w.map((_, j) => `x${j}`), ...Array.from({ length: factors }, (_, f) => `f${f}`), 'y'];
  for (let i = 0; i < rows; i++) {
    let h = 0;
    const cells = w.map((wj) => {
      const x = 2 * random() - 1;
      h += wj * x;
      return digits === undefined ? String(x) : x.toFixed(digits);
    });
    for (let f = 0; f < factors; f++) {
      const count = typeof levels === 'number' ? levels : levels[f]!;
      cells.push(`level ${Math.floor(count * random())}`);
    }
    cells.push(random() < 1 / (1 + Math.exp(-h)) ? '1' : '0');
    yield cells;
  }
}

/** Characters written at a time. */
const WRITE_LENGTH = 1 << 20;

/** Writes a table; returns its path. */
export function csvFile(name: string, shape: Shape): string {
  const cell = (text: string) => (shape.isQuoted ? `"${text}"` : text);
  const path = temporary(name);
  const file = openSync(path, 'w');
  let text = '';
  for (const cells of rowsOf(shape)) {
    text += `${cells.map(cell).join(',')}\n`;
    if (text.length < WRITE_LENGTH) continue;
    writeSync(file, text);
    text = '';
  }
  writeSync(file, text);
  closeSync(file);
  return path;
}
