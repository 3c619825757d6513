/**
 * How a triangle lies in the kernel's memory: compiled into the kernel (assembly/kernel/cholesky.ts) and into what calls it.
 *
 *   L      rows by fours; those from 4 i on have 4 (i + 1) entries each, one row after the other
 *   room   [entries of the diagonal (rows, up to a multiple of 4) | a panel of columns (PANEL x PANEL)]
 */

/** Rows and columns of a tile. */
export const TILE = 4;
/** Columns that are factored at once: those of as many rows fill a first-level cache. */
export const PANEL = 64;
