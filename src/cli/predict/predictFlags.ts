/** The flags of bce-predict, as --help shows them. */
import { Argument, Command, Option } from 'commander';
import { MISSING_WORDS } from '../../dataset/schema/missing.js';
import { BceError } from '../../errors.js';
import { DIALECTS } from '../../export/sql.js';
import { OUTPUTS } from '../../predict/predictions.js';
import { parseNumber } from '../../source/csv/number.js';
import { quoted, shellWord } from '../../text.js';
import { VERSION } from '../../version.js';
import { collect, FORMATS, fileName, wholeNumber } from '../train/flags.js';

export const EXPORTS = ['sql', 'js', 'c', 'onnx'] as const;

/** The command with its flags declared; values are validated as they are read. */
export function createPredictCommand(): Command {
  return new Command('bce-predict')
    .description(
      'Predict with the weights of bce-train. Prints one probability a row on standard output, in the order of the rows.',
    )
    .addArgument(
      new Argument(
        '[model]',
        'JSON model or CSV of weights, as bce-train writes them; - is standard input',
      ).argParser(fileName('model')),
    )
    .addArgument(
      new Argument('[data]', 'CSV file, plain or gzip; - is standard input').argParser(fileName('data')),
    )
    .helpOption('-h, --help', 'show this help')
    .version(VERSION, '-V, --version', 'show the version')
    .exitOverride()
    .optionsGroup('Reading:')
    .option(
      '--delimiter <character>',
      'character between cells, or tab, comma, semicolon, pipe, space (default: found)',
    )
    .option('--header', 'the first row holds names (default: unless all its cells are numbers)')
    .option('--no-header', 'the first row is data; columns are called x1, x2, ...')
    .addOption(
      new Option(
        '--missing <policy>',
        'what a missing cell does: refuse the file, take the mean or the commonest level of training (of a JSON model), drop the row, or leave its prediction empty (default: error)',
      ).choices(['error', 'mean', 'drop', 'empty']),
    )
    .addOption(
      new Option(
        '--unseen <policy>',
        'what a level does that no training row had: refuse the file, count as the baseline, or as a missing cell (default: error)',
      ).choices(['error', 'baseline', 'missing']),
    )
    .option(
      '--missing-values <words>',
      `words that mean a missing cell, on top of the empty cell and ${MISSING_WORDS.join(', ')}`,
      (value: string, before: unknown) => collect(value, before).flatMap((words) => words.split(',')),
    )
    .option('--no-missing-values', 'only the empty cell is missing')
    .option(
      '--threads <n>',
      'threads at most, for large files; they change nothing but the time (default: all cores)',
      wholeNumber('--threads', 1),
    )
    .optionsGroup('Predictions:')
    .addOption(
      new Option('--output <kind>', 'what is printed of each row (default: probability)')
        .choices(OUTPUTS)
        .argParser(outputKind),
    )
    .option(
      '--threshold <p>',
      'probability from which on the class is the positive one (default: 0.5)',
      threshold,
    )
    .option('--append', 'print the rows as they are, with the prediction as one more column')
    .option(
      '--name <column>',
      'name of the column of predictions (default: that of --output)',
      named('--name'),
    )
    .optionsGroup('Metrics:')
    .option('--evaluate', 'hold the predictions against the labels, and print metrics in their place')
    .option(
      '--target <column>',
      'column of the labels (default: that of the JSON model; beside weights alone, the last)',
    )
    .option(
      '--positive <label>',
      'label with y = 1 (default: that of the JSON model; beside weights alone, as bce-train finds it)',
    )
    .option(
      '--weight-column <column>',
      'column of the weights of the rows (default: that of the JSON model, if it has one)',
    )
    .option('--no-weight-column', 'all rows weigh 1')
    .addOption(
      new Option('--format <format>', 'form of the metrics (default: table on a terminal, else csv)').choices(
        FORMATS,
      ),
    )
    .optionsGroup('Elsewhere:')
    .addOption(
      new Option(
        '--export <form>',
        'write the model as code that predicts by itself, in place of reading data',
      ).choices(EXPORTS),
    )
    .addOption(new Option('--dialect <name>', 'that of --export sql (default: sqlite)').choices(DIALECTS))
    .option('--table <name>', 'table that --export sql selects from (default: data)', named('--table'))
    .optionsGroup('Messages:')
    .option('-q, --quiet', 'print only warnings and errors')
    .option('-v, --verbose', 'print where a failure came from')
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .addHelpText(
      'after',
      `
Examples:
  bce-train data.csv > weights.csv && bce-predict weights.csv new.csv
  bce-predict model.json test.csv --evaluate
  bce-predict model.json --export sql --table people | sqlite3 people.db
  zcat new.csv.gz | bce-predict model.json - --append --missing mean > scored.csv

Exit codes: 0 done, 1 data or run-time failure, 2 usage.
`,
    );
}

/** A file is no kind of output, though --output names one in other programs. */
function outputKind(text: string): string {
  const kind = OUTPUTS.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new BceError(
    'USAGE',
    `--output: expected ${OUTPUTS.join(', ')}, got ${quoted(text)}`,
    `predictions go to standard output: bce-predict MODEL DATA > ${shellWord(text)}`,
  );
}

/** A header without a name would be a blank line, which readers of CSV pass over; SQL has none either. */
function named(flag: string): (text: string) => string {
  return (text) => {
    if (text !== '') return text;
    throw new BceError('USAGE', `${flag}: expected a name, got ""`);
  };
}

function threshold(text: string): number {
  const value = parseNumber(text.trim());
  if (value >= 0 && value <= 1) return value;
  throw new BceError('USAGE', `--threshold: expected a probability, 0 to 1, got ${quoted(text)}`);
}
