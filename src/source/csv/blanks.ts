/** Tables whose cells are aligned with blanks: runs of them as one, and none at the ends of a line. */
import type { Pieces } from '../pieces.js';

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;

/** The bytes with one blank in place of each run that is in no quotes. */
export async function* singleBlanks(bytes: Pieces): Pieces {
  try {
    let isQuoted = false;
    let isAtStart = true;
    let isPending = false;
    for (;;) {
      const { done, value } = await bytes.next();
      if (done) return;
      const out = Buffer.allocUnsafe(value.length + 1);
      let length = 0;
      for (let i = 0; i < value.length; i++) {
        const byte = value[i]!;
        if (isQuoted) {
          // a doubled quote closes and opens again
          if (byte === QUOTE) isQuoted = false;
        } else if (byte === BLANK) {
          isPending = !isAtStart;
          continue;
        } else if (byte === LF || byte === CR) {
          isPending = false;
          isAtStart = true;
        } else {
          if (isPending) out[length++] = BLANK;
          if (byte === QUOTE && (isPending || isAtStart || value[i - 1] === QUOTE)) isQuoted = true;
          isPending = false;
          isAtStart = false;
        }
        out[length++] = byte;
      }
      if (length > 0) yield out.subarray(0, length);
    }
  } finally {
    await bytes.return();
  }
}
