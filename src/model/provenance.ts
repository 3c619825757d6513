/** Where a model comes from: what a run read, and what was asked of it. */
import type { Description } from '../dataset/dataset.js';
import type { SourceRecord } from '../source/digest.js';
import { VERSION } from '../version.js';

/** All that decides the bits of a model, and nothing else: no time, no machine, no threads, and no password. */
export interface Provenance {
  /** Of the bce-train that trained it. */
  readonly version: string;
  /** Of the node that it ran on. */
  readonly node: string;
  /** What was read, in that order. */
  readonly sources: readonly SourceRecord[];
  /** Files of the validation rows, in that order; not there without any. */
  readonly validation?: readonly SourceRecord[];
  /** The file, or the model, of the weights that training began at; not there where they were zeros. */
  readonly init?: Pick<SourceRecord, 'name' | 'sha256'>;
  readonly rows: {
    readonly read: number;
    readonly trained: number;
    /** To tell how well training went. */
    readonly heldOut: number;
    /** For a missing cell, or a weight of 0. */
    readonly dropped: number;
  };
  /** Of the rows that were drawn; not there where none were. */
  readonly seed?: number;
  /** Whether an optimum was looked for whatever that cost, as --strict has it; not there where it was not. */
  readonly strict?: boolean;
  /** Options of `train` that shape the result, as they were given: with them the run can be repeated. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a run was asked for. */
export interface Origin extends Pick<Provenance, 'node' | 'sources' | 'options'> {
  readonly validation: readonly SourceRecord[] | undefined;
  readonly init: Provenance['init'] | undefined;
  readonly seed: number | undefined;
  readonly strict: boolean;
}

export function provenanceOf(
  { rows: trained, reading: { rowsRead, dropped } }: Pick<Description, 'rows' | 'reading'>,
  { node, sources, validation, init, seed, strict, options }: Origin,
): Provenance {
  return {
    version: VERSION,
    node,
    sources,
    ...(validation && { validation }),
    ...(init && { init }),
    rows: { read: rowsRead, trained, heldOut: rowsRead - trained - dropped, dropped },
    ...(seed !== undefined && { seed }),
    ...(strict && { strict }),
    options,
  };
}
