/** Faults of the system: full disks, signals, limits, names and modes of files. What was trained is not lost. */
import assert from 'node:assert/strict';
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
import { BIN, bcePredict, bceTrain, example, seeded, shell, spawnBceTrain, temporary } from './support.js';

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
