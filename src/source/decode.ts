/** Bytes of other encodings as UTF-8, so that whatever reads on is the same. */
import { BceError } from '../errors.js';
import type { Pieces } from './pieces.js';

export const ENCODINGS = ['utf8', 'utf16le', 'utf16be', 'latin1', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Labels by which the platform knows them. */
const LABELS = { utf16le: 'utf-16le', utf16be: 'utf-16be', 'windows-1252': 'windows-1252' } as const;

/** The encoding that a byte order mark names; undefined where there is none. */
export function markedEncoding(first: Buffer): 'utf16le' | 'utf16be' | undefined {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf16le';
  return first[0] === 0xfe && first[1] === 0xff ? 'utf16be' : undefined;
}

/** @throws BceError NOT_TEXT for bytes that the encoding does not have */
export async function* decoded(bytes: Pieces, encoding: Encoding, name: string): Pieces {
  if (encoding === 'utf8') return yield* bytes;
  const decode = decoderOf(encoding);
  try {
    for await (const piece of bytes) {
      const text = decode(piece);
      if (text !== '') yield Buffer.from(text);
    }
    const rest = decode(undefined);
    if (rest !== '') yield Buffer.from(rest);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new BceError(
      'NOT_TEXT',
      `${name}: expected ${encoding}, found bytes that it does not have`,
      '--encoding names another',
    );
  }
}

/** Takes a piece, or undefined at the end; a character may lie across pieces. */
function decoderOf(encoding: Exclude<Encoding, 'utf8'>): (piece: Buffer | undefined) => string {
  // the platform takes latin1 for another name of windows-1252
  if (encoding === 'latin1') return (piece) => piece?.toString('latin1') ?? '';
  const decoder = new TextDecoder(LABELS[encoding], { fatal: true });
  return (piece) => (piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true }));
}
