/** Faults of the system: full disks, signals, limits, names and modes of files. What was trained is not lost. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, it } from 'node:test';
import {
  BIN,
  bcePredict,
  bceTrain,
  example,
  seeded,
  shell,
  spawnBceTrain,
  temporary,
} from '../support/support.js';

const pima = example('pima.csv');
const NEWTON = '--optimizer newton -q';
const isLinux = existsSync('/proc/self/limits');
const linux = { skip: isLinux ? false : 'needs the limits of Linux' };

describe('a disk that is full', () => {
  const cases: readonly (readonly [what: string, line: string])[] = [
    ['standard output', `bce-train ${pima} -q --format json --epochs 1000 --tolerance 0 > full.json`],
    ['the weights', `bce-train ${pima} -q --format json --epochs 1000 --tolerance 0 -o full.json`],
    ['predictions', `bce-predict whole.csv ${pima} -q > full.csv`],
    ['a report', `bce-train ${pima} ${NEWTON} --report full.html`],
  ];
  for (const [what, line] of cases) {
    it(`fails ${what}, and says so`, linux, async () => {
      await bceTrain([pima, ...NEWTON.split(' '), '-o', temporary('whole.csv')]);
      const { code, stderr } = await shell(`cd ${temporary('')}; ulimit -f 8; ${line}`);
      assert.equal(code, 1);
      assert.match(stderr, /cannot write: the file would be larger than this process may write/);
    });
  }

  it('takes the loss curve, but not the weights', linux, async () => {
    const { code, stderr } = await shell(
      `cd ${temporary('')}; ulimit -f 8; bce-train ${pima} -q --epochs 3000 --tolerance 0 --history curve.csv -o kept.csv`,
    );
    assert.match(stderr, /error: curve.csv: cannot write/);
    assert.equal(code, 1);
    assert.match(readFileSync(temporary('kept.csv'), 'utf8'), /^feature,weight\n[\s\S]*age,.*\n$/);
    assert.ok(!existsSync(temporary('curve.csv')));
    assert.deepEqual(
      readdirSync(temporary('')).filter((name) => name.startsWith('.bce')),
      [],
    );
  });
});

describe('a file of weights that was cut off', () => {
  it('is refused, wherever in a line the cut is', async () => {
    const { stdout } = await bceTrain([pima, ...NEWTON.split(' ')]);
    for (const length of [40, 100, stdout.length - 1]) {
      const path = temporary('cut.csv', stdout.slice(0, length));
      const { code, stderr } = await bcePredict([path, pima]);
      assert.match(stderr, /cut.csv: expected a line end after the last weight.*cut off/);
      assert.equal(code, 1);
      assert.equal((await bceTrain([pima, '--init', path])).code, 1);
    }
    const { stdout: json } = await bceTrain([pima, ...NEWTON.split(' '), '--format', 'json']);
    const { stderr } = await bcePredict([temporary('cut.json', json.slice(0, 900)), pima]);
    assert.match(stderr, /cut.json: the JSON ends too early: the file was cut off/);
  });
});

describe('an output', () => {
  const weights = /^feature,weight\n/;
  const train = (path: string) => spawnBceTrain([pima, ...NEWTON.split(' '), '-o', path]);

  it('goes to the end of what standard output leads to', linux, async () => {
    const log = temporary('log.txt', 'first\n');
    await shell(`bce-train ${pima} ${NEWTON} -o /dev/stdout >> ${log}`);
    assert.match(readFileSync(log, 'utf8'), /^first\nfeature,weight\n/);
    const { stdout } = await shell(`bce-train ${pima} ${NEWTON} -o /dev/stdout | head -1`);
    assert.equal(stdout, 'feature,weight\n');
  });

  it('keeps the mode of the file whose place it takes', async () => {
    const path = temporary('mode.csv', '');
    chmodSync(path, 0o664);
    await shell(`umask 077; bce-train ${pima} ${NEWTON} -o ${path}`);
    assert.equal(statSync(path).mode & 0o777, 0o664);
    assert.match(readFileSync(path, 'utf8'), weights);
  });

  it('follows a link, also one that leads to no file yet', async () => {
    const link = temporary('link.csv');
    symlinkSync('linked.csv', link);
    await train(link);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.equal(readlinkSync(link), 'linked.csv');
    assert.match(readFileSync(temporary('linked.csv'), 'utf8'), weights);
  });

  it('is the same under all names of a file', async () => {
    const [one, other] = [temporary('one.csv', 'old'), temporary('other.csv')];
    linkSync(one, other);
    await train(other);
    assert.match(readFileSync(one, 'utf8'), weights);
  });

  it('does not mind what another run has left behind, nor a long name', async () => {
    for (let i = 0; i < 3; i++) temporary(`.bce-${process.pid}-${i}.tmp`, '');
    const path = temporary(`${'n'.repeat(250)}.csv`);
    const { code } = await bceTrain([pima, ...NEWTON.split(' '), '-o', path]);
    assert.equal(code, 0);
    const longer = await bceTrain([pima, ...NEWTON.split(' '), '-o', `${path}${'n'.repeat(20)}`]);
    assert.match(longer.stderr, /cannot write: the name is too long/);
    assert.doesNotMatch(longer.stderr, /epoch/);
  });

  it('keeps the owner, in a directory where only owners may take a name away', async (test) => {
    if (process.getuid?.() !== 0) return test.skip('needs the rights to give a file away');
    const { stdout, code, stderr } = await shell(
      `cd ${temporary('')}; mkdir sticky; chmod 1777 sticky; echo x > sticky/theirs.csv; chmod 666 sticky/theirs.csv
       chown daemon sticky/theirs.csv
       su nobody -s /bin/bash -c '${process.execPath} ${BIN} ${pima} ${NEWTON} -o sticky/theirs.csv'
       stat -c '%U %a' sticky/theirs.csv; head -1 sticky/theirs.csv`,
    );
    assert.deepEqual([stdout, code], ['daemon 666\nfeature,weight\n', 0], stderr);
  });
});

describe('a request to end', () => {
  const random = seeded(3);
  const rows = Array.from(
    { length: 50_000 },
    () => `${Array.from({ length: 8 }, random).join(',')},${random() > 0 ? 1 : 0}\n`,
  );
  for (const [signal, expected] of [
    ['INT', 130],
    ['TERM', 143],
    ['HUP', 129],
  ] as const) {
    it(`writes the weights so far and ends with ${expected}: SIG${signal}`, async () => {
      const [data, path] = [temporary('signals.csv'), temporary(`${signal}.csv`)];
      writeFileSync(data, rows.join(''));
      const { stdout, stderr } = await shell(
        `cd ${temporary('')}; exec 3< <(exec ${process.execPath} ${BIN} signals.csv --epochs 10000000 --tolerance 0 -o ${path} 2>&1 > /dev/null & p=$!; echo $p; wait $p; echo "code $?")
         read -u 3 p; while read -u 3 line; do case $line in 'epoch '*) kill -${signal} $p; break;; esac; done; tail -n 1 <&3`,
      );
      assert.match(stdout, new RegExp(`code ${expected}`), stderr);
      assert.match(readFileSync(path, 'utf8'), /^feature,weight\n(?:.*\n){9}$/);
    });
  }
});

describe('limits of the process', () => {
  it('leave the plain kernel where addresses are scarce', linux, async () => {
    const random = seeded(4);
    const path = temporary('scarce.csv');
    const lines = Array.from(
      { length: 20_000 },
      () => `${Array.from({ length: 6 }, random).join(',')},${random() > 0 ? 1 : 0}\n`,
    );
    writeFileSync(path, lines.join(''));
    const plain = await shell(`bce-train ${path} ${NEWTON}`);
    const limited = await shell(`ulimit -v 6000000; bce-train ${path} --optimizer newton`);
    assert.equal(limited.code, 0, limited.stderr);
    assert.match(limited.stderr, /note: the plain kernel serves/);
    const numbers = (text: string) => [...text.matchAll(/,(\S+)\n/g)].slice(1).map(([, w]) => Number(w));
    numbers(limited.stdout).forEach((weight, j) => {
      assert.ok(Math.abs(weight - numbers(plain.stdout)[j]!) < 1e-10);
    });
  });

  it('are told in words: a directory, a file that no string holds, a row of a million cells', async () => {
    const directory = await shell(`bce-train - < ${temporary('')}`);
    assert.match(directory.stderr, /error: <stdin>: expected a file, found a directory/);
    const sparse = temporary('sparse.json', '{');
    truncateSync(sparse, 600 * 2 ** 20);
    for (const { stderr } of [await bcePredict([sparse, pima]), await bceTrain([pima, '--init', sparse])]) {
      assert.match(stderr, /expected a file of weights or a model, of at most 400 MiB, found more/);
    }
    const wide = await bceTrain(['-'], { stdin: `a,b,y\n1,2,0\n2,3,1\n${','.repeat(2e6)}\n` });
    assert.match(wide.stderr, /<stdin>:4: expected at most 1,048,576 cells in a row, found more/);
  });
});

describe('a terminal', () => {
  const python = spawnSync('python3', ['-c', 'import pty']).status === 0;
  it('ends at once at the second Ctrl-C within one epoch', {
    skip: python ? false : 'needs python3',
  }, async () => {
    const data = temporary('epochs.csv');
    const random = seeded(6);
    // a matrix of second derivatives takes seconds
    const lines = Array.from(
      { length: 3000 },
      () =>
        `${Array.from({ length: 1200 }, () => (random() > 0 ? 1 : 0)).join(',')},${random() > 0 ? 1 : 0}\n`,
    );
    writeFileSync(data, lines.join(''));
    const script = temporary(
      'twice.py',
      `import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen, presses, last = b'', 0, 0
while True:
    if select.select([fd], [], [], 0.05)[0]:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    if presses < 2 and b'epoch' in seen.split(b'until')[-1] and time.time() - last > 0.3:
        os.write(fd, b'\\x03')
        presses, last = presses + 1, time.time()
status = os.waitpid(pid, 0)[1]
print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status), presses, time.time() - last < 5)
`,
    );
    const flags = [
      data,
      '--no-header',
      '--optimizer',
      'newton',
      '--threads',
      '1',
      '-o',
      temporary('twice.csv'),
    ];
    const { stdout } = spawnSync('python3', [script, process.execPath, BIN, ...flags], { encoding: 'utf8' });
    // 2 is SIGINT itself; a run that ends between the two has taken the first
    assert.match(stdout, /^(2|-130) [12] True\n$/);
  });
});

describe('what is refused or told apart', () => {
  it('labels that are no text: each is refused, and none is another', async () => {
    for (const bytes of [Buffer.from('x,y\n1,caf\xe9\n2,caf\xe8\n', 'latin1'), 'x,y\n1,a\0\n2,a\0b\n3,a\n']) {
      const { stderr, code } = await bceTrain(['-'], { stdin: bytes });
      assert.match(stderr, /column "y": expected (UTF-8|text), found/);
      assert.equal(code, 1);
    }
  });

  it('blank rows of one column are passed over, in a small file and in a large one', async () => {
    const weights = temporary('one-weight.csv', 'feature,weight\n(intercept),0.1\na,0.5\n');
    for (const count of [50, 30_000]) {
      const rows = Array.from({ length: count }, (_, i) => (i % 10 === 0 ? `${i}\n  \n` : `${i}\n`));
      const { stdout, code } = await bcePredict([weights, '-', '-q'], { stdin: `a\n${rows.join('')}` });
      assert.deepEqual([code, stdout.trim().split('\n').length], [0, count + 1]);
    }
  });

  it('a constant column alone, with a step that is too long, diverges', async () => {
    const stdin = 'a,y\n5,1\n5,1\n5,1\n5,0\n';
    const { stderr, code } = await bceTrain(['-', '--no-standardize', '--lr', '20'], { stdin });
    assert.match(stderr, /error: diverged at epoch/);
    assert.equal(code, 3);
  });

  it('weights of classes beyond what can be summed', async () => {
    for (const weights of ['1e-300:1e300', '1e300:1e300']) {
      const { stderr, stdout, code } = await bceTrain([pima, '--class-weight', weights]);
      assert.match(stderr, /expected weights whose sum is from 1e-100 to 1e\+100/);
      assert.deepEqual([stdout, code], ['', 1]);
    }
    const adam = await bceTrain([pima, '--optimizer', 'adam', '--lr', '1e300']);
    assert.deepEqual([adam.stdout, adam.code], ['', 3]);
  });

  it('words that are names of JavaScript', async () => {
    const { stderr, code } = await bceTrain([pima, '--delimiter', 'toString']);
    assert.match(stderr, /--delimiter: expected one character/);
    assert.equal(code, 2);
  });

  it('a password, which is shown nowhere', async () => {
    for (const secret of ['se/cret', 's@cret', 'se%cret', 'secret']) {
      const address = `clickhouse://me:${secret}@127.0.0.1:1/db/t`;
      for (const outcome of [
        await bceTrain([address, '-v']),
        await bcePredict([address, pima]),
        await bcePredict([pima, address]),
        await bceTrain([pima, '--init', address]),
        await bceTrain([pima, '-o', address]),
        await bceTrain([pima, '--history', address]),
        await bceTrain([pima, '--report', address]),
        await bceTrain([pima, '--validation', address]),
        await bceTrain([`https://me:${secret}@127.0.0.1/x.csv`]),
      ]) {
        assert.notEqual(outcome.code, 0);
        assert.ok(!outcome.stderr.includes(secret), outcome.stderr);
      }
    }
  });

  it('wide tables: all margins positive are separation, and what is not judged is said', async () => {
    const random = seeded(7);
    const wide = (rows: number) =>
      `${Array.from({ length: 1100 }, (_, j) => `x${j}`).join(',')},y\n${Array.from(
        { length: rows },
        (_, i) => `${Array.from({ length: 1100 }, () => random().toFixed(3)).join(',')},${i % 2}`,
      ).join('\n')}\n`;
    const separated = await bceTrain(['-', '-q', '--strict', '--optimizer', 'lbfgs'], { stdin: wide(60) });
    assert.match(separated.stderr, /the classes are separated/);
    assert.equal(separated.code, 3);
  });
});
