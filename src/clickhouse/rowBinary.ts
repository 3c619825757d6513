/**
 * Results as bytes: the format RowBinary, in which a double is its eight bytes, so none is rounded on the way.
 *
 * Whoever asked knows the types: what a query selects is cast to Float64, UInt64, String or arrays of them.
 */
import { BceError } from '../errors.js';

export class RowBinary {
  readonly #bytes: Buffer;
  readonly #name: string;
  #at = 0;

  /** @param name what messages call the table */
  constructor(bytes: Buffer, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  /** A UInt64, which counts something and is a safe integer. */
  count(): number {
    return Number(this.#bytes.readBigUInt64LE(this.#take(8)));
  }

  text(): string {
    const length = this.#length();
    const from = this.#take(length);
    return this.#bytes.toString('utf8', from, from + length);
  }

  doubles(): Float64Array {
    return Float64Array.from({ length: this.#length() }, () => this.double());
  }

  counts(): number[] {
    return Array.from({ length: this.#length() }, () => this.count());
  }

  /** @throws BceError SERVER_ANSWER when there are bytes left */
  end(): void {
    if (!this.isAtEnd) throw this.#unexpected(`${this.#bytes.length - this.#at} bytes more`);
  }

  /** A length in seven bits a byte, the lowest first. */
  #length(): number {
    for (let length = 0, unit = 1; ; unit *= 128) {
      const byte = this.#bytes[this.#take(1)]!;
      length += (byte & 127) * unit;
      if (byte < 128) return length;
    }
  }

  /** Where the next bytes begin. */
  #take(byteLength: number): number {
    const from = this.#at;
    this.#at += byteLength;
    if (this.#at > this.#bytes.length) throw this.#unexpected(`only ${this.#bytes.length}`);
    return from;
  }

  #unexpected(found: string): BceError {
    return new BceError(
      'SERVER_ANSWER',
      `${this.#name}: expected ${this.#at} bytes of an answer, found ${found}`,
    );
  }
}
