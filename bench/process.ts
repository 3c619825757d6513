/** Other programs run to their end; the tool itself is one of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const BIN = `${ROOT}dist/bce-train.cjs`;
export const PREDICT_BIN = `${ROOT}dist/bce-predict.cjs`;

/** Debian's, which has its packages. */
export const PYTHON = '/usr/bin/python3';

/** Signals that end the benchmark. */
export const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Certificates from this variable take node some 30 ms of every start, which is no program's own. */
const { NODE_EXTRA_CA_CERTS: _, ...ENVIRONMENT } = process.env;

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; rejects with what it says on standard error when it fails. */
export function run(program: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT });
    const forget = endWithUs(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      forget();
      if (code === 0) resolve({ stdout, stderr });
      else reject(new Error(`${program} ${args.join(' ')}: ended with ${code}\n${stderr}`));
    });
  });
}

/** Seconds of the processors, of all threads together. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** Runs the program and says on the last line of standard error what it took: `times` of the shell. */
const TIMED = '"$@"; code=$?; times >&2; exit $code';
/** The line of the children: minutes and seconds, twice. */
const CHILDREN = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/;

/** The same, with what it took of the processors. */
export async function runTimed(program: string, args: readonly string[]): Promise<Said & CpuTime> {
  const said = await run('sh', ['-c', TIMED, 'sh', program, ...args]);
  const [, ...parts] = CHILDREN.exec(said.stderr)!;
  const [userMinutes, user, systemMinutes, system] = parts.map(Number);
  return { ...said, user: 60 * userMinutes! + user!, system: 60 * systemMinutes! + system! };
}

/** Node with these arguments. */
export function node(args: readonly string[]): Promise<Said> {
  return run(process.execPath, args);
}

function endWithUs(child: ChildProcess): () => void {
  const end = () => child.kill();
  process.once('exit', end);
  return () => process.off('exit', end);
}
