/** The byte scanner against csv-parse, cell by cell. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { missingCells } from '../src/dataset/missing.js';
import { readRows } from '../src/source/rows.js';
import type { ScannedRows } from '../src/source/scannedRows.js';
import type { ScanPlan } from '../src/source/scanner.js';
import { type RowTaker, type ScanOptions, scanRows } from '../src/source/scanRows.js';

type Kind = 'number' | 'factor' | 'target' | 'weight' | 'ignored';
type Cell = number | string | null;

const MISSING_WORDS = ['NA', 'n/a', 'NaN', '-999', 'two words', 'ü', '"'];

interface Table {
  readonly kinds: readonly Kind[];
  readonly delimiter: string;
  readonly missingWords: readonly string[];
}

function planOf({ kinds, missingWords }: Table): Omit<ScanPlan, 'delimiter'> {
  const columnsOf = (kind: Kind) => kinds.flatMap((other, column) => (other === kind ? [column] : []));
  const numerics = columnsOf('number');
  const [weight] = columnsOf('weight');
  return {
    columns: kinds.length,
    numerics,
    pivots: numerics.map((_, j) => (j % 2 === 0 ? 0 : 0.5)),
    factors: columnsOf('factor'),
    target: kinds.indexOf('target'),
    weight,
    missingWords,
  };
}

/** Takes rows either way and writes down what their cells say; refuses what no cell may be. */
class Witness implements RowTaker {
  readonly rows: { line: number; cells: Cell[] }[] = [];
  readonly #table: Table;
  readonly #plan: Omit<ScanPlan, 'delimiter'>;
  scanned = 0;

  constructor(table: Table) {
    this.#table = table;
    this.#plan = planOf(table);
  }

  plan() {
    return this.rows.length > 0 ? this.#plan : undefined;
  }

  add(row: readonly string[], line: number): void {
    const { kinds, missingWords } = this.#table;
    const { isMissing, numberOf } = missingCells(missingWords);
    if (row.length !== kinds.length) throw new Error(`line ${line}: ${row.length} cells`);
    const cells = kinds.map((kind, column): Cell => {
      const text = row[column]!.trim();
      if (kind === 'ignored') return null;
      if (kind === 'factor' || kind === 'target') return isMissing(text) ? null : text;
      const value = numberOf(row[column]!);
      if (!Number.isFinite(value)) {
        if (isMissing(text)) return null;
        throw new Error(`line ${line}: ${JSON.stringify(text)}`);
      }
      return kind === 'number' ? value - this.#pivotOf(column) : value;
    });
    this.rows.push({ line, cells });
  }

  #pivotOf(column: number): number {
    return this.#plan.pivots[this.#plan.numerics.indexOf(column)]!;
  }

  addScanned({ rows, X, codes, y, c, lines, missing, hasMissing, texts, labels }: ScannedRows): void {
    const { numerics, factors } = this.#plan;
    this.scanned += rows;
    assert.equal(lines.length, rows);
    assert.equal(
      hasMissing,
      missing.some((cells) => cells > 0),
    );
    for (let r = 0; r < rows; r++) {
      const [block, i] = [Math.floor(r / 32), r % 32];
      const cells = this.#table.kinds.map((kind, column): Cell => {
        if (kind === 'ignored') return null;
        if (kind === 'number') {
          return numberIn(X[(block * numerics.length + numerics.indexOf(column)) * 32 + i]!);
        }
        if (kind === 'weight') return numberIn(c![r]!);
        if (kind === 'target') return labels[y[r]!] ?? null;
        const f = factors.indexOf(column);
        return texts[f]![codes[(block * factors.length + f) * 32 + i]!] ?? null;
      });
      const ignored = this.#table.kinds.filter((kind) => kind === 'ignored').length;
      assert.equal(missing[r], cells.filter((cell) => cell === null).length - ignored);
      this.rows.push({ line: lines[r]!, cells });
    }
    for (const list of [...texts, labels]) assert.equal(new Set(list).size, list.length);
  }
}

function numberIn(x: number): number | null {
  return Number.isNaN(x) ? null : x;
}

async function* piecesOf(bytes: Buffer, byteLength: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += byteLength) yield bytes.subarray(at, at + byteLength);
}

async function outcomeOf(witness: Witness, read: () => Promise<void>) {
  let error: string | undefined;
  try {
    await read();
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown instanceof assert.AssertionError) throw thrown;
    error = thrown.message;
  }
  return { error, rows: witness.rows };
}

/** Holds the scanner against csv-parse; returns how many rows it has read itself. */
async function compare(
  bytes: Buffer,
  table: Table,
  pieceBytes: number,
  sizes: ScanOptions,
): Promise<{ scanned: number; error: string | undefined; rows: number }> {
  const parsed = new Witness(table);
  const expected = await outcomeOf(parsed, async () => {
    for await (const { rows, lines } of readRows(piecesOf(bytes, 1 << 16), 'data.csv', table.delimiter)) {
      for (let r = 0; r < rows.length; r++) parsed.add(rows[r]!, lines[r]!);
    }
  });
  const witness = new Witness(table);
  const found = await outcomeOf(witness, () =>
    scanRows(piecesOf(bytes, pieceBytes), 'data.csv', table.delimiter, witness, sizes),
  );
  assert.deepEqual(found, expected);
  return { scanned: witness.scanned, error: found.error, rows: found.rows.length };
}

const ABC: Table = { kinds: ['number', 'factor', 'target'], delimiter: ',', missingWords: MISSING_WORDS };
/** One row through csv-parse, the rest through the scanner. */
const EAGER: ScanOptions = { headRows: 1, fewBytes: 0 };

/** Rows of ABC after a first one; how many of them the scanner reads itself. */
async function scannedOf(text: string | Buffer, sizes: ScanOptions = EAGER): Promise<number> {
  const bytes = Buffer.concat([Buffer.from('1,a,yes\n'), Buffer.from(text)]);
  return (await compare(bytes, ABC, bytes.length, sizes)).scanned;
}

describe('the scanner', () => {
  const plain: readonly (readonly [what: string, text: string, rows: number])[] = [
    ['numbers and texts', '1,a,yes\n-2.5,b,no\n', 2],
    ['no line end at the end', '1,a,yes\n2,b,no', 2],
    ['CRLF', '1,a,yes\r\n2,b,no\r\n', 2],
    ['CR', '1,a,yes\r2,b,no\r', 2],
    ['CR and LF by turns', '1,a,yes\n\r2,b,no\r\n\r3,c,no\r', 3],
    ['empty lines', '\n\n1,a,yes\n\r\n\n2,b,no\n\n', 2],
    ['quotes', '"1","a","yes"\n"-2.5","b c","no"\n', 2],
    ['blanks', ' 1 ,  a,yes \n" 2\t","\tb ",  no\n', 2],
    ['doubled quotes', '1,"a ""b""",yes\n2,"""",no\n', 2],
    ['delimiters in quotes', '1,"a,b",yes\n2,",",no\n', 2],
    ['line ends in quotes', '1,"a\nb",yes\n2,"\r\n\r",no\n3,"\n\n",no\n4,x,no\n', 4],
    ['line ends in quotes around a number', '"\n1","a",yes\n2,x,no\n', 2],
    ['missing cells', ',a,yes\nNA,,no\n-999,n/a,\n-999.0,-999.00,NaN\n"","",""\n"n/a",two words,ü\n', 6],
    ['nothing at the end', '1,a,', 1],
    ['exponents', '1e3,a,yes\n"1.5E-7",b,no\n', 2],
    ['other alphabets', '1,żółć,yes\n2,日本語,no\n3,"🙂",no\n', 3],
    ['a text longer than a word', `1,${'long '.repeat(50)},yes\n2,${'long '.repeat(50)}!,no\n`, 2],
  ];
  for (const [what, text, rows] of plain) {
    it(`reads by itself: ${what}`, async () => assert.equal(await scannedOf(text), rows));
  }

  const odd: readonly (readonly [what: string, text: string | Buffer, rows: number])[] = [
    ['too few cells', '1,a,yes\n2,b\n3,c,no\n', 1],
    ['too many cells', '1,a,yes\n2,b,no,\n3,c,no\n', 1],
    ['a word for a number', '1,a,yes\nx,b,no\n3,c,no\n', 1],
    ['a hexadecimal number', '1,a,yes\n0x10,b,no\n', 1],
    ['an infinite number', '1,a,yes\n1e999,b,no\n', 1],
    ['a stray quote', '1,a,yes\n2,b",no\n3,c,no\n', 1],
    ['a blank before a quote', '1,a,yes\n2, "b",no\n3,c,no\n', 1],
    ['a letter after a quote', '1,a,yes\n2,"b"x,no\n3,c,no\n', 1],
    ['a quote that is not closed', '1,a,yes\n2,"b,no\n3,c,no\n', 1],
    ['a quote that is not closed at the very end', '1,a,yes\n2,b,"', 1],
    ['a stray quote and an earlier word', '1,a,yes\nx,b,no\n2,b",no\n', 1],
    ['a number with a stray quote', '1,a,yes\n2",b,no\n', 1],
    ['a number with a doubled quote', '1,a,yes\n"2""",b,no\n', 1],
    ['a line of blanks', '1,a,yes\n   \n2,b,no\n', 2],
    ['an empty cell in quotes alone on a line', '1,a,yes\n""\n2,b,no\n', 2],
    ['a NUL', '1,a,yes\n2,b\0,no\n3,c,no\n', 2],
    ['a NUL after a quote', '1,a,yes\n2,"b"\0,no\n3,c,no\n', 2],
    ['a NUL for a number', '1,a,yes\n2\0,b,no\n3,c,no\n', 1],
    ['bytes that are no UTF-8', Buffer.from('1,a,yes\n2,\xff,no\n3,c,no\n', 'latin1'), 2],
    ['a cut-off character', Buffer.from('1,a,yes\n2,\xe6\x97,no\n3,c,no\n', 'latin1'), 2],
    ['an overlong form', Buffer.from('1,a,yes\n2,\xc0\xaf,no\n3,c,no\n', 'latin1'), 2],
    ['a surrogate in UTF-8', Buffer.from('1,a,yes\n2,\xed\xa0\x80,no\n3,c,no\n', 'latin1'), 2],
    ['a replacement character', '1,a,yes\n2,\ufffd,no\n3,c,no\n', 2],
    ['wide blanks', '1,a,yes\n2,\u00a0b\u3000,no\n\u20033\u2003,c,no\n4,\ufeffd,no\n', 1],
    ['a BOM within the file', '1,a,yes\n\ufeff2,b,no\n\ufeff"3",c,no\n', 1],
    ['a missing word with a quote', '1,"""",yes\n"""",b,no\n3,c,no\n', 2],
  ];
  for (const [what, text, rows] of odd) {
    it(`leaves to csv-parse: ${what}`, async () => assert.equal(await scannedOf(text), rows));
  }

  it('does without a BOM and starts after it', async () => {
    const bytes = Buffer.from('\ufeff"1",a,yes\n2,b,no\n');
    assert.equal((await compare(bytes, ABC, 1, EAGER)).scanned, 1);
  });

  it('goes back to work after an odd row, and leaves a chunk of them alone', async () => {
    const odd = '1,\u00a0a,yes\n';
    const even = '2,b,no\n'.repeat(10);
    assert.equal(await scannedOf(`${even}${odd}${even}`), 20);
    assert.equal(await scannedOf(`${even}${odd}${even}${odd}${even}`), 20);
  });

  it('knows more texts than it has room for at first', async () => {
    const rows = Array.from(
      { length: 3000 },
      (_, i) => `${i},"level ${i % 1500} ${'x'.repeat(i % 97)}",yes\n`,
    );
    assert.equal(await scannedOf(rows.join('')), 3000);
    assert.equal(await scannedOf(rows.join(''), { ...EAGER, chunkBytes: 1000 }), 3000);
  });

  it('has room for a text of any length', async () => {
    const text = 'y'.repeat(200_000);
    assert.equal(await scannedOf(`1,${text},yes\n2,${text}z,no\n3,"${text}",no\n`), 3);
    // texts with doubled quotes are copied, if they are not too long
    assert.equal(await scannedOf(`1,"${text}""",yes\n2,"${text}""",no\n`), 0);
  });

  it('reads more rows than a batch holds, and wider ones', async () => {
    assert.equal(await scannedOf('1.5,a,yes\n2.5,b,no\n'.repeat(20_000)), 40_000);
    const kinds: Kind[] = [...Array.from({ length: 3000 }, (): Kind => 'number'), 'target'];
    const row = `${kinds
      .slice(1)
      .map((_, j) => j / 8)
      .join(',')},yes\n`;
    const table = { ...ABC, kinds };
    assert.equal((await compare(Buffer.from(row.repeat(70)), table, 1 << 16, EAGER)).scanned, 69);
  });

  it('leaves a row longer than it waits for to csv-parse, with all that follows', async () => {
    const text = `1,a,yes\n2,"${'b\n'.repeat(400)}",no\n3,c,no\n4,"d"x,no\n`;
    assert.equal(await scannedOf(text, { ...EAGER, chunkBytes: 16 }), 1);
    assert.equal(await scannedOf(text, { ...EAGER, chunkBytes: 64 }), 3);
  });

  it('leaves files to csv-parse whose delimiter it does not know', async () => {
    for (const delimiter of ['é', '1', '.', 'e', '-']) {
      const bytes = Buffer.from(['8', 'a', 'no'].join(delimiter).concat('\n').repeat(5));
      const { scanned, rows } = await compare(bytes, { ...ABC, delimiter }, 100, EAGER);
      assert.deepEqual({ scanned, rows }, { scanned: 0, rows: 5 });
    }
  });
});

const KINDS: readonly Kind[] = ['number', 'number', 'factor', 'weight', 'ignored'];

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
    missingWords: fc.constantFrom(MISSING_WORDS, ['NA']),
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
      const { kinds, delimiter, missingWords } = shape;
      return { bytes, table: { kinds, delimiter, missingWords } satisfies Table };
    });
  });

describe('any file', () => {
  it('says the same to the scanner as to csv-parse, in any pieces', async () => {
    let [scanned, rows, errors] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.constantFrom(1, 2, 3, 7, 64, 1 << 16),
        fc.record({
          headRows: fc.constantFrom(1, 1, 5),
          fewBytes: fc.constantFrom(0, 0, 100),
          chunkBytes: fc.constantFrom(1, 2, 8, 64, 256, 1 << 16),
        }),
        async ({ bytes, table }, pieceBytes, sizes) => {
          const outcome = await compare(bytes, table, pieceBytes, sizes);
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
