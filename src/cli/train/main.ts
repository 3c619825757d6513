/** The command line: arguments in, exit code out; every failure becomes a message with a hint. */
import { BceError, EXIT } from '../../errors.js';
import { TRAIN_TEXT } from '../../options/commands.js';
import { TRAIN } from '../../options/train.js';
import { expanded } from '../../source/paths.js';
import { answer } from '../asked.js';
import { reportFailure, styleOf } from '../failure.js';
import { type Io, write } from '../io.js';
import { type CommandLine, parseCommandLine, SHORT_HELP } from './commandLine.js';
import { trainCommand } from './trainCommand.js';

/**
 * Runs bce-train.
 *
 * @param argv arguments after the name of the command
 * @returns the exit code
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let flags = styleOf(argv);
  try {
    const parsed = parseCommandLine(argv);
    if (!('run' in parsed)) {
      await answer(parsed, TRAIN_TEXT, TRAIN, io);
      return EXIT.done;
    }
    flags = parsed.run;
    if (parsed.run.data.length === 0 && io.stdin.isTTY === true) {
      if (flags.log === 'json') throw NO_DATA;
      await write(io.stderr, SHORT_HELP);
      return EXIT.usage;
    }
    const data = await expanded(parsed.run.data);
    return codeOf(await perform({ ...parsed.run, data }, io), io);
  } catch (error) {
    await reportFailure(error, 'bce-train', flags, io);
    return codeOf(error instanceof BceError ? error.exitCode : EXIT.failed, io);
  }
}

/** What a program is told where a person gets a short help. */
const NO_DATA = new BceError(
  'USAGE',
  'data: expected a file, got nothing',
  'bce-train --help lists the options',
);

/** A run that was interrupted says by what. */
function codeOf(code: number, { interruptedCode }: Io): number {
  return code === EXIT.interrupted ? (interruptedCode?.() ?? code) : code;
}

/** Runs the task; what is not training is loaded only when it is asked for. */
async function perform(command: CommandLine, io: Io): Promise<number> {
  const { task } = command;
  switch (task.kind) {
    case 'train':
      return trainCommand(command, task, io);
    case 'check':
      return (await import('./checkCommand.js')).checkCommand(command, task, io);
    case 'compare':
      return (await import('./compareCommand.js')).compareCommand(command, task, io);
    case 'path':
      return (await import('./pathCommand.js')).pathCommand(command, task, io);
    case 'explain':
      return (await import('./explainCommand.js')).explainCommand(command, task, io);
    case 'diagnose':
      return (await import('./diagnoseCommand.js')).diagnoseCommand(command, task, io);
    case 'describe':
      return (await import('./describeCommand.js')).describeCommand(command, io);
    case 'verify':
      return (await import('./verifyCommand.js')).verifyCommand(command, task, io);
    case 'program':
      return (await import('./programCommand.js')).programCommand(command, task, io);
  }
}
