/** Where a table is: `clickhouse://[user[:password]@]host[:port]/database/table`. */
import { BceError } from '../errors.js';
import { printable, quoted } from '../text.js';

export interface Address {
  /** What messages call the table: its URL without the password. */
  readonly name: string;
  /** Of the server's HTTP interface. */
  readonly url: string;
  readonly user: string;
  /** Undefined when the URL holds none. */
  readonly password: string | undefined;
  readonly database: string;
  readonly table: string;
}

/** Ports of the HTTP interface. */
const PORTS = { 'clickhouse:': 8123, 'clickhouses:': 8443 } as const;

const FORM = 'clickhouse://[user@]host[:port]/database/table';

/** Whether what is given as data is a table elsewhere, and no file. */
export function isAddress(data: string): boolean {
  return /^clickhouses?:\/\//i.test(data);
}

/** @throws BceError USAGE */
export function parseAddress(data: string): Address {
  const url = URL.canParse(data) ? new URL(data) : undefined;
  if (url === undefined) throw malformed(data, 'no such URL');
  const { protocol, hostname, port, username, password, pathname, search, hash } = url;
  const parts = pathname.split('/').slice(1);
  const [database, table] = parts.map(decoded);
  if (hostname === '') throw malformed(data, 'no host');
  if (search !== '' || hash !== '')
    throw malformed(data, `${search === '' ? hash : search} behind the table`);
  if (parts.length !== 2 || database === undefined || table === undefined || !database || !table) {
    throw malformed(data, `${quoted(pathname)} behind the host`);
  }
  const isSecure = protocol === 'clickhouses:';
  // what is no escape stands for itself, as in the URL standard
  const user = decoded(username) ?? username;
  const at = port === '' ? '' : `:${port}`;
  const who = username === '' ? '' : `${username}@`;
  return {
    name: printable(`${protocol}//${who}${hostname}${at}/${database}/${table}`),
    url: `${isSecure ? 'https' : 'http'}://${hostname}:${port === '' ? PORTS[isSecure ? 'clickhouses:' : 'clickhouse:'] : port}`,
    user: user === '' ? 'default' : user,
    password: password === '' ? undefined : (decoded(password) ?? password),
    database,
    table,
  };
}

/** Text with %-escapes; undefined when they are none. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function malformed(data: string, found: string): BceError {
  return new BceError(
    'USAGE',
    `${printable(data)}: expected ${FORM}, found ${found}`,
    'characters as / ? # % in a name are written %2F %3F %23 %25; the password is taken from CLICKHOUSE_PASSWORD',
  );
}
