/** Lines and a bar on standard error; the bar only on a terminal, and only when the work takes a while. */

import type { Writable } from 'node:stream';
import type { MultiBar, SingleBar } from 'cli-progress';
import { widthOf } from '../layout.js';
import { columnsOf, type Terminal, USUAL_COLUMNS } from './io.js';

/** Work shorter than this shows no bar. */
const PATIENCE_MS = 300;

/** Milliseconds of a clock that only goes forward; node loads a module for `performance`. */
function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return 1e3 * seconds + 1e-6 * nanoseconds;
}

/** What a bar is of. */
export interface ProgressTask {
  readonly label: string;
  /** Value at the end; undefined when nobody knows, which shows the value without a bar. */
  readonly total: number | undefined;
  /** How a value is shown. */
  readonly format: (value: number) => string;
}

export class Progress {
  readonly #stream: Writable & Terminal;
  readonly #redraws: boolean;
  readonly #patienceMs: number;
  #task: ProgressTask | undefined;
  #startedMs = 0;
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #detail: string | undefined;
  #isLoading = false;
  #pending = '';
  #flushing: NodeJS.Immediate | undefined;

  /** @param mayRedraw whether a terminal may be drawn on again; nothing else ever is */
  constructor(stream: Writable & Terminal, mayRedraw: boolean, patienceMs = PATIENCE_MS) {
    this.#stream = stream;
    this.#redraws = stream.isTTY === true && mayRedraw;
    this.#patienceMs = patienceMs;
  }

  /** Begins a task, in place of the one before. */
  start(task: ProgressTask): void {
    this.stop();
    this.#task = task;
    this.#startedMs = nowMs();
  }

  /** @param detail what is told beside the bar */
  update(value: number, detail?: string): void {
    this.#detail = detail;
    if (this.#bar !== undefined) {
      this.#bar.update(value);
    } else if (this.#redraws && !this.#isLoading && nowMs() - this.#startedMs > this.#patienceMs) {
      this.#isLoading = true;
      void this.#show(this.#task);
    }
  }

  /** A line that stays, above the bar; written together with others that come in the same turn. */
  line(text: string): void {
    if (this.#pending === '') this.#flushing = setImmediate(() => this.#flush());
    this.#pending += `${text}\n`;
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    if (this.#pending === '') return;
    if (this.#bars === undefined) this.#stream.write(this.#pending);
    else this.#bars.log(this.#pending);
    this.#pending = '';
  }

  /** Takes the bar away; lines still held back are written. */
  stop(): void {
    this.#flush();
    this.#bars?.update();
    this.#bars?.stop();
    this.#bars = undefined;
    this.#bar = undefined;
    this.#task = undefined;
    this.#detail = undefined;
    this.#isLoading = false;
  }

  async #show(task: ProgressTask | undefined): Promise<void> {
    const { MultiBar } = await import('cli-progress');
    if (task === undefined || task !== this.#task) return;
    this.#bars = new MultiBar({
      stream: this.#stream as NodeJS.WriteStream,
      // a line that is longer than the terminal would not be drawn over
      format: (_, { value, eta }) =>
        barLine(task, value, eta, this.#detail, (columnsOf(this.#stream) ?? USUAL_COLUMNS) - 1),
      clearOnComplete: true,
      gracefulExit: false,
      // left on: a second Ctrl-C must not leave a terminal that cuts lines
      linewrap: true,
    });
    this.#bar = this.#bars.create(task.total ?? 0, 0);
  }
}

const BAR_COLUMNS = 24;

/**
 * The line that is drawn again and again: what is done, of how much, the detail, a bar and the time that is left, of
 * these as many as there is room for.
 *
 * @param eta seconds
 */
export function barLine(
  { label, total, format }: ProgressTask,
  value: number,
  eta: number,
  detail: string | undefined,
  columns: number,
): string {
  const share = total === undefined || total === 0 ? undefined : Math.min(1, value / total);
  const done = share === undefined ? format(value) : `${format(value)}/${format(total!)}`;
  const full = Math.round((share ?? 0) * BAR_COLUMNS);
  const parts = [
    { text: label, worth: 3 },
    ...(share === undefined
      ? []
      : [
          { text: '\u2588'.repeat(full) + '\u2591'.repeat(BAR_COLUMNS - full), worth: 0 },
          { text: `${Math.floor(100 * share)}%`, worth: 1 },
        ]),
    { text: done, worth: 5 },
    ...(share === undefined || !Number.isFinite(eta) ? [] : [{ text: `${duration(eta)} left`, worth: 2 }]),
    ...(detail === undefined ? [] : [{ text: detail, worth: 4 }]),
  ];
  const line = (least: number) =>
    parts
      .filter(({ worth }) => worth >= least)
      .map(({ text }) => text)
      .join('  ');
  const least = [0, 1, 2, 3, 4, 5].find((worth) => widthOf(line(worth)) <= columns);
  return line(least ?? 5).slice(0, columns);
}

/** 75 -> `1 min 15 s`. */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** 12345678 -> `12.3 MB`. */
export function megabytes(byteLength: number): string {
  return `${(byteLength / 1e6).toFixed(1)} MB`;
}
