/** What is in a file, without training. */
import { describeTable } from '../../describe/describe.js';
import { EXIT } from '../../errors.js';
import { resolveOptions } from '../../options/resolve.js';
import { descriptionAsJson, descriptionAsText } from '../../report/text/describe.js';
import { columnsOf, type Io, writeData } from '../io.js';
import { megabytes } from '../progress.js';
import { createReporter } from '../reporter.js';
import type { CommandLine } from './commandLine.js';

/** @returns the exit code; failures are thrown */
export async function describeCommand(command: CommandLine, io: Io): Promise<number> {
  const reporter = await createReporter(command, io);
  const interrupt = new AbortController();
  const stopListening = io.onInterrupt(() => interrupt.abort());
  const { heap: plan } = resolveOptions(command.train);
  try {
    const paths = command.data.length === 0 ? ['-'] : command.data;
    const from = paths.map((path) => (path === '-' ? { stream: io.stdin, name: '<stdin>' } : path));
    let done = 0;
    const description = await describeTable(from, command.train, plan, {
      onRead(total) {
        done = 0;
        reporter.startTask({ label: 'reading', total, format: megabytes });
      },
      onBytes(count) {
        done += count;
        reporter.updateTask(done);
      },
      signal: interrupt.signal,
    });
    reporter.endTask();
    const text =
      command.format === 'json'
        ? descriptionAsJson(description)
        : descriptionAsText(description, columnsOf(io.stdout));
    await writeData(io.stdout, text);
    reporter.tell(
      () => ({ event: 'end', command: description.command }),
      () => [],
    );
    return EXIT.done;
  } finally {
    reporter.endTask();
    stopListening();
  }
}
