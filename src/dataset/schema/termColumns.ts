/** From terms one by one to the columns that they ask for, and the plan with these behind those of the file. */
import { BceError } from '../../errors.js';
import { DATE_PARTS } from '../../terms/dates.js';
import { type Cells, compile, compileText } from '../../terms/evaluate.js';
import {
  type DatePart,
  type Expression,
  type Hash,
  isLevelled,
  isUnsettled,
  levelIn,
  levelName,
  levelOf,
  nameOf,
  partName,
  sourcesOf,
  type TextPart,
} from '../../terms/expression.js';
import type { AskedGroup } from '../../terms/parse.js';
import { readyParts } from '../../terms/settle.js';
import { counted, listed, quoted } from '../../text.js';
import type { TermGroup } from '../dataset.js';
import { findColumn } from './columns.js';
import { type DerivedColumn, orderOf, togetherOf } from './derived.js';
import { isTextColumn, marginOf, partsIn } from './margins.js';
import type { MissingCells } from './missing.js';
import { pivotOf } from './pivot.js';
import type { Plan } from './plan.js';
import type { Sample } from './sample.js';

/** Products of numbers with more levels than this would be too many columns. */
const MOST_COLUMNS = 1000;

/** What columns terms make of those of a plan: `add` them one by one, then ask for the `plan`. */
export class TermColumns {
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
    const name = nameOf(term);
    if (term.kind === 'column') {
      if (this.#isFeature(term.name)) return;
      throw new BceError(
        'USAGE',
        `${this.#flag}: column ${quoted(term.name)} is not among the features`,
        '--features and --drop say which columns are; a:b is the product alone',
      );
    }
    const factors = partsIn(term);
    if (this.#isWithinLevels(factors)) return;
    const isText = (factor: Expression): factor is TextPart => this.#hasLevels(factor);
    const misused = numbers.find(
      (source) => this.#isFactor(source) && !factors.some((f) => f.kind === 'column' && f.name === source),
    );
    if (misused !== undefined) {
      throw new BceError(
        'USAGE',
        `${this.#flag}: ${name}: expected a column of numbers, found the text column ${quoted(misused)}`,
        `a level is 0 or 1, as in ${levelName(misused, this.#levelsOf({ kind: 'column', name: misused })[0] ?? 'level')}`,
      );
    }
    const parts = factors.filter(isText);
    if (parts.length === 0) this.#addNumeric(term);
    else if (parts.length === factors.length) this.#addInteraction(term, parts);
    else this.#addByLevels(factors, parts);
  }

  /** Whether a term has become a factor of this name. */
  isFactor(name: string): boolean {
    return this.#derived.get(name)?.kind === 'categorical';
  }

  /** Whether it is a product of levels whose columns, or the product of these, have a weight for every level already. */
  #isWithinLevels(factors: readonly Expression[]): boolean {
    const parts = new Map<string, Expression>(
      factors.map((factor) => levelIn(factor)?.part ?? factor).map((part) => [nameOf(part), part]),
    );
    const isOfLevels = factors.some((factor) => levelIn(factor) !== undefined);
    const whole = [...parts.values()];
    return isOfLevels && whole.every((part) => this.#hasLevels(part)) && this.#has(whole);
  }

  #hasLevels(expression: Expression): expression is TextPart {
    return isLevelled(expression) && (expression.kind !== 'column' || this.#isFactor(expression.name));
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

  #addInteraction(expression: Expression, parts: readonly TextPart[]): void {
    if (new Set(parts.map(nameOf)).size < parts.length) {
      throw new BceError(
        'USAGE',
        `${this.#flag}: ${nameOf(expression)}: expected each text column once in a product`,
      );
    }
    this.#put(togetherOf(expression, parts, undefined, (name) => this.#indexOf(name)));
  }

  /**
   * A column for each choice of levels that the sample has, none of them a baseline; of a part of a date for each level
   * that there is, since a file in the order of time has them one after the other.
   */
  #addByLevels(factors: readonly Expression[], parts: readonly TextPart[]): void {
    const numbers = factors.filter((factor) => !parts.some((part) => part === factor));
    // as in R: without the rest of the product among the terms, its weight is that of the baseline here
    const baselines = parts.map((part) =>
      this.#has(factors.filter((factor) => factor !== part))
        ? (this.#references.get(partName(part)) ?? this.#levelsOf(part)[0])
        : undefined,
    );
    const found = new Map<string, string[]>();
    const texts = parts.map((part) => compileText(part, (name) => this.#indexOf(name)));
    for (const row of this.#sample.rows.keys()) {
      const cells = this.#cellsOf(row);
      let choices: string[][] = [[]];
      parts.forEach((part, i) => {
        const levels = part.kind === 'column' ? [texts[i]!(cells)] : allLevels(part);
        const others = levels.filter((level) => level !== '' && level !== baselines[i]);
        choices = choices.flatMap((so) => others.map((level) => [...so, level]));
      });
      for (const levels of choices) found.set(levels.join('\0'), levels);
      // the numbers of a hash may be a million in every row
      if (found.size > MOST_COLUMNS && choices.length > 1) break;
    }
    for (const part of parts) {
      if (part.kind === 'column') this.#known.set(this.#indexOf(part.name), new Set(this.#levelsOf(part)));
    }
    const ofLevels = (levels: readonly string[]) => parts.map((part, i) => levelOf(part, levels[i]!));
    if (found.size > MOST_COLUMNS) {
      const [first] = found.values();
      throw new BceError(
        'USAGE',
        `${this.#flag}: ${factors.map(nameOf).join(':')}: expected at most ${counted(MOST_COLUMNS, 'column')}, found ${counted(found.size, 'combination')} of levels`,
        `name the levels that matter, as in ${[...ofLevels(first!), ...numbers].map(nameOf).join(':')}`,
      );
    }
    const inOrder = (a: readonly string[], b: readonly string[]) => {
      const i = a.findIndex((level, k) => level !== b[k]);
      return i < 0 ? 0 : orderOf(parts[i]!)(a[i]!, b[i]!);
    };
    for (const levels of [...found.values()].sort(inOrder)) {
      const chosen = ofLevels(levels);
      this.#addNumeric({
        kind: 'product',
        factors: factors.map((factor) => chosen[parts.indexOf(factor as TextPart)] ?? factor),
      });
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
    const { names, target, weight, fold } = this.#plan;
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
    if (column === fold) {
      throw new BceError(
        'USAGE',
        `${this.#flag}: column ${quoted(name)} is that of the folds`,
        'a column of folds is no feature',
      );
    }
    return column;
  }

  #isFeature(name: string): boolean {
    const column = this.#plan.names.indexOf(name);
    return this.#plan.numerics.includes(column) || this.#plan.factors.includes(column);
  }

  #has(parts: readonly Expression[]): boolean {
    return this.#margins.has(marginOf(parts));
  }

  /** Whether a column holds texts, whether or not it is a feature. */
  #isFactor(name: string): boolean {
    return isTextColumn(this.#plan, name, this.#sample, this.#cells);
  }

  /** Levels in the sample, in their order. */
  #levelsOf(part: TextPart): string[] {
    const text = compileText(part, (name) => this.#indexOf(name));
    const texts = new Set([...this.#sample.rows.keys()].map((row) => text(this.#cellsOf(row))));
    texts.delete('');
    return [...texts].sort(orderOf(part));
  }

  /** The cells of a row of the sample. */
  #cellsOf(row: number): Cells {
    const cells = this.#sample.rows[row]!;
    return {
      number: (c) => this.#cells.numberOf(cells[c]!),
      text: (c) => this.#text(cells[c]!),
      outside: () => Number.NaN,
    };
  }

  #text(cell: string): string {
    const text = cell.trim();
    return this.#cells.isMissing(text) ? '' : text;
  }

  #pivotOf(column: DerivedColumn): number {
    if (!this.#intercept || column.kind !== 'numeric' || isUnsettled(column.expression)) return 0;
    return pivotOf(this.#sample.rows.length, (row) => column.evaluate(this.#cellsOf(row)));
  }
}

/** All levels of a part of a date, or of a hash. */
function allLevels(part: DatePart | Hash): string[] {
  const { least, most } =
    part.kind === 'hash' ? { least: 0, most: 2 ** part.bits - 1 } : DATE_PARTS[part.part];
  return Array.from({ length: most - least + 1 }, (_, i) => String(least + i));
}
