/** The rows of a source through a model, from its bytes on. */
import type { ModelFile } from '../model/modelFile.js';
import type { Source, TextOptions } from '../source/open.js';
import type { Places } from '../source/places.js';
import { type ScanOptions, scanRows } from '../source/scan/scanRows.js';
import { headerIn, openTable, type TableText } from '../source/table.js';
import { scoringJoining } from './joining.js';
import { rowScorer, type ScoreCounts, type ScoreOptions, type ScoreSink } from './scoreRows.js';
import { scorerOf } from './scorerOfFile.js';

export interface SourceForm {
  /** What the bytes are. */
  readonly text: TextOptions;
  readonly threads: number | undefined;
  readonly scoring: ScoreOptions;
}

/**
 * @param sources at least one
 * @param sinkFor gives what takes the rows, once it is known what messages call them
 * @param onBytes told how many bytes of the sources each piece took
 * @throws BceError all that the bytes, the columns and the rows can be refused for
 */
export async function scoreSource(
  sources: readonly Source[],
  model: ModelFile,
  { text, threads, scoring }: SourceForm,
  sinkFor: (places: Places) => ScoreSink,
  onBytes: (count: number) => void = () => {},
): Promise<ScoreCounts> {
  const scorerFor = (names: readonly string[]) => scorerOf(model, names);
  const table = await openTable(sources, text, scoringJoining(scoring, scorerFor, false), onBytes);
  const { places, bytes, delimiter, retold } = table;
  const header = headerIn(table, scoring.header);
  const { intake, counts } = rowScorer(places, { ...scoring, header }, scorerFor, sinkFor(places));
  try {
    await scanRows(bytes, places, delimiter, intake, scanOptionsOf(table, scoring, threads));
    intake.finish();
  } catch (error) {
    throw retold(error);
  }
  return counts;
}

/** The header alone tells what the columns are. */
export function scanOptionsOf(
  { byteLength }: TableText,
  { numbers }: ScoreOptions,
  threads: number | undefined,
): ScanOptions {
  return { headRows: 1, threads, byteLength, numbers };
}
