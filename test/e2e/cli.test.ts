/** The command line in process: files, terminals, colours, interrupts, failures of the system. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { BIN, bcePredict, bceTrain, example, fixture, temporary } from '../support/support.js';

const patients = fixture('patients.csv');

describe('input', () => {
  const expected = readFileSync(patients);

  it('is the same from a path, a pipe, gzip, and a pipe without a path', async () => {
    const { stdout } = await bceTrain([patients, '-q']);
    assert.match(stdout, /^feature,weight\n\(intercept\),/);
    const zipped = temporary('patients.data', gzipSync(expected));
    for (const run of [
      bceTrain(['-', '-q'], { stdin: expected }),
      bceTrain(['-q'], { stdin: expected }),
      bceTrain([zipped, '-q']),
      bceTrain(['-', '-q'], { stdin: gzipSync(expected) }),
    ]) {
      assert.equal((await run).stdout, stdout);
    }
  });

  it('is asked for when there is only a terminal', async () => {
    const { code, stdout, stderr } = await bceTrain([], { isTTY: { stdin: true } });
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^usage: bce-train \[options\] <data>/);
  });

  it('that fails half-way says why', async () => {
    const stdin = new Readable({ read() {} });
    stdin.push('a,y\n1,0\n');
    setImmediate(() => stdin.destroy(Object.assign(new Error('EIO: i/o error, read'), { syscall: 'read' })));
    const { code, stderr } = await bceTrain(['-'], { stdin });
    assert.equal(code, 1);
    assert.equal(stderr, 'error: <stdin>: EIO: i/o error, read\n');
  });
});

describe('output files', () => {
  it('take the form that their name says', async () => {
    for (const [name, start] of [
      ['w.csv', 'feature,weight\n'],
      ['w.tsv', 'feature\tweight\n'],
      ['w.JSON', '{\n'],
      ['w', 'feature,'],
    ]) {
      const path = temporary(name!);
      const { code, stdout } = await bceTrain([patients, '-q', '-o', path], { isTTY: { stdout: true } });
      assert.deepEqual([code, stdout], [0, '']);
      assert.ok(readFileSync(path, 'utf8').startsWith(start!), name);
    }
  });

  it('are replaced whole, keep their mode, and leave nothing beside them', async () => {
    const path = temporary('kept/weights.csv', undefined);
    mkdirSync(dirname(path));
    await bceTrain([patients, '-q', '-o', path]);
    chmodSync(path, 0o640);
    const before = readFileSync(path, 'utf8');
    await bceTrain([patients, '-q', '--lr', '1', '-o', path]);
    assert.notEqual(readFileSync(path, 'utf8'), before);
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(dirname(path)), ['weights.csv']);
  });

  it('behind a link are replaced, not the link', async () => {
    const [file, link] = [temporary('real.csv', 'old'), temporary('link.csv')];
    symlinkSync(file, link);
    await bceTrain([patients, '-q', '-o', link]);
    assert.match(readFileSync(file, 'utf8'), /^feature,weight/);
  });

  it('hold the loss of every epoch', async () => {
    const path = temporary('loss.csv');
    await bceTrain([patients, '--epochs', '4', '-q', '--history', path]);
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    assert.equal(lines.length, 6);
    assert.match(lines[1]!, /^0,0\.693147180559/);
  });

  it('hold the loss of a run that diverged, but no weights', async () => {
    const [loss, weights] = [temporary('diverged.csv'), temporary('never.csv')];
    const { code } = await bceTrain([patients, '--lr', '1e9', '-q', '--history', loss, '-o', weights]);
    assert.equal(code, 3);
    assert.ok(readFileSync(loss, 'utf8').split('\n').length > 10);
    assert.ok(!existsSync(weights));
  });

  const refused: [string, string[], number, RegExp][] = [
    ['a directory', ['-o', dirname(temporary('x'))], 1, /expected a file, found a directory/],
    ['no such directory', ['-o', temporary('no/such/w.csv')], 1, /cannot write: no such directory/],
    ['a file without a name', ['-o', ''], 2, /--output: expected the name of a file, got ""/],
    ['the history on standard output', ['--history', '-'], 2, /--history: expected a file, got "-"/],
    [
      'one file for two',
      ['-o', temporary('w2'), '--history', temporary('w2')],
      2,
      /--output and --history both name/,
    ],
    ['a full device', ['-o', '/dev/full'], 1, /\/dev\/full: cannot write: no space left/],
  ];
  for (const [what, flags, exitCode, message] of refused) {
    it(`refuse ${what}`, async () => {
      const { code, stderr, stdout } = await bceTrain([patients, '-q', ...flags]);
      assert.match(stderr, message);
      assert.deepEqual([code, stdout], [exitCode, '']);
    });
  }

  it('refuse the data themselves', async () => {
    const data = temporary('data.csv', readFileSync(patients));
    for (const flag of ['-o', '--history']) {
      const { code, stderr } = await bceTrain([data, flag, data]);
      assert.equal(code, 2);
      assert.match(stderr, /is the file of the data/);
    }
    assert.deepEqual(readFileSync(data), readFileSync(patients));
  });

  it('refuse the weights to begin at, unless it is for better ones', async () => {
    const weights = temporary('begin.csv');
    const go = (...flags: string[]) => bceTrain([patients, '-q', '--epochs', '1', ...flags]);
    await go('-o', weights);
    const before = readFileSync(weights);
    for (const flag of ['--history', '--report']) {
      const { code, stderr } = await go('--init', weights, flag, weights);
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`${flag}: .* is the file of --init`));
    }
    assert.deepEqual(readFileSync(weights), before);
    assert.equal((await go('--init', weights, '-o', weights)).code, 0);
    assert.notDeepEqual(readFileSync(weights), before);
  });
});

describe('a terminal', () => {
  it('shows tabs and line ends as they are, and escapes what would steer it', async () => {
    const weights = await bceTrain([patients, '-q', '--format', 'tsv']);
    const shown = await bceTrain([patients, '-q', '--format', 'tsv'], { isTTY: { stdout: true } });
    assert.equal(shown.stdout, weights.stdout);
    const stdin = 'a\tb\r\n1\tx\x1b[31m\r\n';
    const model = temporary('terminal.csv', 'feature,weight\na,0\n');
    const rows = await bcePredict([model, '-', '--append'], { stdin, isTTY: { stdout: true } });
    assert.equal(rows.stdout, 'a\tb\tprobability\r\n1\tx\\x1b[31m\t0.5\r\n');
  });

  it('gets a table, files and pipes CSV', async () => {
    const shown = await bceTrain([patients, '-q'], { isTTY: { stdout: true } });
    assert.match(shown.stdout, /^feature +weight\n/);
    const forced = await bceTrain([patients, '-q', '--format', 'csv'], { isTTY: { stdout: true } });
    assert.match(forced.stdout, /^feature,weight\n/);
  });

  it('is sent no control characters from names', async () => {
    const stdin = '"\u001b]0;title\u0007","\u009b2J",y\n1,u,0\n2,v,1\n3,u,1\n';
    for (const format of ['csv', 'tsv', 'json', 'table']) {
      const { stdout, stderr } = await bceTrain(['-', '-v', '--format', format], {
        stdin,
        isTTY: { stdout: true, stderr: true },
      });
      assert.doesNotMatch(stdout, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      assert.doesNotMatch(
        stderr.replaceAll(/\u001b\[\d+m/g, ''),
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/,
      );
    }
  });

  const colours: [string, boolean, Record<string, string>, string[], boolean][] = [
    ['on a terminal', true, {}, [], true],
    ['not in a file', false, {}, [], false],
    ['not with NO_COLOR', true, { NO_COLOR: '1' }, [], false],
    ['with an empty NO_COLOR', true, { NO_COLOR: '' }, [], true],
    ['with FORCE_COLOR in a file', false, { FORCE_COLOR: '1' }, [], true],
    ['not with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, [], false],
    ['not on a dumb terminal', true, { TERM: 'dumb' }, [], false],
    ['with --color always', false, { NO_COLOR: '1' }, ['--color', 'always'], true],
    ['not with --color never', true, { FORCE_COLOR: '1' }, ['--color', 'never'], false],
  ];
  for (const [when, stderr, env, flags, expected] of colours) {
    it(`shows colours ${when}`, async () => {
      const run = await bceTrain([fixture('patient.csv'), ...flags], { isTTY: { stderr }, env });
      assert.equal(run.stderr.includes('\u001b[31m'), expected);
    });
  }

  it('shows how a run ended in colour', async () => {
    const { stderr } = await bceTrain([patients, '--epochs', '0', '--color', 'always']);
    assert.ok(stderr.endsWith('--lr auto or --optimizer lbfgs needs fewer\n'));
    assert.match(
      stderr,
      /\n\u001b\[33mnot converged after 0 epochs\u001b\[39m: J 0\.693147180560, max[^\u001b]*$/,
    );
  });

  it('shows a bar on long work, and lines above it', async () => {
    const run = await bceTrain(
      [example('pima.csv'), '--epochs', '100000', '--tolerance', '0', '--log-every', '10000'],
      {
        isTTY: { stderr: true },
      },
    );
    assert.match(run.stderr, /training .*%/);
    assert.match(run.stderr, /epoch +20000 {2}J/);
    assert.match(run.stderr, /done.*100,000 epochs/);
  });

  it('shows no bar under --quiet', async () => {
    const { stderr } = await bceTrain([example('pima.csv'), '-q', '--epochs', '100000', '--tolerance', '0'], {
      isTTY: { stderr: true },
    });
    assert.equal(stderr, '');
  });
});

describe('an interrupt', () => {
  it('ends training after the epoch, and still writes the weights', async () => {
    const path = temporary('interrupted.json');
    const { code, stderr } = await bceTrain(
      [
        example('pima.csv'),
        '--epochs',
        '100000000',
        '--tolerance',
        '0',
        '--log-every',
        '1000000',
        '-o',
        path,
      ],
      { onListening: (interrupt) => setTimeout(interrupt, 150) },
    );
    assert.equal(code, 130);
    const { result, history } = JSON.parse(readFileSync(path, 'utf8'));
    assert.equal(result.status, 'interrupted');
    assert.ok(result.epochs > 0);
    assert.equal(history.length, result.epochs + 1);
    assert.match(stderr, /interrupted after [\d,]+ epochs?: J/);
  });

  it('ends a check without a verdict', async () => {
    const { code, stdout, stderr } = await bceTrain([fixture('spam.csv'), '--check-gradient', '-q'], {
      onListening: (interrupt) => setTimeout(interrupt, 100),
    });
    assert.deepEqual([code, stdout], [130, '']);
    assert.match(stderr, /^error: interrupted while (checking: no verdict|reading: no weights)\n$/);
  });

  it('ends reading at once, without weights', async () => {
    const stdin = new Readable({ read() {} });
    stdin.push('a,y\n1,0\n');
    const { code, stdout, stderr } = await bceTrain(['-'], {
      stdin,
      onListening: (interrupt) => setTimeout(interrupt, 20),
    });
    assert.deepEqual([code, stdout], [130, '']);
    assert.equal(stderr, 'error: interrupted while reading: no weights\n');
    assert.ok(stdin.destroyed);
  });
});

describe('an unreadable file', () => {
  const path = temporary('secret.csv', 'a,y\n1,0\n2,1\n');
  chmodSync(path, 0o000);
  const isRoot = process.getuid?.() === 0;

  it('is named with the reason', async () => {
    // root may read everything, so the command runs as nobody
    const child = spawn(process.execPath, [BIN, path], {
      uid: isRoot ? 65534 : undefined,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(stderr, `error: ${path}: permission denied\n`);
    assert.equal(code, 1);
  });
});
