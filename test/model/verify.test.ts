/** --verify: the same bits when the run is repeated, and the first difference where they are not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { bceTrain, example, fixture, readJson, temporary } from '../support/support.js';

const titanic = example('titanic.csv');
const birthwt = fixture('birthwt.csv');

async function written(args: readonly string[], name = 'verified.json'): Promise<string> {
  const path = temporary(name);
  const { code, stderr } = await bceTrain([...args, '-q', '-o', path]);
  assert.equal(code, 0, stderr);
  return path;
}

const verified = (path: string, ...args: string[]) => bceTrain(['--verify', path, ...args, '-q']);

describe('--verify', () => {
  const start = temporary(
    'verify-start.csv',
    'feature,weight\n(intercept),0.5\nage,0.01\nlwt,0\nsmoke,0.2\n',
  );
  const rest = temporary('verify-rest.csv', readFileSync(birthwt));
  const packed = temporary('verify-packed.csv.gz', gzipSync(readFileSync(birthwt)));
  const runs: readonly (readonly string[])[] = [
    [birthwt],
    [packed, '--optimizer', 'lbfgs'],
    [birthwt, rest, '--epochs', '5'],
    [birthwt, '--features', 'age,lwt,smoke', '--init', start, '--epochs', '7'],
    [birthwt, '--validation', rest, '--patience', '3', '--epochs', '30'],
    [birthwt, '--validation', '0.3', '--seed', '9', '--metrics'],
    [birthwt, '--batch', '32', '--epochs', '4', '--seed', '2', '--momentum', '0.5'],
    [birthwt, '--cv', '3', '--optimizer', 'newton'],
    [
      birthwt,
      '--formula',
      'low ~ smoke*age + lwt',
      '--optimizer',
      'newton',
      '--stats',
      '--confidence',
      '0.9',
    ],
    [birthwt, '--optimizer', 'proximal-newton', '--l1', '0.02', '--bounds', 'age:-0.01:'],
    [birthwt, '--path', '8', '--cv', '4', '--choose', '1se', '--seed', '3', '--unpenalised', 'age'],
    [birthwt, '--class-weight', '1:2.5', '--no-intercept', '--no-standardize', '--lr', 'auto'],
    [titanic, '--missing', 'mean', '--optimizer', 'newton', '--strict'],
  ];
  for (const args of runs) {
    it(`says yes with other threads and memory: ${args.slice(1).join(' ')}`, async () => {
      const path = await written(args);
      const data = args.slice(0, args.findIndex((arg) => arg.startsWith('-')) >>> 0);
      for (const flags of [[], ['--threads', '1', '--memory', '0']]) {
        const { code, stdout, stderr } = await verified(path, ...data, ...flags);
        assert.equal(code, 0, stdout + stderr);
        assert.match(
          stdout,
          /verified\.json: the same to the last bit, trained again on .*: \d+ weights and all/,
        );
      }
    });
  }

  it('says yes of what came on standard input, lies elsewhere now, or was trained in the library', async () => {
    const stdin = readFileSync(birthwt);
    const { stdout } = await bceTrain(['-', '-q', '--format', 'json'], { stdin });
    assert.equal((await verified(temporary('piped.json', stdout), birthwt)).code, 0);
    const path = await written([birthwt, '--epochs', '3']);
    assert.equal((await verified(path, rest)).code, 0);
    assert.equal((await bceTrain(['--verify', path, '-q'], { stdin })).code, 0);
    const model = await train(birthwt, { epochs: 3, drop: ['age'] });
    assert.equal((await verified(temporary('library.json', modelAsJson(model)), birthwt)).code, 0);
  });

  it('takes the files of --validation and --init from where they lie now', async () => {
    const [moved, begin] = [temporary('gone.csv', readFileSync(birthwt)), temporary('gone-start.json')];
    await bceTrain([birthwt, '-q', '--epochs', '2', '-o', begin]);
    const path = await written([birthwt, '--validation', moved, '--init', begin, '--epochs', '3']);
    const model = readJson(path);
    model.provenance.options.validation = temporary('nowhere.csv');
    model.provenance.init.name = temporary('nowhere.json');
    const away = temporary('away.json', JSON.stringify(model));
    assert.match(
      (await verified(away, birthwt)).stderr,
      /nowhere\.json: no such file.*\nhint: --init FILE says where/s,
    );
    assert.match((await verified(away, birthwt, '--init', begin)).stderr, /nowhere\.csv: no such file/);
    const { code, stdout, stderr } = await verified(away, birthwt, '--init', begin, '--validation', moved);
    assert.equal(code, 0, stdout + stderr);
    const other = await verified(away, birthwt, '--init', start, '--validation', moved);
    assert.match(other.stderr, /verify-start\.csv: no weight for/);
  });

  const changes: [what: string, change: (model: ReturnType<typeof JSON.parse>) => void, first: RegExp][] = [
    [
      'a weight',
      ({ terms }) => (terms[1].weight += 1e-16),
      /terms "age": weight: -0\.\d+ in .*, -0\.\d+ here/,
    ],
    ['a statistic', ({ terms }) => (terms[2].p = null), /terms "lwt": p: nothing in .*json, 0\.\d+ here/],
    ['the loss', ({ result }) => (result.loss *= 2), /result: loss: 1\.\d+ in/],
    ['a loss on the way', ({ history }) => (history[1] = 0), /history 2: 0 in/],
    ['an epoch less', ({ history }) => history.pop(), /history: length: \d in/],
    ['a mean', ({ features }) => (features[0].mean = 1), /features "age": mean: 1 in/],
    ['the weights solved for', ({ descent }) => (descent.weights[0] = 0), /descent: weights 1: 0 in/],
    ['a row', (model) => (model.rows -= 1), /rows: 188 in/],
    ['rows read', ({ provenance }) => (provenance.rows.read = 1), /difference: rows: read: 1 in/],
    [
      'the digest',
      ({ provenance }) => (provenance.sources[0].sha256 = 'ab'),
      /the bytes of .*birthwt\.csv, by their sha256: "ab" in .*, "b99902a5[0-9a-f]{56}" here/,
    ],
    ['a part of its own', (model) => (model.more = 'x'), /difference: more: "x" in .*, nothing here/],
    ['an option', ({ provenance }) => (provenance.options.l2 = 0.5), /terms "\(intercept\)": weight/],
  ];
  for (const [what, change, first] of changes) {
    it(`names what was changed by hand: ${what}`, async () => {
      const path = await written([birthwt, '--optimizer', 'newton', '--stats'], 'changed.json');
      const model = readJson(path);
      change(model);
      const { code, stdout } = await verified(temporary('changed.json', JSON.stringify(model)), birthwt);
      assert.match(
        stdout,
        /^.*changed\.json: not the same, trained again on .*birthwt\.csv\nfirst difference: /,
      );
      assert.match(stdout.split('\n')[1]!, first);
      assert.equal(code, 5);
    });
  }

  it('names the data where they differ, even in bytes that change no bit', async () => {
    const path = await written([birthwt, '--epochs', '2']);
    const longer = temporary('longer.csv', `${readFileSync(birthwt)}\n`);
    const { code, stdout } = await verified(path, longer, '--format', 'json');
    assert.equal(code, 5);
    const { isSame, differenceCount, differences, sources } = JSON.parse(stdout);
    assert.deepEqual([isSame, differenceCount], [false, 1]);
    assert.equal(differences[0].place, 'provenance: sources 1: sha256');
    assert.equal(differences[0].found, sources[0].sha256);
    // a cell that does: of all that follows the first is told
    const other = temporary('other.csv', String(readFileSync(birthwt)).replace('\n', '\n1'));
    const told = await verified(path, other);
    assert.match(
      told.stdout,
      /first difference: the bytes of .*other\.csv.*\n\d+ differences in all: 1 in provenance, /,
    );
  });

  it('tells versions where they differ, which alone are no difference', async () => {
    const path = await written([birthwt, '--epochs', '2']);
    const model = readJson(path);
    Object.assign(model.provenance, { version: '0.9.0', node: '18.0.0' });
    const old = temporary('old-version.json', JSON.stringify({ ...model, version: '0.9.5' }));
    const { code, stdout } = await verified(old, birthwt);
    assert.equal(code, 0);
    assert.match(stdout, /\nit was trained by bce-train 0\.9\.0 on node 18\.0\.0, and now by bce-train 1\./);
    const { trainedBy, isSame } = JSON.parse((await verified(old, birthwt, '--format', 'json')).stdout);
    assert.deepEqual([isSame, trainedBy], [true, { version: '0.9.0', node: '18.0.0' }]);
  });

  for (const ending of ['csv', 'tsv']) {
    it(`takes a table of weights with the options of the command line: ${ending}`, async () => {
      const flags = ['--optimizer', 'newton', '--stats'];
      const path = await written([birthwt, ...flags], `weights.${ending}`);
      assert.equal((await verified(path, birthwt, ...flags)).code, 0);
      const without = await verified(path, birthwt, '--optimizer', 'newton');
      assert.equal(without.code, 5);
      assert.match(without.stdout, /terms "\(intercept\)": std_error: \d.* in .*, nothing here/);
      const text = readFileSync(path, 'utf8').replace(/age(.)-0/, 'age$1-1');
      const { code, stdout } = await verified(temporary(`changed.${ending}`, text), birthwt, ...flags);
      assert.match(stdout, /first difference: terms "age": weight: -1\.\d+ in/);
      assert.equal(code, 5);
    });
  }

  it('takes a table of weights with a baseline of its own', async () => {
    const flags = ['--missing', 'drop', '--reference', 'passengerClass=3rd'];
    const path = await written([titanic, ...flags], 'reference.csv');
    assert.match(readFileSync(path, 'utf8'), /\npassengerClass=3rd,0\n/);
    assert.equal((await verified(path, titanic, ...flags)).code, 0);
  });

  it('takes a model of format 1 likewise, as far as it tells', async () => {
    const flags = ['--missing', 'drop', '--optimizer', 'newton'];
    const { code, stdout } = await verified(fixture('titanic-model-1.json'), titanic, ...flags);
    // newton goes on to the last digit since
    assert.match(stdout, /first difference: terms "\(intercept\)": weight: 3\.522064257448041 in/);
    assert.doesNotMatch(stdout, /in provenance/);
    assert.equal(code, 5);
  });

  const refused: [
    what: string,
    change: (model: ReturnType<typeof JSON.parse>) => void,
    message: RegExp,
    code: number,
  ][] = [
    [
      'was interrupted',
      ({ result }) => (result.status = 'interrupted'),
      /its training was interrupted after epoch \d+, and nobody/,
      1,
    ],
    [
      'has no such option',
      ({ provenance }) => (provenance.options.x = 1),
      /provenance: options: unknown option "x"/,
      1,
    ],
    [
      'has a wrong option',
      ({ provenance }) => (provenance.options.epochs = -1),
      /options: epochs .*expected a whole/,
      1,
    ],
    [
      'names threads',
      ({ provenance }) => (provenance.options.threads = 9),
      /options: "threads" shapes no result/,
      1,
    ],
    [
      'names a directory',
      ({ provenance }) => (provenance.options.tempDir = '/'),
      /"tempDir" shapes no result/,
      1,
    ],
    [
      'has half a provenance',
      ({ provenance }) => delete provenance.rows,
      /expected a provenance with version, node/,
      1,
    ],
    [
      'has none that is one',
      (model) => (model.provenance = 5),
      /expected a provenance with version, node/,
      1,
    ],
    [
      'began at nothing',
      ({ provenance }) => (provenance.init = 5),
      /expected a provenance with version, node/,
      1,
    ],
    [
      'read nothing',
      ({ provenance }) => (provenance.sources = [null]),
      /expected a provenance with version, node/,
      1,
    ],
    [
      'has a path that is none',
      ({ provenance }) => (provenance.options.path = 5),
      /expected a path with folds/,
      1,
    ],
    [
      'has a path without folds',
      ({ provenance }) => (provenance.options.path = {}),
      /expected a path with folds/,
      1,
    ],
    ['is no model', (model) => (model.terms = 1), /expected a list of terms/, 1],
  ];
  for (const [what, change, message, code] of refused) {
    it(`refuses a model that ${what}`, async () => {
      const model = readJson(await written([birthwt, '--epochs', '2'], 'refused.json'));
      change(model);
      const outcome = await verified(temporary('refused.json', JSON.stringify(model)), birthwt);
      assert.match(outcome.stderr, message);
      assert.doesNotMatch(outcome.stderr, /fault of/);
      assert.deepEqual([outcome.code, outcome.stdout], [code, '']);
    });
  }

  it('refuses options that the model says, and those of other tasks', async () => {
    const path = await written([birthwt, '--epochs', '2']);
    const pairs: [flags: string[], message: RegExp][] = [
      [['--lr', '1'], /says how it was trained: --lr cannot be given\nhint: --threads, --memory/],
      [['--no-intercept', '--l2', '1'], /says how it was trained: --no-intercept, --l2 cannot/],
      [['--validation', '0.5'], /says how it was trained: --validation cannot/],
      [['--init', start], /--init: the training of .*verified\.json began at zeros/],
      [['-o', 'x.json'], /--verify and --output cannot be used together/],
      [['--strict'], /--verify and --strict cannot be used together/],
      [['--explain'], /cannot be used together/],
      [
        ['--format', 'csv'],
        /--verify and --format csv cannot be used together\nhint: it gives json or table/,
      ],
    ];
    for (const [flags, message] of pairs) {
      const { code, stderr } = await verified(path, birthwt, ...flags);
      assert.match(stderr, message);
      assert.equal(code, 2);
    }
  });

  it('fails as training does where the data cannot be read, and gives no verdict when interrupted', async () => {
    const path = await written([birthwt, '--epochs', '2']);
    const missing = await verified(path, temporary('no-such.csv'));
    assert.match(missing.stderr, /no-such\.csv: no such file/);
    assert.equal(missing.code, 1);
    const { code, stdout } = await bceTrain(['--verify', path, birthwt, '-q'], {
      onListening: (interrupt) => interrupt(),
    });
    assert.deepEqual([code, stdout], [130, '']);
  });
});
