/** The JSON schema of the model file; the command in process is held against it wherever a test runs it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadModel, type TrainOptions, train } from '../../src/index.js';
import { modelAsJson } from '../../src/model/format.js';
import { modelFault } from '../support/modelSchema.js';
import { bceTrain, example, fixture, ROOT, readJson } from '../support/support.js';

const titanic = example('titanic.csv');
const separated = 'x,g,y\n1,a,0\n2,a,0\n3,b,1\n4,b,1\n';

describe('the schema of the model file', () => {
  it('is that of this format, and in the package', () => {
    const schema = readJson(join(ROOT, 'schema/model.schema.json'));
    assert.equal(schema.$schema, 'https://json-schema.org/draft/2020-12/schema');
    assert.equal(
      schema.properties.formatVersion.const,
      readJson(fixture('titanic-model.json')).formatVersion,
    );
    const { exports, files } = readJson(join(ROOT, 'package.json'));
    assert.equal(exports['./schema/model.schema.json'], './schema/model.schema.json');
    assert.ok(files.includes('schema'));
  });

  const golden = join(ROOT, 'test/golden');
  const models = readdirSync(golden).filter((name) => {
    const path = join(golden, name, 'expout');
    return existsSync(path) && readFileSync(path, 'utf8').includes('"format": "bce-train model"');
  });
  it('has every model of the golden cases', async () => {
    assert.ok(models.length > 3);
    for (const name of models) {
      assert.equal(await modelFault(readJson(join(golden, name, 'expout'))), undefined, name);
    }
  });

  const runs: [what: string, options: TrainOptions][] = [
    [
      'weights of rows and classes, no intercept',
      { weightColumn: 'age', classWeight: 'balanced', intercept: false },
    ],
    ['terms of several kinds', { add: ['sex*age', 'cut(age, 20, 40)'], stats: true, optimizer: 'newton' }],
    ['rows held out', { validation: 0.3, metrics: true, patience: 3, seed: 2 }],
    ['batches', { batch: 50, epochs: 3 }],
    ['folds', { cv: 3, optimizer: 'newton' }],
    [
      'bounds, and what is free of a penalty',
      { l2: 0.1, unpenalised: ['age'], optimizer: 'proximal-newton', bounds: [{ column: 'sex', upper: 0 }] },
    ],
    ['no epoch', { epochs: 0 }],
  ];
  for (const [what, options] of runs) {
    it(`has a model of the library: ${what}`, async () => {
      const model = await train(titanic, { missing: 'drop', ...options });
      assert.equal(await modelFault(JSON.parse(modelAsJson(model))), undefined);
    });
  }

  it('has models of arrays, of separated classes, collinear columns, constant ones, and of a path', async () => {
    const model = await train({ X: [[1], [2], [3], [4]], y: [0, 1, 0, 1], weights: [1, 2, 1, 2] });
    assert.equal(await modelFault(JSON.parse(JSON.stringify(model))), undefined);
    const constant = separated.replaceAll(/,(?=[^,]*\n)/g, (comma) => `${comma}7,`).replace('7,y', 'k,y');
    for (const stdin of [separated, constant, 'a,b,y\n1,2,0\n2,4,1\n3,6,0\n4,8,1\n']) {
      for (const flags of [[], ['--stats', '--optimizer', 'newton']]) {
        const { stdout, code } = await bceTrain(['-', '-q', '--format', 'json', ...flags], { stdin });
        assert.equal(code, 0);
        assert.equal(await modelFault(JSON.parse(stdout)), undefined);
      }
    }
    const path = [titanic, '--missing', 'drop', '-q', '--path', '5', '--cv', '3', '--format', 'json'];
    assert.equal(await modelFault(JSON.parse((await bceTrain(path)).stdout)), undefined);
  });

  it('has the model of a file of format 1 once it is read', async () => {
    const old = readJson(fixture('titanic-model-1.json'));
    assert.notEqual(await modelFault(old), undefined);
    const { result, ...rest } = await loadModel(fixture('titanic-model-1.json'));
    // what such a file did not tell yet
    const model = { ...rest, result: { ...result, optimum: 'unknown' as const } };
    assert.equal(await modelFault(JSON.parse(modelAsJson(model))), undefined);
  });

  const broken: [what: string, change: (model: ReturnType<typeof JSON.parse>) => void][] = [
    ['another format', (model) => (model.format = 'x')],
    ['a weight that is a text', ({ terms }) => (terms[0].weight = '1')],
    ['a term with half of its statistics', ({ terms }) => (terms[1].standardError = 1)],
    ['a term of more', ({ terms }) => (terms[1].more = 1)],
    ['a part of its own', (model) => (model.more = 1)],
    ['no provenance at all', (model) => delete model.provenance],
    ['a digest that is none', ({ provenance }) => (provenance.sources[0].sha256 = 'abc')],
    ['a feature of another kind', ({ features }) => (features[0].kind = 'x')],
    ['a status of its own', ({ result }) => (result.status = 'done')],
  ];
  for (const [what, change] of broken) {
    it(`does not have ${what}`, async () => {
      const { stdout } = await bceTrain([fixture('birthwt.csv'), '-q', '--epochs', '1', '--format', 'json']);
      const model = JSON.parse(stdout);
      assert.equal(await modelFault(model), undefined);
      change(model);
      assert.notEqual(await modelFault(model), undefined);
    });
  }
});
