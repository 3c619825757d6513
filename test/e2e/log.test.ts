/** --log json: a line of JSON for each event, and each of its fields in docs/log.md. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bcePredict, bceTrain, example, fixture, ROOT, temporary, type World } from '../support/support.js';

type Event = Readonly<Record<string, unknown>> & { readonly event: string };

const documented = new Set(
  [...readFileSync(join(ROOT, 'docs/log.md'), 'utf8').matchAll(/`(\w+)`/g)].map(([, name]) => name!),
);

/** The events of a run, each held against the document. */
function eventsOf(stderr: string): Event[] {
  const events = stderr
    .trimEnd()
    .split('\n')
    .map((line): Event => JSON.parse(line));
  for (const event of events) {
    assert.ok(documented.has(event.event), event.event);
    for (const field of Object.keys(event)) assert.ok(field === 'event' || documented.has(field), field);
  }
  return events;
}

async function train(args: readonly string[], world?: World) {
  const { code, stdout, stderr } = await bceTrain([...args, '--log', 'json'], world);
  return { code, stdout, events: eventsOf(stderr) };
}

const kinds = (events: readonly Event[]) => events.map(({ event }) => event);
const titanic = [example('titanic.csv'), '--missing', 'drop'];

describe('--log json', () => {
  it('tells what was read, every epoch, and the end with the exact numbers', async () => {
    const model = temporary('log.json');
    const { code, stdout, events } = await train([...titanic, '--epochs', '2', '-o', model]);
    assert.equal(code, 0);
    assert.equal(stdout, '');
    assert.deepEqual(kinds(events), [
      ...['read', 'start', 'note', 'note', 'epoch', 'epoch', 'epoch', 'written', 'end'],
    ]);
    const [read, start] = events;
    assert.equal((start!.options as { patience: unknown }).patience, null);
    assert.equal(read!.rowsRead, 1309);
    assert.equal(read!.rows, 1046);
    assert.deepEqual(read!.missing, { age: 263 });
    const { history, result } = JSON.parse(readFileSync(model, 'utf8'));
    const losses = events.filter(({ event }) => event === 'epoch').map(({ loss }) => loss);
    assert.deepEqual(losses, history);
    assert.equal(events.at(-1)!.loss, result.loss);
    assert.equal(events.at(-1)!.status, 'epochs');
  });

  it('has all epochs on a terminal too, no colours, no bar and no sentences', async () => {
    const { events } = await train([...titanic, '--epochs', '300', '--tolerance', '0', '--color', 'always'], {
      isTTY: { stderr: true, stdout: true },
    });
    assert.equal(events.filter(({ event }) => event === 'epoch').length, 301);
    const few = await train([...titanic, '--epochs', '300', '--tolerance', '0', '--log-every', '100']);
    assert.equal(few.events.filter(({ event }) => event === 'epoch').length, 4);
  });

  it('has metrics, statistics and the validation loss', async () => {
    const args = ['--epochs', '1', '--metrics', '--stats', '--validation', '0.2'];
    const { events } = await train([...titanic, ...args]);
    assert.ok(kinds(events).includes('statistics'));
    const metrics = events.find(({ event }) => event === 'metrics') as unknown as {
      validation: { rows: number };
    };
    assert.equal(metrics.validation.rows, 210);
    assert.equal(typeof events.find(({ event }) => event === 'epoch')!.validationLoss, 'number');
  });

  const others: readonly (readonly string[])[] = [
    ['--check-gradient'],
    ['--compare', 'lost-minus', '--epochs', '3'],
    ['--explain', '2', '--epochs', '3'],
    ['--diagnose', fixture('patients-weights.csv')],
    ['--path', '5'],
    ['--cv', '3', '--epochs', '3'],
    ['--batch', '4', '--epochs', '2', '--lr', '0.1'],
    ['--describe'],
    ['--path', '5', '--cv', '3'],
  ];
  for (const args of others) {
    it(`ends with an end: ${args.slice(0, 3).join(' ')}`, async () => {
      const { code, stdout, events } = await train([fixture('patients.csv'), ...args]);
      assert.equal(code, 0);
      assert.ok(stdout.length > 0);
      // a description reads without a table to train on
      if (args[0] !== '--describe') assert.equal(events[0]!.event, 'read');
      assert.equal(events.at(-1)!.event, 'end');
      const start = events.find(({ event }) => event === 'start');
      const isFitted = !['--check-gradient', '--diagnose', '--path', '--describe'].includes(args[0]!);
      assert.equal(typeof start?.options === 'object' && start.options !== null, isFitted);
    });
  }

  const failures: readonly (readonly [args: readonly string[], code: string, exitCode: number])[] = [
    [['--frobnicate'], 'USAGE', 2],
    [['--lr', 'fast'], 'USAGE', 2],
    [['--plot'], 'USAGE', 2],
    [['no-such-file.csv'], 'FILE_UNREADABLE', 1],
    [[fixture('cases/percent.csv')], 'CSV_NOT_NUMERIC', 1],
    [[fixture('patients.csv'), '--strict', '--epochs', '1'], 'NOT_CONVERGED', 3],
    [[fixture('patients.csv'), '--no-standardize', '--lr', '1000'], 'DIVERGED', 3],
  ];
  for (const [args, code, exitCode] of failures) {
    it(`tells a failure with its code: ${code} of ${args[0]}`, async () => {
      const outcome = await train(args);
      assert.equal(outcome.code, exitCode);
      const last = outcome.events.at(-1)!;
      assert.equal(last.event, 'error');
      assert.equal(last.code, code);
      assert.equal(last.exitCode, exitCode);
      assert.equal('stack' in last, false);
    });
  }

  it('is heeded wherever it stands, as --log=json as well, but not behind --', async () => {
    for (const args of [
      ['--log=json', '--foo'],
      ['--log', 'json', '--foo'],
      ['--foo', '--log', 'json'],
    ]) {
      eventsOf((await bceTrain(args)).stderr);
    }
    assert.match((await bceTrain(['--foo', '--', '--log=json'])).stderr, /^error: /);
    assert.match((await bceTrain(['--log', 'xml'])).stderr, /^error: .*json/);
  });

  it('tells a program that nothing was asked for', async () => {
    const { code, events } = await train([], { isTTY: { stdin: true } });
    assert.equal(code, 2);
    assert.deepEqual(kinds(events), ['error']);
  });

  it('sends a terminal nothing that it would obey, and a program the names as they are', async () => {
    const name = 'a\u0085\u202eb\u001b[31m';
    const path = temporary('steering.csv', `${name},y\n1,n\u009b\n2,p\n3,p\n4,n\u009b\n5,p\n`);
    const { stderr } = await bceTrain([path, '--epochs', '1', '--log', 'json', '--missing', 'drop']);
    assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    const { target } = eventsOf(stderr)[0] as unknown as { target: { negative: string } };
    assert.equal(target.negative, 'n\u009b');
  });

  it('leaves warnings and failures under --quiet', async () => {
    const { code, stderr } = await bceTrain([fixture('separated.csv'), '--log', 'json', '--quiet']);
    assert.equal(code, 0);
    assert.deepEqual([...new Set(kinds(eventsOf(stderr)))], ['warning']);
  });

  it('is there in bce-predict as well', async () => {
    const args = [fixture('titanic-model.json'), example('titanic.csv'), '--log', 'json'];
    const dropped = eventsOf((await bcePredict([...args, '--missing', 'drop'])).stderr);
    assert.deepEqual(kinds(dropped), ['note', 'end']);
    assert.equal(dropped.at(-1)!.dropped, 263);
    const evaluated = eventsOf((await bcePredict([...args, '--missing', 'drop', '--evaluate'])).stderr);
    assert.equal(evaluated.at(-1)!.positive, 'yes');
    const refused = await bcePredict(args);
    assert.equal(refused.code, 1);
    assert.equal(eventsOf(refused.stderr).at(-1)!.code, 'CELLS_MISSING');
    const file = temporary('p.csv');
    const written = eventsOf((await bcePredict([...args, '--missing', 'drop', '-o', file])).stderr);
    assert.equal(
      written.find(({ event }) => event === 'written')!.text,
      `wrote 1,046 predictions to ${file}`,
    );
  });
});
