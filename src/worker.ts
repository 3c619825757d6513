/** The start of a thread: it scans, visits shards, or solves folds, as it is told, and one after the other. */
import { parentPort } from 'node:worker_threads';
import { type ThreadData, work } from './objective/simd/kernelPool.js';
import type { FoldStart, FoldTask, startFolds } from './selection/foldThread.js';
import { type ScanStart, type ScanTask, startScanning } from './source/scan/scanThread.js';

const port = parentPort!;
let folds: Promise<ReturnType<typeof startFolds>> | undefined;
let scan: ReturnType<typeof startScanning> | undefined;

port.on('message', (message: ThreadData | ScanStart | ScanTask | FoldStart | FoldTask) => {
  // for ever
  if ('control' in message) {
    scan = undefined;
    work(message);
  } else if ('plan' in message) {
    scan = startScanning(message);
    // ready
    port.postMessage(undefined);
  } else if ('folds' in message) {
    scan = undefined;
    // loaded for those that ask for it
    folds = import('./selection/foldThread.js').then(({ startFolds }) => startFolds(message));
  } else if ('lambda' in message) {
    folds!.then((solve) => solve(message)).then((points) => port.postMessage(points));
  } else port.postMessage(scan!(message));
});
