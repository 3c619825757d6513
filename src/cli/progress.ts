/** Lines and a bar on standard error; the bar only on a terminal, and only when the work takes a while. */

import type { Writable } from 'node:stream';
import type { MultiBar, SingleBar } from 'cli-progress';
import type { Terminal } from './io.js';

/** Work shorter than this shows no bar. */
const PATIENCE_MS = 300;

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
  #task: ProgressTask | undefined;
  #startedMs = 0;
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #isLoading = false;
  #pending = '';
  #flushing: NodeJS.Immediate | undefined;

  /** @param kind what the terminal calls itself; nothing is redrawn on a dumb one */
  constructor(stream: Writable & Terminal, kind: string | undefined) {
    this.#stream = stream;
    this.#redraws = stream.isTTY === true && kind !== 'dumb';
  }

  /** Begins a task, in place of the one before. */
  start(task: ProgressTask): void {
    this.stop();
    this.#task = task;
    this.#startedMs = performance.now();
  }

  update(value: number): void {
    if (this.#bar !== undefined) {
      this.#bar.update(value);
    } else if (this.#redraws && !this.#isLoading && performance.now() - this.#startedMs > PATIENCE_MS) {
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
    this.#isLoading = false;
  }

  async #show(task: ProgressTask | undefined): Promise<void> {
    const { MultiBar } = await import('cli-progress');
    if (task === undefined || task !== this.#task) return;
    const { label, total, format } = task;
    this.#bars = new MultiBar({
      stream: this.#stream as NodeJS.WriteStream,
      format:
        total === undefined
          ? `${label} {value}`
          : `${label} {bar} {percentage}% {value}/{total}  {eta_formatted}`,
      formatValue: (value, _, type) => (type === 'value' || type === 'total' ? format(value) : String(value)),
      barCompleteChar: '\u2588',
      barIncompleteChar: '\u2591',
      barsize: 24,
      clearOnComplete: true,
      gracefulExit: false,
      // left on: a second Ctrl-C must not leave a terminal that cuts lines
      linewrap: true,
    });
    this.#bar = this.#bars.create(total ?? 0, 0);
  }
}

/** 12345678 -> `12.3 MB`. */
export function megabytes(byteLength: number): string {
  return `${(byteLength / 1e6).toFixed(1)} MB`;
}
