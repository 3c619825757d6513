/** Which character parts the cells, found from the first rows. */

export const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Bytes that are looked at, at most. */
export const SAMPLE_BYTES = 65_536;
const SAMPLE_ROWS = 50;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/**
 * The delimiter that parts the most sampled rows into as many cells as the first row; between equals, the
 * one with more cells, then the order of `DELIMITERS`. A comma when none occurs in the first row.
 *
 * Delimiters and line ends inside quotes do not count. A decimal comma therefore loses against the
 * semicolon beside it: `a;b` has no comma, so no row agrees with it on one.
 */
export function findDelimiter(sample: Buffer): string {
  const rows = countPerRow(sample);
  const [first] = rows;
  if (first === undefined) return ',';
  let best = ',';
  let bestAgreeing = 0;
  let bestCount = 0;
  for (let k = 0; k < DELIMITERS.length; k++) {
    const count = first[k]!;
    if (count === 0) continue;
    const agreeing = rows.filter((row) => row[k] === count).length;
    if (agreeing > bestAgreeing || (agreeing === bestAgreeing && count > bestCount)) {
      best = DELIMITERS[k]!;
      bestAgreeing = agreeing;
      bestCount = count;
    }
  }
  return best;
}

/** For each sampled row, how often each delimiter stands outside quotes. */
function countPerRow(sample: Buffer): number[][] {
  // index of each byte among the delimiters, -1 for all other bytes
  const indexOf = new Int8Array(256).fill(-1);
  DELIMITERS.forEach((delimiter, k) => {
    indexOf[delimiter.charCodeAt(0)] = k;
  });
  const rows: number[][] = [];
  let row = DELIMITERS.map(() => 0);
  let isQuoted = false;
  let isBlank = true;
  let atCellStart = true;
  for (let i = 0; i < sample.length && rows.length < SAMPLE_ROWS; i++) {
    const byte = sample[i]!;
    if (isQuoted) {
      if (byte === QUOTE) isQuoted = false;
      continue;
    }
    if (byte === LF || byte === CR) {
      if (!isBlank) {
        rows.push(row);
        row = DELIMITERS.map(() => 0);
      }
      isBlank = true;
      atCellStart = true;
      continue;
    }
    isBlank = false;
    const k = indexOf[byte]!;
    if (k >= 0) row[k]!++;
    // a doubled quote closes and opens again, which leaves the count as it is
    if (byte === QUOTE && (atCellStart || sample[i - 1] === QUOTE)) isQuoted = true;
    atCellStart = k >= 0;
  }
  // the last row of a sample is often cut; it counts only when it is all there is
  if (rows.length === 0 && !isBlank) rows.push(row);
  return rows;
}

export function withoutBom(sample: Buffer): Buffer {
  return sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf ? sample.subarray(3) : sample;
}
