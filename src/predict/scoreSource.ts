/** The rows of a source through a model, from its bytes on. */
import type { ModelFile } from '../model/modelFile.js';
import { readBytes, type Source, type TextOptions } from '../source/open.js';
import { type ScanOptions, scanRows } from '../source/scan/scanRows.js';
import { rowScorer, type ScoreCounts, type ScoreOptions, type ScoreSink } from './scoreRows.js';
import { scorerOf } from './scorer.js';

export interface SourceForm {
  /** What the bytes are. */
  readonly text: TextOptions;
  readonly threads: number | undefined;
  readonly scoring: ScoreOptions;
}

/**
 * @param onBytes told how many bytes of the source each piece took
 * @throws BceError all that the bytes, the columns and the rows can be refused for
 */
export async function scoreSource(
  source: Source,
  model: ModelFile,
  { text, threads, scoring }: SourceForm,
  sink: ScoreSink,
  onBytes: (count: number) => void = () => {},
): Promise<ScoreCounts> {
  const { intake, counts } = rowScorer(source.name, scoring, (names) => scorerOf(model, names), sink);
  const bytes = readBytes(source, onBytes, undefined, text);
  await scanRows(bytes, source.name, text.delimiter, intake, scanOptionsOf(source, threads));
  intake.finish();
  return counts;
}

/** The header alone tells what the columns are. */
export function scanOptionsOf({ byteLength }: Source, threads: number | undefined): ScanOptions {
  return { headRows: 1, threads, byteLength };
}
