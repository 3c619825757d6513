/** A scorer as an ONNX model in double precision. */
import { BceError } from '../errors.js';
import { VERSION } from '../version.js';
import { type ExportPlan, freeName } from './plan.js';
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
  const { intercept, numerics, factors, about } = plan;
  if (numerics.length + factors.length === 0) {
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

  let h = constant('b', [intercept], [1, 1]);
  const sum = (term: string, index: number) => {
    h = add('Add', [h, term], name(`h_${index}`));
  };
  if (numerics.length > 0) {
    const d = numerics.length;
    let X = add(
      'Concat',
      numerics.map((column) => column.name),
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
    const places = [...levels.keys(), levels.length];
    const encoded = name(`level_${f}`);
    nodes.push(
      node(
        'LabelEncoder',
        [column],
        encoded,
        [
          attribute(
            'keys_strings',
            STRINGS,
            ...[...levels.map(({ text }) => text), ''].map((text) => bytes(9, text)),
          ),
          attribute('values_int64s', INTS, ...places.map((place) => integer(8, place))),
          intAttribute('default_int64', levels.length + 1),
        ],
        ML_DOMAIN,
      ),
    );
    const weights = [...levels.map(({ weight }) => weight), none(ifMissing), none(ifUnseen)];
    const table = constant(`w_${f}`, weights, [weights.length]);
    sum(add('Gather', [table, encoded], name(`weight_${f}`)), f + 1);
  });
  const logit = add('Identity', [h], name('logit'));
  const probability = add('Sigmoid', [logit], name('probability'));

  const graph = [
    ...nodes.map((bytesOfNode) => bytes(1, bytesOfNode)),
    bytes(2, 'bce-train'),
    ...tensors.map((bytesOfTensor) => bytes(5, bytesOfTensor)),
    ...numerics.map((column) => bytes(11, valueInfo(column.name, DOUBLE))),
    ...factors.map((column) => bytes(11, valueInfo(column.name, STRING))),
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
