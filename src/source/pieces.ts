/** Bytes as they come. */

/**
 * Bytes, piece by piece. `next(buffer)` says where the next piece may be put: it then is a view of the start of
 * `buffer`, or lies in memory of its own, as it comes cheaper.
 */
export type Pieces = AsyncGenerator<Buffer, void, Buffer | undefined>;

/** At least `byteLength` bytes from the front, fewer only at the end of the input. */
export async function peek(pieces: Pieces, byteLength: number): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < byteLength) {
    const { done, value } = await pieces.next();
    if (done) break;
    first = first.length === 0 ? value : Buffer.concat([first, value]);
  }
  return first;
}

/** To leave it closes the rest too, also before any of the rest is asked for. */
export async function* prepend(first: Buffer, rest: Pieces): Pieces {
  try {
    if (first.length > 0) yield first;
    yield* rest;
  } finally {
    await rest.return();
  }
}
