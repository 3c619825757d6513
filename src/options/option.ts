/** What an option is: one row, from which parsing, defaults, refusals, help and all documents follow. */
import type { Kind } from './kinds.js';

/** What bce-train can be asked to do. */
export type TaskName =
  | 'train'
  | 'check'
  | 'compare'
  | 'explain'
  | 'diagnose'
  | 'program'
  | 'path'
  | 'describe'
  | 'verify';

export interface Option<T = unknown> {
  readonly flag: `--${string}`;
  readonly short?: `-${string}`;
  /** What people from other programs type in its place. */
  readonly aliases?: readonly `--${string}`[];
  /** `--no-...`, which makes the value false. */
  readonly negative?: { readonly flag: `--no-${string}`; readonly line: string };
  readonly group: string;
  readonly kind: Kind<T>;
  /** What the value is called; in brackets where it may be left out. None for a switch. */
  readonly argument?: string;
  /** The value where none is given; of an option that may stand alone, the one that it then has. */
  readonly default?: T;
  /** That in words, where it is found or depends on others. */
  readonly otherwise?: string;
  /** What it does, in a line. */
  readonly line: string;
  /** What else is to be known, for the reference. */
  readonly more?: string;
  /** Whether -h shows it. */
  readonly isCommon?: boolean;
  /** Tasks that use it; all where nothing is said. */
  readonly tasks?: readonly TaskName[];
  /** Whether it is of no use where nothing is trained. */
  readonly isOfTraining?: boolean;
  /** Flags that it contradicts, and a hint. */
  readonly excludes?: readonly (readonly [flag: string, hint?: string])[];
  /** Flags, or flags with a value, one of which it goes with. */
  readonly requires?: readonly string[];
  /** Flags that it goes with besides, all of them. */
  readonly needs?: readonly string[];
  /** Why it means nothing for a table on a server. */
  readonly notForTables?: string;
  /** Whether it may be anything without a bit of the results changing. */
  readonly changesNoBit?: boolean;
  /** Whether it says how to read a file, and so means nothing for arrays. */
  readonly isOfFiles?: boolean;
}

/** Rows by the name that the option has in code. */
export type OptionTable = Readonly<Record<string, Option>>;

/** What is given of the options of a table. */
export type ValuesOf<Table extends OptionTable> = {
  -readonly [Name in keyof Table]?:
    | (Table[Name] extends { readonly kind: Kind<infer T> } ? T : never)
    | (Table[Name] extends { readonly negative: object } ? false : never)
    | undefined;
};

/** The default of an option in words; undefined where there is nothing to say. */
export function defaultText({ default: value, otherwise, kind }: Option): string | undefined {
  if (otherwise !== undefined) return otherwise;
  if (value === undefined || kind.isSwitch) return undefined;
  return typeof value === 'number' && value > 0 && value < 1e-3 ? value.toExponential() : String(value);
}

/** The flags of a row, the long one first. */
export function flagsOf({ flag, negative }: Option): string[] {
  return negative === undefined ? [flag] : [flag, negative.flag];
}
