/** Training as a person follows it. */

import type { Traffic } from '../../clickhouse/connection.js';
import { epochLine, stepLengthLine, trafficLine } from '../../report/text/messages.js';
import { grouped } from '../../text.js';
import type { TrainEvent } from '../../train.js';
import type { CommandLine } from './commandLine.js';
import type { HistoryFile } from './historyFile.js';
import type { Session } from './session.js';

/** Starts the bar; what it returns says what the curvature says of the steps, and every epoch. */
export function showTraining(
  { options, reporter, traffic }: Session,
  { logEvery, verbose }: Pick<CommandLine, 'logEvery' | 'verbose'>,
  history?: HistoryFile,
): (event: TrainEvent) => void {
  const { epochs } = options;
  const before = { ...traffic };
  reporter.startTask({ label: 'training', total: epochs, format: grouped });
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
        if (epoch.epoch % logEvery === 0) reporter.say(epochLine(epoch, epochs, options));
        reporter.updateTask(epoch.epoch);
        break;
      }
      case 'fitted': {
        const { last } = event.fit.run;
        if (last.epoch % logEvery !== 0) reporter.say(epochLine(last, epochs, options));
        reporter.endTask();
        if (verbose && traffic !== undefined)
          reporter.note(trafficLine(before as Traffic, traffic, last.epoch + 1));
      }
    }
  };
}
