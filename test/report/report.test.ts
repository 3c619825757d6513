/** The report: its curves, its text, and the page in a browser. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { metricsOf } from '../../src/metrics/metrics.js';
import type { Scored } from '../../src/metrics/scored.js';
import { lossData, rowSetData } from '../../src/report/html/chartData.js';
import { html, scriptJson } from '../../src/report/html/markup.js';
import { bceTrain, example, fixture, temporary } from '../support/support.js';

describe('markup', () => {
  it('escapes what is put into it, but not markup itself', () => {
    const name = `<b a="1" b='2'>&`;
    assert.equal(html`<p>${name}</p>`.html, '<p>&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;</p>');
    assert.equal(html`<p>${[html`<i>${1}</i>`, html`<i>${'<'}</i>`]}</p>`.html, '<p><i>1</i><i>&lt;</i></p>');
  });

  it('has JSON that ends no script', () => {
    const value = { '</script>': '<!--<script>' };
    const { html: text } = scriptJson(value);
    assert.doesNotMatch(text, /</);
    assert.deepEqual(JSON.parse(text), value);
  });
});

/** m rows of a smooth curve, with weights if asked for. */
function scoredRows(m: number, isWeighted = false): Scored {
  const h = Float64Array.from({ length: m }, (_, i) => 8 * (i / m) - 4 + Math.sin(i));
  const y = Uint8Array.from(h, (hi, i) => (hi + 3 * Math.sin(7 * i) > 0 ? 1 : 0));
  return { h, y, c: isWeighted ? Float64Array.from(h, (_, i) => 1 + (i % 3)) : undefined };
}

describe('the curves of the report', () => {
  for (const isWeighted of [false, true]) {
    it(`have few points and the right area, ${isWeighted ? 'with' : 'without'} weights`, () => {
      const scored = scoredRows(100_000, isWeighted);
      const metrics = metricsOf(scored, 0.5);
      const { roc, precisionRecall, histogram } = rowSetData(scored, metrics);
      assert.ok(roc.x.length <= 802 && precisionRecall.x.length <= 402);
      assert.deepEqual([roc.x[0], roc.y[0], roc.x.at(-1), roc.y.at(-1)], [0, 0, 1, 1]);
      assert.equal(precisionRecall.x.at(-1), 1);
      const area = roc.x.reduce(
        (sum, x, k) => (k === 0 ? 0 : sum + ((x - roc.x[k - 1]!) * (roc.y[k]! + roc.y[k - 1]!)) / 2),
        0,
      );
      assert.ok(Math.abs(area - metrics.rocAuc!) < 1e-4, `${area} against ${metrics.rocAuc}`);
      for (const shares of Object.values(histogram)) {
        assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-3);
      }
    });
  }

  it('count exactly at every threshold, also where probabilities are thresholds', () => {
    // the logits of k/1000, whose probabilities round to either side of it
    const h = Float64Array.from({ length: 999 }, (_, k) => Math.log((k + 1) / (999 - k)));
    const scored = { h, y: Uint8Array.from(h, (_, k) => k % 2), c: undefined };
    const { thresholds } = rowSetData(scored, metricsOf(scored, 0.5));
    for (let k = 0; k <= 1000; k++) {
      const { truePositives, falsePositives } = metricsOf(scored, k / 1000);
      assert.deepEqual(
        [thresholds.truePositives[k], thresholds.falsePositives[k]],
        [truePositives, falsePositives],
      );
    }
  });

  it('are there when a class has no rows', () => {
    const scored = { h: Float64Array.of(0, 1), y: Uint8Array.of(1, 1), c: undefined };
    const { roc, histogram, auc } = rowSetData(scored, metricsOf(scored, 0.5));
    assert.deepEqual([roc.x, auc], [[], undefined]);
    assert.ok(histogram.negative.every((share) => share === 0));
  });

  it('show at most a thousand epochs, the first and the last among them', () => {
    const losses = Array.from({ length: 12_345 }, (_, k) => 1 / (k + 1));
    const { epochs, training, validation } = lossData(losses, undefined);
    assert.equal(epochs.length, 1000);
    assert.deepEqual([epochs[0], epochs.at(-1), training.at(-1)], [0, 12_344, 1 / 12_345]);
    assert.equal(validation, undefined);
    assert.deepEqual(lossData([0.7], [0.8]), { epochs: [0], training: [0.7], validation: [0.8] });
  });
});

describe('--report', () => {
  const titanic = [
    example('titanic.csv'),
    '--missing',
    'drop',
    '--optimizer',
    'newton',
    '--tolerance',
    '1e-12',
    '-q',
  ];

  it('writes a page beside weights that are as without, the same bits each time', async () => {
    const [one, other] = [temporary('one.html'), temporary('other.html')];
    const plain = await bceTrain(titanic);
    const reported = await bceTrain([...titanic, '--report', one]);
    await bceTrain([...titanic, '--report', other]);
    assert.deepEqual(reported, plain);
    const page = readFileSync(one, 'utf8');
    assert.equal(page, readFileSync(other, 'utf8'));
    assert.match(page, /Converged after/);
    assert.match(page, /<th scope="row">sex=<wbr>male<small>against female<\/small><\/th>/);
    // R: 0.166043, z -15.04, p 3.82e-51
    assert.match(page, />0\.166<\/td><td data-label="z">−15\.0<\/td><td data-label="p">3\.82e-51<\/td>/);
  });

  it('bears the command that leads to it, and a date where one is given', async () => {
    const path = temporary('dated.html');
    const flags = ['--date', '<30 November>', '--threads', '1', '--drop', "it's", '--report', path];
    const data = temporary("it's.csv", "x,it's,y\n1,2,0\n2,2,1\n3,1,0\n4,3,1\n");
    const { code, stderr } = await bceTrain([data, '-q', '--epochs=3', ...flags]);
    assert.equal(code, 0, stderr);
    const page = readFileSync(path, 'utf8');
    assert.match(page, /<p class="faint">&lt;30 November&gt;<\/p>/);
    const [, command] = page.match(/<code>(.*?)<\/code>/)!;
    assert.match(
      command!.replaceAll('&#39;', "'"),
      /^bce-train '.*it'\\''s\.csv' --epochs 3 --drop 'it'\\''s'$/,
    );
    const alone = await bceTrain([data, '--date', 'today']);
    assert.equal(alone.code, 2);
    assert.match(alone.stderr, /--date goes with --report only/);
  });

  it('keeps the licence of what is in it', async () => {
    const path = temporary('licence.html');
    await bceTrain([...titanic, '--report', path]);
    assert.match(
      readFileSync(path, 'utf8'),
      /Copyright \(c\) 2022 Leon Sorokin[\s\S]*Permission is hereby granted/,
    );
  });

  it('says why there are no intervals under L1', async () => {
    const path = temporary('l1.html');
    await bceTrain([example('pima.csv'), '-q', '--l1', '0.05', '--report', path]);
    const page = readFileSync(path, 'utf8');
    assert.match(page, /With an L1 penalty/);
    assert.doesNotMatch(page, /std\. error/);
  });

  it('is written when training is interrupted, without intervals', async () => {
    const path = temporary('interrupted.html');
    const endless = ['--epochs', '100000000', '--tolerance', '0', '--log-every', '1000000'];
    const { code } = await bceTrain([example('pima.csv'), ...endless, '--report', path], {
      onListening: (interrupt) => setTimeout(interrupt, 150),
    });
    assert.equal(code, 130);
    assert.match(readFileSync(path, 'utf8'), /Training was interrupted, so standard errors were left out/);
  });

  it('is the same whether the rows are held in memory or in a file', async () => {
    const [held, stored] = [temporary('held.html'), temporary('stored.html')];
    await bceTrain([fixture('spam.csv'), '-q', '--epochs', '3', '--report', held]);
    await bceTrain([fixture('spam.csv'), '-q', '--epochs', '3', '--memory', '1M', '--report', stored]);
    assert.equal(readFileSync(stored, 'utf8'), readFileSync(held, 'utf8'));
  });

  it('is refused where it cannot be, before training', async () => {
    const refusals: [string[], number, RegExp][] = [
      [['--report', '-'], 2, /--report: expected a file, got "-"/],
      [['--report', example('titanic.csv')], 2, /--report: .* is the file of the data/],
      [['--report', temporary('x'), '-o', temporary('x')], 2, /--output and --report both name/],
      [['--report', '/no/such/folder/r.html'], 1, /cannot write/],
      [['--report', temporary('x'), '--explain'], 2, /--explain and --report cannot be used together/],
    ];
    for (const [flags, exitCode, message] of refusals) {
      const { code, stdout, stderr } = await bceTrain([...titanic, ...flags]);
      assert.equal(code, exitCode);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    }
  });
});

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const skip = existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}; CHROMIUM names another`;

describe('the page in a browser', { skip }, () => {
  let browser: Browser;
  let page: Page;
  const troubles: string[] = [];
  const requests: string[] = [];
  const path = temporary('page.html');

  before(async () => {
    await bceTrain([
      ...[example('titanic.csv'), '--missing', 'drop', '--optimizer', 'lbfgs', '-q'],
      ...['--validation', '0.25', '--report', path],
    ]);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    page = await open(path);
  });
  after(() => browser?.close());

  async function open(file: string): Promise<Page> {
    const opened = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
    opened.on('console', (message) => troubles.push(message.text()));
    opened.on('pageerror', (error) => troubles.push(error.message));
    opened.on('request', (request) => requests.push(request.url()));
    await opened.goto(pathToFileURL(file).href);
    return opened;
  }

  const textOf = (name: string) => page.textContent(`[data-value="${name}"]`);
  const moveTo = (step: number) =>
    page.locator('#threshold').evaluate((slider, value) => {
      Object.assign(slider, { value });
      slider.dispatchEvent(new Event('input'));
    }, String(step));
  /** How many colours the canvas of a chart has: more than one when something is drawn. */
  const coloursOf = (chart: string): Promise<number> =>
    page.evaluate(`(() => {
      const canvas = document.querySelector('[data-chart="${chart}"] canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    })()`);

  it('has all its charts', async () => {
    const byRows = ['histogram', 'calibration', 'roc', 'precision-recall', 'gains', 'lift', 'cost'];
    for (const chart of ['loss', ...byRows, 'row-loss']) {
      assert.ok((await coloursOf(chart)) > 10, chart);
    }
    assert.equal(await page.locator('td.interval .whisker').count(), 4);
  });

  it('moves the numbers with the threshold, and has those of the metrics', async () => {
    const before = await Promise.all(['truePositives', 'falsePositives', 'precision'].map(textOf));
    await moveTo(800);
    const moved = await Promise.all(['truePositives', 'falsePositives', 'precision'].map(textOf));
    assert.equal(await textOf('threshold'), '0.800');
    assert.ok(Number(moved[0]) < Number(before[0]) && Number(moved[1]) < Number(before[1]));
    assert.ok(Number(moved[2]) > Number(before[2]));
    await moveTo(0);
    assert.deepEqual(
      await Promise.all(['truePositives', 'trueNegatives', 'falseNegatives', 'recall'].map(textOf)),
      ['320', '0', '0', '1.000'],
    );
    await moveTo(1000);
    assert.deepEqual(await Promise.all(['truePositives', 'precision'].map(textOf)), ['0', 'none']);
    await moveTo(500);
    assert.deepEqual(await Promise.all(['truePositives', 'falsePositives', 'precision'].map(textOf)), before);
  });

  it('moves with the keyboard, too', async () => {
    await page.locator('#threshold').press('ArrowRight');
    assert.equal(await textOf('threshold'), '0.501');
    await page.locator('#threshold').press('ArrowLeft');
  });

  it('shows the validation rows when they are chosen', async () => {
    const areaOf = () => page.textContent('[data-chart="roc"] output');
    const training = await areaOf();
    await page.locator('fieldset label').nth(1).click();
    assert.notEqual(await areaOf(), training);
    const counts = await Promise.all(
      ['truePositives', 'falsePositives', 'trueNegatives', 'falseNegatives'].map(textOf),
    );
    assert.equal(
      counts.reduce((sum, count) => sum + Number(count), 0),
      262,
    );
    await page.locator('fieldset label').nth(0).click();
    assert.equal(await areaOf(), training);
  });

  it('tells what a row costs at any prices, and where it costs least', async () => {
    const told = () => page.textContent('[data-value="cost"]');
    const numbers = async () => ((await told())!.match(/\d+\.\d+/g) ?? []).map(Number);
    const [, even, least] = await numbers();
    const counts = await Promise.all(['falsePositives', 'falseNegatives'].map(textOf));
    const [fp, fn] = counts.map(Number) as [number, number];
    assert.ok(Math.abs(even! - (fp + fn) / 784) < 5e-5 && least! <= even!);
    await page.locator('#cost-falseNegative').fill('5');
    assert.ok(Math.abs((await numbers())[1]! - (fp + 5 * fn) / 784) < 5e-4);
    await page.locator('#take-best').click();
    const [at, own, best, where] = await numbers();
    assert.deepEqual([own, at], [best, where]);
    assert.ok(at! < 0.5);
    assert.equal(await page.locator('#take-best').isDisabled(), true);
    for (const name of ['falsePositive', 'falseNegative']) await page.locator(`#cost-${name}`).fill('0');
    assert.match((await told())!, /errors cost nothing/);
    // what is no price yet changes nothing
    await page.locator('#cost-falsePositive').fill('-1');
    assert.match((await told())!, /errors cost nothing/);
    for (const name of ['falsePositive', 'falseNegative']) await page.locator(`#cost-${name}`).fill('1');
    await moveTo(500);
  });

  it('moves a weight of a row, and the logit, the loss and the gradient follow', async () => {
    const shown = async (name: string) => Number((await textOf(name))!.replace('−', '-'));
    const cellsOf = async (k: number) =>
      (await page.locator('#row-terms tr').nth(k).locator('td').allTextContents()).map((text) =>
        Number(text.replace('−', '-')),
      );
    const before = await textOf('row-h');
    await page.locator('#term-choice').selectOption({ label: 'age' });
    for (const value of [1000, -1000, 137]) {
      await page.locator('#weight-slider').evaluate((slider, to) => {
        Object.assign(slider, { value: to });
        slider.dispatchEvent(new Event('input'));
      }, String(value));
      const rows = await page.locator('#row-terms tr').count();
      const cells = await Promise.all(Array.from({ length: rows }, (_, k) => cellsOf(k)));
      const h = cells.reduce((sum, [x, w]) => sum + x! * w!, 0);
      const [z, y] = [1 / (1 + Math.exp(-h)), await shown('row-y')];
      const near = (found: number, expected: number, what: string) =>
        assert.ok(
          Math.abs(found - expected) < 2e-3 * Math.max(1, Math.abs(expected)),
          `${what}: ${found}, ${expected}`,
        );
      near(await shown('row-h'), h, 'h');
      near(await shown('row-z'), z, 'z');
      near(await shown('row-loss'), y === 1 ? -Math.log(z) : -Math.log(1 - z), 'l');
      for (const [x, w, part, slope] of cells) {
        near(part!, x! * w!, 'w x');
        near(slope!, (z - y) * x!, 'dl/dw');
      }
    }
    await page.locator('#put-back').click();
    assert.equal(await textOf('row-h'), before);
    await page.locator('#row-choice').selectOption('1');
    assert.match((await textOf('row-title'))!, /^row \d+, the least expected “yes”$/);
    await page.locator('#row-choice').selectOption('0');
    assert.equal(await textOf('row-h'), before);
  });

  it('copies the weights, or says that it may not', async () => {
    await page.locator('#copy-weights').click();
    for (let tries = 0; tries < 50; tries++) {
      if ((await page.textContent('#copy-weights')) !== 'Copy as CSV') break;
      await page.waitForTimeout(20);
    }
    assert.match((await page.textContent('#copy-weights'))!, /^(Copied|Copying is not allowed here)$/);
  });

  it('names every chart and control for who cannot see them', async () => {
    for (const chart of await page.locator('.chart').all()) {
      assert.equal(await chart.getAttribute('role'), 'img');
      assert.ok((await chart.getAttribute('aria-label'))!.length > 10);
    }
    assert.equal(await page.locator('#threshold').getAttribute('aria-valuetext'), '0.500');
  });

  it('reads out what is pointed at', async () => {
    await page.locator('[data-chart="loss"] .u-over').hover();
    assert.match((await page.textContent('[data-chart="loss"] output'))!, /^epoch \d+: J 0\.\d+, validation/);
  });

  it('is dark where the system is, charts included', { timeout: 20_000 }, async () => {
    const brightness = (): Promise<number> =>
      page.evaluate(
        `getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).reduce((a, b) => a + b) / 3`,
      );
    const pixels = (): Promise<string> =>
      page.evaluate(`document.querySelector('[data-chart="roc"] canvas').toDataURL()`);
    const [light, lightChart] = [await brightness(), await pixels()];
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.ok(light > 200 && (await brightness()) < 60);
    // it is drawn again when the page hears of it; a wait without end fails by its timeout
    while ((await pixels()) === lightChart) await page.waitForTimeout(20);
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('has no controls on paper', async () => {
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('#threshold').isVisible(), false);
    assert.ok((await page.pdf({ format: 'A4' })).byteLength > 10_000);
    await page.emulateMedia({ media: 'screen' });
  });

  it('fits on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    // asked again and again from here: the page's policy forbids what waits within it
    const width = async () =>
      Number(await page.evaluate(`document.querySelector('[data-chart="roc"] canvas').clientWidth`));
    for (let tries = 0; tries < 100 && (await width()) >= 360; tries++) await page.waitForTimeout(50);
    assert.ok((await width()) < 360);
    assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 360);
    await page.setViewportSize({ width: 1200, height: 900 });
  });

  /** Faults that axe-core finds in a page, and whether it is wider than its window. */
  async function faultsOf(file: string, width: number, colorScheme: 'light' | 'dark'): Promise<unknown[]> {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    const viewport = { width, height: 900 };
    const context = await browser.newContext({ viewport, colorScheme, bypassCSP: true });
    const opened = await context.newPage();
    await opened.goto(pathToFileURL(file).href);
    await opened.evaluate(axe);
    const faults: unknown[] = await opened.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id }) => id))',
    );
    const across = Number(await opened.evaluate('document.documentElement.scrollWidth'));
    await context.close();
    return across > width ? [...faults, `${across} pixels wide`] : faults;
  }

  it('has no fault that axe-core finds, light and dark, wide and narrow', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [390, 768, 1280]) {
        assert.deepEqual(await faultsOf(path, width, colorScheme), [], `${colorScheme}, ${width}`);
      }
    }
  });

  it('has none in the page of a row, either', async () => {
    const file = temporary('row.html');
    const flags = [
      '--missing',
      'drop',
      '--add',
      'sex*log(age)',
      '--explain',
      '3',
      '--l2',
      '1',
      '-o',
      file,
      '-q',
    ];
    const { code, stderr } = await bceTrain([example('titanic.csv'), ...flags]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await faultsOf(file, 390, 'light'), []);
    assert.deepEqual(await faultsOf(file, 1280, 'dark'), []);
  });

  it('has charts, counts and weights without a script', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 390, height: 900 },
    });
    const opened = await context.newPage();
    await opened.goto(pathToFileURL(path).href);
    assert.equal(await opened.locator('svg.drawn').count(), 9);
    for (const drawn of await opened.locator('svg.drawn').all()) {
      assert.match((await drawn.locator('path').last().getAttribute('d'))!, /^M[\d.]+ [\d.]+[LHV]/);
    }
    assert.equal(await opened.locator('#threshold').isVisible(), false);
    assert.match(
      (await opened.textContent('.controls'))!,
      /At a threshold of 0\.500, validation rows: \d+ of \d+ of yes found/,
    );
    // a row worked through, and the best thresholds
    assert.match((await opened.textContent('#one-row'))!, /row 1 of those trained on/);
    assert.equal(await opened.locator('#one-row .controls').isVisible(), false);
    assert.equal(await opened.locator('[data-chart="cost"] tbody tr').count(), 7);
    assert.equal(await opened.textContent('[data-value="truePositives"]'), await textOf('truePositives'));
    const body = (await opened.locator('main').boundingBox())!;
    for (const cell of await opened.locator('table.weights td[data-label]').all()) {
      const { x, width } = (await cell.boundingBox()) ?? { x: 0, width: 0 };
      assert.ok(x + width <= body.x + body.width);
    }
    await context.close();
  });

  it('has the weights to download, and the largest effects first', async () => {
    const link = (await page.locator('a[download]').getAttribute('href'))!;
    const csv = Buffer.from(link.slice(link.indexOf(',') + 1), 'base64').toString();
    assert.match(csv, /^feature,weight\n\(intercept\),/);
    const names = await page.locator('table.weights tbody th').allTextContents();
    assert.deepEqual(
      names.map((name) => name.split('against')[0]),
      ['(intercept)', 'sex=male', 'passengerClass=3rd', 'passengerClass=2nd', 'age'],
    );
  });

  it('fetches nothing and complains of nothing', () => {
    assert.deepEqual(troubles, []);
    assert.deepEqual(requests, [pathToFileURL(path).href]);
  });

  it('shows names that would be code as what they are', async () => {
    const evil = '</script><script>window.hurt = 1</script>';
    const image = '<img src=x onerror="window.hurt = 2">';
    const table = [
      [evil, 'sex', `"${image.replaceAll('"', '""')}"`],
      ['1', '<b>f</b>', 'no'],
      ['2', '</style><i>', image.replaceAll('"', "'")],
      ['3', '<b>f</b>', image.replaceAll('"', "'")],
      ['4', '</style><i>', 'no'],
      ['5', '</style><i>', image.replaceAll('"', "'")],
    ];
    const data = temporary('<img src=x>.csv', `${table.map((row) => row.join(',')).join('\n')}\n`);
    const file = temporary('evil.html');
    const { code } = await bceTrain([data, '-q', '--report', file]);
    assert.equal(code, 0);
    const evilPage = await open(file);
    assert.equal(await evilPage.evaluate('window.hurt'), undefined);
    assert.equal(await evilPage.locator('img, main script, main i, main b').count(), 0);
    assert.equal(await evilPage.textContent('h1'), image);
    assert.ok((await evilPage.textContent('tbody'))!.includes(evil));
    assert.equal(await evilPage.locator('canvas').count(), 9);
    assert.deepEqual(troubles, []);
  });

  it('holds with validation rows of one class', async () => {
    const zeros = readFileSync(example('pima.csv'), 'utf8')
      .split('\n')
      .slice(0, 40)
      .filter((line) => !line.endsWith('Yes'));
    const file = temporary('one-class.html');
    const rows = temporary('zeros.csv', `${zeros.join('\n')}\n`);
    await bceTrain([example('pima.csv'), '-q', '--validation', rows, '--report', file]);
    const onePage = await open(file);
    await onePage.locator('fieldset label').nth(1).click();
    assert.equal(await onePage.textContent('[data-chart="roc"] output'), 'area none');
    assert.deepEqual(troubles, []);
  });

  it('holds with one epoch, one column and many terms', async () => {
    const wide = temporary('wide.html');
    const columns = Array.from({ length: 300 }, (_, j) => `x${j}`);
    const rows = Array.from({ length: 40 }, (_, i) => [
      ...columns.map((_, j) => ((i * (j + 3)) % 17) + (i % 2) * (j % 5)),
      i % 2,
    ]);
    const text = [[...columns, 'y'], ...rows].map((row) => row.join(',')).join('\n');
    const small = temporary('small.html');
    await bceTrain([temporary('wide.csv', text), '-q', '--epochs', '0', '--report', wide]);
    await bceTrain([fixture('separated.csv'), '-q', '--report', small]);
    const widePage = await open(wide);
    await widePage.setViewportSize({ width: 390, height: 900 });
    const height = async () => Number(await widePage.evaluate('document.documentElement.scrollHeight'));
    for (let tries = 0; tries < 50 && (await height()) >= 10_000; tries++) await widePage.waitForTimeout(50);
    assert.ok((await height()) < 10_000, `${await height()} pixels`);
    assert.match((await widePage.textContent('main'))!, /The 200 terms of the largest effect; 101 more/);
    const smallPage = await open(small);
    assert.match((await smallPage.textContent('.warnings'))!, /the classes are separated/);
    assert.deepEqual(troubles, []);
  });
});
