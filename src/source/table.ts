/** The bytes of a table, in however many files it lies, with what is known of them before the first row. */
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { BceError } from '../errors.js';
import { type Joining, joined } from './join.js';
import { isJson } from './json.js';
import { openSource, readBytes, type Source, streamSource, type TextOptions } from './open.js';
import { peekText } from './opened.js';
import { expanded } from './paths.js';
import { type Pieces, prepend } from './pieces.js';
import { mendedFile } from './piped.js';
import { type Places, placesIn } from './places.js';

/** A stream with the name that messages give it. */
export interface NamedStream {
  readonly stream: Readable;
  readonly name: string;
}

/** Where a table lies: a path or a pattern of paths, a stream, or several of them that follow each other. */
export type Files = string | NamedStream | readonly (string | NamedStream)[];

export interface TableText {
  /** From the header on, or from the first row. */
  readonly bytes: Pieces;
  readonly places: Places;
  /** Bytes in all, as they lie there; undefined where nobody can know. */
  readonly byteLength: number | undefined;
  /** Character between cells; undefined where it has yet to be found. */
  readonly delimiter: string | undefined;
  /** True where the first row is known to hold names; undefined where it may. */
  readonly hasHeader: true | undefined;
  /** A failure of whoever reads on, with a hint that holds where there are several files. */
  retold(error: unknown): unknown;
}

/** Whether a caller names files. */
export function arePaths(data: unknown): data is string | readonly string[] {
  if (typeof data === 'string') return true;
  return Array.isArray(data) && data.length > 0 && data.every((path) => typeof path === 'string');
}

/** Whether all of it lies in files, which give the same bytes once more. */
export async function readsAgain(files: Files): Promise<boolean> {
  if (typeof files === 'object' && 'stream' in files) return false;
  const all = await expanded(typeof files === 'string' ? [files] : files);
  return all.every(
    (from) => typeof from === 'string' && statSync(from, { throwIfNoEntry: false })?.isFile() === true,
  );
}

/** @throws BceError FILE_UNREADABLE, USAGE for a file that is named twice */
export async function openSources(files: Files): Promise<readonly Source[]> {
  const list: readonly (string | NamedStream)[] =
    typeof files === 'string' || 'stream' in files ? [files] : files;
  if (list.length === 0) throw new BceError('USAGE', 'data: expected a file, got none');
  const all = await expanded(list);
  return all.map((from) =>
    typeof from === 'string' ? openSource(from) : streamSource(from.stream, from.name),
  );
}

/**
 * @param sources at least one
 * @param onBytes told how many bytes of the sources, as they lie there, each piece took
 * @throws BceError all that the bytes and the first rows can be refused for
 */
export async function openTable(
  sources: readonly Source[],
  text: TextOptions,
  joining: Joining,
  onBytes: (count: number) => void,
  signal?: AbortSignal,
): Promise<TableText> {
  const { delimiter } = text;
  const byteLength = bytesOf(sources);
  const [first] = sources as [Source];
  const files = sources.map((source) => ({
    name: source.name,
    isRepeatable: source.isRepeatable,
    open: (isLook: boolean) => readBytes(source, isLook ? () => {} : onBytes, signal, text),
  }));
  if (sources.length === 1) {
    const bytes = files[0]!.open(false);
    // who names a delimiter has no JSON
    const start = delimiter === undefined ? await peekText(bytes) : Buffer.alloc(0);
    const all = start.length === 0 ? bytes : stopping(prepend(start, bytes), sources);
    if (!isJson(start)) {
      const retold = (error: unknown) => error;
      return {
        bytes: all,
        places: placesIn(first.name),
        byteLength,
        delimiter,
        hasHeader: undefined,
        retold,
      };
    }
    files[0] = { name: first.name, isRepeatable: false, open: () => all };
  }
  const table = await joined(files, delimiter, joining);
  const retold = (error: unknown) =>
    sources.length === 1 ? error : mendedFile(error, 'name mended.csv in its place');
  return { ...table, bytes: stopping(table.bytes, sources), byteLength, retold };
}

/**
 * Whether the first row of a table holds names; undefined where it may.
 *
 * @param given what was asked for
 * @throws BceError USAGE where that is not so
 */
export function headerIn(
  { hasHeader, places }: Pick<TableText, 'hasHeader' | 'places'>,
  given: boolean | undefined,
): boolean | undefined {
  if (hasHeader === undefined || given !== false) return hasHeader ?? given;
  throw new BceError(
    'USAGE',
    `--no-header: ${places.name} holds objects of JSON, whose keys are names`,
    'without it they are the names of the columns',
  );
}

/** To return from them stops the sources, as of `readBytes`. */
function stopping(bytes: Pieces, sources: readonly Source[]): Pieces {
  const end = bytes.return.bind(bytes);
  bytes.return = (value) => {
    for (const source of sources) source.stop();
    return end(value);
  };
  return bytes;
}

/** Bytes of all of them; undefined where nobody can know. */
export function bytesOf(sources: readonly Source[]): number | undefined {
  let sum = 0;
  for (const { byteLength } of sources) {
    if (byteLength === undefined) return undefined;
    sum += byteLength;
  }
  return sum;
}
