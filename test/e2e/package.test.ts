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
      'dist/LICENSES.txt',
      'dist/bce-predict.bundle.cjs',
      'dist/bce-predict.cjs',
      'dist/bce-train.bundle.cjs',
      'dist/bce-train.cjs',
      'dist/kernel.wasm',
      'dist/scan.wasm',
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

    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(folder, 'use.ts'),
      `import { evaluate, exportModel, loadModel, type Model, namedWeights, predict, saveModel, train } from 'bce-train';
const model: Model = await train(${JSON.stringify(example('pima.csv'))}, { learningRate: 1, epochs: 5 });
const loss: number = model.result.loss;
// @ts-expect-error: an option that does not exist
await train('x.csv', { learningrate: 1 }).catch(() => {});
await saveModel(model, 'model.json');
const same: Model = await loadModel('model.json');
const p: Float64Array = await predict(same, ${JSON.stringify(example('pima.csv'))});
const labels: (string | undefined)[] = await predict('model.json', ${JSON.stringify(example('pima.csv'))}, { kind: 'class' });
const { metrics } = await evaluate(same, ${JSON.stringify(example('pima.csv'))});
const sql: string = await exportModel(same, 'sql');
const onnx: Uint8Array = await exportModel(same, 'onnx');
// @ts-expect-error: no option of predict
await predict(same, 'x.csv', { epochs: 1 }).catch(() => {});
const isWhole = p.length === labels.length && metrics.rows === p.length && sql.length > 0 && onnx.length > 0;
console.log(namedWeights(model).length, loss < 0.5, isWhole);
`,
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const flags = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--types', 'node'];
    execFileSync(process.execPath, [tsc, ...flags, 'use.ts'], { cwd: folder, stdio: 'inherit' });
    const bundler = [...flags, '--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit'];
    execFileSync(process.execPath, [tsc, ...bundler, 'use.ts'], { cwd: folder, stdio: 'inherit' });
    assert.equal(String(execFileSync(process.execPath, ['use.js'], { cwd: folder })), '8 true true\n');
  });
});
