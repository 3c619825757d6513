/** Where lines stand, for messages: in which file, and on which of its lines. */
import { listed } from '../text.js';

export interface Places {
  /** What messages call all that is read. */
  readonly name: string;
  /** As in `data.csv:17`. */
  at(line: number): string;
  /** What messages call the file that a line stands in. */
  fileOf(line: number): string;
  /**
   * The names of the columns of that file, where its rows were put into the order of another; a row of another length
   * then has as many cells more than the other file has columns.
   */
  ownColumns?(line: number): readonly string[] | undefined;
}

/** Lines of one file, from 1. */
export function placesIn(name: string): Places {
  return { name, at: (line) => `${name}:${line}`, fileOf: () => name };
}

/** Files that are shown by their names where there are more. */
const MOST_NAMES = 3;

/** Lines that follow each other in one file as well. */
interface Part {
  readonly name: string;
  /** Line of the first, among those of all files. */
  readonly start: number;
  /** That line in the file, or the number of the object. */
  readonly own: number;
  readonly unit: 'line' | 'object';
  readonly columns: readonly string[] | undefined;
}

/** Lines of several files one after the other. */
export class JoinedPlaces implements Places {
  readonly name: string;
  readonly #parts: Part[] = [];

  /** @param names of all the files */
  constructor(names: readonly string[]) {
    this.name = listed(names, MOST_NAMES);
  }

  /** Notes that a file begins at line `start`; `columns` are its own where its rows come in another order. */
  begin(name: string, start: number, columns?: readonly string[]): void {
    this.#parts.push({ name, start, own: 1, unit: 'line', columns });
  }

  /** Notes that the line `start` is another line of the file at hand than would follow, or an object of it. */
  goOn(start: number, own: number, unit: 'line' | 'object'): void {
    const { name } = this.#parts.at(-1)!;
    this.#parts.push({ name, start, own, unit, columns: undefined });
  }

  at(line: number): string {
    const { name, start, own, unit } = this.#partOf(line);
    const place = line - start + own;
    return unit === 'line' ? `${name}:${place}` : `${name}: object ${place}`;
  }

  fileOf(line: number): string {
    return this.#partOf(line).name;
  }

  ownColumns(line: number): readonly string[] | undefined {
    return this.#partOf(line).columns;
  }

  #partOf(line: number): Part {
    let [low, high] = [0, this.#parts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#parts[middle]!.start <= line) low = middle;
      else high = middle - 1;
    }
    return this.#parts[low]!;
  }
}
