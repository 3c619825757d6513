/** The verdict on a model that was trained again. */
import { asJson } from '../../json.js';
import type { Difference, Verification } from '../../model/verification.js';
import { counted, printable } from '../../text.js';
import { VERSION } from '../../version.js';
import { prose } from './columns.js';

/** Differences that are told one by one. */
const MOST_TOLD = 20;

/** In a line or a few. @param columns of the terminal, if there is one */
export function verificationAsText(verification: Verification, columns: number | undefined): string {
  const { where, isSame, differences, weights, sources } = verification;
  const data = sources.map(({ name }) => name).join(', ');
  const versions = versionsLine(verification);
  const lines = isSame
    ? [
        `${where}: the same to the last bit, trained again on ${data}: ${counted(weights, 'weight')} and all else that it tells`,
      ]
    : [
        `${where}: not the same, trained again on ${data}`,
        `first difference: ${differenceText(differences[0]!, verification)}`,
        ...(differences.length > 1
          ? [`${counted(differences.length, 'difference')} in all: ${placesText(differences)}`]
          : []),
      ];
  return `${prose([...lines, ...(versions === undefined ? [] : [versions])], columns).join('\n')}\n`;
}

export function verificationAsJson({ where, isSame, differences, ...rest }: Verification): string {
  return asJson({
    format: 'bce-train verification',
    version: VERSION,
    model: where,
    isSame,
    differenceCount: differences.length,
    differences: differences.slice(0, MOST_TOLD).map(({ place, claimed, found }) => ({
      place,
      claimed: claimed ?? null,
      found: found ?? null,
    })),
    ...rest,
  });
}

/** What a difference is, in words. */
function differenceText({ place, claimed, found }: Difference, { where, sources }: Verification): string {
  const [, source] = /^provenance: sources (\d+): sha256$/.exec(place) ?? [];
  const what =
    source === undefined
      ? place.replace(/^provenance: /, '')
      : `the bytes of ${sources[Number(source) - 1]?.name ?? `file ${source}`}, by their sha256`;
  return `${what}: ${valueText(claimed)} in ${where}, ${valueText(found)} here`;
}

function valueText(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : printable(JSON.stringify(value));
}

/** How many differences are in which part: `4 in terms, 6 in history`. */
function placesText(differences: readonly Difference[]): string {
  const counts = new Map<string, number>();
  for (const { place } of differences) {
    const [part] = place.split(/[: ]/, 1) as [string];
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  return [...counts].map(([part, count]) => `${count} in ${part}`).join(', ');
}

/** Told where it may be the cause, and where it was none. */
function versionsLine({ trainedBy, verifiedBy }: Verification): string | undefined {
  if (trainedBy === undefined) return undefined;
  const inWords = ({ version, node }: typeof verifiedBy) =>
    `bce-train ${printable(version)} on node ${printable(node)}`;
  const [then, now] = [inWords(trainedBy), inWords(verifiedBy)];
  return then === now ? undefined : `it was trained by ${then}, and now by ${now}`;
}
