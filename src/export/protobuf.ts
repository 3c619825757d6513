/**
 * Messages of Protocol Buffers, as much of them as an ONNX file needs: written, never read.
 *
 * A message is its fields one after the other, each a tag (number of the field, kind of the value) and a value.
 * Source: the specification of the wire format, protobuf.dev/programming-guides/encoding.
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** A whole number, 0 or more, in groups of seven bits, the lowest first. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** A field with a whole number, 0 or more. */
export function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8 + VARINT), varint(value)]);
}

/** A field with a text, bytes, or another message. */
export function bytes(field: number, value: string | Uint8Array): Buffer {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + LENGTH_DELIMITED), varint(content.length), content]);
}

/** A field with a message of these fields. */
export function message(field: number, ...fields: readonly Uint8Array[]): Buffer {
  return bytes(field, Buffer.concat(fields));
}
