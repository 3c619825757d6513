/** What scanning on several threads needs from outside. */
import { type ThreadHost, threadsOfNode } from '../../runtime/threads.js';
import type { ScanAnswer, ScanStart, ScanTask } from './scanThread.js';

/** A thread is sent its start, then its tasks, which it does one after another; it answers undefined once it has started. */
export type ScanHost = ThreadHost<undefined, ScanStart | ScanTask, ScanAnswer | undefined>;

export const node: ScanHost = threadsOfNode();
