/** What the tests of the scanner share: any reading held against csv-parse, cell by cell. */

import assert from 'node:assert/strict';
import { missingCells } from '../../src/dataset/schema/missing.js';
import type { NumberForm } from '../../src/source/csv/number.js';
import { readRows } from '../../src/source/csv/rows.js';
import { placesIn } from '../../src/source/places.js';
import type { ScanHost } from '../../src/source/scan/scanHost.js';
import type { ScannedRows } from '../../src/source/scan/scannedRows.js';
import type { ScanPlan } from '../../src/source/scan/scanner.js';
import { type RowTaker, type ScanOptions, scanRows } from '../../src/source/scan/scanRows.js';
import { startScanning } from '../../src/source/scan/scanThread.js';

export type Kind = 'number' | 'factor' | 'target' | 'weight' | 'ignored';
type Cell = number | string | null;

export const MISSING_WORDS = ['NA', 'n/a', 'NaN', '-999', 'two words', 'ü', '"'];

export interface Table {
  readonly kinds: readonly Kind[];
  readonly delimiter: string;
  readonly missingWords: readonly string[];
  readonly numbers?: NumberForm;
}

function planOf({ kinds, missingWords }: Table): Omit<ScanPlan, 'delimiter' | 'numbers'> {
  const columnsOf = (kind: Kind) => kinds.flatMap((other, column) => (other === kind ? [column] : []));
  const numerics = columnsOf('number');
  const [weight] = columnsOf('weight');
  return {
    columns: kinds.length,
    numerics,
    pivots: numerics.map((_, j) => (j % 2 === 0 ? 0 : 0.5)),
    factors: columnsOf('factor'),
    target: kinds.indexOf('target'),
    weight,
    missingWords,
  };
}

/** Takes rows either way and writes down what their cells say; refuses what no cell may be. */
export class Witness implements RowTaker {
  readonly rows: { line: number; cells: Cell[] }[] = [];
  readonly #table: Table;
  readonly #plan: Omit<ScanPlan, 'delimiter' | 'numbers'>;
  scanned = 0;

  constructor(table: Table) {
    this.#table = table;
    this.#plan = planOf(table);
  }

  plan() {
    return this.rows.length > 0 ? this.#plan : undefined;
  }

  add(row: readonly string[], line: number): void {
    const { kinds, missingWords, numbers } = this.#table;
    const { isMissing, numberOf } = missingCells(missingWords, numbers);
    if (row.length !== kinds.length) throw new Error(`line ${line}: ${row.length} cells`);
    const cells = kinds.map((kind, column): Cell => {
      const text = row[column]!.trim();
      if (kind === 'ignored') return null;
      if (kind === 'factor' || kind === 'target') return isMissing(text) ? null : text;
      const value = numberOf(row[column]!);
      if (!Number.isFinite(value)) {
        if (isMissing(text)) return null;
        throw new Error(`line ${line}: ${JSON.stringify(text)}`);
      }
      return kind === 'number' ? value - this.#pivotOf(column) : value;
    });
    this.rows.push({ line, cells });
  }

  #pivotOf(column: number): number {
    return this.#plan.pivots[this.#plan.numerics.indexOf(column)]!;
  }

  addScanned({ rows, X, codes, y, c, lines, missing, hasMissing, texts, labels }: ScannedRows): void {
    const { numerics, factors } = this.#plan;
    this.scanned += rows;
    assert.equal(lines.length, rows);
    assert.equal(
      hasMissing,
      missing.some((cells) => cells > 0),
    );
    for (let r = 0; r < rows; r++) {
      const [block, i] = [Math.floor(r / 32), r % 32];
      const cells = this.#table.kinds.map((kind, column): Cell => {
        if (kind === 'ignored') return null;
        if (kind === 'number') {
          return numberIn(X[(block * numerics.length + numerics.indexOf(column)) * 32 + i]!);
        }
        if (kind === 'weight') return numberIn(c![r]!);
        if (kind === 'target') return labels[y[r]!] ?? null;
        const f = factors.indexOf(column);
        return texts[f]![codes[(block * factors.length + f) * 32 + i]!] ?? null;
      });
      const ignored = this.#table.kinds.filter((kind) => kind === 'ignored').length;
      assert.equal(missing[r], cells.filter((cell) => cell === null).length - ignored);
      this.rows.push({ line: lines[r]!, cells });
    }
    for (const list of [...texts, labels]) assert.equal(new Set(list).size, list.length);
  }
}

function numberIn(x: number): number | null {
  return Number.isNaN(x) ? null : x;
}

export async function* piecesOf(bytes: Buffer, byteLength: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += byteLength) yield bytes.subarray(at, at + byteLength);
}

async function outcomeOf(witness: Witness, read: () => Promise<void>) {
  let error: string | undefined;
  try {
    await read();
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown instanceof assert.AssertionError) throw thrown;
    error = thrown.message;
  }
  return { error, rows: witness.rows };
}

/** Holds the scanner against csv-parse; returns how many rows it has read itself. */
export async function compare(
  bytes: Buffer,
  table: Table,
  pieceBytes: number,
  sizes: ScanOptions,
): Promise<{ scanned: number; error: string | undefined; rows: number }> {
  const parsed = new Witness(table);
  const expected = await outcomeOf(parsed, async () => {
    for await (const { rows, lines } of readRows(
      piecesOf(bytes, 1 << 16),
      placesIn('data.csv'),
      table.delimiter,
    )) {
      for (let r = 0; r < rows.length; r++) parsed.add(rows[r]!, lines[r]!);
    }
  });
  const witness = new Witness(table);
  const found = await outcomeOf(witness, () =>
    scanRows(piecesOf(bytes, pieceBytes), placesIn('data.csv'), table.delimiter, witness, {
      numbers: table.numbers,
      ...sizes,
    }),
  );
  assert.deepEqual(found, expected);
  return { scanned: witness.scanned, error: found.error, rows: found.rows.length };
}

export const ABC: Table = {
  kinds: ['number', 'factor', 'target'],
  delimiter: ',',
  missingWords: MISSING_WORDS,
};
/** One row through csv-parse, the rest through the scanner. */
export const EAGER: ScanOptions = { headRows: 1, fewBytes: 0 };

/** Threads that are none: they do their work here, each answer so many turns of the event loop late. */
export function threadsHere(turns: () => number = () => 0): ScanHost {
  return {
    availableThreads: () => 2,
    async startThreads() {
      return (_, { onMessage }) => {
        let scan: ReturnType<typeof startScanning> | undefined;
        let done = Promise.resolve();
        let isEnded = false;
        return {
          post(message) {
            if ('module' in message) {
              scan = startScanning(message);
              onMessage(undefined);
              return;
            }
            done = done.then(async () => {
              for (let left = turns(); left > 0; left--)
                await new Promise((resolve) => setImmediate(resolve));
              if (!isEnded) onMessage(scan!(message));
            });
          },
          setNeeded() {},
          async terminate() {
            isEnded = true;
          },
          giveBack() {},
        };
      };
    },
  };
}
