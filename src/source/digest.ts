/** What a source was, told by the digest of its bytes. */
import type { Hash } from 'node:crypto';
import type { Source } from './open.js';

/** What was read. */
export interface SourceRecord {
  /** As messages call it: the path as given, `<stdin>`, or an address without its password. */
  readonly name: string;
  /** Rows of a table on a server, as an expression of its SQL; not there for all. */
  readonly where?: string;
  /** Bytes as they lay there, compressed where they were; undefined where no bytes were read. */
  readonly bytes: number | undefined;
  /** Digest of these bytes, as sha256sum gives it; undefined where it was not taken. */
  readonly sha256: string | undefined;
}

/** A source that tells what it was. */
export interface RecordedSource extends Source {
  /** The digest is there once the source has been read to its end. */
  record(): SourceRecord;
}

/** Those of which no digest is taken. */
export function unrecorded(sources: readonly Source[]): readonly RecordedSource[] {
  return sources.map((source) => ({
    ...source,
    record: () => ({ name: source.name, bytes: undefined, sha256: undefined }),
  }));
}

/** Those whose bytes are hashed as they go through. */
export async function recorded(sources: readonly Source[]): Promise<readonly RecordedSource[]> {
  const newHash = await hashing();
  return sources.map((source) => recordedBy(newHash, source));
}

function recordedBy(newHash: () => Hash, source: Source): RecordedSource {
  let found: Pick<SourceRecord, 'bytes' | 'sha256'> = { bytes: undefined, sha256: undefined };
  return {
    ...source,
    // a file may be looked into before it is read
    async *pieces(signal) {
      const hash = newHash();
      let bytes = 0;
      const pieces = source.pieces(signal);
      try {
        let buffer: Buffer | undefined;
        for (;;) {
          const { done, value } = await pieces.next(buffer);
          if (done) break;
          hash.update(value);
          bytes += value.length;
          buffer = yield value;
        }
        found = { bytes, sha256: hash.digest('hex') };
      } finally {
        await pieces.return();
      }
    },
    record: () => ({ name: source.name, ...found }),
  };
}

/** The digest of a text in UTF-8. */
export async function sha256(text: string): Promise<string> {
  return (await hashing())().update(text).digest('hex');
}

/** Loaded only where it is needed: that takes some milliseconds. */
async function hashing(): Promise<() => Hash> {
  const { createHash } = await import('node:crypto');
  return () => createHash('sha256');
}
