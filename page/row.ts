/** The card of one row: a weight is moved, and the logit, the loss and the gradient follow. */
import { digitsOf, lossByWeight, type RowData, stateOf } from '../src/report/html/oneRow.js';
import { type Chart, createChart, drawDot, drawLine } from './chart.js';

const STEPS = 1000;
const POINTS = 121;

/** @returns what redraws its chart; undefined where the page has no such card */
export function createRowCard(rows: readonly RowData[]): Chart | undefined {
  const card = document.querySelector('#one-row');
  if (card === null) return undefined;
  const find = <E extends HTMLElement>(selector: string): E => card.querySelector<E>(selector)!;
  const [rowChoice, termChoice] = [
    find<HTMLSelectElement>('#row-choice'),
    find<HTMLSelectElement>('#term-choice'),
  ];
  const slider = find<HTMLInputElement>('#weight-slider');
  const body = find<HTMLTableSectionElement>('#row-terms');

  let row = rows[0]!;
  let w = row.terms.map((term) => term.w);
  const moved = (): number => Number(termChoice.value);
  const curve = (): [number[], number[]] => {
    const { x, y } = lossByWeight(row, w, moved(), POINTS);
    return [x, y];
  };
  const write = (name: string, text: string) => {
    find(`[data-value="${name}"]`).textContent = text;
  };
  const chart = createChart(
    {
      figure: document.querySelector<HTMLElement>('[data-chart="row-loss"]')!,
      label: 'loss of the row by the chosen weight, with its tangent',
      xLabel: 'the weight',
      yLabel: 'l',
      series: [{ ink: 'accent' }],
      yRange: 'from 0',
      heightOf: (width) => Math.min(width * 0.85, 360),
      overlay(drawn) {
        const k = moved();
        const { loss, slope } = stateOf(row, w);
        const tilt = slope * row.terms[k]!.x;
        const [from, to] = [drawn.scales.x!.min!, drawn.scales.x!.max!];
        const at = (x: number): [number, number] => [x, loss + tilt * (x - w[k]!)];
        const { left, top, width, height } = drawn.bbox;
        drawn.ctx.save();
        drawn.ctx.beginPath();
        drawn.ctx.rect(left, top, width, height);
        drawn.ctx.clip();
        drawLine(drawn, 'one', at(from), at(to));
        drawDot(drawn, 'ink', w[k]!, loss);
        drawn.ctx.restore();
      },
      readout(index) {
        if (index === undefined) {
          const k = moved();
          return `dl/dw = ${digitsOf(stateOf(row, w).slope * row.terms[k]!.x)}`;
        }
        const [x, y] = curve();
        return `at ${digitsOf(x[index]!)} the loss is ${digitsOf(y[index]!)}`;
      },
    },
    curve(),
  );

  /** Writes all numbers of the card. */
  const show = () => {
    const state = stateOf(row, w);
    write('row-title', row.title);
    write('row-y', String(row.y));
    for (const name of ['h', 'z', 'loss', 'slope'] as const) write(`row-${name}`, digitsOf(state[name]));
    write('moved-weight', digitsOf(w[moved()]!));
    write(
      'row-others',
      row.others === 0 ? '' : `${row.others} other terms add ${digitsOf(row.rest)} to h together.`,
    );
    slider.setAttribute('aria-valuetext', digitsOf(w[moved()]!));
    row.terms.forEach(({ x }, k) => {
      const cells = body.rows[k]!.cells;
      [x, w[k]!, w[k]! * x, state.slope * x].forEach((value, c) => {
        cells[c + 1]!.textContent = digitsOf(value);
      });
      body.rows[k]!.classList.toggle('chosen', k === moved());
    });
    chart.setData(curve());
  };
  /** Puts the slider where the weight is. */
  const place = () => {
    const { w: middle, reach } = row.terms[moved()]!;
    slider.value = String(Math.round((STEPS * (w[moved()]! - middle)) / reach));
  };
  slider.addEventListener('input', () => {
    const { w: middle, reach } = row.terms[moved()]!;
    w[moved()] = middle + (reach * Number(slider.value)) / STEPS;
    show();
  });
  termChoice.addEventListener('change', () => {
    place();
    show();
  });
  find('#put-back').addEventListener('click', () => {
    w = row.terms.map((term) => term.w);
    place();
    show();
  });
  rowChoice.addEventListener('change', () => {
    row = rows[Number(rowChoice.value)]!;
    w = row.terms.map((term) => term.w);
    // another row may have other terms
    const before = termChoice.selectedOptions[0]?.textContent;
    termChoice.replaceChildren(...row.terms.map(({ name }, k) => new Option(name, String(k))));
    const same = row.terms.findIndex(({ name }) => name === before);
    termChoice.value = String(Math.max(0, same));
    body.replaceChildren(
      ...row.terms.map(({ name }) => {
        const line = document.createElement('tr');
        const head = document.createElement('th');
        head.scope = 'row';
        head.className = 'term';
        head.textContent = name;
        line.append(head, ...[0, 1, 2, 3].map(() => document.createElement('td')));
        return line;
      }),
    );
    place();
    show();
  });
  show();
  return chart;
}
