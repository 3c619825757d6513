/** A temporary file for what does not fit into memory; nothing is left of it, however the process ends. */
import { closeSync, openSync, read as readBytes, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BceError } from '../errors.js';
import { printable } from '../text.js';
import { reasonOf } from './systemErrors.js';

export interface TempFile {
  /** Writes all bytes. @throws BceError TEMP_FILE when there is no room, or another failure */
  write(bytes: Uint8Array, start: number): void;
  /** Fills all bytes. @throws BceError TEMP_FILE */
  read(bytes: Uint8Array, start: number): Promise<void>;
  /** Waits for what is being read, and gives the room back. */
  close(): Promise<void>;
}

const read = promisify(readBytes);

/** Names tried before giving up: somebody else may have taken one. */
const MOST_NAMES = 100;

/**
 * @param directory where the file is made
 * @throws BceError TEMP_FILE
 */
export function openTempFile(directory: string): TempFile {
  const { path, descriptor } = create(directory);
  const name = `temporary file in ${printable(directory)}`;
  const unlink = () => {
    try {
      unlinkSync(path);
      return true;
    } catch {
      return false;
    }
  };
  // without its name the file goes when the process does; where that cannot be (Windows), at the exit
  const isNamed = !unlink();
  if (isNamed) process.once('exit', unlink);
  const reading = new Set<Promise<void>>();

  async function fill(bytes: Uint8Array, start: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      let count: number;
      try {
        ({ bytesRead: count } = await read(descriptor, bytes, done, bytes.length - done, start + done));
      } catch (error) {
        throw failed(name, error);
      }
      if (count === 0) throw new BceError('TEMP_FILE', `${name}: expected more bytes, found its end`);
      done += count;
    }
  }

  return {
    write(bytes, start) {
      try {
        for (let done = 0; done < bytes.length; ) {
          done += writeSync(descriptor, bytes, done, bytes.length - done, start + done);
        }
      } catch (error) {
        throw failed(name, error);
      }
    },
    read(bytes, start) {
      const filled = fill(bytes, start).finally(() => reading.delete(filled));
      reading.add(filled);
      // whoever waits for it hears of a failure; nobody may
      filled.catch(() => {});
      return filled;
    },
    async close() {
      await Promise.allSettled(reading);
      closeSync(descriptor);
      if (isNamed && unlink()) process.removeListener('exit', unlink);
    },
  };
}

function create(directory: string): { path: string; descriptor: number } {
  for (let i = 0; ; i++) {
    const path = join(directory, `bce-train-${process.pid}-${i}.tmp`);
    try {
      // for nobody else, and never a file that is there
      return { path, descriptor: openSync(path, 'wx+', 0o600) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' && i < MOST_NAMES) continue;
      throw failed(`temporary file in ${printable(directory)}`, error);
    }
  }
}

function failed(name: string, error: unknown): BceError {
  const { code } = error as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  const reason = code === 'ENOENT' ? 'no such directory' : reasonOf(error);
  return new BceError(
    'TEMP_FILE',
    `${name}: ${isFull ? 'no room is left' : reason}`,
    '--temp-dir names another directory, --memory SIZE holds more of the data in memory',
  );
}
