/** Files written whole or not at all. */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BceError } from '../errors.js';
import { printable } from '../text.js';
import { reasonOf } from './systemErrors.js';

/** Where the bytes of an output go. */
type Target =
  /** A file that is to be there when all is well, and was or was not before. */
  | { readonly kind: 'file'; readonly path: string; readonly stats: Stats | undefined }
  /** A descriptor of this process that leads to a file: what is in it stays. */
  | { readonly kind: 'descriptor'; readonly descriptor: number }
  /** A device or a pipe. */
  | { readonly kind: 'stream'; readonly path: string };

/** Links followed before giving up. */
const MOST_LINKS = 40;

/** Names that stand for the descriptors of the process that asks. */
const DESCRIPTOR = /^\/(?:dev\/(?:fd\/(\d+)|std(in|out|err))|proc\/(?:self|thread-self)\/fd\/(\d+))$/;

function targetOf(given: string): Target {
  let path = resolve(given);
  for (let links = 0; ; links++) {
    const descriptor = descriptorOf(path);
    if (descriptor !== undefined) {
      return fstatSync(descriptor).isFile() ? { kind: 'descriptor', descriptor } : { kind: 'stream', path };
    }
    // a link stays a link, also one that leads to no file yet
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() || links === MOST_LINKS) break;
    path = resolve(dirname(path), readlinkSync(path));
  }
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined || stats.isFile() || stats.isDirectory()
    ? { kind: 'file', path, stats }
    : { kind: 'stream', path };
}

function descriptorOf(path: string): number | undefined {
  const [whole, number, name, other] = DESCRIPTOR.exec(path) ?? [];
  if (whole === undefined) return undefined;
  return name === undefined ? Number(number ?? other) : ['in', 'out', 'err'].indexOf(name);
}

/**
 * Makes sure early that `path` can be written, so that no long run ends in vain.
 *
 * @throws BceError FILE_UNWRITABLE
 */
export function requireWritable(path: string): void {
  try {
    const target = targetOf(path);
    if (target.kind !== 'file') return;
    const { stats } = target;
    if (stats?.isDirectory()) {
      throw new BceError('FILE_UNWRITABLE', `${printable(path)}: expected a file, found a directory`);
    }
    if (stats === undefined) accessSync(dirname(target.path), constants.W_OK | constants.X_OK);
    else accessSync(target.path, constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** True when both paths lead to one regular file. */
export function isSameFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => {
    try {
      return statSync(path);
    } catch {
      // nothing is there, or nobody may look: no file that could be lost
      return undefined;
    }
  });
  if (one === undefined || other === undefined) return resolve(a) === resolve(b);
  return one.isFile() && one.dev === other.dev && one.ino === other.ino;
}

/**
 * Writes a regular file through a temporary one beside it, which takes its name when it is complete; where that
 * cannot keep whose file it is, what may be done with it and what else it is called, the bytes are put into the file
 * that is there. A device or a pipe is written directly. Synchronous, so that no signal handler runs half-way.
 *
 * @throws BceError FILE_UNWRITABLE
 */
export function writeWhole(path: string, text: string): void {
  const file = openWhole(path);
  file.write(text);
  file.finish();
}

/** A file that is written piece by piece, and is there when it is finished. */
export interface WholeFile {
  /** @throws BceError FILE_UNWRITABLE */
  write(data: string | Uint8Array): void;
  /** @throws BceError FILE_UNWRITABLE */
  finish(): void;
  /** Leaves no trace of it. */
  discard(): void;
}

/** @throws BceError FILE_UNWRITABLE */
export function openWhole(path: string): WholeFile {
  const here = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw unwritable(path, error);
    }
  };
  const file = here(() => open(path));
  return {
    write: (data) => here(() => file.write(typeof data === 'string' ? Buffer.from(data) : data)),
    finish: () => here(() => file.finish()),
    discard: () => file.discard(),
  };
}

interface OpenFile {
  write(bytes: Uint8Array): void;
  finish(): void;
  discard(): void;
}

function open(path: string): OpenFile {
  const target = targetOf(path);
  switch (target.kind) {
    case 'descriptor':
      return { write: (bytes) => writeAll(target.descriptor, bytes), finish() {}, discard() {} };
    case 'stream': {
      const parts: Uint8Array[] = [];
      return {
        write: (bytes) => parts.push(bytes),
        finish: () => writeFileSync(target.path, Buffer.concat(parts)),
        discard() {},
      };
    }
    case 'file':
      return openFile(target.path, target.stats);
  }
}

function openFile(path: string, stats: Stats | undefined): OpenFile {
  const { temporary, descriptor } = createBeside(path, stats);
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
  const discard = () => {
    close();
    if (temporary !== path) unlinkSync(temporary);
  };
  const guarded = (work: () => void) => {
    try {
      work();
    } catch (error) {
      discard();
      throw error;
    }
  };
  return {
    write: (bytes) => guarded(() => writeAll(descriptor, bytes)),
    finish: () =>
      guarded(() => {
        fsyncSync(descriptor);
        close();
        if (temporary !== path) renameSync(temporary, path);
      }),
    discard,
  };
}

/** Names tried before giving up: those left over by other runs are passed over. */
const MOST_NAMES = 1000;

/** A temporary file beside `path` that may take its place, or else the file itself, emptied. */
function createBeside(path: string, stats: Stats | undefined): { temporary: string; descriptor: number } {
  if (stats !== undefined && !mayReplace(path, stats)) {
    const descriptor = openSync(path, 'r+');
    ftruncateSync(descriptor);
    return { temporary: path, descriptor };
  }
  for (let i = 0; ; i++) {
    // short, whatever the file is called
    const temporary = join(dirname(path), `.bce-${process.pid}-${i}.tmp`);
    try {
      const descriptor = openSync(temporary, 'wx', stats?.mode ?? 0o666);
      if (stats !== undefined) keep(descriptor, stats);
      return { temporary, descriptor };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || i === MOST_NAMES) throw error;
    }
  }
}

/** Whether another file may take the place of this one without anybody noticing. */
function mayReplace(path: string, stats: Stats): boolean {
  const folder = dirname(path);
  const user = process.geteuid?.() ?? 0;
  const isOwn = stats.uid === user;
  // other names would keep the old file
  if (stats.nlink > 1 || !(isOwn || user === 0)) return false;
  if (isOwn && user !== 0 && stats.gid !== process.getegid?.()) return false;
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Owner and mode of the file that is replaced; the mode last, since a new owner may clear some of it. */
function keep(descriptor: number, { uid, gid, mode }: Stats): void {
  const made = fstatSync(descriptor);
  if (made.uid !== uid || made.gid !== gid) fchownSync(descriptor, uid, gid);
  fchmodSync(descriptor, mode & 0o7777);
}

/** Writes to the last byte: the system may take fewer at a time. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done);
  }
}

function unwritable(path: string, error: unknown): unknown {
  if (error instanceof BceError || !(error instanceof Error && 'code' in error)) return error;
  const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such directory' : reasonOf(error);
  return new BceError('FILE_UNWRITABLE', `${printable(path)}: cannot write: ${reason}`);
}
