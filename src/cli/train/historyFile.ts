/** The loss curve, written epoch by epoch while training goes on: it may be longer than memory. */
import type { Epoch } from '../../optimizer/run.js';
import { historyHeader, historyRow } from '../../report/text/history.js';
import { openWhole } from '../../runtime/wholeFile.js';

/** Rows that are written at once. */
const ROWS = 1000;

export interface HistoryFile {
  /** A failure to write is kept for `finish`: training is worth more. */
  add(epoch: Epoch): void;
  /** Gives the file its name. @throws BceError FILE_UNWRITABLE */
  finish(): void;
  /** Leaves no trace of it. */
  discard(): void;
}

/** @throws BceError FILE_UNWRITABLE when it cannot be begun */
export function openHistory(path: string, hasValidation: boolean): HistoryFile {
  const file = openWhole(path);
  const rows = [historyHeader(hasValidation)];
  let failure: unknown;
  const flush = () => {
    if (failure !== undefined) return;
    try {
      file.write(rows.join(''));
    } catch (error) {
      failure = error;
    }
    rows.length = 0;
  };
  return {
    add(epoch) {
      if (failure === undefined) rows.push(historyRow(epoch));
      if (rows.length >= ROWS) flush();
    },
    finish() {
      flush();
      if (failure !== undefined) throw failure;
      file.finish();
    },
    discard() {
      if (failure === undefined) file.discard();
    },
  };
}
