/** Completions as --completions prints them, of both commands. */
import { PREDICT_TEXT, TRAIN_TEXT } from '../options/commands.js';
import { completions } from '../options/documents/completions.js';
import { PREDICT } from '../options/predict.js';
import type { Shell } from '../options/shared.js';
import { TRAIN } from '../options/train.js';

export function completionsOf(shell: Shell): string {
  return completions(shell, [
    { name: TRAIN_TEXT.name, table: TRAIN },
    { name: PREDICT_TEXT.name, table: PREDICT },
  ]);
}
