/** Predicting: rows in, a line for each of them out, as many at a time as the reader takes. */
import { BceError, EXIT } from '../../errors.js';
import { type ModelFile, readModelFile, requireFills } from '../../model/modelFile.js';
import type { Format } from '../../options/shared.js';
import { type Evaluation, Evaluator } from '../../predict/evaluate.js';
import { scoringJoining } from '../../predict/joining.js';
import { appendedPredictions, type PredictionSink, predictionColumn } from '../../predict/predictions.js';
import { rowScorer, type ScoreCounts } from '../../predict/scoreRows.js';
import { scorerOf } from '../../predict/scorerOfFile.js';
import { scanOptionsOf, scoreSource } from '../../predict/scoreSource.js';
import { endOfPrediction } from '../../report/log.js';
import { prose } from '../../report/text/columns.js';
import { metricsAsCsv, metricsAsJson, metricsAsTable } from '../../report/text/metrics.js';
import { countLines, labelLine } from '../../report/text/predictMessages.js';
import { SAMPLE_BYTES, startOf } from '../../source/csv/dialect.js';
import { numberReader } from '../../source/csv/number.js';
import { RawRows } from '../../source/csv/rawRows.js';
import { openSource, type Source, streamSource } from '../../source/open.js';
import { peek } from '../../source/pieces.js';
import type { Places } from '../../source/places.js';
import { scanRows } from '../../source/scan/scanRows.js';
import { bytesOf, headerIn, type NamedStream, openSources, openTable } from '../../source/table.js';
import { counted, quoted } from '../../text.js';
import type { Io } from '../io.js';
import { megabytes } from '../progress.js';
import { createReporter, type Reporter } from '../reporter.js';
import { paced, ReaderGone } from './backpressure.js';
import { type Output, openOutput } from './outputs.js';
import type { PredictLine, PredictTask } from './predictLine.js';

/** @returns the exit code; failures are thrown */
export async function predictCommand(line: PredictLine, io: Io): Promise<number> {
  const reporter = await createReporter(line, io);
  const file = await readModelFile(
    line.model === '-' ? streamSource(io.stdin, '<stdin>') : openSource(line.model),
  );
  const { task } = line;
  const caution = file.kind === 'model' ? file.model.caution : undefined;
  if (caution !== undefined) reporter.warn(`${file.where}: ${caution}`);
  if (line.oldKind !== undefined) {
    const { oldKind } = line;
    reporter.note(`--output ${oldKind} is now --kind ${oldKind}; --output names a file, as ./${oldKind}`);
  }
  if (task.kind !== 'export') requireFills(file, task.scoring);
  const output = openOutput(line, io, reporter);
  try {
    if (task.kind === 'export') {
      return await (await import('./exportCommand.js')).exportCommand(task, file, output);
    }
    const sources = await openSources(
      (line.data.length === 0 ? ['-'] : line.data).map((path) => filesOf(path, io)),
    );
    return task.kind === 'predict'
      ? await predict(line, task, file, sources, reporter, output)
      : await evaluate(line, task, file, sources, reporter, output);
  } finally {
    output.discard();
    reporter.endTask();
  }
}

async function predict(
  line: PredictLine,
  task: Extract<PredictTask, { kind: 'predict' }>,
  file: ModelFile,
  sources: readonly Source[],
  reporter: Reporter,
  output: Output,
): Promise<number> {
  const scorerFor = (names: readonly string[]) => scorerOf(file, names);
  const joining = scoringJoining(task.scoring, scorerFor, task.append);
  const table = await openTable(sources, line.text, joining, progressOf(sources, reporter, output));
  const { bytes: all, places } = table;
  const sample = await peek(all, SAMPLE_BYTES);
  const { delimiter } = startOf(sample, table.delimiter, numberReader(task.scoring.numbers));
  const raw = task.append ? new RawRows(delimiter) : undefined;
  const sink = sinkOf(task, delimiter, raw);
  const scoring = { ...task.scoring, header: headerIn(table, task.scoring.header) };
  const { intake, counts } = rowScorer(places, scoring, scorerFor, sink);
  try {
    const onPiece = (piece: Buffer) => raw?.push(piece);
    const bytes = paced(sample, all, onPiece, () => output.write(sink.drain()));
    await scanRows(bytes, places, delimiter, intake, scanOptionsOf(table, task.scoring, line.threads));
    intake.finish();
    await output.write(sink.drain());
    output.finish(counted(counts.rows - counts.dropped, 'prediction'));
    tell(counts, places.name, reporter);
    return EXIT.done;
  } catch (error) {
    if (error instanceof ReaderGone) return EXIT.done;
    // the rows before one that is refused are all there, wherever the table was cut into chunks
    await output.write(sink.drain());
    throw table.retold(error);
  }
}

async function evaluate(
  line: PredictLine,
  { threshold, positive, format, scoring }: Extract<PredictTask, { kind: 'evaluate' }>,
  file: ModelFile,
  sources: readonly Source[],
  reporter: Reporter,
  output: Output,
): Promise<number> {
  let evaluator: Evaluator | undefined;
  let name = '';
  const sinkFor = (places: Places) => {
    name = places.name;
    evaluator = new Evaluator(places, positive, scoring.numbers);
    return evaluator;
  };
  const onBytes = progressOf(sources, reporter, output);
  const counts = await scoreSource(sources, file, { ...line, scoring }, sinkFor, onBytes);
  const evaluation = evaluator!.finish(threshold);
  await output.write(metricsAs(format ?? output.format, evaluation, output.columns));
  output.finish('the metrics');
  tell(counts, name, reporter, evaluation);
  return EXIT.done;
}

function metricsAs(format: Format, { metrics }: Evaluation, columns: number | undefined): string {
  switch (format) {
    case 'json':
      return metricsAsJson(metrics);
    case 'table':
      return metricsAsTable(metrics, columns);
    case 'csv':
      return metricsAsCsv(metrics, ',');
    case 'tsv':
      return metricsAsCsv(metrics, '\t');
  }
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

function filesOf(path: string, io: Io): string | NamedStream {
  return path === '-' ? { stream: io.stdin, name: '<stdin>' } : path;
}

/** A bar while rows are read, but none between predictions on a terminal. */
function progressOf(sources: readonly Source[], reporter: Reporter, output: Output): (count: number) => void {
  if (output.isTerminal) return () => {};
  reporter.startTask({ label: 'predicting', total: bytesOf(sources), format: megabytes });
  let byteLength = 0;
  return (count) => {
    byteLength += count;
    reporter.updateTask(byteLength);
  };
}

function tell(counts: ScoreCounts, name: string, reporter: Reporter, evaluation?: Evaluation): void {
  const { line, notes } = countLines(counts, name);
  for (const note of notes) reporter.note(note);
  const lines = evaluation === undefined ? [line] : [line, labelLine(evaluation)];
  reporter.tell(
    () => endOfPrediction(line, counts, evaluation),
    () => prose(lines, reporter.columns),
  );
}
