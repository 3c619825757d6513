/** Terms as nodes of an ONNX graph. */
import { BceError } from '../errors.js';
import { type DatePart, type Expression, type Hash, nameOf, type TextPart } from '../terms/expression.js';
import { noHash } from '../terms/render.js';
import { piecesOf, type SettledSpline } from '../terms/splines.js';
import { quoted } from '../text.js';
import type { OnnxGraph } from './onnxGraph.js';

const COMPARISONS = {
  '>': 'Greater',
  '>=': 'GreaterOrEqual',
  '<': 'Less',
  '<=': 'LessOrEqual',
  '=': 'Equal',
} as const;

/** Of functions, the test that their argument is within the domain, and the operator. */
const FUNCTIONS = {
  log: ['Greater', 0, 'Log'],
  log1p: ['Greater', -1, 'Log'],
  sqrt: ['GreaterOrEqual', 0, 'Sqrt'],
  exp: ['LessOrEqual', 700, 'Exp'],
} as const;

/**
 * Adds a term to a graph.
 *
 * @returns the name of its values (rows x 1), NaN where it is missing
 * @throws BceError USAGE for a date or a hash, which no operator reads
 */
export function addTerm(graph: OnnxGraph, tree: Expression): string {
  switch (tree.kind) {
    case 'column':
      return tree.name;
    case 'level': {
      const table = graph.constant([1, Number.NaN, 0], [3]);
      return graph.add('Gather', [table, graph.encode(tree.name, [tree.level])]);
    }
    case 'call': {
      const x = addTerm(graph, tree.of);
      if (tree.name === 'abs') return graph.add('Abs', [x]);
      const [test, bound, type] = FUNCTIONS[tree.name];
      const isInside = graph.add(test, [x, graph.scalar(bound)]);
      const inside = graph.add('Where', [isInside, x, graph.scalar(Number.NaN)]);
      const argument = tree.name === 'log1p' ? graph.add('Add', [graph.scalar(1), inside]) : inside;
      return graph.add(type, [argument]);
    }
    case 'power': {
      const x = addTerm(graph, tree.of);
      let power = x;
      for (let k = 1; k < tree.exponent; k++) power = graph.add('Mul', [power, x]);
      return power;
    }
    case 'comparison': {
      const x = addTerm(graph, tree.of);
      const truth = graph.add(COMPARISONS[tree.by], [x, graph.scalar(tree.bound)]);
      // 1 or 0 where the truth is known
      const number = graph.add('Where', [truth, graph.scalar(1), graph.scalar(0)]);
      return graph.add('Where', [graph.add('IsNaN', [x]), graph.scalar(Number.NaN), number]);
    }
    case 'product':
      return tree.factors
        .map((factor) => addTerm(graph, factor))
        .reduce((product, factor) => graph.add('Mul', [product, factor]));
    case 'scale': {
      const centred = graph.add('Sub', [addTerm(graph, tree.of), graph.scalar(tree.mean!)]);
      return graph.add('Div', [centred, graph.scalar(tree.sd!)]);
    }
    case 'spline':
      return addSpline(graph, addTerm(graph, tree.of), tree as SettledSpline);
    case 'hash':
    case 'date':
      throw unread(tree);
    case 'bin':
      throw new Error('bins are comparisons once they are settled');
  }
}

/** Polynomials by Horner's rule, of which the first counts whose end is not passed. */
function addSpline(graph: OnnxGraph, x: string, spline: SettledSpline): string {
  const pieces = piecesOf(spline);
  const polynomials = pieces.map(({ at, c }) => {
    const u = graph.add('Sub', [x, graph.scalar(at)]);
    return c
      .map((coefficient) => graph.scalar(coefficient))
      .reduceRight((sum, coefficient) => graph.add('Add', [graph.add('Mul', [sum, u]), coefficient]));
  });
  return polynomials.reduceRight((rest, polynomial, p) => {
    const isHere = graph.add('LessOrEqual', [x, graph.scalar(pieces[p]!.upTo)]);
    return graph.add('Where', [isHere, polynomial, rest]);
  });
}

/** The input of a part. @throws BceError USAGE for a date or a hash */
export function inputOf(part: TextPart): string {
  if (part.kind !== 'column') throw unread(part);
  return part.name;
}

function unread(part: DatePart | Hash): BceError {
  if (part.kind === 'hash') {
    return noHash('--export onnx', 'ONNX reads no letters of a text', part.name, part.bits);
  }
  return new BceError(
    'USAGE',
    `--export onnx: expected terms of numbers and levels, found ${quoted(nameOf(part))}: ONNX reads no dates`,
    `train on a column of ${nameOf(part)} in place of the term; sql, js and c read dates`,
  );
}
