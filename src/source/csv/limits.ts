/** What a row may have at most: a broken file must not take all memory before it is refused. */
import { BceError } from '../../errors.js';
import { grouped } from '../../text.js';

export const MOST_CELLS = 1 << 20;

/** @throws BceError CSV_RAGGED_ROW */
export function refuseManyCells(cells: number, where: string): void {
  if (cells <= MOST_CELLS) return;
  throw new BceError(
    'CSV_RAGGED_ROW',
    `${where}: expected at most ${grouped(MOST_CELLS)} cells in a row, found more`,
    'if the rows end otherwise than with a line end, bring them into lines first',
  );
}

/** Counts what stands between line ends, over the pieces of a file. */
export class CellCounter {
  readonly #delimiter: number;
  #cells = 1;

  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** The most cells that a row has of those that go on in this piece, quotes not looked at. */
  most(piece: Buffer): number {
    let most = this.#cells;
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!;
      if (byte === this.#delimiter) this.#cells++;
      else if (byte === 0x0a || byte === 0x0d) {
        if (this.#cells > most) most = this.#cells;
        this.#cells = 1;
      }
    }
    return Math.max(most, this.#cells);
  }
}
