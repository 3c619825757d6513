/** Columns that terms make of those of the file: they come after these, numbers and factors alike. */
import { BceError } from '../../errors.js';
import { compile, type Evaluate } from '../../terms/evaluate.js';
import { type Expression, isUnsettled, levelName, nameOf, sourcesOf } from '../../terms/expression.js';
import { type AskedGroup, parseAsked, termOf } from '../../terms/parse.js';
import { readyParts } from '../../terms/settle.js';
import { byteOrder, counted, listed, quoted } from '../../text.js';
import type { TermGroup } from '../dataset.js';
import { findColumn } from './columns.js';
import type { MissingCells } from './missing.js';
import { pivotOf } from './pivot.js';
import type { Plan, ReadOptions, Sample } from './plan.js';

/** A column that is computed from the cells of a row. */
export type DerivedColumn =
  | { readonly kind: 'numeric'; readonly expression: Expression; readonly evaluate: Evaluate }
  /** Cells of several factors together. */
  | {
      readonly kind: 'categorical';
      readonly expression: Expression;
      readonly names: readonly string[];
      /** Their columns in the file. */
      readonly columns: readonly number[];
      /** Their baselines, where they are known: a row with one of them is in the baseline of the interaction. */
      readonly references: readonly string[] | undefined;
    };

/** The baseline of an interaction: every cell in which some factor has its own. */
export const REFERENCE = '(reference)';

/** Products of numbers with more levels than this would be too many columns. */
const MOST_COLUMNS = 1000;

/** The level of an interaction of factors that have these levels; empty where one is missing. */
export function cellOf(
  names: readonly string[],
  levels: readonly string[],
  references: readonly string[] | undefined,
): string {
  if (levels.includes('')) return '';
  if (references !== undefined && levels.some((level, i) => level === references[i])) return REFERENCE;
  return names.map((name, i) => levelName(name, levels[i]!)).join(':');
}

/** Whether a level as `cellOf` writes it holds a reference, `referenceOf` a column being that. */
export function isReferenceCell(cell: string, referenceOf: ReadonlyMap<string, string>): boolean {
  const expression = termOf(cell);
  if (expression?.kind !== 'product') return false;
  return expression.factors.some(
    (factor) => factor.kind === 'level' && referenceOf.get(factor.name) === factor.level,
  );
}

/**
 * The baselines that were asked for, by column.
 *
 * @param asked as COLUMN=LEVEL
 * @throws BceError USAGE
 */
export function referencesOf(
  asked: readonly string[],
  { names, factors }: Plan,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const text of asked) {
    const places = [...text].flatMap((sign, at) =>
      sign === '=' && at > 0 && at < text.length - 1 ? [at] : [],
    );
    const parted = places.map((at) => [text.slice(0, at), text.slice(at + 1)] as const);
    if (parted.length === 0) {
      throw new BceError('USAGE', `--reference: expected COLUMN=LEVEL, got ${quoted(text)}`);
    }
    const [name, level] = parted.find(([column]) => names.includes(column)) ?? parted[0]!;
    const column = findColumn(names, name, '--reference');
    if (!factors.includes(column)) {
      throw new BceError(
        'USAGE',
        `--reference: expected a text column among the features, got ${quoted(name)}`,
        'numbers have no baseline; --categorical reads a column as text',
      );
    }
    if (found.has(names[column]!))
      throw new BceError('USAGE', `--reference: two baselines for ${quoted(name)}`);
    found.set(names[column]!, level);
  }
  return found;
}

/** The columns of a factor's interaction, by the names of its columns. */
export function partsOf(expression: Expression): string[] {
  return expression.kind === 'product'
    ? expression.factors.flatMap((factor) => (factor.kind === 'column' ? [factor.name] : []))
    : [];
}

/**
 * The plan with the columns that terms ask for. What a product of numbers with a text column makes is a column for
 * each level that the sample has but the baseline; `isKnown` of them is what later rows are held to.
 *
 * @param sample the first rows
 * @throws BceError USAGE, COLUMN_UNKNOWN, CSV_COLUMN_NAMES
 */
export function withTerms(
  plan: Plan,
  { add, formula, intercept, groups = [] }: Pick<ReadOptions, 'add' | 'formula' | 'intercept' | 'groups'>,
  references: ReadonlyMap<string, string>,
  sample: Sample,
  cells: MissingCells,
): Plan {
  if (add.length === 0) return plan;
  const flag = formula === undefined ? '--add' : '--formula';
  const asked = add.map((text) => parseAsked(text, flag));
  const terms = asked.flatMap((one) => one.terms);
  const derivation = new Derivation(plan, terms, flag, references, sample, cells, intercept);
  for (const term of terms) derivation.add(term);
  return derivation.plan([...groups, ...asked.flatMap((one) => one.groups)]);
}

class Derivation {
  readonly #plan: Plan;
  readonly #flag: string;
  /** Everything that has a weight, by `marginOf`. */
  readonly #margins: ReadonlySet<string>;
  readonly #references: ReadonlyMap<string, string>;
  readonly #sample: Sample;
  readonly #cells: MissingCells;
  readonly #intercept: boolean;
  readonly #derived = new Map<string, DerivedColumn>();
  readonly #known = new Map<number, ReadonlySet<string>>();
  /** Names of the columns that a term has become, by its name. */
  readonly #madeOf = new Map<string, string[]>();

  constructor(
    plan: Plan,
    terms: readonly Expression[],
    flag: string,
    references: ReadonlyMap<string, string>,
    sample: Sample,
    cells: MissingCells,
    intercept: boolean,
  ) {
    const { names, numerics, factors } = plan;
    const features = [...numerics, ...factors].map((c): Expression => ({ kind: 'column', name: names[c]! }));
    this.#plan = plan;
    this.#flag = flag;
    this.#margins = new Set([...features, ...terms].map((term) => marginOf(partsIn(term))));
    this.#references = references;
    this.#sample = sample;
    this.#cells = cells;
    this.#intercept = intercept;
  }

  add(term: Expression): void {
    const before = this.#derived.size;
    this.#add(term);
    const name = nameOf(term);
    const made = [...this.#derived.keys()].slice(before);
    if (!this.#madeOf.has(name)) {
      const isThere = term.kind === 'column' || this.#derived.has(name);
      this.#madeOf.set(
        name,
        made.length > 0 ? made : isThere ? [term.kind === 'column' ? term.name : name] : [],
      );
    }
  }

  #add(term: Expression): void {
    const { numbers, texts } = sourcesOf(term);
    for (const name of [...numbers, ...texts]) this.#indexOf(name);
    for (const name of numbers) this.#requireNumbers(name);
    const name = nameOf(term);
    if (term.kind === 'column') {
      if (this.#isFeature(term.name)) return;
      throw new BceError(
        'USAGE',
        `${this.#flag}: column ${quoted(term.name)} is not among the features`,
        '--features and --drop say which columns are; a:b is the product alone',
      );
    }
    // its weight is there already
    if (term.kind === 'level' && this.#isFactor(term.name)) return;
    const factors = term.kind === 'product' ? term.factors : [term];
    const isText = (factor: Expression) => factor.kind === 'column' && this.#isFactor(factor.name);
    const misused = numbers.find(
      (source) => this.#isFactor(source) && !factors.some((f) => isColumn(f, source)),
    );
    if (misused !== undefined) {
      throw new BceError(
        'USAGE',
        `${this.#flag}: ${name}: expected a column of numbers, found the text column ${quoted(misused)}`,
        `a level is 0 or 1, as in ${levelName(misused, this.#levelsOf(misused)[0] ?? 'level')}`,
      );
    }
    if (term.kind !== 'product' || !factors.some(isText)) this.#addNumeric(term);
    else if (factors.every(isText)) this.#addInteraction(term, partsOf(term));
    else this.#addByLevels(factors, isText);
  }

  /** @param asked groups of terms */
  plan(asked: readonly AskedGroup[]): Plan {
    const { names, numerics, factors, pivots } = this.#plan;
    const asideOf = (column: DerivedColumn) =>
      isUnsettled(column.expression) ? [...readyParts(column.expression).values()] : [];
    const aside = new Map([...this.#derived.values()].flatMap(asideOf).map((part) => [nameOf(part), part]));
    const indexOf = (name: string) => this.#indexOf(name);
    const kept = [...aside.values()].map(
      (expression): DerivedColumn => ({
        kind: 'numeric',
        expression,
        evaluate: compile(expression, indexOf),
      }),
    );
    // what is kept until the terms are settled comes last
    const derived = [...this.#derived.values(), ...kept];
    const columns = derived.map((column, i) => ({ column, index: names.length + i }));
    const of = (kind: DerivedColumn['kind']) => columns.filter(({ column }) => column.kind === kind);
    const numeric = of('numeric');
    return {
      ...this.#plan,
      names: [...names, ...this.#derived.keys(), ...aside.keys()],
      numerics: [...numerics, ...numeric.map(({ index }) => index)],
      factors: [...factors, ...of('categorical').map(({ index }) => index)],
      pivots: Float64Array.from([
        ...pivots,
        ...numeric.map(({ column, index }) =>
          index < names.length + this.#derived.size ? this.#pivotOf(column) : 0,
        ),
      ]),
      derived,
      groups: this.#groupsOf(asked),
      aside: aside.size,
      known: this.#known,
    };
  }

  /** Terms that have become several columns, and those that were several terms; each once. */
  #groupsOf(asked: readonly AskedGroup[]): TermGroup[] {
    const groups = new Map<string, TermGroup>();
    for (const [name, features] of this.#madeOf) groups.set(name, { name, features });
    for (const { name, terms } of asked) {
      groups.set(name, {
        name,
        features: terms.flatMap((term) =>
          term.kind === 'column' ? [term.name] : (this.#madeOf.get(nameOf(term)) ?? []),
        ),
      });
    }
    return [...groups.values()].filter(({ features }) => features.length > 1);
  }

  #addNumeric(expression: Expression): void {
    const indexOf = (name: string) => this.#indexOf(name);
    this.#put({ kind: 'numeric', expression, evaluate: compile(expression, indexOf) });
  }

  #addInteraction(expression: Expression, names: readonly string[]): void {
    if (new Set(names).size < names.length) {
      throw new BceError(
        'USAGE',
        `${this.#flag}: ${nameOf(expression)}: expected each text column once in a product`,
      );
    }
    const parts = partsIn(expression);
    const absent = parts
      .map((part) => parts.filter((other) => other !== part))
      .find((rest) => !this.#has(rest));
    if (absent !== undefined) {
      throw new BceError(
        'USAGE',
        `${this.#flag}: ${nameOf(expression)}: expected ${absent.map(nameOf).join(':')} among the terms as well, found none`,
        `${names.map((name) => nameOf({ kind: 'column', name })).join('*')} adds all that go with it`,
      );
    }
    const columns = names.map((name) => this.#indexOf(name));
    this.#put({ kind: 'categorical', expression, names, columns, references: undefined });
  }

  /** A column for each choice of levels that the sample has, none of them a baseline. */
  #addByLevels(factors: readonly Expression[], isText: (factor: Expression) => boolean): void {
    const texts = factors.filter(isText).map((factor) => (factor as { name: string }).name);
    const numbers = factors.filter((factor) => !isText(factor));
    const columns = texts.map((name) => this.#indexOf(name));
    // as in R: without the rest of the product among the terms, its weight is that of the baseline here
    const baselines = texts.map((name) =>
      this.#has(factors.filter((factor) => !isColumn(factor, name)))
        ? (this.#references.get(name) ?? this.#levelsOf(name)[0])
        : undefined,
    );
    const found = new Map<string, string[]>();
    for (const row of this.#sample.rows) {
      const levels = columns.map((column) => this.#text(row[column]!));
      if (levels.some((level, i) => level === '' || level === baselines[i])) continue;
      found.set(cellOf(texts, levels, undefined), levels);
    }
    texts.forEach((name, i) => {
      this.#known.set(columns[i]!, new Set(this.#levelsOf(name)));
    });
    if (found.size > MOST_COLUMNS) {
      throw new BceError(
        'USAGE',
        `${this.#flag}: ${factors.map(nameOf).join(':')}: expected at most ${counted(MOST_COLUMNS, 'column')}, found ${counted(found.size, 'combination')} of levels`,
        `name the levels that matter, as in ${[...found.keys()][0]!}:${numbers.map(nameOf).join(':')}`,
      );
    }
    for (const [, levels] of [...found].sort(([a], [b]) => byteOrder(a, b))) {
      const chosen = factors.map((factor): Expression => {
        if (!isText(factor)) return factor;
        const { name } = factor as { name: string };
        return { kind: 'level', name, level: levels[texts.indexOf(name)]! };
      });
      this.#addNumeric({ kind: 'product', factors: chosen });
    }
  }

  #put(column: DerivedColumn): void {
    const name = nameOf(column.expression);
    if (this.#plan.names.includes(name)) {
      throw new BceError(
        'CSV_COLUMN_NAMES',
        `${this.#flag}: the file has a column that is called ${quoted(name)} already`,
        'rename the column',
      );
    }
    this.#derived.set(name, column);
  }

  #indexOf(name: string): number {
    const { names, target, weight } = this.#plan;
    const column = findColumn(names, name, this.#flag);
    if (names[column] !== name) {
      throw new BceError(
        'COLUMN_UNKNOWN',
        `${this.#flag}: no column ${quoted(name)}`,
        `in a term columns go by their names: ${listed(names.map(quoted))}`,
      );
    }
    if (column === target) {
      throw new BceError(
        'USAGE',
        `${this.#flag}: column ${quoted(name)} is the target`,
        'a term of it would tell the answer',
      );
    }
    if (column === weight)
      throw new BceError('USAGE', `${this.#flag}: column ${quoted(name)} is that of the weights`);
    return column;
  }

  #isFeature(name: string): boolean {
    const column = this.#plan.names.indexOf(name);
    return this.#plan.numerics.includes(column) || this.#isFactor(name);
  }

  #has(parts: readonly Expression[]): boolean {
    return this.#margins.has(marginOf(parts));
  }

  /** @throws BceError USAGE for a column of text that is no feature */
  #requireNumbers(name: string): void {
    const column = this.#indexOf(name);
    if (this.#plan.numerics.includes(column) || this.#isFactor(name)) return;
    const first = this.#sample.rows.map((row) => this.#text(row[column]!)).find((text) => text !== '');
    if (first === undefined || Number.isFinite(this.#cells.numberOf(first))) return;
    throw new BceError(
      'USAGE',
      `${this.#flag}: expected a column of numbers, or one that is among the features, found the text column ${quoted(name)}`,
      `name it as a term of its own too, or a level of it, as ${levelName(name, first)}`,
    );
  }

  #isFactor(name: string): boolean {
    return this.#plan.factors.includes(this.#plan.names.indexOf(name));
  }

  /** Levels in the sample, in byte order. */
  #levelsOf(name: string): string[] {
    const column = this.#indexOf(name);
    const texts = new Set(this.#sample.rows.map((row) => this.#text(row[column]!)));
    texts.delete('');
    return [...texts].sort(byteOrder);
  }

  #text(cell: string): string {
    const text = cell.trim();
    return this.#cells.isMissing(text) ? '' : text;
  }

  #pivotOf(column: DerivedColumn): number {
    if (!this.#intercept || column.kind !== 'numeric' || isUnsettled(column.expression)) return 0;
    const { rows } = this.#sample;
    return pivotOf(rows.length, (row) =>
      column.evaluate({
        number: (c) => this.#cells.numberOf(rows[row]![c]!),
        text: (c) => this.#text(rows[row]![c]!),
        outside: () => Number.NaN,
      }),
    );
  }
}

function isColumn(factor: Expression, name: string): boolean {
  return factor.kind === 'column' && factor.name === name;
}

/** Columns of the file that a term needs, by the name that the model has for it. */
export function columnsOf(expression: string): string[] {
  const { numbers, texts } = sourcesOf(treeOf(expression));
  return [...numbers, ...texts];
}

/**
 * The column of a model's term in a file with these names.
 *
 * @param references baselines of factors together; undefined of a number
 */
export function derivedOf(
  expression: string,
  references: readonly string[] | undefined,
): (names: readonly string[]) => DerivedColumn {
  const tree = treeOf(expression);
  return (names) => {
    const indexOf = (name: string) => names.indexOf(name);
    if (references === undefined) {
      return { kind: 'numeric', expression: tree, evaluate: compile(tree, indexOf) };
    }
    const parts = partsOf(tree);
    return { kind: 'categorical', expression: tree, names: parts, columns: parts.map(indexOf), references };
  };
}

/** The tree of a model's term. @throws BceError WEIGHTS_UNREADABLE for what is none */
export function treeOf(expression: string): Expression {
  const tree = termOf(expression);
  if (tree !== undefined) return tree;
  throw new BceError(
    'WEIGHTS_UNREADABLE',
    `${quoted(expression)} is no term`,
    'bce-train -o model.json writes a whole model',
  );
}

function partsIn(term: Expression): readonly Expression[] {
  return term.kind === 'product' ? term.factors : [term];
}

/** The same for the same parts, in whatever order they stand. */
function marginOf(parts: readonly Expression[]): string {
  return parts.map(nameOf).sort(byteOrder).join(':');
}
