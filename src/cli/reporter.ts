/** Everything that a person is told while a command runs, in colour and around the progress bar. */
import { type ColourChoice, type Palette, paletteOf, wantsColour } from './colours.js';
import type { Io } from './io.js';
import { Progress, type ProgressTask } from './progress.js';

export interface Reporter {
  readonly palette: Palette;
  /** A line for whoever follows along; silent under `--quiet`. */
  say(line: string): void;
  note(line: string): void;
  /** A line that is shown even under `--quiet`. */
  warn(line: string): void;
  startTask(task: ProgressTask): void;
  updateTask(value: number): void;
  endTask(): void;
}

export async function createReporter(
  { quiet, color }: { readonly quiet: boolean; readonly color: ColourChoice },
  io: Io,
): Promise<Reporter> {
  const palette = await paletteOf(wantsColour(color, io.stderr, io.env));
  const progress = new Progress(io.stderr, io.env.TERM);
  const say = (line: string) => {
    if (!quiet) progress.line(line);
  };
  return {
    palette,
    say,
    note: (line) => say(`${palette.dim('note:')} ${line}`),
    warn: (line) => progress.line(`${palette.warn('warning:')} ${line}`),
    startTask: (task) => progress.start(task),
    updateTask: (value) => {
      if (!quiet) progress.update(value);
    },
    endTask: () => progress.stop(),
  };
}
