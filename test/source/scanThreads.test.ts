/** The scanner on real threads: no hang whatever becomes of them, or of what is read. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { scanDataset } from '../../src/dataset/read/read.js';
import { BceError } from '../../src/errors.js';
import { resolveOptions } from '../../src/options/resolve.js';
import type { Thread } from '../../src/runtime/threads.js';
import { readBytes, streamSource } from '../../src/source/open.js';
import type { Pieces } from '../../src/source/pieces.js';
import { placesIn } from '../../src/source/places.js';
import { node, type ScanHost } from '../../src/source/scan/scanHost.js';
import type { ScanOptions } from '../../src/source/scan/scanRows.js';
import type { ScanStart, ScanTask } from '../../src/source/scan/scanThread.js';
import { parsedDatasets } from '../support/oracle.js';
import { BIN, temporary } from '../support/support.js';

/** Rows of a number, a text of several lines and a label; the first of them is on line 2. */
const ROWS = 12_000;
const LINES_A_ROW = 2;
function tableOf(odd: (i: number) => string | undefined = () => undefined): Buffer {
  const lines = ['x,note,y'];
  for (let i = 0; i < ROWS; i++) lines.push(odd(i) ?? `${i / 8},"a\nb ${i % 9}",${i % 2}`);
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The threads of node, where a test can get at them. */
function watched(threads: number) {
  // one of them is this one
  const started: Thread<ScanStart | ScanTask>[] = [];
  const ends: Promise<unknown>[] = [];
  let ready = 0;
  let tell = () => {};
  const allReady = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const host: ScanHost = {
    ...node,
    async startThreads() {
      const start = await node.startThreads();
      return (data, { onMessage, onEnd }) => {
        let end = (_: string) => {};
        ends.push(
          new Promise((resolve) => {
            end = resolve;
          }),
        );
        const thread = start(data, {
          onMessage(answer) {
            onMessage(answer);
            if (answer === undefined && ++ready === threads - 1) tell();
          },
          onEnd(why) {
            end(why);
            onEnd(why);
          },
        });
        started.push(thread);
        return thread;
      };
    },
  };
  return { host, started, ends, allReady, allEnded: () => Promise.all(ends) };
}

/** Sends half of the bytes once the threads are ready, and perhaps the rest. */
async function* halves(bytes: Buffer, ready: Promise<void>, middle?: () => unknown): Pieces {
  // rows enough to know what the columns are
  const head = bytes.length >> 1;
  yield bytes.subarray(0, head);
  await ready;
  for (let at = head; at < bytes.length; at += 999) {
    if (at > (bytes.length >> 2) * 3) await middle?.();
    yield bytes.subarray(at, at + 999);
  }
}

const SIZES: ScanOptions = { headRows: 1000, fewBytes: 0, chunkBytes: 4096, manyBytes: 0 };
const { read } = resolveOptions({});

function isFailure(code: string, message: RegExp) {
  return (thrown: unknown) =>
    thrown instanceof BceError && thrown.code === code && message.test(thrown.message);
}
const isWorkerFailure = isFailure('WORKER_FAILED', /^thread [123] of 3 ended before its work was done: /);

describe('threads that scan', () => {
  it('give the same dataset whatever their number, and end', async () => {
    const csv = tableOf((i) => (i % 100 === 7 ? `${i},\u00a0wide,1` : undefined));
    const expected = await parsedDatasets(csv);
    for (const threads of [2, 3, 8]) {
      const { host, allReady, allEnded } = watched(threads);
      const found = await scanDataset(halves(csv, allReady), placesIn('data.csv'), read, undefined, {
        ...SIZES,
        threads,
        host,
      });
      assert.deepEqual(found, expected);
      await allEnded();
    }
  });

  it('tell more new texts of a chunk than a call takes arguments', async () => {
    const rows = 600_000;
    const lines = ['id,y'];
    for (let i = 0; i < rows; i++) lines.push(`${(i + 36 ** 3).toString(36)}z,${i % 2}`);
    const { host, allReady, allEnded } = watched(2);
    const many = resolveOptions({ maxLevels: rows }).read;
    const pieces = halves(Buffer.from(`${lines.join('\n')}\n`), allReady);
    const { training } = await scanDataset(pieces, placesIn('data.csv'), many, undefined, {
      ...SIZES,
      chunkBytes: 1 << 20,
      threads: 2,
      host,
    });
    assert.equal(training.design.terms, rows - 1);
    await allEnded();
  });

  it('tell the line of an error deep in the file', async () => {
    const bad = 10_432;
    const csv = tableOf((i) => (i >= bad ? `x${i},"a",1` : undefined));
    for (const threads of [1, 2, 3]) {
      const { host, allReady, allEnded } = watched(threads);
      const pieces = halves(csv, threads === 1 ? Promise.resolve() : allReady);
      await assert.rejects(
        scanDataset(pieces, placesIn('data.csv'), read, undefined, { ...SIZES, threads, host }),
        isFailure('CSV_NOT_NUMERIC', new RegExp(`^data.csv:${2 + LINES_A_ROW * bad}: column "x"`)),
      );
      await allEnded();
    }
  });

  it('end the run with an error when one of them is killed', async () => {
    const { host, started, allReady, allEnded } = watched(3);
    const kill = () => started[1]!.terminate();
    await assert.rejects(
      scanDataset(halves(tableOf(), allReady, kill), placesIn('data.csv'), read, undefined, {
        ...SIZES,
        threads: 3,
        host,
      }),
      isWorkerFailure,
    );
    await allEnded();
  });

  it('end the run with an error when one of them fails at its work', async () => {
    const { host, started, ends, allReady, allEnded } = watched(3);
    const confuse = () => {
      started[1]!.post({ slot: -1, start: 0, end: 1, isShard: false } satisfies ScanTask);
      return ends[1];
    };
    await assert.rejects(
      scanDataset(halves(tableOf(), allReady, confuse), placesIn('data.csv'), read, undefined, {
        ...SIZES,
        threads: 3,
        host,
      }),
      isWorkerFailure,
    );
    await allEnded();
  });

  it('end the run with an error when they cannot be started', async () => {
    const host: ScanHost = { ...node, startThreads: () => Promise.reject(new Error('no threads here')) };
    await assert.rejects(
      scanDataset(halves(tableOf(), Promise.resolve()), placesIn('data.csv'), read, undefined, {
        ...SIZES,
        threads: 3,
        host,
      }),
      isFailure('WORKER_FAILED', /no threads here/),
    );
  });

  it('end when reading is interrupted in the middle of a file', async () => {
    const { host, allReady, allEnded } = watched(2);
    const stream = new PassThrough();
    const interrupt = new AbortController();
    const bytes = readBytes(streamSource(stream, 'data.csv'), () => {}, interrupt.signal);
    stream.write(tableOf());
    void allReady.then(() => interrupt.abort());
    await assert.rejects(
      scanDataset(bytes, placesIn('data.csv'), read, undefined, { ...SIZES, threads: 2, host }),
      isFailure('INTERRUPTED', /./),
    );
    await allEnded();
  });

  it('tell what is wrong in a pipe that sends no more and stays open', async () => {
    const { host, allReady, allEnded } = watched(2);
    const stream = new PassThrough();
    const csv = tableOf((i) => (i === 10_000 ? 'oops,"a",1' : undefined));
    stream.write(csv.subarray(0, csv.length >> 1));
    void allReady.then(() => stream.write(csv.subarray(csv.length >> 1)));
    await assert.rejects(
      scanDataset(
        readBytes(streamSource(stream, 'data.csv'), () => {}),
        placesIn('data.csv'),
        read,
        undefined,
        { ...SIZES, threads: 2, host },
      ),
      isFailure('CSV_NOT_NUMERIC', /^data.csv:20002: /),
    );
    assert.ok(stream.destroyed);
    await allEnded();
  });

  it('stand in nobody\u2019s way at the end of the process, after an error as well', async () => {
    // few rows, so that training takes no time, of so many bytes that threads are started
    const text = 'long '.repeat(1000);
    const rows = `0.5,"${text}",1\n1.5,"${text}.",0\n`.repeat(10_000);
    for (const [end, code] of [
      ['', 0],
      ['oops,x,1\n', 1],
    ] as const) {
      const path = temporary('large.csv', `x,note,y\n${rows}${end}`);
      const child = spawn(process.execPath, [BIN, path, '--threads', '2', '--epochs', '1', '-q']);
      assert.equal(await new Promise((resolve) => child.on('close', resolve)), code);
    }
  });
});
