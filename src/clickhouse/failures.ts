/** What went wrong between here and a server, in words. */
import { BceError } from '../errors.js';
import { printable } from '../text.js';
import type { Address } from './address.js';

/** Errors of a server that say nothing of the query: a moment later it may work. */
const PASSING: ReadonlySet<number> = new Set([
  3, // UNEXPECTED_END_OF_FILE
  32, // ATTEMPT_TO_READ_AFTER_EOF
  202, // TOO_MANY_SIMULTANEOUS_QUERIES
  209, // SOCKET_TIMEOUT
  210, // NETWORK_ERROR
  279, // ALL_CONNECTION_TRIES_FAILED
  425, // SYSTEM_ERROR
]);

/** The profile of the user forbids to change settings. */
const READONLY = 164;
/** The server is older than a setting. */
const UNKNOWN_SETTING = 115;

/** What is said beside some errors of a server. */
const HINTS: Readonly<Record<number, string>> = {
  47: '--where is taken as it is: a name in it needs the quotes of ClickHouse, as in `my column`',
  60: 'the table is the last part of the URL: clickhouse://host/database/table',
  62: '--where is taken as it is and must be an expression',
  81: 'the database comes before the table: clickhouse://host/database/table',
  192: 'the user stands before the host: clickhouse://user@host/database/table',
  193: 'the password is taken from CLICKHOUSE_PASSWORD',
  194: 'the password is taken from CLICKHOUSE_PASSWORD',
  241: 'fewer columns, or a user with a larger max_memory_usage, need less',
  516: 'the user stands before the host, and the password is taken from CLICKHOUSE_PASSWORD',
};

/** Number of the error that a server told; undefined where none did. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { readonly code?: unknown };
  const [, number] = /\bCode: (\d+)/.exec(error.message) ?? [];
  const found = Number(number ?? code);
  return Number.isInteger(found) ? found : undefined;
}

/** Settings that a server does not take: all of them, those it does not know, or none. */
export function refusedSettings(error: unknown): 'all' | 'unknown' | 'none' {
  const code = codeOf(error);
  if (code === READONLY) return 'all';
  return code === UNKNOWN_SETTING ? 'unknown' : 'none';
}

/** Whether the same query may work a moment later: the network failed, or a shard did not answer. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined ? isOfNetwork(error) : PASSING.has(code);
}

function isOfNetwork(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  return typeof code === 'string' || /socket hang up|timeout|aborted|premature/i.test(message ?? '');
}

export function failureOf(error: unknown, { name }: Address): BceError {
  const code = codeOf(error);
  const message = told(error);
  if (code === undefined) {
    return isOfNetwork(error)
      ? new BceError(
          'SERVER_LOST',
          `${name}: no answer: ${message}`,
          /ENOTFOUND|EAI_AGAIN/.test(message)
            ? 'the host stands before the database: clickhouse://host/database/table'
            : 'it must be the port of HTTP: 8123 unless the URL names another, 8443 with clickhouses://',
        )
      : new BceError('SERVER_REFUSED', `${name}: ${message}`);
  }
  if (PASSING.has(code)) {
    return new BceError(
      'SERVER_LOST',
      `${name}: the query failed in the cluster: ${message}`,
      'each server of the cluster must be up',
    );
  }
  return new BceError('SERVER_REFUSED', `${name}: the server refused: ${message}`, HINTS[code]);
}

/** Characters of a server's message that are shown. */
const MOST_CHARACTERS = 400;

/** The message without what servers put around it. */
function told(error: unknown): string {
  const { message, code } = error as { readonly message?: string; readonly code?: unknown };
  const whole = (message ?? '').trim() || String(code ?? error);
  const plain = whole
    .replace(/^Code: \d+[.,] */, '')
    .replace(/^e\.displayText\(\) = /, '')
    .replace(/^DB::\w+: /, '')
    .replace(/, e\.what\(\) = [\s\S]*$/, '')
    .replace(/ \(version [\s\S]*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return printable(plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS)}...` : plain);
}
