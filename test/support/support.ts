/** What the tests share: the command line in process, temporary files, fixtures. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Io } from '../../src/cli/io.js';
import { predictMain } from '../../src/cli/predict/main.js';
import { main } from '../../src/cli/train/main.js';
import type { Dataset, Datasets } from '../../src/dataset/dataset.js';
import { type Arrays, datasetOf } from '../../src/dataset/read/arrays.js';
import { scanDataset } from '../../src/dataset/read/read.js';
import type { FitOptions } from '../../src/fit/fit.js';
import type { Origin } from '../../src/model/provenance.js';
import { localTable } from '../../src/objective/localTable.js';
import type { Table } from '../../src/objective/table.js';
import type { TrainOptions } from '../../src/options/library.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { readBytes, streamSource } from '../../src/source/open.js';
import { placesIn } from '../../src/source/places.js';
import { requireSchemaOf } from './modelSchema.js';

// compiled tests lie in dist/test/*
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const BIN = join(ROOT, 'dist/bce-train.cjs');
export const PREDICT_BIN = join(ROOT, 'dist/bce-predict.cjs');

export function fixture(name: string): string {
  return join(ROOT, 'test/fixtures', name);
}

export function example(name: string): string {
  return join(ROOT, 'examples', name);
}

export function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The terms and coefficients of a reference fit. */
export function readFit(name: string): { terms: string[]; coef: number[]; mean_bce: number } {
  return readJson(fixture(name)).fit;
}

let folder: string | undefined;

/** A path in a folder that is removed after the tests of this file; holds `content` when given. */
export function temporary(name: string, content?: string | Buffer): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'bce-train-test-'));
    folder = made;
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    // others may look in, when root tests as somebody else
    chmodSync(made, 0o755);
  }
  const path = join(folder, name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface World {
  readonly stdin?: string | Buffer | Readable;
  readonly isTTY?: { readonly stdin?: boolean; readonly stdout?: boolean; readonly stderr?: boolean };
  readonly env?: Readonly<Record<string, string>>;
  /** Called with what interrupts, once the command listens. */
  readonly onListening?: (interrupt: () => void) => void;
}

/** Runs the command line in this process. */
export async function bceTrain(args: readonly string[], world: World = {}): Promise<Outcome> {
  const outcome = textOf(await inProcess(main, args, world));
  // a terminal is shown names without control characters, which is no JSON
  if (!world.isTTY?.stdout) await requireSchemaOf(args, outcome.stdout, outcome.code);
  return outcome;
}

/** Runs bce-predict in this process. */
export async function bcePredict(args: readonly string[], world: World = {}): Promise<Outcome> {
  return textOf(await inProcess(predictMain, args, world));
}

/** The bytes that an export of bce-predict gives. */
export async function exported(args: readonly string[]): Promise<Buffer> {
  const { code, stdout, stderr } = await inProcess(predictMain, args, {});
  assert.equal(code, 0, stderr.toString());
  return stdout;
}

/** What a command has written, byte for byte. */
interface Written {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

function textOf({ code, stdout, stderr }: Written): Outcome {
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
}

async function inProcess(
  command: (args: readonly string[], io: Io) => Promise<number>,
  args: readonly string[],
  world: World,
): Promise<Written> {
  const [stdout, stderr] = [sink(world.isTTY?.stdout), sink(world.isTTY?.stderr)];
  const input = world.stdin ?? '';
  const stdin = input instanceof Readable ? input : Readable.from([Buffer.from(input)]);
  const io: Io = {
    stdin: Object.assign(stdin, { isTTY: world.isTTY?.stdin }),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: world.env ?? {},
    onInterrupt: (listener) => {
      world.onListening?.(listener);
      return () => {};
    },
  };
  const code = await command(args, io);
  return { code, stdout: stdout.bytes(), stderr: stderr.bytes() };
}

function sink(isTTY: boolean | undefined) {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY, columns: 80 }),
    bytes: () => Buffer.concat(chunks),
  };
}

/** Runs the built command as a process of its own, or a shell line with `bce-train` and `bce-predict` in it. */
export function spawnBceTrain(
  args: readonly string[],
  input?: string,
  onStderr?: (text: string) => void,
): Promise<Outcome> {
  return finished(process.execPath, [BIN, ...args], input, onStderr);
}

export function shell(line: string): Promise<Outcome> {
  const command = (name: string, path: string) =>
    `${name}() { ${JSON.stringify(process.execPath)} ${JSON.stringify(path)} "$@"; }`;
  const commands = [command('bce-train', BIN), command('bce-predict', PREDICT_BIN)];
  return finished('bash', ['-c', [...commands, line].join('; ')]);
}

/** @param onStderr told the pieces of standard error as they come */
function finished(
  command: string,
  args: readonly string[],
  input = '',
  onStderr: (text: string) => void = () => {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const [stdout, stderr]: Buffer[][] = [[], []];
    child.stdout.on('data', (chunk) => stdout!.push(chunk));
    child.stderr.on('data', (chunk) => {
      stderr!.push(chunk);
      onStderr(String(chunk));
    });
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({
        code: code ?? (signal === 'SIGINT' ? 130 : -1),
        stdout: Buffer.concat(stdout!).toString(),
        stderr: Buffer.concat(stderr!).toString(),
      }),
    );
    // a command that fails early need not read it
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** The training rows, and those held out, that a CSV text holds. */
export function datasetsOfCsv(
  csv: string | Buffer,
  options: TrainOptions = {},
  note?: number,
): Promise<Datasets> {
  const read = { ...resolveOptions(options).read, note };
  const source = streamSource(Readable.from([Buffer.from(csv)]), 'data.csv');
  return scanDataset(
    readBytes(source, () => {}),
    placesIn(source.name),
    read,
  );
}

/** The dataset that a CSV text holds. */
export async function datasetOfCsv(
  csv: string | Buffer,
  options: TrainOptions = {},
  note?: number,
): Promise<Dataset & Table> {
  return localTable((await datasetsOfCsv(csv, options, note)).training);
}

/** The dataset that arrays hold. */
export async function datasetOfArrays(
  arrays: Arrays,
  intercept = true,
  classWeight?: TrainOptions['classWeight'],
): Promise<Dataset & Table> {
  const options = { intercept, classWeight, holdOut: undefined };
  return localTable((await datasetOf(arrays, options)).training);
}

/** The options of a fit, with defaults for what is left out. */
export function fitOptions(options: TrainOptions = {}): FitOptions {
  return resolveOptions(options).fit;
}

/** The origin of a model that nobody asks for its own. */
export const NOWHERE: Origin = {
  node: process.versions.node,
  sources: [],
  validation: undefined,
  init: undefined,
  seed: undefined,
  strict: false,
  options: {},
};

/** What a model file tells but for where it comes from: its bits are those of another where this is the same. */
export function bitsOf(json: string): object {
  const { provenance: _, ...bits } = JSON.parse(json);
  return bits;
}

/** Numbers in (-1, 1) that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** |a - b| relative to |b|, or to 1 where b is smaller. */
export function error(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(1, Math.abs(b));
}
