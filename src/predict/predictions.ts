/** Predictions as lines of text, alone or at the end of the rows that they belong to. */
import { sigma } from '../math/logistic.js';
import type { RawRow } from '../source/csv/rawRows.js';
import { quotedCell } from '../text.js';
import { Gathered } from './gathered.js';
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

/** Predictions in memory, in the order of the rows. */
export interface CollectedPredictions extends ScoreSink {
  /** Probabilities or logits; NaN where there is none. */
  numbers(): Float64Array;
  /** Labels; undefined where there is none. */
  labels(): (string | undefined)[];
}

/** Keeps the logits, of which all else is made. */
export function collectedPredictions({
  output,
  threshold,
}: Pick<PredictionForm, 'output' | 'threshold'>): CollectedPredictions {
  const logits: number[] = [];
  let classes: readonly [one: string, zero: string] = ['1', '0'];
  return {
    begin(_, { target }) {
      if (target !== undefined) classes = [target.positive, target.negative];
    },
    take: (h) => logits.push(h),
    numbers: () => Float64Array.from(logits, output === 'logit' ? (h) => h + 0 : sigma),
    labels: () => logits.map((h) => (Number.isNaN(h) ? undefined : classes[sigma(h) >= threshold ? 0 : 1])),
  };
}

/** The cell that a logit comes to; empty of NaN. Doubles are in the shortest form that reads back the same. */
function cellsOf(
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

/** Gathers what is to be written; whoever writes it takes it from time to time. */
export interface PredictionSink extends ScoreSink {
  /** The bytes since the last time. */
  drain(): Buffer;
}

/** A column of predictions with a header. */
export function predictionColumn(form: PredictionForm): PredictionSink {
  const lines = new Gathered();
  let cellOf: (h: number) => string;
  const add = (cell: string) => {
    lines.addText(cell);
    lines.addText('\n');
  };
  return {
    begin(_, scorer) {
      cellOf = cellsOf(form, scorer.target, ',');
      add(quotedCell(form.name, ','));
    },
    take: (h) => add(cellOf(h)),
    drain: () => lines.drain(),
  };
}

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
  refuseName: () => void,
): PredictionSink {
  const lines = new Gathered();
  let cellOf: (h: number) => string;
  const append = (line: number, cell: string) => {
    const { bytes, start, end, next } = rowOn(line);
    lines.addBytes(bytes, start, end);
    lines.addText(delimiter);
    lines.addText(cell);
    // the last row may lack a line end, but what is written is whole
    if (next === end) lines.addText('\n');
    else lines.addBytes(bytes, end, next);
  };
  return {
    begin({ names }, scorer, hasHeader, line) {
      cellOf = cellsOf(form, scorer.target, delimiter);
      if (!hasHeader) return;
      if (names.includes(form.name)) refuseName();
      append(line, quotedCell(form.name, delimiter));
    },
    take: (h, line) => append(line, cellOf(h)),
    drain: () => lines.drain(),
  };
}
