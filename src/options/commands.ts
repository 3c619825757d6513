/** The two commands in words. */
import type { CommandText } from './parse.js';

export const TRAIN_TEXT: CommandText = {
  name: 'bce-train',
  description:
    'Train logistic regression by gradient descent on a CSV. Prints the loss of every epoch on standard error and the weights on standard output.',
  arguments: [
    {
      name: 'data',
      line: 'CSV or JSON files, plain or compressed by gzip or zstd, or patterns such as 2025-*.csv; - is standard input, clickhouse://host/database/table a table on a server',
      isList: true,
    },
  ],
  examples: [
    'bce-train data.csv --lr 0.1 > weights.csv',
    'bce-train titanic.csv --missing drop --epochs 500 --history loss.csv -o model.json',
    'bce-train 2025-*.csv --target survived --positive yes',
    "sqlite3 -csv -header people.db 'select * from people' | bce-train -",
  ],
  exits:
    '0 done, 1 data or run-time failure, 2 usage, 3 diverged (with --strict: no optimum reached), 4 wrong gradient, 5 not the same bits (--verify), 130 interrupted (the weights so far are written)',
};

export const PREDICT_TEXT: CommandText = {
  name: 'bce-predict',
  description:
    'Predict with the weights of bce-train. Prints one probability a row on standard output, in the order of the rows.',
  arguments: [
    { name: 'model', line: 'JSON model or CSV of weights, as bce-train writes them; - is standard input' },
    {
      name: 'data',
      line: 'CSV or JSON files, plain or compressed by gzip or zstd, or patterns such as 2025-*.csv; - is standard input',
      isList: true,
    },
  ],
  examples: [
    'bce-train data.csv > weights.csv && bce-predict weights.csv new.csv',
    'bce-predict model.json test.csv --evaluate',
    'bce-predict model.json --export sql --table people | sqlite3 people.db',
    'zcat new.csv.gz | bce-predict model.json - --append --missing mean > scored.csv',
  ],
  exits: '0 done, 1 data or run-time failure, 2 usage, 130 interrupted',
};

/** A variable of the environment, or several, and what it does. */
export interface Variable {
  readonly name: string;
  readonly line: string;
  /** What else is to be known, for the reference. */
  readonly more?: string;
  /** The only command that heeds it; both where nothing is said. */
  readonly command?: string;
}

/** What the commands heed of the environment. */
export const ENVIRONMENT: readonly Variable[] = [
  {
    name: 'NO_COLOR, FORCE_COLOR',
    line: 'no colours, or colours, under --color auto',
    more: 'Where both are set, NO_COLOR counts; empty is not set.',
  },
  { name: 'TERM', line: 'on a dumb terminal nothing is coloured or redrawn' },
  {
    name: 'CLICKHOUSE_PASSWORD',
    line: 'password of a server whose address holds none',
    command: 'bce-train',
  },
  {
    name: 'TMPDIR',
    line: 'directory of temporary files, unless --temp-dir names another (TEMP on Windows)',
    command: 'bce-train',
  },
  {
    name: 'BCE_TRAIN_NO_CODE_CACHE',
    line: 'when set, no compiled code of the program is kept from run to run',
    more: 'Nor is what was kept before read. It is in $XDG_CACHE_HOME/bce-train (~/.cache/bce-train; ~/Library/Caches on macOS, %LOCALAPPDATA% on Windows), where it makes the next start faster. NODE_DISABLE_COMPILE_CACHE does the same.',
  },
];

/** Those that a command heeds. */
export function environmentOf(command: string): readonly Variable[] {
  return ENVIRONMENT.filter((variable) => variable.command === undefined || variable.command === command);
}
