/** What a person is told on standard error: what was read, every epoch, how it ended. */
import type { Traffic } from '../../clickhouse/connection.js';
import type { CategoricalFeature, Description, Feature } from '../../dataset/dataset.js';
import { OTHER } from '../../dataset/schema/factor.js';
import { isMarker } from '../../dataset/schema/missing.js';
import { baselineOf, textsOf } from '../../dataset/terms.js';
import type { FitOptions, StepLength } from '../../fit/fit.js';
import type { ProblemOptions } from '../../fit/problemOptions.js';
import { EVERY } from '../../fit/singled.js';
import { TRAITS } from '../../optimizer/optimizers.js';
import type { Epoch } from '../../optimizer/run.js';
import { counted, grouped, listed, quoted, shellWord } from '../../text.js';

/** What was read, in two lines, and one more for each of weights and validation. */
export function dataLines(dataset: Description, validation: Description | undefined): string[] {
  const { name, features, target, reading, rows } = dataset;
  const numeric = features.filter(({ kind }) => kind === 'numeric').length;
  const kinds = [
    numeric > 0 ? `${numeric} numeric` : '',
    features.length > numeric ? `${features.length - numeric} text` : '',
  ].filter((kind) => kind !== '');
  const size = `${counted(dataset.design.terms, 'weight')}${dataset.design.intercept ? ' and an intercept' : ''}`;
  const used = rows < reading.rowsRead ? `, ${grouped(rows)} used` : '';
  const label = (y: 0 | 1) => quoted(y === 1 ? target.positive : target.negative);
  return [
    `${name}: ${counted(reading.rowsRead, 'row')}${used}, ${counted(features.length, 'feature')} (${kinds.join(', ')}), ${size}`,
    `y = ${quoted(target.name)}: 1 is ${label(1)} (${counted(target.positives, 'row')}), 0 is ${label(0)} (${grouped(target.negatives)})`,
    ...weightingLine(dataset),
    ...(validation === undefined ? [] : [validationLine(validation)]),
  ];
}

/** That the data are more than may be held in memory. */
export function fileLine(byteLength: number, directory: string | undefined): string {
  const where = directory === undefined ? '' : ` in ${quoted(directory)}`;
  return `${grouped(Math.ceil(byteLength / 2 ** 20))} MiB of the data are in a temporary file${where} and are read in every epoch; --memory SIZE holds more of them`;
}

function weightingLine({ weighting: { column, classWeight }, weightSum }: Description): string[] {
  const parts = [
    column === undefined ? '' : `column ${quoted(column)}`,
    classWeight === undefined
      ? ''
      : `times ${short(classWeight[0])} where y = 0 and ${short(classWeight[1])} where y = 1`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? [] : [`weights: ${parts.join(', ')}, in sum ${short(weightSum)}`];
}

function validationLine({ name, target, rows, reading }: Description): string {
  const dropped = reading.dropped > 0 ? `, ${counted(reading.dropped, 'row')} left out` : '';
  const filled =
    reading.filled > 0 ? `, ${counted(reading.filled, 'missing cell')} filled as in training` : '';
  return `validation: ${name}, ${counted(rows, 'row')}, y = 1 in ${grouped(target.positives)}${dropped}${filled}`;
}

/** Six digits, without zeros at the end. */
function short(x: number): string {
  return String(Number(x.toPrecision(6)));
}

/** The objective, as in `J = mean cross-entropy + 0.1/2 |w|^2 + 0.05 sum |w|`. */
export function objectiveText({ reduction, l2, l1, ...singled }: ProblemOptions): string {
  const loss = reduction === 'mean' ? 'mean cross-entropy' : 'summed cross-entropy';
  return `J = ${loss}${l2 > 0 ? ` + ${l2}/2 |w|^2` : ''}${l1 > 0 ? ` + ${l1} sum |w|` : ''}${singledText(singled)}`;
}

/** Which weights carry no penalty, and which have bounds, as in `, none on "age", 0 <= "ped" <= 1`. */
export function singledText({
  unpenalised = [],
  bounds = [],
}: Pick<ProblemOptions, 'unpenalised' | 'bounds'>): string {
  const free = unpenalised.length === 0 ? [] : [`without a penalty on ${listed(unpenalised.map(quoted))}`];
  const within = bounds.map(({ column, lower, upper }) => {
    const name = column === EVERY ? 'all other weights' : quoted(column);
    if (lower === undefined) return `${name} <= ${upper}`;
    if (upper === undefined) return `${name} >= ${lower}`;
    return `${lower} <= ${name} <= ${upper}`;
  });
  return [...free, ...(within.length === 0 ? [] : [listed(within)])].map((text) => `, ${text}`).join('');
}

/** The columns that the objective is solved for. */
export function columnsText({ standardize }: ProblemOptions): string {
  return standardize ? 'standardized columns' : 'columns as they are';
}

/** The largest gradient: of the weights v of the standardized columns, or of w in the units of the file. */
export function gradientText({ standardize }: Pick<ProblemOptions, 'standardize'>): string {
  return `max |dJ/d${standardize ? 'v' : 'w'}|`;
}

/** What is minimised, and how. */
export function descentLine(options: FitOptions): string {
  const { optimizer, learningRate, epochs, tolerance } = options;
  const alpha =
    learningRate === undefined ? '' : `, alpha ${learningRate === 'auto' ? 'auto' : `= ${learningRate}`}`;
  const stop =
    tolerance > 0 && options.batch === undefined
      ? ` or until ${gradientText(options)} <= ${concise(tolerance)}`
      : '';
  return `${objectiveText(options)}; ${TRAITS[optimizer].title} on ${columnsText(options)}${alpha}${batchText(options)}, ${counted(epochs, 'epoch')}${stop}`;
}

/** What a reader must know of a table that is trained on while it is read. */
export const FIRST_ROWS =
  'the rows are trained on as they are read: columns, means and deviations are those of these first ones, as is J at epoch 0';

/** What the rows of a stream have been. */
export function streamedLine({ name, rows, target, reading }: Description): string {
  const dropped = reading.dropped > 0 ? `, ${counted(reading.dropped, 'row')} left out` : '';
  return `${name}: ${counted(rows, 'row')} went by, y = 1 in ${grouped(target.positives)}${dropped}`;
}

function batchText({ batch, optimizer }: FitOptions): string {
  if (batch === undefined) return '';
  const { rows, momentum, schedule } = batch;
  const how = [
    optimizer === 'gd' && momentum > 0 ? `, momentum ${momentum}` : '',
    schedule === 'constant' ? '' : ` (${schedule})`,
  ];
  return `${how[1]}${how[0]}, in batches of ${counted(rows, 'row')}`;
}

/** A step is far below the longest when auto is this many times longer. */
const FAR_BELOW = 10;

/** What the curvature says of alpha before the first step: a warning, a note, or nothing. */
export function stepLengthLine(
  { alpha, L, isRough }: StepLength,
  { optimizer, learningRate }: FitOptions,
): { readonly isWarning: boolean; readonly text: string } | undefined {
  const { limit, autoRate } = TRAITS[optimizer];
  if (alpha === undefined || L === undefined || autoRate === undefined) return undefined;
  const auto = autoRate(L).toPrecision(3);
  const longest = (limit / L).toPrecision(3);
  const limitText = limit === 2 ? '2/L' : '4/(3L)';
  if (learningRate === 'auto') {
    return {
      isWarning: false,
      text: `alpha = ${alpha.toPrecision(3)}, from the largest curvature L = ${L.toPrecision(3)} of J`,
    };
  }
  if (alpha > limit / L) {
    const text = `--lr ${alpha} is above ${limitText} = ${longest}, the longest safe step: J may grow; --lr auto takes ${auto}`;
    return { isWarning: true, text };
  }
  if (autoRate(L) < FAR_BELOW * alpha) return undefined;
  const ratio = autoRate(L) / alpha;
  const times = ratio < 1e6 ? grouped(Math.round(ratio)) : ratio.toExponential(0);
  if (isRough) {
    return {
      isWarning: false,
      text: `--lr ${alpha} is far below ${limitText}, about ${(limit / L).toPrecision(2)}, the longest safe step; --lr auto takes one about ${times} times as long`,
    };
  }
  return {
    isWarning: false,
    text: `--lr ${alpha} is far below ${limitText} = ${longest}, the longest safe step; --lr auto takes ${auto}, ${times} times as long`,
  };
}

/** 0.000001 -> `1e-6`. */
function concise(x: number): string {
  const [text, exponential] = [String(x), x.toExponential()];
  return exponential.length < text.length ? exponential : text;
}

/** Mean over spread from which predictions with weights in the units of the file suffer. */
const FAR_FROM_ZERO = 1e9;

/** What a careful reader would want to know of the data. */
export function noteLines(dataset: Description): string[] {
  const { features, reading } = dataset;
  const notes: string[] = [];
  const missing = listed(reading.missing.map(([name, cells]) => `${quoted(name)} ${grouped(cells)}`));
  const incomplete = reading.dropped - reading.zeroWeights;
  if (incomplete > 0) notes.push(`${counted(incomplete, 'row')} with a missing cell left out: ${missing}`);
  if (reading.zeroWeights > 0) notes.push(`${counted(reading.zeroWeights, 'row')} with weight 0 left out`);
  const filled = features.filter((feature) => feature.filled > 0);
  if (filled.length > 0) notes.push(`missing cells filled: ${listed(filled.map(fillOf))}`);
  for (const feature of features) {
    if (feature.kind === 'numeric' || feature.merged === undefined) continue;
    const rows = feature.counts[feature.levels.indexOf(OTHER)]!;
    notes.push(
      `${counted(feature.merged, 'level')} of ${quoted(feature.name)} with few rows are one, ${quoted(OTHER)}: ${counted(rows, 'row')}`,
    );
  }
  for (const [name, term] of reading.replaced ?? []) {
    notes.push(`column ${quoted(name)} has no weight of its own: it follows from ${quoted(term)}`);
  }
  const { margins = [] } = reading;
  if (margins.length > 0) {
    notes.push(
      `${listed(margins.map(quoted))} stand${margins.length === 1 ? 's' : ''} beside the product of text columns that needs ${margins.length === 1 ? 'it' : 'them'}, as a*b has it`,
    );
  }
  for (const feature of features) {
    if (feature.kind === 'numeric' || baselineOf(feature) !== undefined) continue;
    notes.push(
      `without an intercept every level of ${quoted(feature.name)} has a weight, as R gives the first text column`,
    );
  }
  const constant = features.filter(({ term }) => term < 0).map(({ name }) => quoted(name));
  if (constant.length > 0) {
    const what = dataset.design.intercept ? 'the same in every row' : '0 in every row';
    notes.push(`${constant.length === 1 ? 'column' : 'columns'} ${listed(constant)}: ${what}, weight 0`);
  }
  return [...notes, ...features.flatMap(markerNotes)];
}

/** Levels that are words for a missing cell in many files. */
function markerNotes(feature: Feature): string[] {
  if (feature.kind === 'numeric') return [];
  return feature.levels.flatMap((level, i) =>
    isMarker(level)
      ? [
          `column ${quoted(feature.name)}: ${quoted(level)} in ${counted(feature.counts[i]!, 'row')} is a level; --missing-values ${shellWord(level)} takes it for a missing cell`,
        ]
      : [],
  );
}

function fillOf(feature: Feature): string {
  const value =
    feature.kind === 'numeric'
      ? `the mean ${feature.mean}`
      : `the commonest level ${quoted(feature.mostFrequent)}`;
  return `${quoted(feature.name)} ${grouped(feature.filled)} with ${value}`;
}

/** What may well be wrong with the data. */
export function warningLines(dataset: Description): string[] {
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
export function featureLines({ features }: Description): string[] {
  return features.map((feature) => {
    const what =
      feature.kind === 'numeric'
        ? `numeric, mean ${feature.mean}, sd ${feature.sd}`
        : `text, ${levelsLine(feature)}`;
    return `column ${quoted(feature.name)}: ${what}`;
  });
}

function levelsLine(feature: CategoricalFeature): string {
  const [levels, baseline] = [textsOf(feature), baselineOf(feature)];
  const counts = feature.counts.slice(-levels.length);
  const all = levels.map((level, i) => `${quoted(level)} ${grouped(counts[i]!)}`);
  return `${counted(levels.length, 'level')}, ${baseline === undefined ? 'no baseline' : `baseline ${quoted(baseline)}`}: ${listed(all)}`;
}

/** What crosses the network in an epoch, from what had before it and has now. */
export function trafficLine(before: Traffic, now: Traffic, epochs: number): string {
  const each = (key: keyof Traffic) => (now[key] - before[key]) / epochs;
  const bytes = (key: 'sent' | 'received') => `${grouped(Math.round(each(key)))} bytes ${key}`;
  return `network: ${Number(each('queries').toPrecision(3))} queries an epoch, ${bytes('sent')}, ${bytes('received')}, without what HTTP adds`;
}

/**
 * One epoch's line; `epochs` sets the width of its number.
 *
 * @param columns of the terminal; what does not fit is left out, the gradient first, and stands in the last line
 */
export function epochLine(
  { epoch, loss, batchLoss, maxGradient, validation }: Epoch,
  epochs: number,
  options: Pick<ProblemOptions, 'standardize'>,
  columns = Number.POSITIVE_INFINITY,
): string {
  const number = String(epoch).padStart(String(epochs).length);
  const second = validation === undefined ? '' : `  validation ${validation.toPrecision(6)}`;
  const line = `epoch ${number}  ${batchLoss === undefined ? 'J' : 'mean of batches'} ${(batchLoss ?? loss).toPrecision(12)}`;
  const gradient =
    batchLoss === undefined ? `  ${gradientText(options)} ${maxGradient.toExponential(2)}` : '';
  const all = [`${line}${second}${gradient}`, `${line}${second}`, line];
  return all.find(({ length }) => length <= columns) ?? line;
}
