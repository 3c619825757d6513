/** The start of a thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { work } from './kernelPool.js';

work(workerData, () => parentPort!.postMessage(undefined));
