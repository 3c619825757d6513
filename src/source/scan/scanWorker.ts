/** The start of a thread that scans. */
import { parentPort } from 'node:worker_threads';
import { startScanning } from './scanThread.js';

const reader = parentPort!;
reader.once('message', (start) => {
  const scan = startScanning(start);
  reader.on('message', (task) => reader.postMessage(scan(task)));
  // ready
  reader.postMessage(undefined);
});
