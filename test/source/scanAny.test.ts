/** The byte scanner against csv-parse on any file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formOf, type NumberForm, PLAIN_NUMBERS } from '../../src/source/csv/number.js';
import { compare, type Kind, MISSING_WORDS, type Table, threadsHere } from '../support/scanning.js';

const KINDS: readonly Kind[] = ['number', 'number', 'factor', 'weight', 'ignored'];

const FORMS: readonly NumberForm[] = [
  PLAIN_NUMBERS,
  PLAIN_NUMBERS,
  formOf({ decimal: 'comma' }),
  formOf({ decimal: 'comma', thousands: 'point' }),
  formOf({ thousands: 'comma' }),
  formOf({ decimal: 'comma', thousands: 'space' }),
];

const often = (weight: number, arbitrary: fc.Arbitrary<string>) => ({ weight, arbitrary });

const number = fc.oneof(
  often(8, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
  often(
    8,
    fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((x) => x.toFixed(6)),
  ),
  often(8, fc.integer().map(String)),
  often(4, fc.constantFrom('', ' ', 'NA', '-999', '-999.0', 'n/a', 'two words', 'ü')),
  often(4, fc.constantFrom(' 1.5 ', '\t2', '+3', '.5', '5.', '-0', '1e5', '007', '1\n', '\r\n1')),
  often(
    2,
    fc.constantFrom(
      '1,5',
      '-0,25e1',
      '1.234',
      '1.234,5',
      '-1.000',
      '12,34,567',
      '1,234,567.25',
      '0.125',
      '1 234',
      '1.23',
    ),
  ),
);
const oddNumber = fc.constantFrom(
  '\u00a05',
  '1e400',
  '0x1',
  'abc',
  '.',
  '"',
  '1"2',
  '\0',
  '\ufeff1',
  '\ue000',
);
const text = fc.oneof(
  often(10, fc.constantFrom('a', 'b', 'c', 'level a', 'level b', '1', '2', 'é', '日本')),
  often(3, fc.constantFrom('', ' ', ' a ', '\tb', 'NA', 'n/a', 'two words', 'ü', '-999', '-999.00')),
  often(3, fc.constantFrom('x,y', ';', 'l\nm', 'l\r\nm', '\n', 'p\rq', 'a longer text than a word holds')),
  often(1, fc.string({ unit: 'grapheme' })),
);
const oddText = fc.constantFrom('\u00a0a', '\ufeffb', '\0', '\ufffd', '\ue000', '\ue000"', 'it"s', '"');

interface Piece {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** Mostly what files hold; quotes are undone where they would break the row, but not always. */
function written({ text, isQuoted }: Piece, delimiter: string, careful: boolean): string {
  const needsQuotes = careful && (/["\r\n]/.test(text) || text.includes(delimiter));
  return isQuoted || needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

const file = fc
  .record({
    kinds: fc
      .array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 5 })
      // at most one weight
      .map((kinds) =>
        kinds.map((kind, at) => (kind === 'weight' && kinds.indexOf(kind) < at ? 'number' : kind)),
      )
      .chain((kinds) =>
        fc.nat(kinds.length).map((at): Kind[] => [...kinds.slice(0, at), 'target', ...kinds.slice(at)]),
      ),
    delimiter: fc.constantFrom(',', ',', ';', '\t', '|', ' '),
    oddity: fc.constantFrom(0, 0, 0.02, 0.2),
    careful: fc.constantFrom(true, true, false),
    lineEnd: fc.constantFrom('\n', '\n', '\r\n', '\r'),
    bom: fc.constantFrom('', '\ufeff'),
    hasLastEnd: fc.boolean(),
    missingWords: fc.constantFrom(MISSING_WORDS, ['NA'], ['-1000']),
    numbers: fc.constantFrom(...FORMS),
    insertion: fc.option(
      fc.record({
        at: fc.nat(10_000),
        what: fc.constantFrom('"', '\0', '\r', '\n', ',', ' ', '""', '\ue000'),
      }),
      { freq: 3 },
    ),
  })
  .chain((shape) => {
    const cellOf = (kind: Kind): fc.Arbitrary<Piece> => {
      const isNumber = kind === 'number' || kind === 'weight';
      const [usual, odd] = isNumber ? [number, oddNumber] : [text, oddText];
      const weight = Math.round(1000 * shape.oddity);
      return fc.record({
        text: fc.oneof({ weight: 1000 - weight, arbitrary: usual }, { weight, arbitrary: odd }),
        isQuoted: fc.boolean(),
      });
    };
    const row = fc.tuple(...shape.kinds.map(cellOf)).map((pieces) => ({ pieces, isEmpty: false }));
    const anyRow = fc.oneof(
      { weight: 40, arbitrary: row },
      { weight: 2, arbitrary: fc.constant({ pieces: [] as Piece[], isEmpty: true }) },
      {
        weight: shape.oddity > 0 ? 1 : 0,
        arbitrary: fc.array(cellOf('factor'), { maxLength: 7 }).map((pieces) => ({ pieces, isEmpty: false })),
      },
    );
    return fc.array(anyRow, { maxLength: 40 }).map((rows) => {
      const lines = rows.map(({ pieces }) =>
        pieces.map((piece) => written(piece, shape.delimiter, shape.careful)).join(shape.delimiter),
      );
      let whole = shape.bom + lines.join(shape.lineEnd) + (shape.hasLastEnd ? shape.lineEnd : '');
      if (shape.insertion !== null) {
        const at = shape.insertion.at % (whole.length + 1);
        whole = whole.slice(0, at) + shape.insertion.what + whole.slice(at);
      }
      // a private character stands for a byte that is no UTF-8
      const parts = whole.split('\ue000').flatMap((part) => [Buffer.from(part), Buffer.from([0xff])]);
      const bytes = Buffer.concat(parts.slice(0, -1));
      const { kinds, delimiter, missingWords, numbers } = shape;
      return { bytes, table: { kinds, delimiter, missingWords, numbers } satisfies Table };
    });
  });

describe('any file', () => {
  it('says the same to the scanner as to csv-parse, in any pieces and on any threads', async () => {
    let [scanned, rows, errors] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.constantFrom(1, 2, 3, 7, 64, 1 << 16),
        fc.record({
          headRows: fc.constantFrom(1, 1, 5),
          fewBytes: fc.constantFrom(0, 0, 100),
          chunkBytes: fc.constantFrom(1, 2, 8, 64, 256, 1 << 16),
          threads: fc.constantFrom(1, 1, 2, 3),
        }),
        fc.infiniteStream(fc.nat(3)),
        async ({ bytes, table }, pieceBytes, sizes, delays) => {
          // answers of threads come in any order
          const host = threadsHere(() => delays.next().value);
          const outcome = await compare(bytes, table, pieceBytes, { ...sizes, manyBytes: 0, host });
          scanned += outcome.scanned;
          rows += outcome.rows;
          if (outcome.error !== undefined) errors++;
        },
      ),
      { numRuns: 3000 },
    );
    // much of it really went through the scanner, and many files were refused
    assert.ok(scanned > 0.2 * rows, `${scanned} of ${rows}`);
    assert.ok(errors > 100, `${errors}`);
  });
});
