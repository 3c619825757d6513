#!/usr/bin/env node
/** What a command begins with: it runs the bundle beside it, with the code that an earlier run compiled of it. */
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { cacheFolder, prepareFolder, readCode, writeCode } from '../src/runtime/codeCache.js';
import { VERSION } from '../src/version.js';

/** The name of the command and what is in its bundles; the build defines them. */
declare const COMMAND: string;
declare const BUNDLE_HASH: string;

/** Shapes of command lines that one file learns the code of. */
const MOST_SHAPES = 32;
/** Seconds of the processors; a run that takes more gains nothing, and V8 may have forgotten how it began. */
const MOST_SECONDS = 5;

/** What runs, and what it asks for when it needs more. */
const BUNDLES = ['bundle', 'rest'].map((part) => `./${COMMAND}.${part}.cjs`);
const folder = cacheFolder(process.env);
const { enableCompileCache } = require('node:module') as {
  readonly enableCompileCache?: (folder: string) => unknown;
};
if (folder === undefined) require(BUNDLES[0]!);
else if (enableCompileCache !== undefined) runWithNodes(folder, enableCompileCache);
else if (typeof crc32 === 'function') runWithOurs(folder);
else require(BUNDLES[0]!);

/** Node 22 and later keep the code themselves. */
function runWithNodes(folder: string, enable: (folder: string) => unknown): void {
  if (prepareFolder(folder)) enable(folder);
  require(BUNDLES[0]!);
}

function runWithOurs(folder: string): void {
  const shape = shapeOf(process.argv.slice(2));
  const modules = new Map<string, unknown>();
  const load = (id: string): unknown => {
    if (!BUNDLES.includes(id)) return require(id);
    if (!modules.has(id)) {
      const module = { exports: {} };
      modules.set(id, module.exports);
      compiled(folder, id, shape)(module.exports, load, module, __dirname);
      modules.set(id, module.exports);
    }
    return modules.get(id);
  };
  load(BUNDLES[0]!);
}

type Wrapper = (exports: unknown, require: (id: string) => unknown, module: object, folder: string) => void;

/** A bundle as a function; the code of it is kept when all is done, where it is none of an earlier run. */
function compiled(folder: string, id: string, shape: string): Wrapper {
  const path = `${__dirname}/${id.slice(2)}`;
  // V8 takes no code that was made under other flags
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  const key = [id, VERSION, BUNDLE_HASH, process.version, process.arch, flags].join('\n');
  const name = `${id.slice(2, -4)}-${VERSION}-${process.version}-${process.arch}-${crc32(key).toString(16)}`;
  const cached = readCode(folder, name, key);
  // the build writes ASCII, which is read fastest so, and a function of what node hands to modules
  const script = new Script(readFileSync(path, 'latin1'), {
    filename: path,
    ...(cached === undefined ? {} : { cachedData: cached.code }),
  });
  const known = script.cachedDataRejected === false ? cached!.shapes : [];
  if (!known.includes(shape) && known.length < MOST_SHAPES) {
    // what the run took is in it then
    process.once('exit', () => {
      const { user, system } = process.cpuUsage();
      if (user + system > 1e6 * MOST_SECONDS) return;
      writeCode(folder, name, key, { shapes: [...known, shape], code: script.createCachedData() });
    });
  }
  return script.runInThisContext();
}

/** What tells which code a command line needs: its flags, without their values. */
function shapeOf(argv: readonly string[]): string {
  const flags = argv.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.replace(/=.*/s, ''));
  return [...new Set(flags)].sort().join(' ');
}
