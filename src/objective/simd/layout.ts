/**
 * How the kernel's memory is laid out: compiled into the kernel (assembly/kernel/) and into what calls it.
 *
 *   slot of a sum   [J | 0 | g (size, up to an even count) | lanes (d + 1) x 2]
 */

/** Of J, and of what keeps g aligned behind it. */
export const SLOT_HEAD_BYTES = 16;
/** Of the two lanes of a sum. */
export const LANES_BYTES = 16;

/** Columns of a block that are made doubles at once for several problems: 16 KiB. */
export const FOLD_TILE = 64;
/** Of the count of the problems, and of what is told of each beside its weights, as assembly/kernel/folds.ts says. */
export const PROBLEMS_HEAD_BYTES = 16;
export const PROBLEM_BYTES = 32;
/** Of both losses in a slot, before g. */
export const FOLD_HEAD_BYTES = 32;

/** Of a slot that assembly/kernel/hessian.ts keeps the blocks of a shard in, before them. */
export const CURVED_HEAD_BYTES = 16;
