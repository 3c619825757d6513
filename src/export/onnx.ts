/** A scorer as an ONNX model in double precision. */
import { BceError } from '../errors.js';
import { OTHER } from '../predict/levels.js';
import { type DatePart, type Expression, nameOf, type TextPart } from '../terms/expression.js';
import { noHash } from '../terms/render.js';
import { piecesOf, type SettledSpline } from '../terms/splines.js';
import { quoted } from '../text.js';
import { VERSION } from '../version.js';
import { type ExportInteraction, type ExportPlan, freeName, inputsOf } from './plan.js';
import { bytes, integer, message } from './protobuf.js';

// versions that every runtime of recent years reads
const IR_VERSION = 7;
const OPSET = 13;
const ML_OPSET = 2;
const ML_DOMAIN = 'ai.onnx.ml';

// TensorProto.DataType
const STRING = 8;
const DOUBLE = 11;

// AttributeProto.AttributeType
const INT = 2;
const INTS = 7;
const STRINGS = 8;

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
  const nodes: Buffer[] = [];
  const tensors: Buffer[] = [];
  const name = (wanted: string) => freeName(plan, wanted);
  const constant = (wanted: string, values: readonly number[], dims: readonly number[]) => {
    const called = name(wanted);
    tensors.push(tensor(called, values, dims));
    return called;
  };
  const add = (type: string, inputs: readonly string[], output: string, ...attributes: readonly Buffer[]) => {
    nodes.push(node(type, inputs, output, attributes));
    return output;
  };

  /** The place of each level times `stride`, then that of a missing text, then that of any other. */
  const encode = (column: string, levels: readonly string[], wanted: string, stride = 1) => {
    const encoded = name(wanted);
    const places = [...levels.keys(), levels.length].map((place) => integer(8, place * stride));
    nodes.push(
      node(
        'LabelEncoder',
        [column],
        encoded,
        [
          attribute('keys_strings', STRINGS, ...[...levels, ''].map((text) => bytes(9, text))),
          attribute('values_int64s', INTS, ...places),
          intAttribute('default_int64', (levels.length + 1) * stride),
        ],
        ML_DOMAIN,
      ),
    );
    return encoded;
  };
  let computed = 0;
  /** The output of a term, (rows x 1). */
  const compute = (tree: Expression): string => {
    const fresh = () => name(`term_${computed++}`);
    const scalar = (value: number) => constant(`constant_${computed++}`, [value], [1, 1]);
    /** 1 or 0 where a truth is known, `x` being NaN where it is not. */
    const asNumber = (truth: string, x: string) => {
      const number = add('Where', [truth, scalar(1), scalar(0)], fresh());
      return add('Where', [add('IsNaN', [x], fresh()), scalar(Number.NaN), number], fresh());
    };
    switch (tree.kind) {
      case 'column':
        return tree.name;
      case 'level': {
        const table = constant(`constant_${computed++}`, [1, Number.NaN, 0], [3]);
        return add('Gather', [table, encode(tree.name, [tree.level], `term_${computed++}`)], fresh());
      }
      case 'call': {
        const x = compute(tree.of);
        if (tree.name === 'abs') return add('Abs', [x], fresh());
        const [isInside, type, of] = {
          log: ['Greater', 'Log', 0] as const,
          log1p: ['Greater', 'Log', -1] as const,
          sqrt: ['GreaterOrEqual', 'Sqrt', 0] as const,
          exp: ['LessOrEqual', 'Exp', 700] as const,
        }[tree.name];
        const inside = add(
          'Where',
          [add(isInside, [x, scalar(of)], fresh()), x, scalar(Number.NaN)],
          fresh(),
        );
        const argument = tree.name === 'log1p' ? add('Add', [scalar(1), inside], fresh()) : inside;
        return add(type, [argument], fresh());
      }
      case 'power': {
        const x = compute(tree.of);
        let power = x;
        for (let k = 1; k < tree.exponent; k++) power = add('Mul', [power, x], fresh());
        return power;
      }
      case 'comparison': {
        const x = compute(tree.of);
        const type = {
          '>': 'Greater',
          '>=': 'GreaterOrEqual',
          '<': 'Less',
          '<=': 'LessOrEqual',
          '=': 'Equal',
        }[tree.by];
        return asNumber(add(type, [x, scalar(tree.bound)], fresh()), x);
      }
      case 'product':
        return tree.factors.map(compute).reduce((product, factor) => add('Mul', [product, factor], fresh()));
      case 'scale': {
        const centred = add('Sub', [compute(tree.of), scalar(tree.mean!)], fresh());
        return add('Div', [centred, scalar(tree.sd!)], fresh());
      }
      case 'spline': {
        const x = compute(tree.of);
        const pieces = piecesOf(tree as SettledSpline);
        const polynomials = pieces.map(({ at, c }) => {
          const u = add('Sub', [x, scalar(at)], fresh());
          return c.map(scalar).reduceRight((sum, coefficient) => {
            const product = add('Mul', [sum, u], fresh());
            return add('Add', [product, coefficient], fresh());
          });
        });
        return polynomials.reduceRight((rest, polynomial, p) => {
          const isHere = add('LessOrEqual', [x, scalar(pieces[p]!.upTo)], fresh());
          return add('Where', [isHere, polynomial, rest], fresh());
        });
      }
      case 'hash':
        throw noHash('--export onnx', 'ONNX reads no letters of a text', tree.name, tree.bits);
      case 'date':
        throw noDates(tree);
      case 'bin':
        throw new Error('bins are comparisons once they are settled');
    }
  };

  let h = constant('b', [intercept], [1, 1]);
  const sum = (term: string, index: number) => {
    h = add('Add', [h, term], name(`h_${index}`));
  };
  if (numerics.length > 0) {
    const d = numerics.length;
    let X = add(
      'Concat',
      numerics.map(({ name: column, tree }) => (tree === undefined ? column : compute(tree))),
      name('X'),
      intAttribute('axis', 1),
    );
    if (numerics.some(({ fill }) => fill !== undefined)) {
      const fills = constant(
        'fills',
        numerics.map(({ fill }) => none(fill)),
        [1, d],
      );
      X = add('Where', [add('IsNaN', [X], name('X_missing')), fills, X], name('X_filled'));
    }
    if (numerics.some(({ pivot }) => pivot !== 0)) {
      const pivots = constant(
        'pivots',
        numerics.map(({ pivot }) => pivot),
        [1, d],
      );
      X = add('Sub', [X, pivots], name('X_centred'));
    }
    const w = constant(
      'w',
      numerics.map(({ weight }) => weight),
      [d, 1],
    );
    sum(add('MatMul', [X, w], name('Xw')), 0);
  }
  factors.forEach(({ name: column, levels, ifMissing, ifUnseen }, f) => {
    const encoded = encode(
      column,
      levels.map(({ text }) => text),
      `level_${f}`,
    );
    const weights = [...levels.map(({ weight }) => weight), none(ifMissing), none(ifUnseen)];
    const table = constant(`w_${f}`, weights, [weights.length]);
    sum(add('Gather', [table, encoded], name(`weight_${f}`)), f + 1);
  });
  interactions.forEach((interaction, i) => {
    const { table, levels } = tableOf(interaction);
    const strides = levels.map((_, c) =>
      levels.slice(c + 1).reduce((size, { length }) => size * (length + 2), 1),
    );
    const places = interaction.parts.map((part, c) =>
      encode(columnOf(part), levels[c]!, `cell_${i}_${c}`, strides[c]!),
    );
    const place = places.reduce((so, next, c) => add('Add', [so, next], name(`place_${i}_${c}`)));
    const weights = constant(`w_cells_${i}`, table, [table.length]);
    sum(add('Gather', [weights, place], name(`weight_cells_${i}`)), factors.length + i + 1);
  });
  const logit = add('Identity', [h], name('logit'));
  const probability = add('Sigmoid', [logit], name('probability'));

  const graph = [
    ...nodes.map((bytesOfNode) => bytes(1, bytesOfNode)),
    bytes(2, 'bce-train'),
    ...tensors.map((bytesOfTensor) => bytes(5, bytesOfTensor)),
    ...inputs.numbers.map((column) => bytes(11, valueInfo(column, DOUBLE))),
    ...inputs.texts.map((column) => bytes(11, valueInfo(column, STRING))),
    ...[logit, probability].map((output) => bytes(12, valueInfo(output, DOUBLE))),
  ];
  return Buffer.concat([
    integer(1, IR_VERSION),
    bytes(2, 'bce-train'),
    bytes(3, VERSION),
    bytes(6, about.join('\n')),
    message(7, ...graph),
    message(8, bytes(1, ''), integer(2, OPSET)),
    message(8, bytes(1, ML_DOMAIN), integer(2, ML_OPSET)),
  ]);
}

/** The input of a part. */
function columnOf(part: TextPart): string {
  if (part.kind === 'date') throw noDates(part);
  if (part.kind === 'hash')
    throw noHash('--export onnx', 'ONNX reads no letters of a text', part.name, part.bits);
  return part.name;
}

function noDates(part: DatePart): BceError {
  return new BceError(
    'USAGE',
    `--export onnx: expected terms of numbers and levels, found ${quoted(nameOf(part))}: ONNX reads no dates`,
    `train on a column of ${nameOf(part)} in place of the term; sql, js and c read dates`,
  );
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

/** A NodeProto. */
function node(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Buffer[],
  domain = '',
): Buffer {
  return Buffer.concat([
    ...inputs.map((input) => bytes(1, input)),
    bytes(2, output),
    bytes(3, output),
    bytes(4, type),
    ...attributes.map((bytesOfAttribute) => bytes(5, bytesOfAttribute)),
    bytes(7, domain),
  ]);
}

/** An AttributeProto, with its values as fields. */
function attribute(name: string, type: number, ...values: readonly Buffer[]): Buffer {
  return Buffer.concat([bytes(1, name), ...values, integer(20, type)]);
}

function intAttribute(name: string, value: number): Buffer {
  return attribute(name, INT, integer(3, value));
}

/** A TensorProto of doubles. */
function tensor(name: string, values: readonly number[], dims: readonly number[]): Buffer {
  const raw = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => {
    raw.writeDoubleLE(value, 8 * i);
  });
  return Buffer.concat([
    ...dims.map((dim) => integer(1, dim)),
    integer(2, DOUBLE),
    bytes(8, name),
    bytes(9, raw),
  ]);
}

/** A ValueInfoProto of (rows x 1). */
function valueInfo(name: string, type: number): Buffer {
  const shape = message(2, message(1, bytes(2, 'rows')), message(1, integer(1, 1)));
  return Buffer.concat([bytes(1, name), message(2, message(1, integer(1, type), shape))]);
}
