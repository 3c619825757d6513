/** Everything that is told while a command runs: to a person, in colour and around the progress bar, or to a program. */
import { wrapped } from '../layout.js';
import { asLine, type LogEvent } from '../report/log.js';
import { inFormula } from '../report/text/inFormula.js';
import { type ColourChoice, type Palette, paletteOf, wantsColour } from './colours.js';
import { columnsOf, type Io } from './io.js';
import { Progress, type ProgressTask } from './progress.js';

/** What standard error holds: sentences, or a line of JSON for each event. */
export type LogForm = 'text' | 'json';

export interface Reporter {
  readonly palette: Palette;
  readonly form: LogForm;
  /** Columns of the terminal that reads along; undefined where there is none. */
  readonly columns: number | undefined;
  /**
   * An event for programs, and the same in lines for a person, as they are, who follows along; silent under
   * `--quiet`.
   */
  tell(event: () => LogEvent, lines: () => readonly string[]): void;
  note(line: string): void;
  /** A sentence that is shown even under `--quiet`. */
  warn(line: string): void;
  startTask(task: ProgressTask): void;
  /** @param detail what is told beside the bar */
  updateTask(value: number, detail?: string): void;
  endTask(): void;
}

/** What lines of a sentence after the first begin with. */
const INDENT = '  ';

export async function createReporter(
  {
    quiet,
    color,
    log,
    train,
  }: {
    readonly quiet: boolean;
    readonly color: ColourChoice;
    readonly log: LogForm;
    readonly train?: { readonly formula?: string | undefined };
  },
  io: Io,
): Promise<Reporter> {
  const palette = await paletteOf(log === 'text' && wantsColour(color, io.stderr, io.env));
  const progress = new Progress(io.stderr, log === 'text' && io.env.TERM !== 'dumb');
  const columns = log === 'text' ? columnsOf(io.stderr) : undefined;
  const send = (event: LogEvent) => progress.line(asLine(event));
  const sentence = (line: string) => {
    const lines = columns === undefined ? [line] : wrapped(line, columns, INDENT);
    for (const one of lines) progress.line(one);
  };
  const isText = log === 'text';
  return {
    palette,
    form: log,
    columns,
    tell(event, lines) {
      if (quiet) return;
      if (isText) for (const line of lines()) progress.line(line);
      else send(event());
    },
    note(line) {
      if (quiet) return;
      if (isText) sentence(`${palette.dim('note:')} ${line}`);
      else send({ event: 'note', text: line });
    },
    warn(asTold) {
      const line = train?.formula === undefined ? asTold : inFormula(asTold);
      if (isText) sentence(`${palette.warn('warning:')} ${line}`);
      else send({ event: 'warning', text: line });
    },
    startTask: (task) => progress.start(task),
    updateTask: (value, detail) => {
      if (!quiet) progress.update(value, detail);
    },
    endTask: () => progress.stop(),
  };
}
