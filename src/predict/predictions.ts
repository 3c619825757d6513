/** Predictions as lines of text, alone or at the end of the rows that they belong to. */
import type { RowColumns } from '../dataset/rowReader.js';
import { sigma } from '../math/logistic.js';
import type { RawRow } from '../source/rawRows.js';
import { quotedCell } from '../text.js';
import type { ScoreSink } from './scoreRows.js';
import type { Scorer } from './scorer.js';

export const OUTPUTS = ['probability', 'logit', 'class'] as const;
export type OutputKind = (typeof OUTPUTS)[number];

export interface PredictionForm {
  readonly output: OutputKind;
  /** Probability from which on the class is the positive one. */
  readonly threshold: number;
  /** Name of the column. */
  readonly name: string;
}

/** The cell that a logit comes to; empty of NaN. Doubles are in the shortest form that reads back the same. */
export function cellsOf(
  { output, threshold }: PredictionForm,
  target: Scorer['target'],
  delimiter: string,
): (h: number) => string {
  if (output === 'logit') return (h) => (Number.isNaN(h) ? '' : String(h + 0));
  if (output === 'probability') return (h) => (Number.isNaN(h) ? '' : String(sigma(h)));
  // a file of weights has no labels: then the classes are y
  const [one, zero] = [target?.positive ?? '1', target?.negative ?? '0'].map((text) =>
    quotedCell(text, delimiter),
  );
  return (h) => (Number.isNaN(h) ? '' : sigma(h) >= threshold ? one! : zero!);
}

/** Gathers what is to be written; whoever reads takes it from time to time. */
export interface PredictionSink extends ScoreSink {
  /** The text or bytes since the last time. */
  drain(): string | Buffer;
}

/** A column of predictions with a header. */
export function predictionColumn(form: PredictionForm): PredictionSink {
  let text = '';
  let cellOf: (h: number) => string;
  return {
    begin(_, scorer) {
      cellOf = cellsOf(form, scorer.target, ',');
      text = `${quotedCell(form.name, ',')}\n`;
    },
    take(h) {
      text += `${cellOf(h)}\n`;
    },
    drain() {
      const drained = text;
      text = '';
      return drained;
    },
  };
}

const FIRST_BYTES = 1 << 16;
/** UTF-8 takes three bytes for a UTF-16 unit, at most. */
const MOST_BYTES_A_UNIT = 3;

/**
 * The rows as they were, byte for byte, with one more cell each.
 *
 * @param rowOn gives the bytes of the row that starts on a line
 * @param refuseName called when a column has the name already
 */
export function appendedPredictions(
  form: PredictionForm,
  delimiter: string,
  rowOn: (line: number) => RawRow,
  refuseName: (columns: RowColumns) => void,
): PredictionSink {
  let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let length = 0;
  let cellOf: (h: number) => string;
  const append = (line: number, cell: string) => {
    const row = rowOn(line);
    const most = row.next - row.start + MOST_BYTES_A_UNIT * (cell.length + delimiter.length) + 1;
    if (length + most > bytes.length) {
      const longer = Buffer.allocUnsafeSlow(2 * (length + most));
      bytes.copy(longer, 0, 0, length);
      bytes = longer;
    }
    length += row.bytes.copy(bytes, length, row.start, row.end);
    length += bytes.write(delimiter + cell, length);
    // the last row may lack a line end, but what is written is whole
    if (row.next === row.end) bytes[length++] = 0x0a;
    for (let i = row.end; i < row.next; i++) bytes[length++] = row.bytes[i]!;
  };
  return {
    begin(columns, scorer, hasHeader, line) {
      cellOf = cellsOf(form, scorer.target, delimiter);
      if (!hasHeader) return;
      if (columns.names.includes(form.name)) refuseName(columns);
      append(line, quotedCell(form.name, delimiter));
    },
    take: (h, line) => append(line, cellOf(h)),
    drain() {
      const drained = bytes.subarray(0, length);
      // what is drained may still be on its way
      if (length > 0) bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length));
      length = 0;
      return drained;
    },
  };
}
