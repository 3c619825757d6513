/** Training as a person follows it. */

import type { Traffic } from '../../clickhouse/connection.js';
import type { Epoch } from '../../optimizer/run.js';
import { epochEvent } from '../../report/log.js';
import { epochLine, stepLengthLine, trafficLine } from '../../report/text/messages.js';
import { grouped } from '../../text.js';
import type { TrainEvent } from '../../train.js';
import { megabytes } from '../progress.js';
import type { CommandLine } from './commandLine.js';
import type { HistoryFile } from './historyFile.js';
import type { Session } from './session.js';

/** Starts the bar; what it returns says what the curvature says of the steps, and every epoch. */
export function showTraining(
  { dataset, options, reporter, traffic, isTerminal }: Session,
  { logEvery, verbose }: Pick<CommandLine, 'logEvery' | 'verbose'>,
  history?: HistoryFile,
): (event: TrainEvent) => void {
  const { epochs } = options;
  const isThinned = logEvery === undefined && isTerminal && reporter.form === 'text';
  const isShown = (epoch: number) => epoch % (logEvery ?? (isThinned ? thinning(epoch) : 1)) === 0;
  let isTold = !isThinned;
  const tellEpoch = (epoch: Epoch) => {
    reporter.tell(
      () => epochEvent(epoch),
      () => [epochLine(epoch, epochs, options, reporter.columns)],
    );
  };
  const before = { ...traffic };
  // of a stream the bytes are told, by who reads them
  const isStream = dataset.stream !== undefined;
  const task = isStream ? { total: undefined, format: megabytes } : { total: epochs, format: grouped };
  reporter.startTask({ label: 'training', ...task });
  return (event) => {
    switch (event.kind) {
      case 'note':
        reporter.note(event.text);
        break;
      case 'step': {
        const line = stepLengthLine(event.step, options);
        if (line?.isWarning) reporter.warn(line.text);
        else if (line !== undefined) reporter.note(line.text);
        break;
      }
      case 'epoch': {
        const { epoch } = event;
        history?.add(epoch);
        if (isShown(epoch.epoch)) tellEpoch(epoch);
        else if (!isTold) {
          isTold = true;
          reporter.note(
            `from here on every ${thinning(epoch.epoch)}th epoch and fewer; --log-every 1 shows all`,
          );
        }
        if (isStream) break;
        reporter.updateTask(
          epoch.epoch,
          `${epoch.batchLoss === undefined ? 'J' : 'batches'} ${(epoch.batchLoss ?? epoch.loss).toPrecision(6)}`,
        );
        break;
      }
      case 'fold':
        if (event.done === 0) reporter.startTask({ label: 'folds', total: event.of, format: grouped });
        reporter.updateTask(event.done);
        if (event.done === event.of) reporter.endTask();
        break;
      case 'fitted': {
        const { last } = event.fit.run;
        history?.settle(last);
        if (!isShown(last.epoch)) tellEpoch(last);
        reporter.endTask();
        if (verbose && traffic !== undefined)
          reporter.note(trafficLine(before as Traffic, traffic, last.epoch + 1));
      }
    }
  };
}

/** 1 up to epoch 100, 10 up to 1,000, 100 up to 10,000: each tenfold of epochs takes 90 lines. */
function thinning(epoch: number): number {
  let every = 1;
  while (epoch > 100 * every) every *= 10;
  return every;
}
