/** The package as others get it: what is in it, that it runs, that it can be imported with types. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERSION } from '../../src/version.js';
import { example, fixture, ROOT, readJson, temporary } from '../support/support.js';

const manifest = readJson(join(ROOT, 'package.json'));

describe('the package', () => {
  it('tells its version', () => assert.equal(VERSION, manifest.version));

  it('has a heading for its version in the changelog', () => {
    assert.ok(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').includes(`## [${VERSION}]`));
  });

  it('gives a reason for each of its dependencies', () => {
    const reasons = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
    for (const name of Object.keys(manifest.dependencies)) assert.ok(reasons.includes(`\`${name}\``), name);
  });

  it('installs from its tarball, runs, and is imported with types', () => {
    const folder = temporary('consumer');
    const modules = join(folder, 'node_modules');
    mkdirSync(modules, { recursive: true });
    // already built: packing must not build again under the feet of the other tests
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ filename, files }] = Object.values(JSON.parse(String(packed))) as [
      { filename: string; files: { path: string }[] },
    ];
    const paths = files.map(({ path }) => path);
    for (const path of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'examples/titanic.csv',
      'docs/model.md',
      'schema/model.schema.json',
      'dist/LICENSES.txt',
      'dist/bce-predict.bundle.cjs',
      'dist/bce-predict.cjs',
      'dist/bce-predict.rest.cjs',
      'dist/bce-train.bundle.cjs',
      'dist/bce-train.cjs',
      'dist/bce-train.rest.cjs',
      'dist/kernel.wasm',
      'dist/scan.wasm',
      'dist/scanComma.wasm',
      'dist/worker.cjs',
      'dist/report.js',
      'dist/report.css',
      'dist/src/math/normal.js.LEGAL.txt',
      'dist/src/index.d.ts',
    ]) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual(
      paths.filter((path) => /^(test|bench|dist\/(test|bench|bin))\//.test(path)),
      [],
    );

    execFileSync('tar', ['-xzf', join(folder, filename), '-C', folder]);
    symlinkSync(join(folder, 'package'), join(modules, 'bce-train'));
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (!name.startsWith('.'))
        symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'package/..', 'node_modules', name));
    }

    const weights = execFileSync(join(folder, 'package', manifest.bin['bce-train']), [
      fixture('patients.csv'),
      '-q',
    ]);
    assert.match(String(weights), /^feature,weight\n/);
    const predict = join(folder, 'package', manifest.bin['bce-predict']);
    const predictions = execFileSync(predict, ['-', fixture('patients.csv'), '-q'], { input: weights });
    assert.match(String(predictions), /^probability\n0\./);

    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(join(folder, 'use.ts'), program(example('pima.csv')));
    const compilerOptions = {
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      // our declarations as well
      skipLibCheck: false,
      types: ['node'],
    };
    const configs = {
      bundler: { module: 'esnext', moduleResolution: 'bundler', noEmit: true },
      nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
    };
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    for (const [name, options] of Object.entries(configs)) {
      const config = { compilerOptions: { ...compilerOptions, ...options }, files: ['use.ts'] };
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(config));
      execFileSync(process.execPath, [tsc, '-p', `${name}.json`], { cwd: folder, stdio: 'inherit' });
    }
    assert.equal(String(execFileSync(process.execPath, ['use.js'], { cwd: folder })), 'done\n');
  });
});

/** A project of somebody else's: trains, predicts, evaluates, saves, loads and exports. */
function program(data: string): string {
  return `import assert from 'node:assert/strict';
import { createReadStream, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  BceError,
  type ErrorCode,
  evaluate,
  type Evaluation,
  exportModel,
  loadModel,
  type Metrics,
  type Model,
  type ModelTerm,
  namedWeights,
  predict,
  type Provenance,
  saveModel,
  type SourceRecord,
  train,
  type TrainOptions,
} from 'bce-train';

const data = ${JSON.stringify(data)};
const options: TrainOptions = { optimizer: 'newton', stats: true, validation: 0.2, metrics: true };
const epochs: number[] = [];
const model: Model = await train(data, { ...options, onStep: ({ epoch }) => epochs.push(epoch) });
const loss: number = model.result.loss;
assert.ok(loss < 0.5 && epochs.length === model.result.epochs + 1);

const [intercept, first]: readonly (ModelTerm | undefined)[] = model.terms;
const standardError: number | undefined = first?.standardError;
assert.ok(intercept?.name === '(intercept)' && standardError !== undefined);
assert.equal(namedWeights(model).length, 8);
for (const feature of model.features) {
  // what a feature is tells what it has
  const count: number = feature.kind === 'numeric' ? feature.mean : feature.levels.length;
  assert.ok(Number.isFinite(count));
}
const provenance: Provenance | undefined = model.provenance;
const source: SourceRecord | undefined = provenance?.sources[0];
assert.ok(source?.name === data && source.bytes === readFileSync(data).length && source.sha256?.length === 64);

await saveModel(model, 'model.json');
const same: Model = await loadModel('model.json');
assert.deepEqual(same, model);
assert.deepEqual(JSON.parse(JSON.stringify(same)), JSON.parse(readFileSync('model.json', 'utf8')));

const p: Float64Array = await predict(same, data);
const fromStream: Float64Array = await predict('model.json', createReadStream(data), { kind: 'logit' });
const labels: (string | undefined)[] = await predict('model.json', data, { kind: 'class' });
assert.ok(p.length === labels.length && p.length === fromStream.length);
const { metrics, positive }: Evaluation = await evaluate(same, data);
const { rocAuc }: Metrics = metrics;
assert.ok(metrics.rows === p.length && rocAuc !== undefined && positive === same.target.positive);

const sql: string = await exportModel(same, 'sql');
const onnx: Uint8Array = await exportModel('model.json', 'onnx');
assert.ok(/select/i.test(sql) && onnx.length > 0);

const arrays: Model = await train({ X: [[1], [2], [3], [4]], y: [0, 1, 0, 1], names: ['x'] }, { epochs: 2 });
assert.equal((await predict(arrays, { X: [[2.5]], names: ['x'] })).length, 1);

// once more with its own options
const again: Model = await train(data, same.provenance?.options);
assert.deepEqual(again.terms, same.terms);

const error = await train('nowhere.csv').catch((failure: unknown) => failure);
assert.ok(error instanceof BceError);
const code: ErrorCode = error.code;
assert.equal(code, 'FILE_UNREADABLE');
// @ts-expect-error: an option that does not exist
await assert.rejects(train(data, { learningrate: 1 }));
// @ts-expect-error: no option of predict
await assert.rejects(predict(same, data, { epochs: 1 }));
// @ts-expect-error: a form that does not exist
await assert.rejects(exportModel(same, 'cobol'));

const schema = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('bce-train/schema/model.schema.json')), 'utf8'));
assert.ok(schema.properties.terms);
console.log('done');
`;
}
