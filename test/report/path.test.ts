/** The path as curves: for the terminal, the page and the model. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { loadModel, regularizationPath } from '../../src/index.js';
import { pathCurves } from '../../src/report/pathCurves.js';
import { pathCharts } from '../../src/report/text/pathChart.js';
import { bcePredict, bceTrain, datasetOfCsv, error, example, temporary } from '../support/support.js';

const pima = example('pima.csv');
const dataset = await datasetOfCsv(readFileSync(pima));
const path = await regularizationPath(pima, { lambdaCount: 20, cv: 5, choose: '1se' });
const curves = pathCurves(path, dataset, 4);

describe('the curves of a path', () => {
  it('are the weights of the standardized columns by log10 lambda, the largest first', () => {
    const { solutions, names } = path;
    assert.deepEqual(curves.x, solutions.map(({ lambda }) => Math.log10(lambda)).reverse());
    assert.deepEqual([curves.terms.length, curves.others], [4, 3]);
    const sizes = curves.terms.map(({ y }) => Math.max(...y.map(Math.abs)));
    assert.deepEqual(
      sizes,
      sizes.toSorted((a, b) => b - a),
    );
    for (const { name, y } of curves.terms) {
      const feature = dataset.features.find((one) => one.name === name)!;
      const sd = (feature as { sd: number }).sd;
      const weights = solutions.map((solution) => solution.weights[names.indexOf(name)]! * sd).reverse();
      y.forEach((weight, k) => {
        assert.ok(error(weight, weights[k]!) < 1e-12);
      });
    }
  });

  it('have a band of one standard error, and the places that are chosen', () => {
    const folds = curves.folds!;
    const { points, lambdaMin, lambda1se } = path.crossValidation!;
    const reversed = [...points].reverse();
    assert.deepEqual(
      folds.high.map((high, k) => Math.abs(high - reversed[k]!.mean - reversed[k]!.se) < 1e-15),
      folds.high.map(() => true),
    );
    assert.deepEqual(
      [folds.min, folds.oneSe, folds.chosen].map((place) => reversed[place]!.lambda),
      [lambdaMin, lambda1se, lambda1se],
    );
    assert.ok(folds.mean[folds.oneSe]! <= folds.high[folds.min]!);
  });

  it('are drawn in characters: the folds with their band, then the weights with their names', async () => {
    const text = (await pathCharts(curves, 80, false))!;
    assert.match(text, /^log loss by lambda ─── {2}one standard error ···\n/);
    assert.match(text, /\nthe 4 largest weights of the standardized columns by lambda\n/);
    assert.match(text, /\nat lambda \d\S+, from the top: glu 1\.09, bmi 0\.5\d+, ped /);
    const lines = text.split('\n');
    assert.ok(lines.every((line) => line.length <= 80));
    // above and below the line there are dots where the folds differ
    const column = lines.slice(1, 13).map((line) => line[12] ?? ' ');
    assert.ok(column.filter((character) => character === '·').length >= 1, column.join(''));
    const coloured = (await pathCharts(curves, 80, true))!;
    assert.ok(coloured.includes('\u001b[33m') && coloured.includes('\u001b[35m'));
  });

  it('need two lambdas', async () => {
    const lone = await regularizationPath(pima, { lambdas: [0.1] });
    assert.equal(await pathCharts(pathCurves(lone, dataset, 4), 80, false), undefined);
    const { stderr, code } = await bceTrain([pima, '--path', '--lambdas', '0.1', '--plot']);
    assert.equal(code, 0);
    assert.match(stderr, /note: --plot: fewer than two lambdas make no curve/);
  });
});

describe('the model at the lambda that was chosen', () => {
  const output = temporary('chosen.json');
  const report = temporary('chosen.html');
  const asked = [pima, '--path', '20', '--cv', '5', '--choose', '1se'];

  before(async () => {
    const { code, stdout } = await bceTrain([...asked, '-o', output, '--report', report]);
    assert.deepEqual([code, stdout], [0, '']);
  });

  it('holds the path and the curve of the folds, and predicts', async () => {
    const model = await loadModel(output);
    const { lambda1se } = path.crossValidation!;
    assert.deepEqual(model.path!.crossValidation, path.crossValidation);
    assert.deepEqual(model.path!.solutions, path.solutions);
    assert.deepEqual([model.options.l1, model.options.l2], [lambda1se, 0]);
    assert.equal(model.result.status, 'converged');
    const chosen = path.solutions.find(({ lambda }) => lambda === lambda1se)!;
    model.terms.forEach(({ name, weight }, k) => {
      assert.equal(name, path.names[k]);
      assert.ok(error(weight, chosen.weights[k]!) < 1e-9, name);
    });
    const { code, stdout } = await bcePredict([output, pima]);
    assert.deepEqual([code, stdout.trimEnd().split('\n').length], [0, 533]);
  });

  it('has the weights that go to standard output, in any format', async () => {
    const model = await loadModel(output);
    const { stdout } = await bceTrain([...asked, '--format', 'tsv']);
    assert.deepEqual(
      stdout.trimEnd().split('\n').slice(1),
      model.terms.map(({ name, weight }) => `${name}\t${weight}`),
    );
  });

  it('has a page that says how it was chosen', () => {
    const page = readFileSync(report, 'utf8');
    assert.match(page, /<h2>Choice of the penalty<\/h2>/);
    assert.match(page, /5 folds: the best mean log loss, 0\.4\d+, is at lambda/);
    assert.doesNotMatch(page, /<h2>Training<\/h2>/);
  });

  it('is left out of a report where nothing chooses it', async () => {
    const { code, stderr } = await bceTrain([pima, '--path', '--report', report]);
    assert.equal(code, 2);
    assert.match(stderr, /--report and --path without --cv cannot be used together/);
  });

  it('may come without curves: names are texts, one lambda is a point', async () => {
    const name = '<b>&"';
    const csv = temporary(
      'odd.csv',
      readFileSync(pima, 'utf8').replace('glu', `"${name.replace('"', '""')}"`),
    );
    const odd = temporary('odd.html');
    const { code } = await bceTrain([csv, '--path', '--lambdas', '0.1', '--cv', '3', '--report', odd, '-q']);
    assert.equal(code, 0);
    assert.doesNotMatch(readFileSync(odd, 'utf8'), /<b>&"/);
  });

  const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const skip = existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}; CHROMIUM names another`;

  describe('in a browser', { skip }, () => {
    let browser: Browser;
    before(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    });
    after(() => browser?.close());

    it('has both curves, which are read out, and no fault', async () => {
      const troubles: string[] = [];
      const context = await browser.newContext({ viewport: { width: 1000, height: 900 }, bypassCSP: true });
      const page = await context.newPage();
      page.on('console', (message) => troubles.push(message.text()));
      page.on('pageerror', (failure) => troubles.push(failure.message));
      await page.goto(pathToFileURL(report).href);
      for (const chart of ['folds', 'path']) {
        const colours = await page.evaluate(`(() => {
          const canvas = document.querySelector('[data-chart="${chart}"] canvas');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return new Set(new Uint32Array(data.buffer)).size;
        })()`);
        assert.ok(Number(colours) > 10, chart);
        await page.locator(`[data-chart="${chart}"] .u-over`).hover();
        assert.match((await page.textContent(`[data-chart="${chart}"] output`))!, /^lambda \d/);
      }
      await page.evaluate(
        readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
      );
      const faults = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id }) => id))',
      );
      assert.deepEqual([faults, troubles], [[], []]);
      await context.close();
    });

    it('draws them without a script as well', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(pathToFileURL(report).href);
      assert.equal(await page.locator('[data-chart="folds"] svg path.band').count(), 1);
      assert.equal(await page.locator('[data-chart="path"] svg path').count(), 7);
      await context.close();
    });
  });
});

describe('the estimate on rows that were not seen', () => {
  it('is a table of the page, whose charts tell of batches', async () => {
    const file = temporary('unseen.html');
    const { code } = await bceTrain([
      ...[pima, '--batch', '32', '--epochs', '3', '--cv', '4', '--fold-column', 'npreg', '--report', file],
      ...['--format', 'json', '-q'],
    ]);
    assert.equal(code, 0);
    const page = readFileSync(file, 'utf8');
    assert.match(page, /Each of 4 folds was predicted by a fit without it, the rows of one “npreg”/);
    assert.match(page, /<th scope="row">log loss<\/th><td>0\.\d{4}<\/td><td>0\.\d{4}<\/td>/);
    assert.match(page, /Mean loss of the batches by epoch/);
  });
});
