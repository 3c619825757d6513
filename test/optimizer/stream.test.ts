/** Training on rows that go by: what is known of them, the same bits however they come, and every way it may end. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { BceError } from '../../src/errors.js';
import { type Model, type TrainOptions, train } from '../../src/index.js';
import { openTables } from '../../src/open.js';
import { resolveOptions } from '../../src/options/resolve.js';
import type { NamedStream } from '../../src/source/table.js';
import { ShardQueue } from '../../src/storage/shardQueue.js';
import { allocate, shardOf } from '../../src/storage/shards.js';
import { trainModel } from '../../src/train.js';
import { modelFault } from '../support/modelSchema.js';
import { bceTrain, error, example, seeded, temporary } from '../support/support.js';

/** Rows that follow a model; the third column has texts, and some cells are missing if they are to. */
function csvOf(rows: number, missing = false): string {
  const random = seeded(9);
  const lines = Array.from({ length: rows }, (_, i) => {
    const [u, v] = [3 * random(), random()];
    const f = 'abc'[i % 3]!;
    const h = u - 2 * v + (f === 'b' ? 1 : 0);
    const y = random() < 2 / (1 + Math.exp(-h)) - 1 ? 1 : 0;
    return `${missing && i % 17 === 5 ? '' : u},${v},${missing && i % 23 === 7 ? '' : f},${y}`;
  });
  return `u,v,f,y\n${lines.join('\n')}\n`;
}

const ROWS = 3000;
const HEAD = 20_000;
const OPTIONS: TrainOptions = { batch: 50, stream: true, learningRate: 0.5 };

interface Streamed {
  readonly model: Model;
  readonly streamed: boolean;
}

/** As the command trains, with a head of fewer bytes. */
async function stream(
  data: string | NamedStream,
  options: TrainOptions = {},
  signal?: AbortSignal,
  headBytes = HEAD,
): Promise<Streamed> {
  const resolved = { ...resolveOptions({ ...OPTIONS, ...options }), headBytes };
  const tables = await openTables({ data, validation: undefined, options: resolved }, () => {}, signal);
  try {
    const trained = await trainModel({ tables, options: resolved, initial: undefined }, () => {}, signal);
    if (trained.failures.length > 0) throw trained.failures[0];
    return { model: trained.model, streamed: trained.fit.streamed !== undefined };
  } finally {
    await tables.close();
  }
}

function piped(text: string, pieceBytes: number): NamedStream {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, k) =>
    bytes.subarray(k * pieceBytes, (k + 1) * pieceBytes),
  );
  return { stream: Readable.from(pieces), name: '<stdin>' };
}

describe('a stream of rows', () => {
  const text = csvOf(ROWS);
  const path = temporary('rows.csv', text);

  it('is trained on once, and of a file J over all rows is told', async () => {
    const { model, streamed } = await stream(path);
    assert.ok(streamed);
    assert.deepEqual([model.rows, model.result.epochs, model.result.status], [ROWS, 1, 'epochs']);
    const again = await train(path, { init: model, epochs: 0, tolerance: 0 });
    assert.ok(error(model.result.loss, again.result.loss) < 1e-12);
    assert.equal(model.target.positives, again.target.positives);
    // one pass comes near
    const { result: best } = await train(path, { optimizer: 'newton' });
    assert.ok(model.result.loss < 1.01 * best.loss, `${model.result.loss} against ${best.loss}`);
    assert.deepEqual([model.result.optimum, model.result.gap], ['unknown', undefined]);
  });

  it('gives the same bits in pieces of any size and on any number of threads; J is unknown of a pipe', async () => {
    const { model } = await stream(path, { threads: 1 });
    for (const [pieceBytes, threads] of [
      [100, 1],
      [7777, 3],
      [1e9, 2],
    ] as const) {
      const other = await stream(piped(text, pieceBytes), { threads });
      assert.deepEqual(other.model.terms, model.terms);
      assert.equal(other.model.batchHistory![1], model.batchHistory![1]);
      assert.ok(Number.isNaN(other.model.result.loss));
      assert.equal(await modelFault(JSON.parse(JSON.stringify(other.model))), undefined);
    }
    const seeds = await stream(path, { seed: 2 });
    assert.notDeepEqual(seeds.model.terms, model.terms);
  });

  it('is a table like any other where the first rows are all', async () => {
    const { model, streamed } = await stream(path, {}, undefined, 1e9);
    assert.equal(streamed, false);
    const { stream: _, ...plain } = OPTIONS;
    assert.deepEqual(model.terms, (await train(path, { ...plain, epochs: 1 })).terms);
  });

  it('fills missing cells with what the first rows take, and drops them with --missing drop', async () => {
    const holes = temporary('holes.csv', csvOf(ROWS, true));
    const filled = await stream(holes, { missing: 'mean' });
    assert.equal(filled.model.rows, ROWS);
    const dropped = await stream(holes, { missing: 'drop' });
    const whole = await train(holes, { missing: 'drop', epochs: 0 });
    assert.equal(dropped.model.rows, whole.rows);
    await assert.rejects(stream(holes), { code: 'CELLS_MISSING' });
  });

  it('counts weights of rows and classes', async () => {
    const lines = text.trimEnd().split('\n');
    const weighted = temporary(
      'weighted.csv',
      `${lines.map((line, i) => (i === 0 ? `c,${line}` : `${(i % 3) + 1},${line}`)).join('\n')}\n`,
    );
    const { model } = await stream(weighted, { weightColumn: 'c', classWeight: [1, 2] });
    const again = await train(weighted, {
      weightColumn: 'c',
      classWeight: [1, 2],
      init: model,
      epochs: 0,
      tolerance: 0,
    });
    assert.ok(error(model.result.loss, again.result.loss) < 1e-12);
    assert.ok(error(model.weighting.sum, again.weighting.sum) < 1e-12);
  });

  it('takes penalties, momentum, Adam, a schedule, and columns as they are', async () => {
    for (const options of [
      { l1: 0.01, momentum: 0.5, learningRate: 0.2 },
      { l2: 0.01, learningRateSchedule: 'inverse' },
      { optimizer: 'adam', learningRate: 0.05 },
      { standardize: false, learningRate: 0.2 },
    ] as const) {
      const { model } = await stream(path, options);
      assert.ok(model.result.loss < 0.65, JSON.stringify(options));
    }
  });

  const late = (line: string) => temporary('late.csv', `${text}${line}\n`);
  for (const [what, line, code] of [
    ['a level that the first rows have not', '1,1,z,1', 'LEVEL_UNKNOWN'],
    ['a third label', '1,1,a,2', 'LABEL_NOT_BINARY'],
    ['a word among numbers', 'x,1,a,1', 'CSV_NOT_NUMERIC'],
    ['a ragged row', '1,1,a', 'CSV_RAGGED_ROW'],
  ] as const) {
    it(`is refused at its line for ${what}, however late`, async () => {
      await assert.rejects(stream(late(line)), (thrown: unknown) => {
        assert.ok(thrown instanceof BceError);
        assert.equal(thrown.code, code);
        assert.match(thrown.message, new RegExp(`late\\.csv:${ROWS + 2}`));
        return true;
      });
    });
  }

  it('ends when its steps are too long, and when it is interrupted, with the weights so far', async () => {
    await assert.rejects(stream(path, { learningRate: 1e6 }), { code: 'DIVERGED' });
    const abort = new AbortController();
    const long = csvOf(60_000);
    async function* slowly() {
      yield Buffer.from(long.slice(0, -100_000));
      // until a whole shard has been read
      await new Promise((resolve) => setTimeout(resolve, 200));
      abort.abort();
      yield Buffer.from(long.slice(-100_000));
    }
    const data = { stream: Readable.from(slowly()), name: '<stdin>' };
    const { model } = await stream(data, {}, abort.signal);
    assert.equal(model.result.status, 'interrupted');
    assert.ok(model.rows > 0 && model.rows < 60_000);
    assert.ok(model.terms.some(({ weight }) => weight !== 0));
  });

  it('refuses a row that is longer than its head', async () => {
    await assert.rejects(stream(temporary('long.csv', `"${'x'.repeat(50_000)}",y\n1,1\n`)), {
      code: 'CSV_RAGGED_ROW',
    });
  });
});

describe('a queue of shards', () => {
  const shard = shardOf(allocate({ rows: 32, d: 1, k: 0, isWeighted: false }), 32, 1, 0);

  it('lets who fills it wait for who empties it, and the other way round', async () => {
    const queue = new ShardQueue(2);
    const events: string[] = [];
    const filling = (async () => {
      for (let k = 0; k < 5; k++) {
        await queue.hasRoom();
        events.push('in');
        queue.append(shard);
      }
      queue.end();
    })();
    const sizes: number[] = [];
    for (;;) {
      const taken = await queue.take(2);
      if (taken.length === 0) break;
      events.push('out');
      sizes.push(taken.length);
    }
    await filling;
    assert.deepEqual(sizes, [2, 2, 1]);
    // never more than two are waiting
    let waiting = 0;
    for (const event of events) {
      waiting += event === 'in' ? 1 : -2;
      assert.ok(waiting <= 2);
    }
  });

  it('holds nobody up once it is abandoned', async () => {
    const queue = new ShardQueue(1);
    queue.append(shard);
    const room = queue.hasRoom();
    queue.abandon();
    await room;
    queue.append(shard);
    queue.end();
    assert.deepEqual(await queue.take(3), []);
  });
});

describe('options of streams', () => {
  for (const [given, message] of [
    [['--stream'], /--stream goes with --batch only/],
    [['--stream', '--batch', '8', '--epochs', '2'], /--stream and --epochs 2 cannot be used together/],
    [['--stream', '--batch', '8', '--reduction', 'sum'], /--stream and --reduction sum cannot/],
    [['--stream', '--batch', '8', '--lr-schedule', 'cosine'], /--stream and --lr-schedule cosine cannot/],
    [['--stream', '--batch', '8', '--validation', '0.2'], /--stream and --validation cannot/],
    [['--stream', '--batch', '8', '--report', 'r.html'], /--stream and --report cannot/],
  ] as const) {
    it(`are refused before reading: ${given.join(' ')}`, async () => {
      const { code, stderr } = await bceTrain(['no-such-file.csv', ...given]);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }

  it('are no hindrance to a small table by the command', async () => {
    const asked = [example('pima.csv'), '--batch', '16'];
    const plain = await bceTrain([...asked, '--epochs', '1']);
    const streamed = await bceTrain([...asked, '--stream']);
    // more epochs are not to be had of a stream
    const withoutStream = (stderr: string) =>
      stderr.replace('--epochs without --stream', '--epochs').replace('without --stream and', 'without');
    assert.deepEqual({ ...streamed, stderr: withoutStream(streamed.stderr) }, plain);
  });
});
