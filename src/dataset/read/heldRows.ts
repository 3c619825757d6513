/** The first rows of a file while they are held back: those that were scanned are texts only once somebody looks at them. */
import type { Places } from '../../source/places.js';
import type { HeadScan } from '../../source/scan/headScan.js';
import type { Head } from '../schema/head.js';

export class HeldRows implements Head {
  readonly places: Places;
  #rows: (readonly string[])[] = [];
  #lines: number[] = [];
  /** Rows after those that are texts. */
  #scanned: HeadScan | undefined;

  constructor(places: Places) {
    this.places = places;
  }

  get count(): number {
    return this.#rows.length + (this.#scanned?.rows ?? 0);
  }

  /** Undefined where there is none. */
  get first(): readonly string[] | undefined {
    return this.#rows[0];
  }

  get firstLine(): number | undefined {
    return this.#lines[0];
  }

  get rows(): readonly (readonly string[])[] {
    this.#read();
    return this.#rows;
  }

  get lines(): readonly number[] {
    this.#read();
    return this.#lines;
  }

  /** What is known of the rows after the first without their texts. */
  get scanned(): HeadScan | undefined {
    return this.#scanned;
  }

  add(row: readonly string[], line: number): void {
    this.#read();
    this.#rows.push(row);
    this.#lines.push(line);
  }

  /** Has what was scanned for the rows after the first; undefined for none of them any more. */
  set scanned(scan: HeadScan | undefined) {
    this.#scanned = scan;
  }

  /** Lets go of the first row. */
  shift(): void {
    this.#rows.shift();
    this.#lines.shift();
  }

  /** Lets go of all rows, with the line of the first. */
  clear(): number | undefined {
    const line = this.#lines[0] ?? this.#scanned?.parts[0]?.line;
    this.#scanned = undefined;
    this.#rows.length = 0;
    this.#lines.length = 0;
    return line;
  }

  /** Hands all rows on, and lets go of them. */
  take(taker: (row: readonly string[], line: number) => void): void {
    this.#read();
    const [rows, lines] = [this.#rows.splice(0), this.#lines.splice(0)];
    rows.forEach((row, r) => {
      taker(row, lines[r]!);
    });
  }

  #read(): void {
    const scan = this.#scanned;
    this.#scanned = undefined;
    scan?.eachText(this.places, (row, line) => this.add(row, line));
  }
}
