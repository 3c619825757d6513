/** Reading no faster than what comes of it is taken. */
import { type Pieces, prepend } from '../../source/pieces.js';

/** Nobody reads standard output any more, as after `| head`: no failure, but no reason to go on. */
export class ReaderGone extends Error {}

/**
 * `first`, then the pieces as they come, and none of them before what was made of those before is written.
 *
 * @param onPiece told each piece before it goes on; its memory may be written over later
 * @param flush writes what there is; false when nobody takes it any more
 * @throws ReaderGone then
 */
export function paced(
  first: Buffer,
  pieces: Pieces,
  onPiece: (piece: Buffer) => void,
  flush: () => Promise<boolean>,
): Pieces {
  const bytes = pacedPieces(prepend(first, pieces), onPiece, flush);
  const end = bytes.return.bind(bytes);
  // a generator that waits for a pipe hears of it only when the pipe has sent more
  bytes.return = async (value) => {
    await pieces.return();
    return end(value);
  };
  return bytes;
}

async function* pacedPieces(
  pieces: Pieces,
  onPiece: (piece: Buffer) => void,
  flush: () => Promise<boolean>,
): Pieces {
  let room: Buffer | undefined;
  for (;;) {
    const { done, value } = await pieces.next(room);
    if (done) return;
    onPiece(value);
    room = yield value;
    if (!(await flush())) throw new ReaderGone();
  }
}
