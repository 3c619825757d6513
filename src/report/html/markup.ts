/** HTML in which no text from outside can be anything but text. */

/** A piece of HTML that is safe as it stands. */
export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | readonly Part[];

/**
 * A template whose values are escaped, except those that are markup themselves; lists are joined. For values
 * between tags and in attributes in double quotes.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { html: strings.reduce((text, next, i) => text + textOf(parts[i - 1]!) + next) };
}

/** Nothing at all. */
export const NOTHING: Markup = { html: '' };

function textOf(part: Part): string {
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(textOf).join('');
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** JSON that can stand in a script element: no text in it can end the element or begin a comment. */
export function scriptJson(value: unknown): Markup {
  return { html: JSON.stringify(value).replaceAll('<', '\\u003c') };
}
