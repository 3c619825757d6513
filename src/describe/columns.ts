/** What is told of each column. */
import type { Description } from '../dataset/dataset.js';
import { writingOf } from '../dataset/schema/writing.js';
import type { TrainOptions } from '../options/library.js';
import type { DescribedColumn } from './description.js';
import type { Look } from './look.js';
import type { Note } from './notes.js';
import type { ColumnProfile } from './profile.js';

/** Levels that are told. */
const MOST_LEVELS = 10;

/** @param table undefined where training takes none */
export function describedColumns(
  look: Look,
  options: TrainOptions,
  table: Description | undefined,
  notes: ReadonlyMap<number, readonly Note[]>,
  notations: ReadonlyMap<number, string>,
): DescribedColumn[] {
  const target = look.target(options);
  const features = look.features(options);
  const weights = look.among(options.weightColumn === undefined ? [] : [options.weightColumn]);
  const taken = new Map(table?.features.map((feature) => [feature.name, feature.kind]));
  return look.profiles.map((profile) => {
    const { column, name, sameAs, others } = profile;
    const isFeature = features.has(column);
    const role =
      column === target ? 'target' : weights.has(column) ? 'weight' : isFeature ? 'feature' : 'left out';
    return {
      ...heldBy(profile, role, isFeature ? taken.get(name) : undefined),
      notation: notations.get(column) ?? writingOf([...others.keys()])?.what ?? null,
      notes: notes.get(column) ?? [],
      sameAs: sameAs === undefined ? null : look.names[sameAs]!,
    };
  });
}

/** @param taken as what training takes the feature */
function heldBy(
  { column, name, missing, distinct, isBound, min, max, values, words, numbers }: ColumnProfile,
  role: DescribedColumn['role'],
  taken: Description['features'][number]['kind'] | undefined,
): Omit<DescribedColumn, 'notation' | 'notes' | 'sameAs'> {
  const isText = taken === undefined ? words > numbers : taken !== 'numeric';
  const counts = isText || role === 'target' ? [...values].sort(([, a], [, b]) => b - a) : [];
  return {
    name,
    number: column + 1,
    role,
    kind: isText ? 'text' : 'numeric',
    missing,
    distinct,
    isBound,
    min: Number.isNaN(min) ? null : min,
    max: Number.isNaN(max) ? null : max,
    levels: counts.slice(0, MOST_LEVELS).map(([level, rows]) => ({ level: String(level), rows })),
  };
}
