/** The files that a run is to write: refused before it begins where they cannot be written, and the weights delivered. */
import { BceError } from '../../errors.js';
import { modelAsJson } from '../../model/format.js';
import { type Model, namedWeights, withBaselines } from '../../model/model.js';
import { together } from '../../options/refusals.js';
import { type Format, formatOfFile } from '../../options/shared.js';
import { writtenEvent } from '../../report/log.js';
import { prose } from '../../report/text/columns.js';
import { weightsAsCsv, weightsAsTable } from '../../report/text/weights.js';
import { isSameFile, requireWritable, writeWhole } from '../../runtime/wholeFile.js';
import { counted, printable } from '../../text.js';
import { columnsOf, type Io, writeData } from '../io.js';
import type { Reporter } from '../reporter.js';
import type { CommandLine } from './commandLine.js';

/**
 * Refuses outputs that cannot be written, or that would overwrite the data or each other. Weights may take the
 * place of those that training begins at.
 */
export function checkOutputs(
  { output, history, report, train, ...command }: CommandLine,
  init: string | undefined,
  more: Readonly<Record<string, string | undefined>> = {},
): void {
  const inputs = [...command.data, train.validation].filter(
    (path) => typeof path === 'string' && path !== '-',
  );
  const files = Object.entries({
    '--output': output,
    '--history': history,
    '--report': report,
    ...more,
  });
  const outputs = files.filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const [flag, path] of outputs) {
    if (path === '-') {
      throw new BceError(
        'USAGE',
        `${flag}: expected a file, got "-": standard output holds the ${'--path-out' in more ? 'results' : 'weights'}`,
      );
    }
    if (inputs.some((input) => isSameFile(path, input as string))) {
      throw new BceError('USAGE', `${flag}: ${printable(path)} is the file of the data`);
    }
    if (flag !== '--output' && init !== undefined && isSameFile(path, init)) {
      throw new BceError('USAGE', `${flag}: ${printable(path)} is the file of --init`);
    }
    requireWritable(path);
  }
  for (const [k, [flag, path]] of outputs.entries()) {
    const same = outputs.slice(0, k).find(([, other]) => isSameFile(other, path));
    if (same !== undefined) {
      throw new BceError('USAGE', `${same[0]} and ${flag} both name ${printable(path)}`);
    }
  }
}

/** Metrics go to standard error and into the JSON model. @throws BceError USAGE when they would go nowhere */
export function refuseUnseenMetrics({ train, quiet, output, format }: CommandLine): void {
  const form = format ?? (output === undefined ? 'csv' : formatOfFile(output));
  const flag = train.metrics ? '--metrics' : train.cv === undefined ? undefined : '--cv';
  if (flag === undefined || !quiet || form === 'json') return;
  throw together(
    '--quiet',
    flag,
    'without --quiet they are told on standard error; with --format json they are part of the model',
  );
}

/** The form of the weights. */
export function formOf({ output, format }: Pick<CommandLine, 'output' | 'format'>, { stdout }: Io): Format {
  if (format !== undefined) return format;
  if (output !== undefined) return formatOfFile(output);
  return stdout.isTTY === true ? 'table' : 'csv';
}

/** Writes the weights where they are wanted. */
export async function deliver(model: Model, command: CommandLine, io: Io, reporter: Reporter): Promise<void> {
  const { output } = command;
  const form = formOf(command, io);
  if (output !== undefined) {
    writeWhole(output, weightsAs(form, model));
    const what = form === 'json' ? 'the model' : counted(model.terms.length, 'weight');
    tellWritten(output, `wrote ${what} to ${printable(output)}`, reporter);
    return;
  }
  await writeData(io.stdout, weightsAs(form, model, columnsOf(io.stdout)));
}

/** Says what a file holds now. */
export function tellWritten(file: string, text: string, reporter: Reporter): void {
  reporter.tell(
    () => writtenEvent(file, text),
    () => prose([text], reporter.columns),
  );
}

/** @param columns of the terminal that a table is to fit; undefined for none */
function weightsAs(format: Format, model: Model, columns?: number): string {
  const terms = withBaselines(model);
  const weights = namedWeights({ terms });
  const statistics = model.inference && terms;
  switch (format) {
    case 'json':
      return modelAsJson(model);
    case 'table':
      return weightsAsTable(weights, statistics, columns);
    case 'csv':
      return weightsAsCsv(weights, ',', statistics);
    case 'tsv':
      return weightsAsCsv(weights, '\t', statistics);
  }
}
