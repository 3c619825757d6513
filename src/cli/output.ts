/** Files written whole or not at all. */
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BceError } from '../errors.js';
import { reasonOf } from '../source/open.js';
import { printable } from '../text.js';

/**
 * Makes sure early that `path` can be written, so that no long run ends in vain.
 *
 * @throws BceError FILE_UNWRITABLE
 */
export function requireWritable(path: string): void {
  try {
    const stats = statIfThere(path);
    if (stats?.isDirectory()) {
      throw new BceError('FILE_UNWRITABLE', `${printable(path)}: expected a file, found a directory`);
    }
    if (stats !== undefined) accessSync(path, constants.W_OK);
    if (stats === undefined || stats.isFile()) accessSync(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** True when both paths lead to one regular file. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [statIfThere(a), statIfThere(b)];
  if (one === undefined || other === undefined) return resolve(a) === resolve(b);
  return one.isFile() && one.dev === other.dev && one.ino === other.ino;
}

/**
 * Writes a regular file through a temporary one beside it, which takes its name when it is complete; a
 * device or a pipe is written directly. Synchronous, so that no signal handler runs half-way.
 *
 * @throws BceError FILE_UNWRITABLE
 */
export function writeWhole(path: string, text: string): void {
  try {
    const stats = statIfThere(path);
    if (stats !== undefined && !stats.isFile()) {
      writeFileSync(path, text);
      return;
    }
    // a link stays a link: the file that it leads to is replaced
    replace(stats === undefined ? path : realpathSync(path), text, stats?.mode ?? 0o666);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function replace(path: string, text: string, mode: number): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'wx', mode);
  try {
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
}

function statIfThere(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function unwritable(path: string, error: unknown): unknown {
  if (error instanceof BceError || !(error instanceof Error && 'code' in error)) return error;
  const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such directory' : reasonOf(error);
  return new BceError('FILE_UNWRITABLE', `${printable(path)}: cannot write: ${reason}`);
}
