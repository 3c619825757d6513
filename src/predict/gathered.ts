/** Bytes that grow at their end until they are taken away. */

const FIRST_BYTES = 1 << 16;
const FEW_BYTES = 32;
/** UTF-8 takes three bytes for a UTF-16 unit, at most. */
const MOST_BYTES_A_UNIT = 3;

export class Gathered {
  #bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  /** Appends a text, which is short: nearly always the digits of one number. */
  addText(text: string): void {
    this.#makeRoom(MOST_BYTES_A_UNIT * text.length);
    const bytes = this.#bytes;
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        this.#length = start + bytes.write(text, start);
        return;
      }
      bytes[start + i] = unit;
    }
    this.#length = start + text.length;
  }

  /** Appends the bytes [start, end). */
  addBytes(from: Buffer, start: number, end: number): void {
    this.#makeRoom(end - start);
    // a call costs as much as some dozen bytes
    if (end - start < FEW_BYTES) {
      for (let i = start; i < end; i++) this.#bytes[this.#length++] = from[i]!;
      return;
    }
    this.#length += from.copy(this.#bytes, this.#length, start, end);
  }

  #makeRoom(byteLength: number): void {
    const needed = this.#length + byteLength;
    if (needed <= this.#bytes.length) return;
    const longer = Buffer.allocUnsafeSlow(2 * needed);
    this.#bytes.copy(longer, 0, 0, this.#length);
    this.#bytes = longer;
  }

  /** Takes away all bytes so far. */
  drain(): Buffer {
    if (this.#length === 0) return Buffer.alloc(0);
    const drained = this.#bytes.subarray(0, this.#length);
    // what is drained may still be on its way: it is not written over
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, this.#length));
    this.#length = 0;
    return drained;
  }
}
