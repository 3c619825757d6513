/** Bytes of other encodings as UTF-8, and lines before the table left empty, so that whatever reads on is the same. */
import { BceError } from '../errors.js';
import type { Pieces } from './open.js';

export const ENCODINGS = ['utf8', 'utf16le', 'utf16be', 'latin1', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** What the bytes of a text are. */
export interface TextOptions {
  /** Undefined: UTF-16 where a byte order mark says so, else UTF-8. */
  readonly encoding: Encoding | undefined;
  /** Lines before the table. */
  readonly skip: number;
}

export const PLAIN_TEXT: TextOptions = { encoding: undefined, skip: 0 };

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

const LF = 0x0a;
const CR = 0x0d;

/** The first `count` lines left empty: the lines behind them keep their numbers. */
export async function* skipped(bytes: Pieces, count: number): Pieces {
  let left = count;
  let isAfterCr = false;
  try {
    for (;;) {
      const { done, value } = await bytes.next();
      if (done) return;
      let at = 0;
      let ends = 0;
      // CRLF is one line end, also across pieces
      if (isAfterCr && value[0] === LF) at = 1;
      isAfterCr = false;
      for (; at < value.length && left > 0; at++) {
        const byte = value[at];
        if (byte !== LF && byte !== CR) continue;
        if (byte === CR && value[at + 1] === LF) at++;
        else isAfterCr = byte === CR && at + 1 === value.length;
        ends++;
        left--;
      }
      if (ends > 0) yield Buffer.alloc(ends, LF);
      if (at < value.length) yield value.subarray(at);
      if (left === 0 && !isAfterCr) break;
    }
    yield* bytes;
  } finally {
    await bytes.return();
  }
}
