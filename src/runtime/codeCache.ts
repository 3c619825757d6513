/**
 * Compiled code of the commands, kept from one run to the next in a folder of the user's. It makes a start faster and
 * can do nothing else: whatever is wrong with the folder or a file in it, the program is compiled as ever.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { crc32 } from 'node:zlib';

export interface CachedCode {
  /** Shapes of the command lines whose code is in it. */
  readonly shapes: readonly string[];
  /** What V8 made. */
  readonly code: Buffer;
}

/** Bytes of the checksum before the rest; V8 has none in its releases, and would run what is damaged. */
const CHECKSUM_BYTES = 4;

const DAY = 24 * 60 * 60 * 1000;
/** Files of other versions go when they are this old. */
const MOST_AGE = 90 * DAY;

/** The folder that is used, there or not; undefined where there is none, or it is not wanted. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (isSet(env.BCE_TRAIN_NO_CODE_CACHE) || isSet(env.NODE_DISABLE_COMPILE_CACHE)) return undefined;
  const home = homeOfCaches(env);
  return home === undefined ? undefined : join(home, 'bce-train');
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function homeOfCaches(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = process.platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  // the specification of XDG: a path that is not absolute is no path
  if (named !== undefined && isAbsolute(named)) return named;
  if (process.platform === 'win32') return undefined;
  try {
    const home = homedir();
    if (!isAbsolute(home)) return undefined;
    return process.platform === 'darwin' ? join(home, 'Library/Caches') : join(home, '.cache');
  } catch {
    return undefined;
  }
}

/** Makes the folder where it is not. @returns whether it is ours alone to write to */
export function prepareFolder(folder: string): boolean {
  try {
    const isThere = lstatSync(folder, { throwIfNoEntry: false }) !== undefined;
    return (isThere || make(folder)) && isOurs(folder);
  } catch {
    return false;
  }
}

/** Level by level: `mkdir` of node, asked to make all of them, never returns where /proc refuses one. */
function make(folder: string): boolean {
  const parent = dirname(folder);
  if (parent === folder) return false;
  const stats = statSync(parent, { throwIfNoEntry: false });
  // root leaves nothing of its own in the home of another, where `sudo` keeps HOME
  const mayMake = stats === undefined ? make(parent) : isOfUsOrRoot(stats);
  if (mayMake) mkdirSync(folder, { mode: 0o700 });
  return mayMake;
}

function isOfUsOrRoot({ uid }: Stats): boolean {
  return process.getuid === undefined || uid === process.getuid() || uid === 0;
}

function isOurs(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && isPrivate(stats);
}

/** Nobody else may have put something there: what is in it is run. */
function isPrivate({ uid, mode }: Stats): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

/**
 * @param name of the file
 * @param key what the code was made of and for; a file of another is not taken
 */
export function readCode(folder: string, name: string, key: string): CachedCode | undefined {
  let descriptor: number | undefined;
  try {
    if (!isOurs(folder)) return undefined;
    // a pipe of this name must not be waited for; Windows has neither flag
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    descriptor = openSync(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || !isPrivate(stats)) return undefined;
    return decode(readFileSync(descriptor), key);
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function decode(bytes: Buffer, key: string): CachedCode | undefined {
  const rest = bytes.subarray(CHECKSUM_BYTES);
  if (bytes.length < CHECKSUM_BYTES || bytes.readUInt32LE() !== crc32(rest)) return undefined;
  const end = rest.indexOf('\n');
  const { key: found, shapes } = JSON.parse(rest.toString('utf8', 0, end));
  return found === key ? { shapes, code: rest.subarray(end + 1) } : undefined;
}

/** Writes whole or not at all; other runs see the old file or the new one. */
export function writeCode(folder: string, name: string, key: string, { shapes, code }: CachedCode): void {
  const temporary = join(folder, `${name}.${process.pid}.tmp`);
  try {
    if (!prepareFolder(folder)) return;
    const rest = Buffer.concat([Buffer.from(`${JSON.stringify({ key, shapes })}\n`), code]);
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32LE(crc32(rest));
    writeFileSync(temporary, Buffer.concat([checksum, rest]), { flag: 'wx', mode: 0o600 });
    renameSync(temporary, join(folder, name));
    removeOld(folder);
  } catch {
    try {
      unlinkSync(temporary);
    } catch {
      // it was never made
    }
  }
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stats = lstatSync(path);
    if (stats.isFile() && Date.now() - stats.mtimeMs > MOST_AGE) unlinkSync(path);
  }
}
