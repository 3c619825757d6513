/** The start of a thread: it scans, or visits shards, as it is told, and one after the other. */
import { parentPort } from 'node:worker_threads';
import { type ThreadData, work } from './objective/simd/kernelPool.js';
import { type ScanStart, type ScanTask, startScanning } from './source/scan/scanThread.js';

const port = parentPort!;
let scan: ReturnType<typeof startScanning> | undefined;

port.on('message', (message: ThreadData | ScanStart | ScanTask) => {
  // for ever
  if ('control' in message) {
    scan = undefined;
    work(message);
  } else if ('plan' in message) {
    scan = startScanning(message);
    // ready
    port.postMessage(undefined);
  } else port.postMessage(scan!(message));
});
