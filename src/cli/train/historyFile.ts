/** The loss curve, written epoch by epoch while training goes on: it may be longer than memory. */
import type { Epoch } from '../../optimizer/run.js';
import { type HistoryColumns, historyHeader, historyRow } from '../../report/text/history.js';
import { openWhole } from '../../runtime/wholeFile.js';

/** Rows that are written at once. */
const ROWS = 1000;

export interface HistoryFile {
  /** A failure to write is kept for `finish`: training is worth more. */
  add(epoch: Epoch): void;
  /** What is known of the last epoch once the run is over: J over all rows, where it came in batches. */
  settle(epoch: Epoch): void;
  /** Gives the file its name. @throws BceError FILE_UNWRITABLE */
  finish(): void;
  /** Leaves no trace of it. */
  discard(): void;
}

/** @throws BceError FILE_UNWRITABLE when it cannot be begun */
export function openHistory(path: string, columns: HistoryColumns): HistoryFile {
  const file = openWhole(path);
  const rows = [historyHeader(columns)];
  let failure: unknown;
  let last: Epoch | undefined;
  const take = () => {
    if (last !== undefined && failure === undefined) rows.push(historyRow(last, columns));
    last = undefined;
  };
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
      take();
      last = epoch;
      if (rows.length >= ROWS) flush();
    },
    settle(epoch) {
      last = epoch;
    },
    finish() {
      take();
      flush();
      if (failure !== undefined) throw failure;
      file.finish();
    },
    discard() {
      if (failure === undefined) file.discard();
    },
  };
}
