/** The command line: arguments in, exit code out; every failure becomes a message with a hint. */
import { BceError, EXIT } from '../errors.js';
import { paletteOf, wantsColour } from './colours.js';
import { type CommandLine, parseCommandLine, SHORT_HELP } from './commandLine.js';
import { type Io, write, writeData } from './io.js';
import { trainCommand } from './trainCommand.js';

/**
 * Runs bce-train.
 *
 * @param argv arguments after the name of the command
 * @returns the exit code
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  // all that is known of the flags when they cannot be read
  let flags: Pick<CommandLine, 'color' | 'verbose'> = { color: 'auto', verbose: false };
  try {
    const parsed = parseCommandLine(argv);
    if ('text' in parsed) {
      await writeData(io.stdout, parsed.text);
      return EXIT.done;
    }
    flags = parsed.run;
    if (parsed.run.data === undefined && io.stdin.isTTY === true) {
      await write(io.stderr, SHORT_HELP);
      return EXIT.usage;
    }
    return await perform(parsed.run, io);
  } catch (error) {
    await report(error, flags, io);
    return error instanceof BceError ? error.exitCode : EXIT.failed;
  }
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
    case 'explain':
      return (await import('./explainCommand.js')).explainCommand(command, task, io);
  }
}

async function report(
  error: unknown,
  { color, verbose }: Pick<CommandLine, 'color' | 'verbose'>,
  io: Io,
): Promise<void> {
  const palette = await paletteOf(wantsColour(color, io.stderr, io.env));
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const lines = [`${palette.bad('error:')} ${message}`];
  if (error instanceof BceError) {
    if (error.hint !== undefined) lines.push(`${palette.hint('hint:')} ${error.hint}`);
  } else {
    lines.push(`${palette.hint('hint:')} this is a fault of bce-train itself; --verbose shows where`);
  }
  if (verbose && stack !== undefined) lines.push(palette.dim(stack));
  // when nobody reads standard error, the exit code still tells
  await write(io.stderr, `${lines.join('\n')}\n`).catch(() => {});
}
