/** What a person is told on standard error: what was read, every epoch, how it ended. */
import { type Dataset, type Feature, termCount } from '../dataset/dataset.js';
import type { FitOptions } from '../model/fit.js';
import type { Run } from '../optimizer/run.js';
import type { Step } from '../optimizer/step.js';
import { counted, grouped, listed, quoted } from '../text.js';

/** What was read, in two lines. */
export function dataLines(dataset: Dataset, options: FitOptions): string[] {
  const { name, features, target, reading, rows } = dataset;
  const numeric = features.filter(({ kind }) => kind === 'numeric').length;
  const kinds = [
    numeric > 0 ? `${numeric} numeric` : '',
    features.length > numeric ? `${features.length - numeric} text` : '',
  ].filter((kind) => kind !== '');
  const size = `${counted(termCount(dataset), 'weight')}${options.intercept ? ' and an intercept' : ''}`;
  const dropped = reading.dropped.length > 0 ? `, ${grouped(rows)} used` : '';
  const label = (y: 0 | 1) => quoted(y === 1 ? target.positive : target.negative);
  return [
    `${name}: ${counted(reading.rowsRead, 'row')}${dropped}, ${counted(features.length, 'feature')} (${kinds.join(', ')}), ${size}`,
    `y = ${quoted(target.name)}: 1 is ${label(1)} (${counted(target.positives, 'row')}), 0 is ${label(0)} (${grouped(target.negatives)})`,
  ];
}

/** The objective, as in `J = mean cross-entropy + 0.1/2 |w|^2`. */
export function objectiveText({ reduction, l2 }: FitOptions): string {
  const loss = reduction === 'mean' ? 'mean cross-entropy' : 'summed cross-entropy';
  return `J = ${loss}${l2 > 0 ? ` + ${l2}/2 |w|^2` : ''}`;
}

/** The columns that the objective is solved for. */
export function columnsText({ standardize }: FitOptions): string {
  return standardize ? 'standardized columns' : 'columns as they are';
}

/** What is minimised, and how. */
export function descentLine(options: FitOptions): string {
  const { learningRate, epochs, tolerance } = options;
  const stop = tolerance > 0 ? ` or until max |dJ/dw| <= ${concise(tolerance)}` : '';
  return `${objectiveText(options)}; gradient descent on ${columnsText(options)}, alpha = ${learningRate}, ${counted(epochs, 'epoch')}${stop}`;
}

/** 0.000001 -> `1e-6`. */
function concise(x: number): string {
  const [text, exponential] = [String(x), x.toExponential()];
  return exponential.length < text.length ? exponential : text;
}

/** Mean over spread from which predictions with weights in the units of the file suffer. */
const FAR_FROM_ZERO = 1e9;

/** What a careful reader would want to know of the data. */
export function noteLines(dataset: Dataset, options: FitOptions): string[] {
  const { features, reading } = dataset;
  const notes: string[] = [];
  const missing = listed(reading.missing.map(([name, cells]) => `${quoted(name)} ${grouped(cells)}`));
  if (reading.dropped.length > 0) {
    notes.push(`${counted(reading.dropped.length, 'row')} with a missing cell left out: ${missing}`);
  }
  const filled = features.filter((feature) => feature.filled > 0);
  if (filled.length > 0) notes.push(`missing cells filled: ${listed(filled.map(fillOf))}`);
  const constant = features.filter(({ term }) => term < 0).map(({ name }) => quoted(name));
  if (constant.length > 0) {
    const what = options.intercept ? 'the same in every row' : '0 in every row';
    notes.push(`${constant.length === 1 ? 'column' : 'columns'} ${listed(constant)}: ${what}, weight 0`);
  }
  return notes;
}

function fillOf(feature: Feature): string {
  const value =
    feature.kind === 'numeric'
      ? `the mean ${feature.mean}`
      : `the commonest level ${quoted(feature.mostFrequent)}`;
  return `${quoted(feature.name)} ${grouped(feature.filled)} with ${value}`;
}

/** What may well be wrong with the data. */
export function warningLines(dataset: Dataset): string[] {
  const { features, reading, name } = dataset;
  const warnings: string[] = [];
  if (reading.numbersInHeader.length > 0) {
    warnings.push(
      `${name}: the first row was taken for names, but ${listed(reading.numbersInHeader.map(quoted))} looks like data; if it is, pass --no-header, if not, --header`,
    );
  }
  for (const feature of features) {
    if (feature.kind !== 'numeric' || feature.term < 0 || feature.sd === 0) continue;
    const ratio = Math.abs(feature.mean) / feature.sd;
    if (ratio < FAR_FROM_ZERO) continue;
    warnings.push(
      `column ${quoted(feature.name)}: its mean is ${ratio.toExponential(0)} times its spread, so predictions from its weight lose as many digits; subtract a constant from it`,
    );
  }
  return warnings;
}

/** The features one by one, for `--verbose`. */
export function featureLines({ features }: Dataset): string[] {
  return features.map((feature) => {
    const what =
      feature.kind === 'numeric'
        ? `numeric, mean ${feature.mean}, sd ${feature.sd}`
        : `text, ${counted(feature.levels.length, 'level')}, baseline ${quoted(feature.levels[0]!)}: ${listed(feature.levels.map((level, i) => `${quoted(level)} ${grouped(feature.counts[i]!)}`))}`;
    return `column ${quoted(feature.name)}: ${what}`;
  });
}

/** One epoch's line; `epochs` sets the width of its number. */
export function epochLine({ epoch, loss, maxGradient }: Step, epochs: number): string {
  const number = String(epoch).padStart(String(epochs).length);
  return `epoch ${number}  J ${loss.toPrecision(12)}  max |dJ/dw| ${maxGradient.toExponential(2)}`;
}

/** How it ended, and what would bring it closer. */
export function endingLine({ ending, last, losses }: Run, { tolerance }: FitOptions): string {
  const { epoch, loss, maxGradient } = last;
  const at = `J ${loss.toPrecision(12)}, max |dJ/dw| ${maxGradient.toExponential(2)}`;
  const epochs = counted(epoch, 'epoch');
  switch (ending.status) {
    case 'converged':
      return `converged after ${epochs}: ${at}`;
    case 'interrupted':
      return `interrupted after ${epochs}: ${at}; the weights are those of this epoch`;
    case 'diverged':
      return `diverged after ${epochs}: ${ending.why}`;
    case 'epochs':
      if (tolerance === 0) return `done after ${epochs}: ${at}`;
      return `not converged after ${epochs}: ${at}; ${
        stillFalls(losses)
          ? 'more --epochs or a larger --lr come closer'
          : 'J no longer falls: try a smaller --lr'
      }`;
  }
}

/** True when J fell in each of the last ten epochs: the steps are not too long. */
function stillFalls(losses: readonly number[]): boolean {
  return losses.slice(-10).every((loss, i, recent) => i === 0 || loss < recent[i - 1]!);
}
