/** Parts of dates as ISO 8601 writes them, by the clock of the text: a zone behind it changes nothing. */

/** Least and largest number of each part. */
export const DATE_PARTS = {
  year: { least: 1, most: 9999 },
  month: { least: 1, most: 12 },
  /** Monday is 1, Sunday 7, as in ISO 8601. */
  weekday: { least: 1, most: 7 },
  hour: { least: 0, most: 23 },
} as const;

export type DatePartName = keyof typeof DATE_PARTS;

const YEAR = '(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])';
const LEAP_YEAR = '(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)';
const DAY =
  '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))';
const TIME = '(?:[01][0-9]|2[0-3])(?::[0-5][0-9](?::(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?)?';
const ZONE = '(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)';

/**
 * A date that the calendar has, and the time of day behind `T` or a blank, if any: a regular expression of JavaScript,
 * RE2 and PostgreSQL alike, without its ends.
 */
export const ISO_DATE = `(?:${YEAR}-${DAY}|${LEAP_YEAR}-02-29)(?:[T ]${TIME}${ZONE}?)?`;

const WHOLE = new RegExp(`^${ISO_DATE}$`);
/** Characters of a date without a time. */
const DATE_LENGTH = 10;

export function isDate(text: string): boolean {
  return WHOLE.test(text);
}

/** What a text must be to have the part, for messages. */
export function expectedDate(part: DatePartName): string {
  return part === 'hour' ? 'a date with a time, as 2024-03-05T13:45' : 'a date, as 2024-03-05';
}

/** NaN of a text that has no such part. */
export function datePart(part: DatePartName, text: string): number {
  if (!isDate(text)) return Number.NaN;
  switch (part) {
    case 'year':
      return Number(text.slice(0, 4));
    case 'month':
      return Number(text.slice(5, 7));
    case 'weekday':
      return weekdayOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)));
    case 'hour':
      return text.length > DATE_LENGTH ? Number(text.slice(11, 13)) : Number.NaN;
  }
}

/** Source: Sakamoto's congruence, in years that begin with March. */
function weekdayOf(year: number, month: number, day: number): number {
  const y = month < 3 ? year - 1 : year;
  const ofMonth = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1]!;
  const fromSunday = (y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + ofMonth + day) % 7;
  return fromSunday === 0 ? 7 : fromSunday;
}
