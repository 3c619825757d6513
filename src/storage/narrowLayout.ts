/** How columns in narrow forms are laid out: compiled into the kernel (assembly/kernel/) and into what calls it. */

/** Of one column of a block, 32 doubles. */
export const COLUMN_BYTES = 256;
/** Counts of the columns of 8, 4, 2 and 1 bytes. */
export const FORMS_HEAD_BYTES = 16;
/** Of one column: its power of ten, its place, its bytes. */
export const FORM_BYTES = 16;
