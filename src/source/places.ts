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

interface Part {
  readonly name: string;
  /** Line of its first, among those of all files. */
  readonly start: number;
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

  /** Notes that a file goes on from line `start`; `columns` are its own where its rows come in another order. */
  begin(name: string, start: number, columns?: readonly string[]): void {
    this.#parts.push({ name, start, columns });
  }

  at(line: number): string {
    const { name, start } = this.#partOf(line);
    return `${name}:${line - start + 1}`;
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
