/** One table of options: what is parsed, refused, printed and completed follows from it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ENVIRONMENT, PREDICT_TEXT, TRAIN_TEXT } from '../../src/options/commands.js';
import { completions } from '../../src/options/documents/completions.js';
import { manPage } from '../../src/options/documents/man.js';
import { reference } from '../../src/options/documents/reference.js';
import { helpText } from '../../src/options/help.js';
import type { TrainOptions } from '../../src/options/library.js';
import { defaultText, flagsOf, type Option, type OptionTable } from '../../src/options/option.js';
import { PREDICT } from '../../src/options/predict.js';
import { resolveOptions } from '../../src/options/resolve.js';
import { SHELLS, type Shell } from '../../src/options/shared.js';
import { TRAIN } from '../../src/options/train.js';
import { alternatives } from '../../src/text.js';
import { bcePredict, bceTrain, example, ROOT, temporary } from '../support/support.js';

const COMMANDS = [
  { command: TRAIN_TEXT, table: TRAIN as OptionTable, run: bceTrain },
  { command: PREDICT_TEXT, table: PREDICT as OptionTable, run: bcePredict },
];
const completed = COMMANDS.map(({ command, table }) => ({ name: command.name, table }));

/** The flag with some value that it takes. */
function given(row: Option, flag: string): string[] {
  if (row.kind.isSwitch || flag !== row.flag) return [flag];
  const { choices } = row.kind;
  const values = ['0.5', '3', 'x:0:'];
  return [flag, choices?.[0] ?? values.find((value) => row.kind.accepts(row.kind.parse(value)))!];
}

function rowOf(table: OptionTable, flag: string): Option {
  return Object.values(table).find((row) => flagsOf(row).includes(flag))!;
}

describe('every option', () => {
  for (const { command, table } of COMMANDS) {
    const whole = helpText(command, table, 80, true);
    const page = manPage(command, table, []).replaceAll('\\-', '-');
    const all = reference([{ command, table }]);
    for (const row of Object.values(table)) {
      it(`is in help, man page, reference and completions: ${command.name} ${row.flag}`, () => {
        for (const flag of flagsOf(row)) {
          for (const [what, text] of [
            ['help', whole],
            ['man page', page],
            ['reference', all],
          ] as const) {
            assert.match(text, new RegExp(`${flag}(?![\\w-])`), what);
          }
          for (const shell of SHELLS) {
            assert.ok(completions(shell, completed).includes(shell === 'fish' ? flag.slice(2) : flag), shell);
          }
        }
        const fallback = defaultText(row);
        if (fallback !== undefined) {
          assert.ok(whole.replaceAll(/\s+/g, ' ').includes(`(default: ${fallback})`), 'help');
          assert.ok(all.includes(`Default: ${fallback}.`), 'reference');
        }
      });
    }
  }

  it('has the default that is told', () => {
    const { fit, read, confidence } = resolveOptions({ stats: true });
    const names = ['optimizer', 'epochs', 'tolerance', 'l1', 'l2', 'reduction'] as const;
    for (const name of names) assert.equal(fit[name], TRAIN[name].default, name);
    assert.equal(confidence, TRAIN.confidence.default);
    assert.equal(read.missing, TRAIN.missing.default);
    assert.equal(read.maxLevels, TRAIN.maxLevels.default);
    assert.equal(TRAIN.learningRate.otherwise, '0.1, for nesterov auto');
    assert.equal(fit.learningRate, 0.1);
    assert.equal(resolveOptions({ optimizer: 'nesterov' }).fit.learningRate, 'auto');
  });
});

describe('options that cannot work together', () => {
  for (const { command, table, run } of COMMANDS) {
    const pairs = Object.values(table).flatMap((row) => [
      ...(row.negative === undefined ? [] : [[row.flag, row.negative.flag] as const]),
      ...(row.excludes ?? []).map(([other]) => [row.flag, other] as const),
    ]);
    for (const [one, other] of pairs) {
      it(`are refused in either order: ${command.name} ${one} ${other}`, async () => {
        const [a, b] = [given(rowOf(table, one), one), given(rowOf(table, other), other)];
        for (const argv of [
          [...a, ...b],
          [...b, ...a],
        ]) {
          const { code, stderr } = await run(argv);
          assert.match(stderr, new RegExp(`${one} and ${other} cannot be used together`));
          assert.equal(code, 2);
        }
      });
    }
    const lonely = Object.values(table).filter(({ requires }) => requires !== undefined);
    for (const row of lonely) {
      it(`are refused alone: ${command.name} ${row.flag}`, async () => {
        for (const flag of flagsOf(row)) {
          const { code, stderr } = await run(given(row, flag));
          assert.ok(stderr.includes(`${flag} goes with ${alternatives(row.requires!)} only`), stderr);
          assert.equal(code, 2);
        }
      });
    }
  }

  for (const [task, flag] of [
    ['check', '--check-gradient'],
    ['compare', '--compare'],
    ['explain', '--explain'],
  ] as const) {
    const unused = Object.values(TRAIN as OptionTable).filter(({ tasks }) => tasks && !tasks.includes(task));
    for (const row of unused) {
      it(`are refused for a task that does not use them: ${flag} ${row.flag}`, async () => {
        const companions = (row.requires ?? [])
          .slice(0, 1)
          .flatMap((other) => given(rowOf(TRAIN, other), other));
        const { code, stderr } = await bceTrain([flag, ...given(row, row.flag), ...companions]);
        assert.match(stderr, /cannot be used together/);
        assert.equal(code, 2);
      });
    }
  }

  const notForTables = Object.values(TRAIN as OptionTable).filter((row) => row.notForTables !== undefined);
  for (const row of notForTables) {
    it(`are refused for a table of ClickHouse: ${row.flag}`, async () => {
      for (const flag of flagsOf(row)) {
        const companions = (row.requires ?? [])
          .slice(0, 1)
          .flatMap((other) => given(rowOf(TRAIN, other), other));
        const address = 'clickhouse://127.0.0.1:1/db/t';
        const { code, stderr } = await bceTrain([address, ...given(row, flag), ...companions]);
        assert.ok(stderr.includes(`${flag} and a table of ClickHouse cannot be used together`), stderr);
        assert.ok(stderr.includes(`hint: ${row.notForTables}`), stderr);
        assert.equal(code, 2);
      }
    });
  }

  it('are refused in the library as well', () => {
    const cases: readonly (readonly [TrainOptions, RegExp])[] = [
      [{ features: ['a'], drop: ['b'] }, /--features and --drop cannot/],
      [{ confidence: 0.9 }, /--confidence goes with --stats only/],
      [{ confidence: 0.9, stats: false }, /--confidence goes with --stats only/],
      [{ patience: 3 }, /--patience goes with --validation only/],
    ];
    for (const [options, message] of cases) assert.throws(() => resolveOptions(options), message);
    resolveOptions({ features: ['a'], drop: [] });
  });
});

describe('flags', () => {
  it('are written whole: a beginning is refused, with the flag that is near', async () => {
    const { code, stderr } = await bceTrain(['data.csv', '--optimiz', 'newton']);
    assert.equal(code, 2);
    assert.match(stderr, /unknown option '--optimiz'\nhint: did you mean --optimizer\?/);
  });
});

describe('the environment', () => {
  /** What the sources ask it for, but for what is node's own. */
  const asked = () => {
    const folder = join(ROOT, 'src');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const names = files.flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return [...text.matchAll(/\benv\.([A-Z_]+)/g)].map(([, name]) => name!);
    });
    return new Set(names);
  };

  it('is documented: every variable in help, man page and reference', () => {
    assert.ok(asked().size >= 6);
    const all = COMMANDS.map(({ command, table }) => ({
      help: helpText(command, table, 80, true),
      man: manPage(command, table, []),
    }));
    const made = reference(COMMANDS);
    for (const name of asked()) assert.ok(made.includes(name), name);
    for (const { name, command } of ENVIRONMENT) {
      for (const [k, { help, man }] of all.entries()) {
        const isHeeded = command === undefined || command === COMMANDS[k]!.command.name;
        assert.equal(help.includes(`  ${name} `), isHeeded, name);
        assert.equal(man.includes(`.B ${name}\n`), isHeeded, name);
      }
    }
  });
});

describe('help', () => {
  it('fits the terminal', () => {
    for (const { command, table } of COMMANDS) {
      for (const width of [40, 60, 80, 132]) {
        const text = helpText(command, table, width, true);
        const [, examples = ''] = /examples:\n([\s\S]*?)\n\n/.exec(text)!;
        // commands are not broken, nor are flags
        const lines = text
          .replace(examples, '')
          .split('\n')
          .filter((line) => !/^usage:|^ {2}(-\w,| {3}) ?-|:\/\//.test(line));
        const longest = Math.max(...lines.map((line) => line.length));
        assert.ok(longest <= Math.max(width, 44), `${longest} for ${width}`);
      }
    }
  });

  it('is short with -h, whole with --help, and given before any failure', async () => {
    const [short, whole] = [(await bceTrain(['-h'])).stdout, (await bceTrain(['--help'])).stdout];
    assert.ok(short.length < whole.length / 2);
    assert.doesNotMatch(short, /--temp-dir/);
    assert.equal((await bceTrain(['--help', '--nonsense'])).stdout, whole);
    assert.equal((await bceTrain(['--version'])).code, 0);
  });
});

describe('docs/reference.md', () => {
  it('is what the build makes of the table', () => {
    const made = reference([
      { command: TRAIN_TEXT, table: TRAIN },
      { command: PREDICT_TEXT, table: PREDICT },
    ]);
    assert.equal(readFileSync(join(ROOT, 'docs/reference.md'), 'utf8'), made, 'node build.mjs makes it anew');
  });
});

describe('completions', () => {
  it('are printed by either command', async () => {
    for (const shell of SHELLS) {
      const { stdout, code } = await bceTrain(['--completions', shell]);
      assert.equal(code, 0);
      assert.equal(stdout, completions(shell, completed));
      assert.equal((await bcePredict(['--completions', shell])).stdout, stdout);
    }
  });

  for (const shell of SHELLS) {
    const why = isThere(shell) ? false : `${shell} is not there: apt-get install ${shell}`;
    it(`are read by ${shell}`, { skip: why }, () => {
      const path = temporary(`completions.${shell}`, completions(shell as Shell, completed));
      execFileSync(shell, ['-n', path]);
    });
  }

  it('complete flags, choices and files in bash', { skip: !isThere('bash') }, () => {
    const path = temporary('complete.bash', completions('bash', completed));
    const complete = (...words: string[]) => {
      const script = `source ${path}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _bce_train; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return String(execFileSync('bash', ['-c', script], { cwd: example('') }))
        .trim()
        .split('\n');
    };
    assert.deepEqual(complete('bce-train', '--opt'), ['--optimizer']);
    assert.deepEqual(complete('bce-train', '--optimizer', 'n'), ['nesterov', 'newton']);
    assert.deepEqual(complete('bce-train', 'titan'), ['titanic.csv']);
    assert.deepEqual(complete('bce-train', 'x', '-o', 'pim'), ['pima.csv']);
    // --optimizer=n, as bash parts it
    assert.deepEqual(complete('bce-train', '--optimizer', '=', 'n'), ['nesterov', 'newton']);
    assert.deepEqual(complete('bce-train', '--output', '=', 'pim'), ['pima.csv']);
    // the data may follow where the value may be left out
    assert.deepEqual(complete('bce-train', '--compare', 'lost'), ['lost-minus']);
    for (const flag of ['--compare', '--explain'])
      assert.deepEqual(complete('bce-train', flag, 'titan'), ['titanic.csv']);
  });

  it('complete both commands in fish', { skip: isThere('fish') ? false : 'fish is not there' }, () => {
    const path = temporary('complete.fish', completions('fish', completed));
    const complete = (line: string) =>
      String(execFileSync('fish', ['-c', `source ${path}; complete -C '${line}'`], { cwd: example('') }))
        .trim()
        .split('\n')
        .map((found) => found.split('\t')[0]);
    assert.deepEqual(complete('bce-train --optimizer n'), ['nesterov', 'newton']);
    assert.deepEqual(complete('bce-train --optimizer=n'), ['--optimizer=nesterov', '--optimizer=newton']);
    assert.deepEqual(complete('bce-predict --outp'), ['--output']);
    assert.deepEqual(complete('bce-train --compare lost'), ['lost-minus']);
    for (const flag of ['--compare', '--explain'])
      assert.deepEqual(complete(`bce-train ${flag} titan`), ['titanic.csv']);
  });

  it('part the name of a value from its completion in zsh', () => {
    // an unescaped colon would have zsh run what follows it as a command
    assert.match(completions('zsh', completed), /--class-weight=\[.*\]:neg\\:pos: '/);
  });
});

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['-c', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
