/** Colours for one stream, or none. */
import type { Terminal } from './io.js';

export interface Palette {
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly hint: (text: string) => string;
  readonly dim: (text: string) => string;
}

export type ColourChoice = 'auto' | 'always' | 'never';

/**
 * `--color` decides; on auto `NO_COLOR` and `FORCE_COLOR`, when they are not empty, in this order; then
 * whether the stream is a terminal.
 */
export function wantsColour(
  choice: ColourChoice,
  stream: Terminal,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  if ((env.NO_COLOR ?? '') !== '') return false;
  const forced = env.FORCE_COLOR ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** chalk is loaded only where there is something to colour. */
export async function paletteOf(isColoured: boolean): Promise<Palette> {
  if (!isColoured) {
    const plain = (text: string) => text;
    return { bad: plain, good: plain, warn: plain, hint: plain, dim: plain };
  }
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return { bad: chalk.bold.red, good: chalk.green, warn: chalk.yellow, hint: chalk.cyan, dim: chalk.dim };
}
