/** The scorer of a file of weights, whose terms are told apart by the columns that there are. */
import { OTHER } from '../dataset/schema/factor.js';
import { INTERCEPT, levelOrder } from '../dataset/terms.js';
import { BceError } from '../errors.js';
import type { InitialWeights } from '../model/initialWeights.js';
import {
  childrenOf,
  type Expression,
  isUnsettled,
  levelIn,
  nameOf,
  partName,
  sourcesOf,
  type TextPart,
} from '../terms/expression.js';
import { termOf } from '../terms/parse.js';
import { whatSettles } from '../terms/settle.js';
import { listed, quoted } from '../text.js';
import type { FactorTerm, NumericTerm, Scorer } from './scorer.js';

/** What a weight is of. */
interface Reading {
  /** A column, or the name of the term that it is computed by. */
  readonly name: string;
  readonly expression?: string | undefined;
  /** Undefined of a number. */
  readonly level?: string | undefined;
}

/** @throws BceError WEIGHTS_UNREADABLE when a term can be read in two ways, or lacks what only a model holds */
export function scorerOfWeights(
  { byName, where }: InitialWeights,
  columns: readonly string[] | undefined,
): Scorer {
  const known = columns && new Set(columns);
  const numerics: NumericTerm[] = [];
  const factors = new Map<string, FactorWeights>();
  for (const [term, weight] of byName) {
    if (term === INTERCEPT) continue;
    const { name, expression, level } = readTerm(term, known, where);
    if (level === undefined) {
      if (weight !== 0) numerics.push({ name, expression, weight, pivot: 0, mean: undefined });
      continue;
    }
    const factor = factors.get(name) ?? { expression, levels: [], hasOther: false };
    factors.set(name, factor);
    factor.levels.push([level, weight]);
    // a level that is only called so stands in quotes
    if (level === OTHER && term.endsWith(`=${OTHER}`)) factor.hasOther = true;
  }
  for (const { name, expression } of numerics) {
    const tree = expression === undefined ? undefined : termOf(expression);
    const other =
      tree &&
      levelsWithin(tree).find(({ part, level }) => level === OTHER && factors.get(partName(part))?.hasOther);
    if (other === undefined) continue;
    throw new BceError(
      'WEIGHTS_UNREADABLE',
      `${where}: the weight ${quoted(name)} is of all levels of ${quoted(partName(other.part))} that have few rows, which a file of weights does not tell in a product`,
      'a JSON model tells them: bce-train -o model.json',
    );
  }
  const both = numerics.find(({ name }) => factors.has(name));
  if (both !== undefined) {
    throw ambiguous(where, `column ${quoted(both.name)} has weights both of a number and of levels`);
  }
  return {
    where,
    intercept: byName.get(INTERCEPT) ?? 0,
    numerics,
    factors: [...factors].flatMap(([name, factor]) => factorOf(name, factor) ?? []),
    target: undefined,
    weightColumn: undefined,
  };
}

interface FactorWeights {
  readonly expression: string | undefined;
  readonly levels: [level: string, weight: number][];
  /** Whether a text that is none of the levels is one. */
  hasOther: boolean;
}

function levelsWithin(tree: Expression): { readonly part: TextPart; readonly level: string }[] {
  const level = levelIn(tree);
  return level === undefined ? childrenOf(tree).flatMap(levelsWithin) : [level];
}

/** Undefined where all weights are 0. */
function factorOf(name: string, { expression, levels, hasOther }: FactorWeights): FactorTerm | undefined {
  if (levels.every(([, weight]) => weight === 0)) return undefined;
  const order = levelOrder(expression);
  const [first, second] = levels;
  // where it is not the first of the levels, the baseline stands before them, with a weight of 0
  const hasBaseline =
    second !== undefined && first![1] === 0 && (hasOther || order(first![0], second[0]) > 0);
  const others = [...levels.slice(hasBaseline ? 1 : 0)].sort(([a], [b]) => order(a, b));
  const all = hasBaseline ? [first!, ...others] : others;
  return {
    name,
    expression,
    levels: all.map(([level]) => level),
    weights: all.map(([, weight]) => weight),
    hasBaseline,
    ifBaseline: 0,
    hasOther,
    mostFrequent: undefined,
  };
}

function readTerm(term: string, columns: ReadonlySet<string> | undefined, where: string): Reading {
  const tree = termOf(term);
  return computed(term, tree, columns, where) ?? plain(term, tree, columns, where);
}

/**
 * A term that is computed of other columns: they are there, and none of its own name.
 *
 * @throws BceError WEIGHTS_UNREADABLE where there are no columns to tell by
 */
function computed(
  term: string,
  tree: Expression | undefined,
  columns: ReadonlySet<string> | undefined,
  where: string,
): Reading | undefined {
  if (tree === undefined || tree.kind === 'column' || tree.kind === 'level') return undefined;
  if (columns === undefined) {
    throw ambiguous(where, `the weight ${quoted(term)} can be a column of that name, or a term`);
  }
  const { numbers, texts } = sourcesOf(tree);
  if (columns.has(term) || ![...numbers, ...texts].every((name) => columns.has(name))) return undefined;
  if (isUnsettled(tree)) {
    throw new BceError(
      'WEIGHTS_UNREADABLE',
      `${where}: the weight ${quoted(term)} is of a term whose ${whatSettles(tree)} a file of weights does not hold`,
      'a JSON model does: bce-train -o model.json',
    );
  }
  const ofDate = levelIn(tree);
  if (ofDate === undefined) return { name: term, expression: term };
  const name = nameOf(ofDate.part);
  return { name, expression: name, level: ofDate.level };
}

/** A column, or a level of one. @throws BceError WEIGHTS_UNREADABLE when it can be either */
function plain(
  term: string,
  tree: Expression | undefined,
  columns: ReadonlySet<string> | undefined,
  where: string,
): Reading {
  const readings = readingsOf(term, tree);
  if (columns === undefined) {
    // without columns one = parts a column from a level, and more are more than can be known
    if (tree?.kind === 'level' || readings.length <= 2) return readings.at(-1)!;
    throw ambiguous(where, `the weight ${quoted(term)} can be read as levels of more than one column`);
  }
  const found = readings.filter(({ name }) => columns.has(name));
  if (found.length > 1) {
    const names = listed(found.map(({ name }) => quoted(name)));
    throw ambiguous(where, `the weight ${quoted(term)} can belong to more than one column: ${names}`);
  }
  // what is nowhere is missed by the name before the first =, as most terms are meant
  return found[0] ?? readings[1] ?? readings[0]!;
}

/** All ways in which a term can be read, the one without a level first; what stands in quotes comes last. */
function readingsOf(term: string, tree: Expression | undefined): Reading[] {
  const readings: Reading[] = [{ name: term }];
  for (let at = term.indexOf('='); at >= 0; at = term.indexOf('=', at + 1)) {
    if (at > 0 && at < term.length - 1) readings.push({ name: term.slice(0, at), level: term.slice(at + 1) });
  }
  if (tree?.kind !== 'level') return readings;
  return [...readings.filter(({ name }) => name !== tree.name), { name: tree.name, level: tree.level }];
}

function ambiguous(where: string, what: string): BceError {
  return new BceError(
    'WEIGHTS_UNREADABLE',
    `${where}: ${what}`,
    'a JSON model tells columns and levels apart: bce-train -o model.json',
  );
}
