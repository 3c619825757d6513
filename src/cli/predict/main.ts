/** The command line of bce-predict: arguments in, exit code out. */
import { BceError, EXIT } from '../../errors.js';
import { PREDICT_TEXT } from '../../options/commands.js';
import { PREDICT } from '../../options/predict.js';
import { expanded } from '../../source/paths.js';
import { answer } from '../asked.js';
import { reportFailure, styleOf } from '../failure.js';
import { type Io, write } from '../io.js';
import { predictCommand } from './predictCommand.js';
import { type PredictLine, parsePredictLine, SHORT_PREDICT_HELP } from './predictLine.js';

/**
 * Runs bce-predict.
 *
 * @param argv arguments after the name of the command
 * @returns the exit code
 */
export async function predictMain(argv: readonly string[], io: Io): Promise<number> {
  let style = styleOf(argv);
  try {
    const parsed = parsePredictLine(argv);
    if (parsed !== undefined && !('run' in parsed)) {
      await answer(parsed, PREDICT_TEXT, PREDICT, io);
      return EXIT.done;
    }
    if (parsed === undefined || wantsData(parsed.run, io)) {
      if (style.log === 'json') throw NO_DATA;
      await write(io.stderr, SHORT_PREDICT_HELP);
      return EXIT.usage;
    }
    style = parsed.run;
    const data = await expanded(parsed.run.data);
    return await predictCommand({ ...parsed.run, data }, io);
  } catch (error) {
    await reportFailure(error, 'bce-predict', style, io);
    return error instanceof BceError ? error.exitCode : EXIT.failed;
  }
}

/** What a program is told where a person gets a short help. */
const NO_DATA = new BceError(
  'USAGE',
  'expected a model and a file, got nothing',
  'bce-predict --help lists the options',
);

/** Whether rows would have to be typed in. */
function wantsData({ task, data }: PredictLine, io: Io): boolean {
  return task.kind !== 'export' && data.length === 0 && io.stdin.isTTY === true;
}
