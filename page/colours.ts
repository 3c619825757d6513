/** The colours of the charts are those of the style sheet, so that dark, light and paper are decided in one place. */

export type Ink = 'ink' | 'faint' | 'rule' | 'one' | 'zero' | 'one-wash' | 'zero-wash' | 'accent';

/** The colour as it is now. */
export function ink(name: Ink): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Calls `redraw` whenever the colours change: with the theme of the system, and for the printer. */
export function onInkChange(redraw: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  const setPaper = (isPaper: boolean) => {
    document.documentElement.classList.toggle('paper', isPaper);
    redraw();
  };
  addEventListener('beforeprint', () => setPaper(true));
  addEventListener('afterprint', () => setPaper(false));
}
