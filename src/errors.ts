/**
 * The one error class of the project, and its codes.
 *
 * A message reads `where: what: expected, got`, in lower case and without a full stop; the hint names the
 * flag that settles it. Codes are stable, wording is not.
 */

/** Exit codes of the command line. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  diverged: 3,
  wrongGradient: 4,
  /** Of a model that was verified. */
  notSame: 5,
  interrupted: 130,
} as const;

/** What can go wrong, with the exit code that it ends in. */
const EXIT_OF = {
  USAGE: EXIT.usage,
  COLUMN_UNKNOWN: EXIT.usage,
  FILE_UNREADABLE: EXIT.failed,
  FILE_UNWRITABLE: EXIT.failed,
  GZIP_DAMAGED: EXIT.failed,
  ZSTD_DAMAGED: EXIT.failed,
  NOT_TEXT: EXIT.failed,
  JSON_MALFORMED: EXIT.failed,
  JSON_NESTED: EXIT.failed,
  JSON_KEYS: EXIT.failed,
  CSV_EMPTY: EXIT.failed,
  CSV_HEADER_ONLY: EXIT.failed,
  CSV_COLUMN_NAMES: EXIT.failed,
  CSV_RAGGED_ROW: EXIT.failed,
  CSV_QUOTE: EXIT.failed,
  CSV_NOT_NUMERIC: EXIT.failed,
  CSV_NOT_FINITE: EXIT.failed,
  CSV_TOO_MANY_LEVELS: EXIT.failed,
  COLUMNS_UNUSABLE: EXIT.failed,
  HEADER_UNCERTAIN: EXIT.failed,
  CELLS_MISSING: EXIT.failed,
  NO_FEATURES: EXIT.failed,
  NO_ROWS: EXIT.failed,
  LABEL_NOT_BINARY: EXIT.failed,
  LABEL_MISSING: EXIT.failed,
  COLUMN_MISSING: EXIT.failed,
  LEVEL_UNKNOWN: EXIT.failed,
  TERM_DOMAIN: EXIT.failed,
  TERM_UNSETTLED: EXIT.failed,
  WEIGHT_MISSING: EXIT.failed,
  WEIGHT_NEGATIVE: EXIT.failed,
  WEIGHTS_OUT_OF_RANGE: EXIT.failed,
  SCALE_TOO_SMALL: EXIT.failed,
  SCALE_TOO_LARGE: EXIT.failed,
  WEIGHTS_UNREADABLE: EXIT.failed,
  NOT_REPEATABLE: EXIT.failed,
  PROGRAM_FAILED: EXIT.failed,
  OUT_OF_MEMORY: EXIT.failed,
  TEMP_FILE: EXIT.failed,
  WORKER_FAILED: EXIT.failed,
  COLUMN_TYPE: EXIT.failed,
  SERVER_LOST: EXIT.failed,
  SERVER_REFUSED: EXIT.failed,
  SERVER_ANSWER: EXIT.failed,
  DIVERGED: EXIT.diverged,
  NOT_CONVERGED: EXIT.diverged,
  SEPARATED: EXIT.diverged,
  COLLINEAR: EXIT.diverged,
  INTERRUPTED: EXIT.interrupted,
} as const;

export type ErrorCode = keyof typeof EXIT_OF;

export class BceError extends Error {
  override readonly name = 'BceError';
  readonly code: ErrorCode;
  /** What the user can do about it; undefined when there is nothing to add. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return EXIT_OF[this.code];
  }
}
