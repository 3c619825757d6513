/** Failures as a person is told of them. */
import { BceError } from '../errors.js';
import { READER } from '../source/piped.js';
import { shellWord, withoutPasswords } from '../text.js';
import { type ColourChoice, paletteOf, wantsColour } from './colours.js';
import { type Io, write } from './io.js';

/** All that is known of the flags when they cannot be read. */
export interface FailureStyle {
  readonly color: ColourChoice;
  readonly verbose: boolean;
  /** The file of the model that rows are read for. */
  readonly model?: string;
}

/** Writes a failure of the command `name` to standard error: the message, the hint, and where asked for the stack. */
export async function reportFailure(
  error: unknown,
  name: string,
  { color, verbose, model }: FailureStyle,
  io: Io,
): Promise<void> {
  const palette = await paletteOf(wantsColour(color, io.stderr, io.env));
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const lines = [`${palette.bad('error:')} ${withoutPasswords(message)}`];
  if (error instanceof BceError) {
    // stages know only the command that most read with
    const reader = `| bce-predict ${model === undefined || model === '-' ? 'MODEL' : shellWord(model)} -`;
    const hint = name === 'bce-predict' ? error.hint?.replace(READER, reader) : error.hint;
    if (hint !== undefined) lines.push(`${palette.hint('hint:')} ${hint}`);
  } else {
    lines.push(`${palette.hint('hint:')} this is a fault of ${name} itself; --verbose shows where`);
  }
  if (verbose && stack !== undefined) lines.push(palette.dim(withoutPasswords(stack)));
  // when nobody reads standard error, the exit code still tells
  await write(io.stderr, `${lines.join('\n')}\n`).catch(() => {});
}
