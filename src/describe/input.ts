/** A table that is read as often as it takes to know it. */
import { trainingJoining } from '../dataset/schema/joining.js';
import { BceError } from '../errors.js';
import type { Resolved } from '../options/resolve.js';
import { skipped, withoutComments } from '../source/lines.js';
import { readBytes, type Source, type TextOptions, unreadable } from '../source/open.js';
import { type Pieces, peek } from '../source/pieces.js';
import { placesIn } from '../source/places.js';
import { bytesOf, type Files, openSources, openTable, type TableText } from '../source/table.js';
import type { LineFilter } from './filters.js';

export interface Input {
  /** What messages call each file, and what a command does: what could be read once only is `-`. */
  readonly names: readonly string[];
  readonly operands: readonly string[];
  /** Bytes as they lie there; undefined where nobody can know. */
  readonly byteLength: number | undefined;
  /** The table as training reads it, behind the filters, of which there are none for several files. */
  open(options: Resolved, filters: readonly LineFilter[]): Promise<TableText>;
  /** The first bytes of the first file, as they lie there. */
  first(byteLength: number): Promise<Buffer>;
  /** The first of its bytes as UTF-8 behind the filters; none where they are no text. */
  sample(
    encoding: TextOptions['encoding'],
    filters: readonly LineFilter[],
    byteLength: number,
  ): Promise<Buffer>;
}

/**
 * What cannot be read twice, a pipe or standard input, is kept in memory as it came.
 *
 * @param onBytes told how many bytes each piece took, in every reading
 * @throws BceError FILE_UNREADABLE, USAGE
 */
export async function openInput(
  files: Files,
  onBytes: (count: number) => void,
  signal: AbortSignal | undefined,
): Promise<Input> {
  const sources: Source[] = [];
  const operands: string[] = [];
  for (const source of await openSources(files)) {
    sources.push(source.isRepeatable ? source : await kept(source, onBytes, signal));
    operands.push(source.isRepeatable ? source.name : '-');
  }
  const [first] = sources as [Source];
  const filtered = (text: TextOptions, filters: readonly LineFilter[], told: typeof onBytes): Pieces => {
    const { encoding, skip, comment, delimiter } = text;
    const plain = { encoding, skip: 0, comment: undefined, delimiter };
    let bytes = readBytes(first, told, signal, plain);
    for (const filter of filters) bytes = filter.apply(bytes);
    if (skip > 0) bytes = skipped(bytes, skip, first.name);
    return comment === undefined ? bytes : withoutComments(bytes, comment, delimiter);
  };
  const byteLength = bytesOf(sources);
  return {
    names: sources.map(({ name }) => name),
    operands,
    byteLength,
    async open({ text, read }, filters) {
      if (filters.length === 0) return openTable(sources, text, trainingJoining(read), onBytes, signal);
      const { delimiter } = text;
      const bytes = filtered(text, filters, onBytes);
      const retold = (error: unknown) => error;
      return { bytes, places: placesIn(first.name), byteLength, delimiter, hasHeader: undefined, retold };
    },
    async first(count) {
      const pieces = first.pieces(signal);
      const bytes = await peek(pieces, count);
      await pieces.return();
      return bytes;
    },
    async sample(encoding, filters, count) {
      const text = { encoding, skip: 0, comment: undefined, delimiter: undefined };
      const pieces = filtered(text, filters, () => {});
      // what is no text is told by whoever reads on
      const bytes = await peek(pieces, count).catch(() => Buffer.alloc(0));
      await pieces.return();
      return bytes;
    },
  };
}

/** A source that gives its bytes once, with all of them in memory. */
async function kept(
  source: Source,
  onBytes: (count: number) => void,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const all: Buffer[] = [];
  let byteLength = 0;
  try {
    for await (const piece of source.pieces(signal)) {
      // the next piece may be read to the same place
      all.push(Buffer.from(piece));
      byteLength += piece.length;
      onBytes(piece.length);
    }
  } catch (error) {
    if (signal?.aborted) throw new BceError('INTERRUPTED', 'interrupted while reading');
    throw unreadable(source.name, error);
  }
  return {
    name: source.name,
    byteLength,
    isRepeatable: true,
    async *pieces() {
      yield* all;
    },
    stop() {},
  };
}
