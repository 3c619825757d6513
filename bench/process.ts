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

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; rejects with what it says on standard error when it fails. */
export function run(program: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
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

/** Node with these arguments. */
export function node(args: readonly string[]): Promise<Said> {
  return run(process.execPath, args);
}

function endWithUs(child: ChildProcess): () => void {
  const end = () => child.kill();
  process.once('exit', end);
  return () => process.off('exit', end);
}
