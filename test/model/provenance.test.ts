/** Where a model comes from: what was read, what was asked, and nothing else. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadModel, type Model, saveModel, type TrainOptions, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { LIBRARY } from '../../src/options/library.js';
import { VERSION } from '../../src/version.js';
import { bceTrain, example, fixture, temporary } from '../support/support.js';

const titanic = example('titanic.csv');
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** The model that the command writes. */
async function modelOf(args: readonly string[], stdin: Buffer | string = ''): Promise<string> {
  const { code, stdout, stderr } = await bceTrain([...args, '-q', '--format', 'json'], { stdin });
  assert.equal(code, 0, stderr);
  return stdout;
}

async function provenanceOf(args: readonly string[], stdin?: Buffer): Promise<Model['provenance'] & object> {
  return JSON.parse(await modelOf(args, stdin)).provenance;
}

describe('the provenance of a model', () => {
  it('tells what was read, and the versions', async () => {
    const bytes = readFileSync(titanic);
    assert.deepEqual(await provenanceOf([titanic, '--missing', 'drop', '--optimizer', 'newton']), {
      version: VERSION,
      node: process.versions.node,
      sources: [{ name: titanic, bytes: bytes.length, sha256: sha256(bytes) }],
      rows: { read: 1309, trained: 1046, heldOut: 0, dropped: 263 },
      options: { missing: 'drop', optimizer: 'newton' },
    });
  });

  const csv = readFileSync(fixture('patients.csv'));
  const forms: [what: string, bytes: Buffer][] = [
    ['plain', csv],
    ['packed', gzipSync(csv)],
    ['UTF-16', Buffer.from(`\ufeff${csv}`, 'utf16le')],
  ];
  for (const [what, bytes] of forms) {
    it(`has the digest of the bytes as they lie there: ${what}`, async () => {
      const found = { bytes: bytes.length, sha256: sha256(bytes) };
      const path = temporary(`${what}.csv`, bytes);
      assert.deepEqual((await provenanceOf([path])).sources, [{ name: path, ...found }]);
      assert.deepEqual((await provenanceOf(['-'], bytes)).sources, [{ name: '<stdin>', ...found }]);
      const { provenance } = await train(createReadStream(path));
      assert.deepEqual(provenance!.sources, [{ name: '<stream>', ...found }]);
    });
  }

  it('has that of a file which is scanned on several threads', async () => {
    const many = Buffer.concat([csv, ...Array(60_000).fill(csv.subarray(csv.indexOf('\n') + 1))]);
    const path = temporary('many.csv', many);
    const { sources, rows } = await provenanceOf([path, '--epochs', '0', '--threads', '2']);
    assert.deepEqual(sources, [{ name: path, bytes: many.length, sha256: sha256(many) }]);
    assert.equal(rows.read, 60_001 * 20);
  });

  it('has that of each of several files', async () => {
    const [header, ...lines] = csv.toString().trimEnd().split('\n');
    const halves = [lines.slice(0, 9), lines.slice(9)].map((half) => `${[header, ...half].join('\n')}\n`);
    const paths = halves.map((half, i) => temporary(`half-${i}.csv`, half));
    const { sources, rows } = await provenanceOf(paths);
    assert.deepEqual(
      sources,
      paths.map((name, i) => ({ name, bytes: halves[i]!.length, sha256: sha256(halves[i]!) })),
    );
    assert.equal(rows.read, 20);
  });

  it('tells rows held out with their seed, and a file of others with its digest', async () => {
    const shared = await provenanceOf([titanic, '--missing', 'drop', '--validation', '0.25']);
    assert.deepEqual(shared.rows, { read: 1309, trained: 784, heldOut: 262, dropped: 263 });
    assert.equal(shared.seed, 1);
    assert.deepEqual(shared.options, { missing: 'drop', validation: 0.25 });
    assert.ok(!('validation' in shared));
    const filed = await provenanceOf([fixture('patients.csv'), '--validation', fixture('patients.csv')]);
    const { length } = csv;
    const record = { name: fixture('patients.csv'), bytes: length, sha256: sha256(csv) };
    assert.deepEqual(filed.validation, [record]);
    assert.ok(!('seed' in filed));
  });

  it('tells the weights that training began at, the same for a model and for its file', async () => {
    const model = await train(fixture('patients.csv'), { epochs: 3 });
    const path = temporary('start.json');
    await saveModel(model, path);
    const digest = sha256(readFileSync(path));
    const fromFile = await provenanceOf([fixture('patients.csv'), '--init', path]);
    assert.deepEqual(fromFile.init, { name: path, sha256: digest });
    const { provenance } = await train(fixture('patients.csv'), { init: model });
    assert.deepEqual(provenance!.init, { name: 'init', sha256: digest });
  });

  it('is the same for any threads and memory, as the rest of the file is', async () => {
    const args = [titanic, '--missing', 'drop', '--optimizer', 'lbfgs'];
    const plain = await modelOf(args);
    for (const flags of [
      ['--threads', '1'],
      ['--threads', '3'],
      ['--memory', '0', '--temp-dir', temporary('')],
    ]) {
      assert.equal(await modelOf([...args, ...flags]), plain, flags.join(' '));
    }
  });

  it('names no digest of what had no bytes', async () => {
    const { provenance } = await train({ X: [[1], [2], [3], [4]], y: [0, 1, 0, 1] });
    assert.deepEqual(provenance!.sources, [{ name: 'X', bytes: undefined, sha256: undefined }]);
    assert.deepEqual(provenance!.rows, { read: 4, trained: 4, heldOut: 0, dropped: 0 });
  });

  it('has options with which the run is repeated to the last bit', async () => {
    const runs: TrainOptions[] = [
      { missing: 'mean', optimizer: 'newton', stats: true, confidence: 0.9, metrics: true },
      { formula: 'survived ~ sex*age', missing: 'drop', optimizer: 'lbfgs', l2: 0.01 },
      { missing: 'drop', optimizer: 'newton', cv: 3, seed: 5 },
      { missing: 'drop', optimizer: 'adam', batch: 64, seed: 3, epochs: 3 },
      { missing: 'mean', optimizer: 'proximal-newton', l1: 0.01, bounds: [{ column: 'age', upper: 0 }] },
      { missing: 'drop', missingValues: ['3rd'], drop: ['age'], validation: 0.3, seed: 7, patience: 2 },
      {
        missing: 'drop',
        classWeight: [1, 2.5],
        standardize: false,
        learningRate: 'auto',
        reference: ['sex=male'],
      },
    ];
    for (const options of runs) {
      const model = await train(titanic, { ...options, threads: 2 });
      assert.deepEqual(model.provenance!.options, options);
      const path = temporary('repeat.json');
      await saveModel(model, path);
      const asked = (await loadModel(path)).provenance!.options as TrainOptions;
      assert.equal(modelAsJson(await train(titanic, asked)), modelAsJson(model));
    }
  });

  it('leaves out of the options what changes no bit, and that alone', () => {
    const idle = Object.entries(LIBRARY).filter(([, row]) => 'changesNoBit' in row);
    assert.deepEqual(idle.map(([name]) => name).sort(), ['memory', 'tempDir', 'threads']);
  });

  it('is a copy of the options, which may change', async () => {
    const drop = ['trait_anxiety'];
    const { provenance } = await train(fixture('patients.csv'), { drop });
    drop.push('treatment');
    assert.deepEqual(provenance!.options, { drop: ['trait_anxiety'] });
  });
});
