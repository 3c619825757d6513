/** Trains a model again, as it says that it was trained, and tells whether the bits are the same. */
import { isAddress } from '../../clickhouse/address.js';
import { BceError, EXIT } from '../../errors.js';
import type { InitialWeights } from '../../model/initialWeights.js';
import { type Claim, claimOf, verify } from '../../model/verification.js';
import { readWeights } from '../../model/weightsFile.js';
import { LIBRARY, type TrainOptions } from '../../options/library.js';
import { flagsOf, type Option } from '../../options/option.js';
import { resolveOptions } from '../../options/resolve.js';
import { requirePathOptions, resolveCv, resolvePath } from '../../options/resolvePath.js';
import { descentLine } from '../../report/text/messages.js';
import { verificationAsJson, verificationAsText } from '../../report/text/verification.js';
import type { Choice, CvMetric } from '../../selection/choices.js';
import { chosenSolution, pathOf } from '../../selection/regularizationPath.js';
import { select } from '../../selection/select.js';
import { readText } from '../../source/open.js';
import { listed, printable, quoted } from '../../text.js';
import { type Trained, trainModel, trainOnPath } from '../../train.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { CommandLine, Task } from './commandLine.js';
import { showTraining } from './progress.js';
import { type Session, withSession } from './session.js';

/** @returns the exit code; failures are thrown */
export async function verifyCommand(
  command: CommandLine,
  { model: path, init }: Extract<Task, { kind: 'verify' }>,
  io: Io,
): Promise<number> {
  const claim = claimOf(readText(path), printable(path));
  const repeated = { ...command, train: optionsOf(claim, command.train), where: conditionOf(claim, command) };
  const initial = await initialOf(claim, init);
  return withSession(repeated, io, descentLine, async (session) => {
    const { reporter, signal } = session;
    const { model, lost, failures } = await trainedAgain(claim, repeated.train, initial, session, command);
    const [failure] = lost === undefined ? failures : [lost];
    if (failure !== undefined) throw failure;
    if (signal.aborted) throw new BceError('INTERRUPTED', 'interrupted while training: nothing was verified');
    const verification = verify(claim, model);
    const text =
      command.format === 'json'
        ? verificationAsJson(verification)
        : verificationAsText(verification, columnsOf(io.stdout));
    await writeData(io.stdout, text);
    reporter.tell(
      () => ({ event: 'end', isSame: verification.isSame, differenceCount: verification.differences.length }),
      () => [],
    );
    return verification.isSame ? EXIT.done : EXIT.notSame;
  });
}

/** @throws BceError as training does */
function trainedAgain(
  { where, provenance }: Claim,
  train: TrainOptions,
  initial: InitialWeights | undefined,
  session: Session,
  command: CommandLine,
): Promise<Trained> {
  const { tables, resolved, signal } = session;
  const path = provenance?.options.path;
  if (path !== undefined && (typeof path !== 'object' || path === null || train.cv === undefined)) {
    throw brokenOptions(where, new BceError('USAGE', 'expected a path with folds, found none'));
  }
  if (path !== undefined) return trainedOnPath(where, path as RepeatedPath, train, session);
  const request = { tables, options: resolved, initial, isStrict: provenance?.strict === true };
  return trainModel(request, showTraining(session, command), signal);
}

/** What a model of a chosen lambda tells of its path. */
interface RepeatedPath {
  readonly lambdas?: readonly number[];
  readonly l1Ratio?: number;
  readonly metric?: CvMetric;
  readonly choose?: Choice;
  readonly unpenalised?: readonly string[];
}

/** The path once more, with the same lambdas, and the weights at the one that the folds choose. */
async function trainedOnPath(
  where: string,
  { lambdas, l1Ratio, metric, choose, unpenalised }: RepeatedPath,
  given: TrainOptions,
  { dataset, tables, resolved, signal }: Session,
): Promise<Trained> {
  const asked = { lambdas, l1Ratio, cvMetric: metric, choose };
  const train = { ...given, unpenalised };
  try {
    requirePathOptions(asked, train);
  } catch (error) {
    throw brokenOptions(where, error);
  }
  const options = resolvePath(asked, train);
  const {
    points,
    asked: count,
    crossValidation,
  } = await select(dataset, options, resolveCv(asked, train), {
    threads: resolved.threads,
    signal,
  });
  const path = pathOf(dataset, options, points, count, crossValidation);
  const chosen = chosenSolution(path);
  if (chosen === undefined)
    throw new BceError('INTERRUPTED', 'interrupted while training: nothing was verified');
  return trainOnPath({ tables, options: resolved }, path, chosen, options, signal);
}

/**
 * The options of the model, with those of the command line that change no bit. A table of weights tells none, nor does
 * a model of an earlier layout: there they are those of the command line.
 *
 * @throws BceError USAGE for one that the model says, WEIGHTS_UNREADABLE for options that are none
 */
function optionsOf({ where, provenance }: Claim, given: TrainOptions): TrainOptions {
  if (provenance === undefined) return given;
  const { version, options } = provenance;
  const { path: _, ...ofTraining } = options;
  const shaping: TrainOptions = { ...resolvedHere(where, version, ofTraining) };
  const { validation, ...others } = given;
  const rows: Readonly<Record<string, Option>> = LIBRARY;
  const told = Object.entries(others).filter(
    ([name, value]) => value !== undefined && !rows[name]?.changesNoBit,
  );
  const isElsewhere = typeof validation === 'string' && typeof shaping.validation === 'string';
  const flags = told.map(([name]) => flagsOf(rows[name]!)[0]!);
  if (validation !== undefined && !isElsewhere) flags.push('--validation');
  if (flags.length > 0) {
    throw new BceError(
      'USAGE',
      `--verify: ${where} says how it was trained: ${listed(flags)} cannot be given`,
      '--threads, --memory and --temp-dir can, and where the files of --validation and --init lie now',
    );
  }
  return { ...others, ...shaping, ...(isElsewhere && { validation }) };
}

/** @throws BceError WEIGHTS_UNREADABLE for options that this program does not have */
function resolvedHere(where: string, version: string, options: TrainOptions): TrainOptions {
  try {
    const idle = Object.keys(options).find(
      (name) =>
        Object.hasOwn(LIBRARY, name) && (LIBRARY as Readonly<Record<string, Option>>)[name]!.changesNoBit,
    );
    if (idle !== undefined) throw new BceError('USAGE', `${quoted(idle)} shapes no result`);
    return resolveOptions(options).shaping;
  } catch (error) {
    throw brokenOptions(where, error, `it was trained by bce-train ${printable(version)}`);
  }
}

/** What is wrong with options, as of the file that holds them. */
function brokenOptions(where: string, error: unknown, hint?: string): unknown {
  if (!(error instanceof BceError)) return error;
  return new BceError('WEIGHTS_UNREADABLE', `${where}: provenance: options: ${error.message}`, hint);
}

/** Which rows of a table on a server it was trained on. */
function conditionOf({ provenance }: Claim, { data, where }: CommandLine): string | undefined {
  const [source] = provenance?.sources ?? [];
  return data.some(isAddress) ? (where ?? source?.where) : undefined;
}

/**
 * The weights that training began at.
 *
 * @throws BceError USAGE where they are given for a run that began at zeros, FILE_UNREADABLE, WEIGHTS_UNREADABLE
 */
async function initialOf(
  { where, provenance }: Claim,
  init: string | undefined,
): Promise<InitialWeights | undefined> {
  if (provenance === undefined) return init === undefined ? undefined : readWeights(init);
  if (provenance.init === undefined) {
    if (init === undefined) return undefined;
    throw new BceError('USAGE', `--init: the training of ${where} began at zeros`);
  }
  try {
    return await readWeights(init ?? provenance.init.name);
  } catch (error) {
    if (init !== undefined || !(error instanceof BceError) || error.code !== 'FILE_UNREADABLE') throw error;
    throw new BceError(
      error.code,
      error.message,
      '--init FILE says where the weights lie that its training began at',
    );
  }
}
