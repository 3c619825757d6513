/** The pipeline closes what it has opened, whoever fails. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Table } from '../src/objective/table.js';
import { resolveOptions } from '../src/options/resolve.js';
import { trainModel } from '../src/train.js';
import { datasetOfArrays } from './support/support.js';

const ARRAYS = { X: [[1], [2], [3], [4]], y: [0, 1, 0, 1] };

/** A table that counts the losses over it that are open, and has something to note. */
async function counted(): Promise<{ table: Table; open: () => number }> {
  const dataset = await datasetOfArrays(ARRAYS);
  let open = 0;
  const loss: Table['loss'] = async (...args) => {
    const opened = await dataset.loss(...args);
    open++;
    const close = async () => {
      open--;
      await opened.close();
    };
    return { ...opened, note: 'a note', close };
  };
  return { table: { ...dataset, loss }, open: () => open };
}

/** Tables that were read from nowhere. */
const UNREAD = { sources: [], validationSources: undefined };

describe('training', () => {
  for (const kind of ['note', 'step', 'epoch', 'fitted', 'model']) {
    it(`leaves no loss open when whoever is told of it throws: ${kind}`, async () => {
      const { table, open } = await counted();
      const request = {
        tables: { training: table, validation: undefined, ...UNREAD },
        options: resolveOptions({ epochs: 3 }),
        initial: undefined,
      };
      const emit = (event: { kind: string }) => {
        if (event.kind === kind) throw new Error(kind);
      };
      await assert.rejects(trainModel(request, emit), { message: kind });
      assert.equal(open(), 0);
    });
  }

  it('tells the model before what failed after its weights were there', async () => {
    const { table } = await counted();
    const loss: Table['loss'] = async (...args) => {
      const opened = await table.loss(...args);
      const close = async () => {
        await opened.close();
        throw new Error('no way to close');
      };
      return { ...opened, close };
    };
    const told: number[] = [];
    const request = {
      tables: { training: { ...table, loss }, validation: undefined, ...UNREAD },
      options: resolveOptions({ epochs: 3 }),
      initial: undefined,
    };
    const { model, failures } = await trainModel(request, (event) => {
      if (event.kind === 'model') told.push(event.model.result.loss);
    });
    assert.deepEqual(told, [model.result.loss]);
    assert.deepEqual(failures.map(String), ['Error: no way to close']);
  });

  it('leaves no loss open when that of the validation rows cannot be had', async () => {
    const { table, open } = await counted();
    const validation: Table = {
      ...table,
      loss: async () => {
        throw new Error('no room');
      },
    };
    const request = {
      tables: { training: table, validation, ...UNREAD },
      options: resolveOptions({ epochs: 3 }),
      initial: undefined,
    };
    await assert.rejects(
      trainModel(request, () => {}),
      { message: 'no room' },
    );
    assert.equal(open(), 0);
  });
});
