/** JSON in place of CSV: the same bits as of the table that it stands for, errors at its lines. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { JsonObjects } from '../../src/source/json.js';
import { bcePredict, bceTrain, bitsOf, temporary } from '../support/support.js';

type Value = number | string | boolean | null;
type Row = Readonly<Record<string, Value>>;

const FLAGS = ['--quiet', '--epochs', '3', '--format', 'json', '--target', 'y'];

async function modelOf(args: readonly string[], stdin?: Readable): Promise<object> {
  const { stdout, stderr, code } = await bceTrain([...args, ...FLAGS], { stdin: stdin ?? '' });
  assert.equal(code, 0, stderr);
  return bitsOf(stdout);
}

const quoted = (value: Value | undefined) => {
  const text = value === undefined || value === null ? '' : String(value);
  return /["\n\r,;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

function csvOf(rows: readonly Row[], names = Object.keys(rows[0]!)): string {
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((cells) => cells.map(quoted).join(','))
    .join('\n');
}

function piecesOf(text: string, size: number): Readable {
  const bytes = Buffer.from(text);
  const count = Math.ceil(bytes.length / size);
  return Readable.from(Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size)));
}

const rowAt = (i: number): Row => ({
  größe: i / 8,
  'a "b"': i % 3 > 0 ? 'an "odd" one,\nof two lines' : '\u00e9\ud834\udd1e\\',
  flag: i % 7 > 2,
  x: -((i * 7) % 13) * 1e-7,
  y: (i * i) % 5 > 1 ? 'yes' : 'no',
});

/** Forms of the same objects. */
const FORMS: readonly (readonly [what: string, write: (rows: readonly Row[]) => string])[] = [
  ['lines', (rows) => rows.map((row) => JSON.stringify(row)).join('\n')],
  ['lines that end with CRLF', (rows) => `\ufeff${rows.map((row) => JSON.stringify(row)).join('\r\n')}\r\n`],
  ['objects one behind the other', (rows) => rows.map((row) => JSON.stringify(row)).join(' ')],
  ['objects over several lines', (rows) => rows.map((row) => JSON.stringify(row, null, 2)).join('\n\n')],
  ['an array', (rows) => JSON.stringify(rows)],
  ['an array over several lines', (rows) => `\n ${JSON.stringify(rows, null, '\t')}\n`],
  [
    'escaped characters',
    (rows) =>
      rows
        .map((row) =>
          JSON.stringify(row).replaceAll(
            /[^\0-\x7f]/g,
            (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
          ),
        )
        .join('\n'),
  ],
];

describe('JSON', () => {
  const rows = Array.from({ length: 60 }, (_, i) => rowAt(i));
  for (const [what, write] of FORMS) {
    it(`gives the bits of the CSV, whatever pieces it comes in: ${what}`, async () => {
      const expected = await modelOf([temporary('plain.csv', csvOf(rows))]);
      const text = write(rows);
      assert.deepEqual(await modelOf([temporary('data.csv', text)]), expected);
      assert.deepEqual(await modelOf([temporary('data.gz', gzipSync(text))]), expected);
      for (const size of [1, 7, 1000]) assert.deepEqual(await modelOf([], piecesOf(text, size)), expected);
    });
  }

  it('gives the bits of the CSV through the scanner, on any threads and memory', async () => {
    const many = Array.from({ length: 6000 }, (_, i) => rowAt(i));
    const expected = await modelOf([temporary('plain.csv', csvOf(many))]);
    const path = temporary('data.jsonl', FORMS[0]![1](many));
    assert.deepEqual(await modelOf([path, '--threads', '1']), expected);
    assert.deepEqual(await modelOf([path, '--threads', '3', '--memory', '100k']), expected);
  });

  it('gives the bits of the CSV for any table, keys in any order and some of them absent', async () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }) },
      { weight: 1, arbitrary: fc.constant(null) },
    );
    const text = fc.oneof(
      fc.constantFrom('a', 'b', ' ', '"', '\\', '{}', '[],', '\n', 'é', ''),
      fc.boolean(),
      fc.constant(null),
    );
    const row = fc.record({ n: value, t: text, m: value, y: fc.constantFrom(0, 1) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 30, maxLength: 40 }),
        fc.infiniteStream(fc.nat(23)),
        fc.constantFrom(...FORMS),
        async (all, draws, [, write]) => {
          const table: Row[] = [{ n: 1, t: 'a', m: 0.5, y: 0 }, { n: 2, t: 'b', m: 1.5, y: 1 }, ...all];
          const written = table.map((one, i) => {
            if (i === 0) return one;
            const cut = draws.next().value % 4;
            const entries = Object.entries(one).filter(([, v]) => v !== null || draws.next().value % 2 > 0);
            return Object.fromEntries([...entries.slice(cut), ...entries.slice(0, cut)]);
          });
          const flags = ['--missing', 'mean', '--categorical', 't', '--max-levels', '20'];
          const plain = temporary('plain.csv', csvOf(table));
          const path = temporary('data.json', write(written));
          assert.deepEqual(await modelOf([path, ...flags]), await modelOf([plain, ...flags]));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps the texts of numbers, so that none loses a digit', async () => {
    const objects = new JsonObjects(
      (async function* () {
        yield Buffer.from('{"a":1.0,"b":-0,"c":12345678901234567890,"d":1E+400,"e":true,"f":null,"g":""}');
      })(),
      'data.jsonl',
      '.',
    );
    const [row] = await objects.next();
    assert.deepEqual(row!.cells, ['1.0', '-0', '12345678901234567890', '1E+400', 'true', '', '']);
  });

  it('predicts, evaluates, prints rows as CSV, validates, and goes with other files', async () => {
    const [path, plain] = [temporary('data.jsonl', FORMS[0]![1](rows)), temporary('plain.csv', csvOf(rows))];
    const model = temporary('json-model.json', (await bceTrain([plain, ...FLAGS])).stdout);
    for (const flags of [[], ['--append'], ['--evaluate']]) {
      const asPlain = await bcePredict([model, plain, '-q', ...flags]);
      const found = await bcePredict([model, path, '-q', ...flags]);
      assert.deepEqual([found.stdout, found.code], [asPlain.stdout, 0], found.stderr);
    }
    const validated = (file: string) => modelOf([plain, '--validation', file]);
    assert.deepEqual(await validated(path), await validated(plain));
    const [head, tail] = [rows.slice(0, 20), rows.slice(20)];
    const reversed = tail.map((row) => Object.fromEntries(Object.entries(row).reverse()));
    const parts = [temporary('part.csv', csvOf(head)), temporary('part.json', JSON.stringify(reversed))];
    assert.deepEqual(await modelOf(parts), await modelOf([plain]));
    const others = [temporary('head.json', JSON.stringify(head)), temporary('tail.csv', csvOf(reversed))];
    assert.deepEqual(await modelOf(others), await modelOf([plain]));
  });

  it('has numbers with points, whatever is said of texts', async () => {
    const given =
      '{"a":1.5,"b":"1.234,5","y":0}\n{"a":2.25,"b":"2,5","y":1}\n{"a":1,"b":"7","y":1}\n{"a":3,"b":"1","y":0}\n';
    const plain = 'a,b,y\n1.5,1234.5,0\n2.25,2.5,1\n1,7,1\n3,1,0\n';
    const found = await modelOf([temporary('data.json', given), '--decimal', 'comma', '--thousands', '.']);
    assert.deepEqual(found, await modelOf([temporary('plain.csv', plain)]));
  });

  it('may have keys that nobody uses, where nobody uses them', async () => {
    const text = '{"a":1,"y":0}\n{"a":2,"more":"x","y":1}\n{"a":3,"y":1}\n{"y":0,"a":2}\n';
    const plain = temporary('plain.csv', 'a,y\n1,0\n2,1\n3,1\n2,0\n');
    const path = temporary('data.jsonl', text);
    assert.deepEqual(await modelOf([path, '--features', 'a']), await modelOf([plain]));
    const weights = temporary('json-weights.csv', (await bceTrain([plain, '-q'])).stdout);
    const asPlain = await bcePredict([weights, plain, '-q']);
    assert.equal((await bcePredict([weights, path, '-q'])).stdout, asPlain.stdout);
  });

  it('is CSV where a delimiter is named', async () => {
    const path = temporary('braces.csv', '{"a"};y\n1;0\n2;1\n');
    const { stderr } = await bceTrain([path, '--delimiter', ';', '-q', '--l2', '1']);
    assert.doesNotMatch(stderr, /JSON|error/);
  });
});

describe('JSON that is refused', () => {
  const cases: readonly (readonly [
    text: string,
    says: RegExp,
    hint?: RegExp | undefined,
    flags?: readonly string[],
  ])[] = [
    [
      '{"a":1,"y":0}\n{"a":2,"y":{"z":1}}\n',
      /data\.json:2: key "y": expected a number, .* found an object/,
      /jq -c 'del\(\.\["y"\]\)' \S*data\.json \| bce-train - leaves/,
    ],
    [
      '[{"a":1,"y":0},\n{"a":[2],"y":1}]',
      /data\.json: object 2: key "a": .* found an array/,
      /jq -c '\.\[\] \| del/,
    ],
    [
      '{"a":1,"y":0}\n\n{"a":2,"y":1,"c":3}\n',
      /data\.json:3: expected the keys of the first object, found "c" besides/,
      /jq -c '\{c, a, y\}' \S+data\.json \| bce-train - makes it one, .* and without c leaves it out/,
    ],
    ['{"a":1,"y":0}\n{"a":2,"a":3,"y":1}\n', /data\.json:2: key "a": expected once, found twice/],
    [
      '{"a":1,"y":0}\n{"a":2 "y":1}\n',
      /data\.json:2: expected a comma or the end of the object, found "\\"y\\""/,
      /--delimiter reads it as CSV/,
    ],
    ['{"a":1,"y":0}\n{"a":01,"y":1}\n', /data\.json:2: expected a number, .*, found "01"/],
    ['{"a":1,"y":0}\n{"a":.5,"y":1}\n', /data\.json:2: .*, found "\.5"/],
    ['{"a":1,"y":0}\n{"a":NaN,"y":1}\n', /data\.json:2: .*, found "NaN"/],
    ['{"a":1,"y":0}\n{\'a\':1,"y":1}\n', /data\.json:2: expected a key in quotes, found "'a'"/],
    ['{"a":1,"y":0}\n{"a":"x\ny","y":1}\n', /data\.json:2: expected a text, found "\\"x"/],
    ['{"a":1,"y":0}\n{"a":"\\x","y":1}\n', /data\.json:2: expected a text, found/],
    ['{"a":1,"y":0}\n{"a":1,"y":1,}\n', /data\.json:2: expected a key in quotes, found "}"/],
    ['{"a":1,"y":0}\n{"a":2,', /data\.json:2: expected the end of the object, found the end of the text/],
    ['{"a":1,"y":0}\n[1,2]\n', /data\.json:2: expected an object, found "\["/],
    [
      '[{"a":1,"y":0},{"a":2,"y":1}',
      /data\.json:1: expected the end of the array, found the end of the text/,
    ],
    ['[{"a":1,"y":0},{"a":2,"y":1}]\n{"a":1}', /data\.json:2: expected nothing behind the array, found "\{"/],
    ['[[1,2],[3,4]]', /data\.json:1: expected an object, found "\["/],
    ['[]', /data\.json: expected objects, found none/],
    ['{}\n{"a":1}', /data\.json:1: expected keys in the first object, found none/],
    [
      '{"a":1,"y":0}\n{"a":2,"y":1}\n',
      /--no-header: \S*data\.json holds objects of JSON/,
      undefined,
      ['--no-header'],
    ],
    [
      '{"a":1,"t":"two\\nlines","y":0}\n{"a":2,"t":"u","y":1}\n{"a":"word","t":"u","y":1}\n{"a":2,"t":"u","y":1}\n',
      /data\.json:3: column "a": expected a number, got "word"/,
    ],
    [
      '[{"a":1,"y":0},{"a":2,"y":1},{"a":"word","y":1}]',
      /data\.json: object 3: column "a": expected a number, got "word"/,
    ],
    [
      '{"a":1,"y":0} {"a":2,"y":1}\n{"a":2,"y":1} {"a":"word","y":1}',
      /data\.json:2: column "a": expected a number, got "word"/,
    ],
    [
      '{\n "a":1,\n "y":0\n}\n{\n "a":2,\n "y":1\n}\n{"a":"word","y":1}\n{"a":2,"y":1}',
      /data\.json:9: column "a"/,
    ],
    [
      '{"a":1,"y":0}\n{"y":1}\n{"a":3,"y":1}\n',
      /data\.json:2: expected a value in every cell, found missing ones in "a"/,
    ],
  ];
  for (const [text, says, hint, flags = []] of cases) {
    it(`says where and why: ${JSON.stringify(text).slice(0, 60)}`, async () => {
      const { stdout, stderr, code } = await bceTrain([temporary('data.json', text), ...flags]);
      assert.equal(stdout, '');
      assert.ok(code === 1 || code === 2, stderr);
      assert.match(stderr, says);
      if (hint !== undefined) assert.match(stderr, hint);
      assert.doesNotMatch(stderr, /fault of/);
    });
  }

  it('says of several files which lacks a key', async () => {
    const a = temporary('a.csv', 'x,t,y\n1,u,0\n2,v,1\n');
    const b = temporary('b.jsonl', '{"x":1,"y":0}\n{"y":1,"x":2}\n');
    assert.match(
      (await bceTrain([a, b])).stderr,
      /b\.jsonl: expected the keys "x", "t", "y", found no "t" in any object/,
    );
    const c = temporary('c.jsonl', '{"x":1,"y":0}\n{"y":1,"x":"w"}\n');
    assert.match(
      (await bceTrain([a, c, '--features', 'x'])).stderr,
      /c\.jsonl:2: column "x": expected a number, got "w"/,
    );
  });
});
