/** Commands in pseudo-terminals, which node cannot open: Python does. */
import { spawnSync } from 'node:child_process';
import { BIN, fixture, PREDICT_BIN, ROOT } from './support.js';

export interface TerminalJob {
  readonly args: readonly string[];
  readonly columns: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed once a text has been written. */
  readonly until?: string;
  readonly send?: string;
}

export interface TerminalResult {
  /** Of both streams, line ends as \n. */
  readonly output: string;
  readonly code: number;
}

/** Why there is no pseudo-terminal; undefined where there is. */
export const NO_TERMINAL =
  process.platform === 'win32' || spawnSync('python3', ['-c', 'import pty']).status !== 0
    ? 'python3 opens the pseudo-terminals'
    : undefined;

/** Runs each in test/fixtures; standard output and standard error are the same terminal. */
export function inTerminals(jobs: readonly TerminalJob[]): TerminalResult[] {
  const input = jobs.map(({ args, env = {}, ...job }) => {
    const [first, ...rest] = args;
    const command = first === 'bce-predict' ? [PREDICT_BIN, ...rest] : [BIN, ...args];
    return { ...job, argv: [process.execPath, ...command], cwd: fixture(''), env };
  });
  const { status, stdout, stderr } = spawnSync('python3', [`${ROOT}test/support/terminals.py`], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
