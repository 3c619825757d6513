/** What is noted of single rows while the shards are finalized: the groups they are in, and their cells that were missing. */
import { eachBlock, type Shard } from '../../storage/shards.js';
import type { FilledCells, RowGroups } from '../dataset.js';
import { MISSING_CODE } from './finalize.js';

/** Shards are handed over in their order, before missing cells are filled and codes are final. */
export interface RowNotes {
  add(shard: Shard): void;
  readonly rowGroups: RowGroups | undefined;
  readonly filledCells: FilledCells | undefined;
}

/** Where the texts of the groups are: factor f of k, with the names in their final order. */
export interface GroupColumn {
  readonly f: number;
  readonly column: string;
  readonly names: readonly string[];
  readonly finalCode: Int32Array;
}

/**
 * @param shape numeric columns and factors of the shards, and those of them that the design keeps
 * @param notesFills whether missing cells are noted
 */
export function createRowNotes(
  {
    d,
    k,
    keptNumerics,
    keptFactors,
  }: {
    readonly d: number;
    readonly k: number;
    readonly keptNumerics: readonly number[];
    readonly keptFactors: readonly number[];
  },
  rows: number,
  groups: GroupColumn | undefined,
  notesFills: boolean,
): RowNotes {
  const ofRow = new Uint32Array(groups === undefined ? 0 : rows);
  const numerics = keptNumerics.map((): number[] => []);
  const factors = keptFactors.map((): number[] => []);
  let first = 0;
  return {
    add(shard) {
      const { X, codes } = shard;
      /** The places in `values` of one column, with the numbers of their rows. */
      const eachCell = (columns: number, column: number, visit: (at: number, row: number) => void) => {
        let row = first;
        eachBlock(shard, columns, column, (start, n) => {
          for (let i = start; i < start + n; i++) visit(i, row++);
        });
      };
      if (groups !== undefined) {
        eachCell(k, groups.f, (at, row) => {
          ofRow[row] = groups.finalCode[codes[at]!]!;
        });
      }
      if (notesFills) {
        keptNumerics.forEach((j, term) => {
          eachCell(d, j, (at, row) => {
            if (Number.isNaN(X[at]!)) numerics[term]!.push(row);
          });
        });
        keptFactors.forEach((f, i) => {
          eachCell(k, f, (at, row) => {
            if (codes[at] === MISSING_CODE) factors[i]!.push(row);
          });
        });
      }
      first += shard.rows;
    },
    get rowGroups() {
      return groups && { column: groups.column, names: groups.names, ofRow };
    },
    get filledCells() {
      if (!notesFills) return undefined;
      return { numerics: numerics.map(toRows), factors: factors.map(toRows) };
    },
  };
}

function toRows(list: readonly number[]): Uint32Array {
  return Uint32Array.from(list);
}
