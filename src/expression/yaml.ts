/** YAML text to values and back, with the scalars of YAML 1.1. Loaded on first use. */
import {
  isAlias,
  isMap as isYamlMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  Pair,
  type Scalar,
  type ScalarTag,
  stringify,
  YAMLMap,
} from 'yaml';
import { dateJson, DurationValue, durationJson } from './date-value.ts';
import { Decimal } from './decimal.ts';
import { evaluationError } from './error.ts';
import { writeJson } from './json.ts';
import type { Budget } from './limits.ts';
import { jsonStyle, type Printing } from './text.ts';
import { isDate, isList, isMap, type Value } from './value.ts';

const depthMax = 1_000;

/** The parser makes a node of about a kilobyte for what one of these characters may begin or end. */
const nodeCharacters = new Set('[]{},:-?\n');
const stepsPerNode = 32;

export function readYaml(text: string, budget?: Pick<Budget, 'spend'>): Value {
  if (budget !== undefined) {
    let nodes = 0;
    for (const character of text) if (nodeCharacters.has(character)) nodes++;
    budget.spend(nodes * stepsPerNode);
  }
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'yaml-1.1',
    intAsBigInt: true,
    keepSourceTokens: false,
    merge: false,
    uniqueKeys: false,
    logLevel: 'silent',
  });
  const [problem] = document.errors;
  if (problem !== undefined) throw evaluationError(`Invalid yaml: ${problem.message}`);
  if (document.contents === null) {
    throw evaluationError('Invalid yaml: No content to map due to end-of-input');
  }
  return valueOf(document.contents, 0);
}

function valueOf(node: unknown, depth: number): Value {
  if (depth > depthMax) throw evaluationError(`Invalid yaml: nested deeper than ${depthMax}`);
  // Aliases are kept as their names, so nothing can be multiplied by them.
  if (isAlias(node)) return node.source;
  if (isSeq(node)) return node.items.map((item) => valueOf(item, depth + 1));
  if (isYamlMap(node)) {
    const result = new Map<string, Value>();
    for (const pair of node.items) {
      if (isPair(pair)) result.set(keyText(pair.key, depth), valueOf(pair.value, depth + 1));
    }
    return result;
  }
  return isScalar(node) ? scalarOf(node) : null;
}

function keyText(key: unknown, depth: number): string {
  if (isScalar(key)) return typeof key.source === 'string' ? key.source : String(key.value);
  return writeJson(valueOf(key, depth + 1));
}

/** Dates, times and binary data stay the text they were written as. */
function scalarOf(node: Scalar): Value {
  const { value } = node;
  // Numbers to the base of sixty are times to everyone else.
  if (typeof value !== 'string' && node.source?.includes(':') === true) return node.source;
  if (value === null || value === undefined) return null;
  // `y` and `n` are booleans by the book, but text for every reader of flows.
  if (typeof value === 'boolean')
    return /^[yn]$/i.test(node.source ?? '') ? (node.source ?? '') : value;
  if (typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'number') return value;
  return node.source ?? '';
}

export function writeYaml(value: Value, printing: Printing): string {
  // Measures the value first: the emitter itself knows no bound.
  const { written } = jsonStyle(printing, true);
  const data = plainOf(value, written, 0);
  const text = stringify(data, {
    version: '1.1',
    indent: 2,
    indentSeq: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
    customTags: [plainTextTag],
  });
  printing.budget.text(text.length);
  return text;
}

/** Data as the emitter takes it, with doubles that keep their digit after the point. */
function plainOf(value: Value, written: (characters: number) => void, depth: number): unknown {
  if (depth > depthMax) throw evaluationError(`Value nesting depth exceeds ${depthMax}`);
  if (isList(value)) {
    written(2);
    return value.map((item) => plainOf(item, written, depth + 1));
  }
  if (isMap(value)) {
    // A node of its own, because the emitter writes JavaScript Maps as ordered-map tags.
    const result = new YAMLMap();
    for (const [key, item] of value.entries()) {
      written(key.length + 2);
      result.items.push(new Pair(key, plainOf(item, written, depth + 1)));
    }
    return result;
  }
  written(typeof value === 'string' ? value.length : 8);
  if (typeof value === 'string') return isNumeric(value) ? new PlainText(value) : value;
  if (typeof value === 'number' && Number.isFinite(value)) return new PlainText(writeJson(value));
  if (value instanceof Decimal) return new PlainText(value.toString());
  if (isDate(value)) return new PlainText(dateJson(value, () => value.offsetSeconds));
  return value instanceof DurationValue ? new PlainText(durationJson(value)) : value;
}

/** Text that looks like a number is written like one, as the reference engine's emitter does. */
function isNumeric(text: string): boolean {
  return /^-?[0-9]+(\.[0-9]+)?$/.test(text);
}

/** Text that the emitter must write as it is: numbers that keep their digits, dates. */
class PlainText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const plainTextTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:plain',
  default: true,
  test: /(?!)/,
  identify: (value) => value instanceof PlainText,
  resolve: (text) => text,
  stringify: (item) => (item.value instanceof PlainText ? item.value.text : ''),
};
