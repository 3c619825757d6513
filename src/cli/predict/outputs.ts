/** Where predictions, metrics and code go: standard output, or a file that is written whole or not at all. */
import { BceError } from '../../errors.js';
import { type Format, formatOfFile } from '../../options/shared.js';
import { writtenEvent } from '../../report/log.js';
import { prose } from '../../report/text/columns.js';
import { isSameFile, openWhole, requireWritable } from '../../runtime/wholeFile.js';
import { printable } from '../../text.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { Reporter } from '../reporter.js';
import type { PredictLine } from './predictLine.js';

export interface Output {
  readonly isTerminal: boolean;
  /** Columns of the terminal; undefined where there is none to fit. */
  readonly columns: number | undefined;
  /** The form that the ending of the file, or standard output, asks for. */
  readonly format: Format;
  /** @returns false when nobody reads it any more */
  write(data: string | Uint8Array): Promise<boolean>;
  /** All is written: a file takes its name, and that is told. @param what it holds */
  finish(what: string): void;
  /** Leaves no file; nothing where it is finished. */
  discard(): void;
}

/** @throws BceError FILE_UNWRITABLE, USAGE where it would take the place of what is read */
export function openOutput(
  { output: path, model, data }: Pick<PredictLine, 'output' | 'model' | 'data'>,
  { stdout }: Io,
  reporter: Reporter,
): Output {
  if (path === undefined) {
    const isTerminal = stdout.isTTY === true;
    return {
      isTerminal,
      columns: columnsOf(stdout),
      format: isTerminal ? 'table' : 'csv',
      write: (bytes) => writeData(stdout, bytes),
      finish() {},
      discard() {},
    };
  }
  const inputs = [['model', model], ...data.map((file) => ['data', file] as const)] as const;
  for (const [what, input] of inputs) {
    if (input !== '-' && isSameFile(path, input)) {
      throw new BceError('USAGE', `--output: ${printable(path)} is the file of the ${what}`);
    }
  }
  requireWritable(path);
  const file = openWhole(path);
  let isOpen = true;
  return {
    isTerminal: false,
    columns: undefined,
    format: formatOfFile(path),
    write: async (bytes) => {
      file.write(bytes);
      return true;
    },
    finish(what) {
      isOpen = false;
      file.finish();
      const text = `wrote ${what} to ${printable(path)}`;
      reporter.tell(
        () => writtenEvent(path, text),
        () => prose([text], reporter.columns),
      );
    },
    discard() {
      if (isOpen) file.discard();
      isOpen = false;
    },
  };
}
