/** The script of the report: draws the charts, and lets the reader move the threshold and choose the rows. */
import { confusionAt, ratesOf } from '../src/report/html/confusion.js';
import { bestStep, costAt } from '../src/report/html/cost.js';
import { onInkChange } from './colours.js';
import { createRowCard } from './row.js';
import {
  createCalibrationChart,
  createCostChart,
  createGainsChart,
  createHistogramChart,
  createLiftChart,
  createPrecisionRecallChart,
  createRocChart,
} from './rowsCharts.js';
import { chosen, count, data, digits, rows, slider, steps, threshold } from './state.js';
import { createTrainingCharts } from './trainingCharts.js';

const training = createTrainingCharts();
const ofRow = createRowCard(data.rows);
const ofCosts = createCostChart();
const byRows = [
  createRocChart(),
  createPrecisionRecallChart(),
  createCalibrationChart(),
  createHistogramChart(),
  createGainsChart(),
  createLiftChart(),
  ofCosts,
];

slider.addEventListener('input', () => moveTo(Number(slider.value)));
for (const name of ['falsePositive', 'falseNegative'] as const) {
  const input = document.querySelector<HTMLInputElement>(`#cost-${name}`)!;
  input.addEventListener('input', () => {
    // what is no price yet changes nothing
    if (input.value === '' || !(input.valueAsNumber >= 0)) return;
    chosen.costs = { ...chosen.costs, [name]: input.valueAsNumber };
    showCost();
    ofCosts.show();
  });
}
document.querySelector('#take-best')!.addEventListener('click', () => {
  const best = bestStep(rows(), chosen.costs);
  if (best === undefined) return;
  slider.value = String(best);
  moveTo(best);
});
for (const choice of document.querySelectorAll<HTMLInputElement>('input[name="rows"]')) {
  choice.addEventListener('change', () => {
    chosen.set = Number(choice.value);
    showThreshold();
    showCost();
    for (const chart of byRows) chart.show();
  });
}
onInkChange(() => {
  for (const chart of [...training, ofRow, ...byRows]) chart?.redraw();
});
showThreshold();
showCost();
document.querySelector('#copy-weights')!.addEventListener('click', copyWeights);

/** Puts the table of weights where pasting takes it from, and says so on the button. */
async function copyWeights({ currentTarget }: Event): Promise<void> {
  const button = currentTarget as HTMLButtonElement;
  const { href } = document.querySelector<HTMLAnchorElement>('a[download]')!;
  const bytes = Uint8Array.from(atob(href.slice(href.indexOf(',') + 1)), (c) => c.charCodeAt(0));
  const text = new TextDecoder().decode(bytes);
  const isCopied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  button.textContent = isCopied || copiedBySelection(text) ? 'Copied' : 'Copying is not allowed here';
}

/** The way of browsers that give no clipboard to a page of a file. */
function copiedBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  return isCopied;
}

function moveTo(step: number): void {
  chosen.step = step;
  showThreshold();
  showCost();
  for (const chart of byRows) chart.redraw();
}

/** Writes the counts and rates at the threshold into the page. */
function showThreshold(): void {
  const confusion = confusionAt(rows(), chosen.step);
  const shown: Record<string, string> = { threshold: threshold().toFixed(3) };
  for (const [name, value] of Object.entries(confusion)) shown[name] = count(value);
  for (const [name, value] of Object.entries(ratesOf(confusion))) shown[name] = digits(value);
  for (const [name, text] of Object.entries(shown)) {
    document.querySelector(`[data-value="${name}"]`)!.textContent = text;
  }
  slider.setAttribute('aria-valuetext', threshold().toFixed(3));
}

/** Writes what a row costs at the threshold, and where it costs least. */
function showCost(): void {
  const { costs, step } = chosen;
  const best = bestStep(rows(), costs);
  const own = costAt(rows(), step, costs).toPrecision(4);
  document.querySelector('[data-value="cost"]')!.textContent =
    best === undefined
      ? 'Where errors cost nothing, no threshold is better than another.'
      : `At ${threshold().toFixed(3)} a row costs ${own}; the least is ${costAt(rows(), best, costs).toPrecision(4)}, at ${(best / steps).toFixed(3)}.`;
  document.querySelector<HTMLButtonElement>('#take-best')!.disabled = best === undefined || best === step;
}
