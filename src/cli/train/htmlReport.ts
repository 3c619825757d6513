/** Writes the report: the rows once more under the weights, and the page as a file. */
import { whyNoInference } from '../../inference/infer.js';
import { metricsOf } from '../../metrics/metrics.js';
import { THRESHOLD } from '../../metrics/ofDataset.js';
import { scoredRows } from '../../metrics/scoredRows.js';
import { requireRows } from '../../objective/table.js';
import { reportAsHtml } from '../../report/html/page.js';
import { workedRows } from '../../report/html/rowCard.js';
import { readOwn } from '../../runtime/files.js';
import { writeWhole } from '../../runtime/wholeFile.js';
import type { Trained } from '../../train.js';
import type { CommandLine } from './commandLine.js';
import type { Session } from './session.js';

/** @throws BceError FILE_UNWRITABLE */
export async function writeReport(
  path: string,
  { dataset, validation, options }: Session,
  { model, fit: fitted, diagnosis, inference }: Trained,
  { date, again: command }: Pick<CommandLine, 'date' | 'again'>,
): Promise<void> {
  const stored = fitted.problem.toStored(fitted.v);
  const tables = [
    { title: 'training rows', rows: dataset },
    ...(validation === undefined ? [] : [{ title: 'validation rows', rows: validation }]),
  ];
  const sets = [];
  for (const { title, rows } of tables) {
    const scored = await scoredRows(requireRows(rows, '--report'), stored);
    sets.push({ title, scored, metrics: metricsOf(scored, THRESHOLD) });
  }
  const rows = await workedRows(requireRows(dataset, '--report'), sets[0]!.scored, fitted.w);
  const whyNone = inference === undefined ? (whyNoInference(options, fitted) ?? INTERRUPTED) : undefined;
  const report = {
    dataset,
    validation,
    model,
    run: fitted.run,
    diagnosis,
    inference,
    sets,
    rows,
    command,
    date,
  };
  const page = reportAsHtml(
    { ...report, whyNoInference: whyNone },
    {
      script: readOwn('report.js').toString(),
      style: readOwn('report.css').toString(),
    },
  );
  writeWhole(path, page);
}

const INTERRUPTED = 'Training was interrupted, so standard errors were left out.';
