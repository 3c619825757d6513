/**
 * How the kernel's memory is laid out: compiled into the kernel (assembly/kernel/) and into what calls it.
 *
 *   slot of a sum   [J | 0 | g (size, up to an even count) | lanes (d + 1) x 2 | h (32) | c (32)]
 */

/** Of J, and of what keeps g aligned behind it. */
export const SLOT_HEAD_BYTES = 16;
/** Of the two lanes of a sum. */
export const LANES_BYTES = 16;
