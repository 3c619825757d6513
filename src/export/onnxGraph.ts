/** The graph of an ONNX model: nodes, tensors of constants, and the bytes that these come to. */
import { VERSION } from '../version.js';
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

/** A graph as it grows: everything that is added to it gives the name of what comes out. */
export class OnnxGraph {
  readonly #free: (wanted: string) => string;
  readonly #nodes: Buffer[] = [];
  readonly #tensors: Buffer[] = [];
  #computed = 0;

  /** @param free a name that no column has, as near to what is wanted as can be */
  constructor(free: (wanted: string) => string) {
    this.#free = free;
  }

  /** A node with one output. */
  add(
    type: string,
    inputs: readonly string[],
    wanted = `term_${this.#computed++}`,
    ...attributes: readonly Buffer[]
  ): string {
    return this.#node(type, inputs, wanted, attributes);
  }

  /** A tensor of doubles. */
  constant(
    values: readonly number[],
    dims: readonly number[],
    wanted = `constant_${this.#computed++}`,
  ): string {
    const name = this.#free(wanted);
    this.#tensors.push(tensor(name, values, dims));
    return name;
  }

  /** A tensor (1 x 1). */
  scalar(value: number): string {
    return this.constant([value], [1, 1]);
  }

  /** The place of each level times `stride`, then that of a missing text, then that of any other. */
  encode(column: string, levels: readonly string[], wanted = `term_${this.#computed++}`, stride = 1): string {
    const places = [...levels.keys(), levels.length].map((place) => integer(8, place * stride));
    const attributes = [
      attribute('keys_strings', STRINGS, ...[...levels, ''].map((text) => bytes(9, text))),
      attribute('values_int64s', INTS, ...places),
      intAttribute('default_int64', (levels.length + 1) * stride),
    ];
    return this.#node('LabelEncoder', [column], wanted, attributes, ML_DOMAIN);
  }

  /**
   * The whole model.
   *
   * @param numbers and texts: inputs (rows x 1)
   * @param outputs of doubles (rows x 1)
   * @param about lines that say what it is
   */
  model(
    { numbers, texts }: { readonly numbers: readonly string[]; readonly texts: readonly string[] },
    outputs: readonly string[],
    about: readonly string[],
  ): Buffer {
    const graph = [
      ...this.#nodes.map((node) => bytes(1, node)),
      bytes(2, 'bce-train'),
      ...this.#tensors.map((one) => bytes(5, one)),
      ...numbers.map((column) => bytes(11, valueInfo(column, DOUBLE))),
      ...texts.map((column) => bytes(11, valueInfo(column, STRING))),
      ...outputs.map((output) => bytes(12, valueInfo(output, DOUBLE))),
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
  #node(
    type: string,
    inputs: readonly string[],
    wanted: string,
    attributes: readonly Buffer[],
    domain = '',
  ): string {
    const output = this.#free(wanted);
    this.#nodes.push(
      Buffer.concat([
        ...inputs.map((input) => bytes(1, input)),
        bytes(2, output),
        bytes(3, output),
        bytes(4, type),
        ...attributes.map((one) => bytes(5, one)),
        bytes(7, domain),
      ]),
    );
    return output;
  }
}

/** An AttributeProto, with its values as fields. */
function attribute(name: string, type: number, ...values: readonly Buffer[]): Buffer {
  return Buffer.concat([bytes(1, name), ...values, integer(20, type)]);
}

export function intAttribute(name: string, value: number): Buffer {
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
