/** Failures as a person is told of them. */
import { BceError } from '../errors.js';
import { asLine, errorEvent } from '../report/log.js';
import { prose } from '../report/text/columns.js';
import { inFormula } from '../report/text/inFormula.js';
import { READER } from '../source/piped.js';
import { shellWord, withoutPasswords } from '../text.js';
import { type ColourChoice, paletteOf, wantsColour } from './colours.js';
import { columnsOf, type Io, write } from './io.js';
import type { LogForm } from './reporter.js';

/** How a failure is told. */
export interface FailureStyle {
  readonly color: ColourChoice;
  readonly verbose: boolean;
  readonly log: LogForm;
  /** The file of the model that rows are read for. */
  readonly model?: string;
  /** What training was asked for. */
  readonly train?: { readonly formula?: string | undefined };
}

/** All that is known of the flags while they have not been read, or cannot be: whether a program reads along. */
export function styleOf(argv: readonly string[]): FailureStyle {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const isJson = flags.some(
    (word, i) => word === '--log=json' || (word === 'json' && flags[i - 1] === '--log'),
  );
  return { color: 'auto', verbose: false, log: isJson ? 'json' : 'text' };
}

/** Writes a failure of the command `name` to standard error: the message, the hint, and where asked for the stack. */
export async function reportFailure(
  error: unknown,
  name: string,
  { color, verbose, log, model, train }: FailureStyle,
  io: Io,
): Promise<void> {
  // stages know only the command that most read with
  const reader = `| bce-predict ${model === undefined || model === '-' ? 'MODEL' : shellWord(model)} -`;
  const ours =
    error instanceof BceError ? error.hint : `this is a fault of ${name} itself; --verbose shows where`;
  const told = name === 'bce-predict' ? ours?.replace(READER, reader) : ours;
  const hint = told === undefined || train?.formula === undefined ? told : inFormula(told);
  if (log === 'json') {
    await write(io.stderr, `${asLine(errorEvent(error, hint, verbose))}\n`).catch(() => {});
    return;
  }
  const palette = await paletteOf(wantsColour(color, io.stderr, io.env));
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const lines = [`${palette.bad('error:')} ${withoutPasswords(message)}`];
  if (hint !== undefined) lines.push(`${palette.hint('hint:')} ${hint}`);
  const shown = prose(lines, columnsOf(io.stderr));
  if (verbose && stack !== undefined) shown.push(palette.dim(withoutPasswords(stack)));
  // when nobody reads standard error, the exit code still tells
  await write(io.stderr, `${shown.join('\n')}\n`).catch(() => {});
}
