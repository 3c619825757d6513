/** A scorer as an ONNX model in double precision. */
import { BceError } from '../errors.js';
import { OTHER } from '../predict/levels.js';
import { intAttribute, OnnxGraph } from './onnxGraph.js';
import { addTerm, inputOf } from './onnxTerms.js';
import { type ExportInteraction, type ExportPlan, freeName, inputsOf } from './plan.js';

/** A double in NaN's place: whatever is added to it is no prediction. */
const none = (x: number | undefined) => x ?? Number.NaN;

/**
 * A model with an input for each column, (rows x 1) doubles or texts by its name, and the outputs `logit` and
 * `probability` (rows x 1).
 *
 * Numbers: X = Concat; NaN to the fills where there are any; h = (X - c) w + b. Texts: a LabelEncoder gives
 * the place of each level in a table of weights, of which Gather takes them.
 *
 * @throws BceError USAGE when no column has a weight: there would be no input
 */
export function exportOnnx(plan: ExportPlan): Buffer {
  const { intercept, numerics, factors, interactions, about } = plan;
  const inputs = inputsOf(plan);
  if (inputs.numbers.length + inputs.texts.length === 0) {
    throw new BceError(
      'USAGE',
      '--export onnx: expected a model in which some column has a weight, found none',
    );
  }
  const graph = new OnnxGraph((wanted) => freeName(plan, wanted));
  const b = graph.constant([intercept], [1, 1], 'b');
  const terms = [
    ...(numerics.length > 0 ? [addNumerics(graph, numerics)] : []),
    ...factors.map((factor, f) => addFactor(graph, factor, f)),
    ...interactions.map((interaction, i) => addInteraction(graph, interaction, i)),
  ];
  const h = terms.reduce((sum, term, k) => graph.add('Add', [sum, term], `h_${k}`), b);
  const logit = graph.add('Identity', [h], 'logit');
  const probability = graph.add('Sigmoid', [logit], 'probability');
  return graph.model(inputs, [logit, probability], about);
}

/** (X - c) w */
function addNumerics(graph: OnnxGraph, numerics: ExportPlan['numerics']): string {
  const row = (of: (numeric: ExportPlan['numerics'][number]) => number, name: string) =>
    graph.constant(numerics.map(of), [1, numerics.length], name);
  const columns = numerics.map(({ name, tree }) => (tree === undefined ? name : addTerm(graph, tree)));
  let X = graph.add('Concat', columns, 'X', intAttribute('axis', 1));
  if (numerics.some(({ fill }) => fill !== undefined)) {
    const fills = row(({ fill }) => none(fill), 'fills');
    X = graph.add('Where', [graph.add('IsNaN', [X], 'X_missing'), fills, X], 'X_filled');
  }
  if (numerics.some(({ pivot }) => pivot !== 0)) {
    X = graph.add('Sub', [X, row(({ pivot }) => pivot, 'pivots')], 'X_centred');
  }
  const weights = numerics.map(({ weight }) => weight);
  return graph.add('MatMul', [X, graph.constant(weights, [weights.length, 1], 'w')], 'Xw');
}

/** The weight of the level of factor f. */
function addFactor(
  graph: OnnxGraph,
  { name, levels, ifMissing, ifUnseen }: ExportPlan['factors'][number],
  f: number,
): string {
  const texts = levels.map(({ text }) => text);
  const level = graph.encode(name, texts, `level_${f}`);
  const weights = [...levels.map(({ weight }) => weight), none(ifMissing), none(ifUnseen)];
  return graph.add('Gather', [graph.constant(weights, [weights.length], `w_${f}`), level], `weight_${f}`);
}

/** The weight of the levels of factors together. */
function addInteraction(graph: OnnxGraph, interaction: ExportInteraction, i: number): string {
  const { table, levels } = tableOf(interaction);
  const strides = levels.map((_, c) =>
    levels.slice(c + 1).reduce((size, { length }) => size * (length + 2), 1),
  );
  const places = interaction.parts.map((part, c) =>
    graph.encode(inputOf(part), levels[c]!, `cell_${i}_${c}`, strides[c]!),
  );
  const place = places.reduce((so, next, c) => graph.add('Add', [so, next], `place_${i}_${c}`));
  const weights = graph.constant(table, [table.length], `w_cells_${i}`);
  return graph.add('Gather', [weights, place], `weight_cells_${i}`);
}

/** Weights of factors together by the places of their levels, the last column fastest; and these levels. */
function tableOf({ parts, references = [], kept, cells, ifMissing, ifUnseen }: ExportInteraction) {
  const levels = parts.map((_, c) => [
    ...new Set([...references.slice(c, c + 1), ...(kept[c] ?? []), ...cells.map((cell) => cell.levels[c]!)]),
  ]);
  const weightOf = new Map(cells.map((cell) => [JSON.stringify(cell.levels), cell.weight]));
  let chosen: (string | undefined)[][] = [[]];
  for (const known of levels) {
    // '' is a missing text, undefined another one
    chosen = chosen.flatMap((so) => [...known, '', undefined].map((level) => [...so, level]));
  }
  const table = chosen.map((texts) => {
    if (texts.includes('')) return none(ifMissing);
    if (texts.some((text, c) => text !== undefined && text === references[c])) return 0;
    const cell = texts.map((text, c) => text ?? (kept[c] === undefined ? undefined : OTHER));
    return weightOf.get(JSON.stringify(cell)) ?? none(ifUnseen);
  });
  return { table, levels };
}
