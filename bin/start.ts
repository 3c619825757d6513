#!/usr/bin/env node
/** What a command begins with: it runs the bundle beside it, with the code that an earlier run compiled of it. */
import { readFileSync } from 'node:fs';
import * as modules from 'node:module';
import { Script } from 'node:vm';
import * as zlib from 'node:zlib';
import { cacheFolder, prepareFolder, readCode, writeCode } from '../src/runtime/codeCache.js';
import { VERSION } from '../src/version.js';

/** The name of the command and what is in its bundle; the build defines them. */
declare const COMMAND: string;
declare const BUNDLE_HASH: string;

/** Shapes of command lines that one file learns the code of. */
const MOST_SHAPES = 32;
/** Seconds; a run that takes longer gains nothing, and V8 may have forgotten how it began. */
const MOST_SECONDS = 5;

const path = `${__dirname}/${COMMAND}.bundle.cjs`;
const folder = cacheFolder(process.env);
if (folder === undefined) require(path);
else if ('enableCompileCache' in modules) runWithNodes(folder);
else if (typeof zlib.crc32 === 'function') runWithOurs(folder);
else require(path);

/** Node 22 and later keep the code themselves. */
function runWithNodes(folder: string): void {
  if (prepareFolder(folder)) {
    (modules as unknown as { enableCompileCache(folder: string): unknown }).enableCompileCache(folder);
  }
  require(path);
}

function runWithOurs(folder: string): void {
  // V8 takes no code that was made under other flags
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  const key = [COMMAND, VERSION, BUNDLE_HASH, process.version, process.arch, flags].join('\n');
  const name = `${COMMAND}-${VERSION}-${process.version}-${process.arch}-${zlib.crc32(key).toString(16)}`;
  const cached = readCode(folder, name, key);
  // the build writes ASCII, which is read fastest so
  const source = `(function (exports, require, module, __dirname) {${readFileSync(path, 'latin1')}\n})`;
  const script = new Script(source, {
    filename: path,
    ...(cached === undefined ? {} : { cachedData: cached.code }),
  });
  const known = script.cachedDataRejected === false ? cached!.shapes : [];
  const shape = shapeOf(process.argv.slice(2));
  if (!known.includes(shape) && known.length < MOST_SHAPES) {
    // when all is done, so that what it took is in it
    process.once('exit', () => {
      if (process.uptime() > MOST_SECONDS) return;
      writeCode(folder, name, key, { shapes: [...known, shape], code: script.createCachedData() });
    });
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, __dirname);
}

/** What tells which code a command line needs: its flags, without their values. */
function shapeOf(argv: readonly string[]): string {
  const flags = argv.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.replace(/=.*/s, ''));
  return [...new Set(flags)].sort().join(' ');
}
