/** The data of the page, what the reader has chosen of them, and how numbers are written. */
import type { PageData, RowSetData } from '../src/report/html/pageData.js';
import type { Ink } from './colours.js';

export const data: PageData = JSON.parse(document.getElementById('data')!.textContent!);
export const slider = document.querySelector<HTMLInputElement>('#threshold')!;
/** Steps of the threshold from 0 to 1. */
export const steps = data.sets[0]!.thresholds.truePositives.length - 1;

/** What the reader has chosen. */
export const chosen = { set: 0, step: Number(slider.value), costs: { falsePositive: 1, falseNegative: 1 } };
export const rows = (): RowSetData => data.sets[chosen.set]!;
export const threshold = (): number => chosen.step / steps;

/** The colour of each set of rows. */
export const inkOf = (set: number): Ink => (set === 0 ? 'accent' : 'one');

export const digits = (x: number | undefined): string =>
  x === undefined || Number.isNaN(x) ? 'none' : x.toFixed(3);
export const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
export const count = (x: number): string => x.toLocaleString('en-US', { maximumFractionDigits: 1 });

export const figure = (name: string): HTMLElement => document.querySelector(`[data-chart="${name}"]`)!;
