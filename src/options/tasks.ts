/** Which tasks use an option, and why a table on a server has no use for it. */
import type { TaskName } from './option.js';

export const TRAINING_TASKS: readonly TaskName[] = ['train', 'compare', 'explain', 'verify'];
export const FITTING_TASKS: readonly TaskName[] = ['train', 'explain', 'verify'];
/** Of the objective, which is looked for where weights are diagnosed. */
export const OBJECTIVE_TASKS: readonly TaskName[] = [
  'train',
  'check',
  'compare',
  'explain',
  'path',
  'verify',
];
/** Of what solves for an optimum. */
export const SOLVING_TASKS: readonly TaskName[] = ['train', 'explain', 'path', 'verify'];
/** Of what a model tells. */
export const MODEL_TASKS: readonly TaskName[] = ['train', 'verify'];
/** Of what comes out of training. */
export const RESULTS: readonly TaskName[] = ['train'];

export const OF_ROWS = 'it looks at the rows one by one, and those of a table stay where they are';
