/** The start of a thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { work } from './crew.js';

work(workerData, () => parentPort!.postMessage(undefined));
