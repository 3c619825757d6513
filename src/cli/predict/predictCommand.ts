/** Predicting: rows in, a line for each of them out, as many at a time as the reader takes. */
import { BceError, EXIT } from '../../errors.js';
import { type ModelFile, parseModelFile } from '../../model/modelFile.js';
import type { Format } from '../../options/shared.js';
import { type Evaluation, Evaluator } from '../../predict/evaluate.js';
import { appendedPredictions, type PredictionSink, predictionColumn } from '../../predict/predictions.js';
import { rowScorer, type ScoreCounts } from '../../predict/scoreRows.js';
import { scorerOf } from '../../predict/scorer.js';
import { metricsAsCsv, metricsAsJson, metricsAsTable } from '../../report/text/metrics.js';
import { countLines, labelLine } from '../../report/text/predictMessages.js';
import { SAMPLE_BYTES, startOf } from '../../source/csv/dialect.js';
import { RawRows } from '../../source/csv/rawRows.js';
import {
  MOST_TEXT_BYTES,
  openSource,
  peek,
  readBytes,
  type Source,
  streamSource,
  tooLong,
} from '../../source/open.js';
import { type ScanOptions, scanRows } from '../../source/scan/scanRows.js';
import { quoted } from '../../text.js';
import type { Io } from '../io.js';
import { megabytes } from '../progress.js';
import { createReporter, type Reporter } from '../reporter.js';
import { paced, ReaderGone } from './backpressure.js';
import { type Output, openOutput } from './outputs.js';
import type { PredictLine, PredictTask } from './predictLine.js';

/** @returns the exit code; failures are thrown */
export async function predictCommand(line: PredictLine, io: Io): Promise<number> {
  const reporter = await createReporter(line, io);
  const file = await readModel(line.model, io);
  const { task } = line;
  const caution = file.kind === 'model' ? file.model.caution : undefined;
  if (caution !== undefined) reporter.warn(`${file.where}: ${caution}`);
  if (line.oldKind !== undefined) {
    const { oldKind } = line;
    reporter.note(`--output ${oldKind} is now --kind ${oldKind}; --output names a file, as ./${oldKind}`);
  }
  if (task.kind !== 'export') requireFills(file, line);
  const output = openOutput(line, io, reporter);
  try {
    if (task.kind === 'export') {
      return await (await import('./exportCommand.js')).exportCommand(task, file, output);
    }
    const source = open(line.data ?? '-', io);
    return task.kind === 'predict'
      ? await predict(line, task, file, source, reporter, output)
      : await evaluate(line, task, file, source, reporter, output);
  } finally {
    output.discard();
    reporter.endTask();
  }
}

async function predict(
  line: PredictLine,
  task: Extract<PredictTask, { kind: 'predict' }>,
  file: ModelFile,
  source: Source,
  reporter: Reporter,
  output: Output,
): Promise<number> {
  const all = readBytes(source, progressOf(source, reporter, output), undefined, line.text);
  const sample = await peek(all, SAMPLE_BYTES);
  const { delimiter } = startOf(sample, line.delimiter);
  const raw = task.append ? new RawRows(delimiter) : undefined;
  const sink = sinkOf(task, delimiter, raw);
  const { intake, counts } = rowScorer(source.name, line.scoring, (names) => scorerOf(file, names), sink);
  try {
    const onPiece = (piece: Buffer) => raw?.push(piece);
    const bytes = paced(sample, all, onPiece, () => output.write(sink.drain()));
    await scanRows(bytes, source.name, delimiter, intake, optionsOf(line, source));
    intake.finish();
    await output.write(sink.drain());
    output.finish();
    tell(counts, source, reporter);
    return EXIT.done;
  } catch (error) {
    if (error instanceof ReaderGone) return EXIT.done;
    // the rows before one that is refused are all there, wherever the table was cut into chunks
    await output.write(sink.drain());
    throw error;
  }
}

async function evaluate(
  line: PredictLine,
  { threshold, positive, format }: Extract<PredictTask, { kind: 'evaluate' }>,
  file: ModelFile,
  source: Source,
  reporter: Reporter,
  output: Output,
): Promise<number> {
  const sink = new Evaluator(source.name, positive);
  const { intake, counts } = rowScorer(source.name, line.scoring, (names) => scorerOf(file, names), sink);
  const bytes = readBytes(source, progressOf(source, reporter, output), undefined, line.text);
  await scanRows(bytes, source.name, line.delimiter, intake, optionsOf(line, source));
  intake.finish();
  const evaluation = sink.finish(threshold);
  await output.write(metricsAs(format ?? output.format, evaluation));
  output.finish();
  tell(counts, source, reporter);
  reporter.say(labelLine(evaluation));
  return EXIT.done;
}

function metricsAs(format: Format, { metrics }: Evaluation): string {
  switch (format) {
    case 'json':
      return metricsAsJson(metrics);
    case 'table':
      return metricsAsTable(metrics);
    case 'csv':
      return metricsAsCsv(metrics, ',');
    case 'tsv':
      return metricsAsCsv(metrics, '\t');
  }
}

/** The header alone tells what the columns are. */
function optionsOf({ threads }: PredictLine, { byteLength }: Source): ScanOptions {
  return { headRows: 1, threads, byteLength };
}

function sinkOf(
  { form }: Extract<PredictTask, { kind: 'predict' }>,
  delimiter: string,
  raw: RawRows | undefined,
): PredictionSink {
  if (raw === undefined) return predictionColumn(form);
  const refuse = () => {
    throw new BceError(
      'USAGE',
      `--append: the data have a column ${quoted(form.name)} already`,
      'call the new one otherwise with --name',
    );
  };
  return appendedPredictions(form, delimiter, (line) => raw.take(line), refuse);
}

function open(path: string, io: Io): Source {
  return path === '-' ? streamSource(io.stdin, '<stdin>') : openSource(path);
}

/** @throws BceError FILE_UNREADABLE, GZIP_DAMAGED, WEIGHTS_UNREADABLE */
async function readModel(path: string, io: Io): Promise<ModelFile> {
  const source = open(path, io);
  const pieces: Buffer[] = [];
  let byteLength = 0;
  for await (const piece of readBytes(source, () => {})) {
    pieces.push(piece);
    byteLength += piece.length;
    if (byteLength > MOST_TEXT_BYTES) throw tooLong(source.name);
  }
  return parseModelFile(Buffer.concat(pieces).toString(), source.name);
}

/** @throws BceError USAGE when cells are to be filled with what the file does not tell */
function requireFills({ kind, where }: ModelFile, { scoring }: PredictLine): void {
  if (kind === 'model' || scoring.missing !== 'mean') return;
  throw new BceError(
    'USAGE',
    `--missing mean: ${where} holds weights only, not the means`,
    'a JSON model holds them: bce-train -o model.json',
  );
}

/** A bar while rows are read, but none between predictions on a terminal. */
function progressOf(source: Source, reporter: Reporter, output: Output): (count: number) => void {
  if (output.isTerminal) return () => {};
  reporter.startTask({ label: 'predicting', total: source.byteLength, format: megabytes });
  let byteLength = 0;
  return (count) => {
    byteLength += count;
    reporter.updateTask(byteLength);
  };
}

function tell(counts: ScoreCounts, { name }: Source, reporter: Reporter): void {
  const { line, notes } = countLines(counts, name);
  for (const note of notes) reporter.note(note);
  reporter.say(line);
}
