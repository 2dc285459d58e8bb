/** The keywords of JSON Schema that ask something of a value by themselves, and what they say. */
import { RE2JS } from 're2js';
import type { Json } from '../engine/flow.ts';
import { fromJson, isMap, jsonText, type InputValue } from './json-text.ts';

/** Why the value does not keep it, or undefined. Values of other kinds keep it. */
type Assertion = (argument: Json, value: InputValue) => string | undefined;

function ofNumber(check: (value: bigint | number, bound: number) => string | undefined): Assertion {
  return (bound, value) =>
    typeof value === 'bigint' || typeof value === 'number'
      ? check(value, Number(bound))
      : undefined;
}

function ofSize(
  sizeOf: (value: InputValue) => number | undefined,
  check: (size: number, bound: number) => string | undefined,
): Assertion {
  return (bound, value) => {
    const size = sizeOf(value);
    return size === undefined ? undefined : check(size, Number(bound));
  };
}

/** Code points, as the draft counts. */
const characters = (value: InputValue) =>
  typeof value === 'string' ? Array.from(value).length : undefined;
const items = (value: InputValue) => (Array.isArray(value) ? value.length : undefined);
const properties = (value: InputValue) => (isMap(value) ? value.size : undefined);

const atMost = (what: string) => (size: number, bound: number) =>
  size > bound ? `it must have at most ${bound} ${what} and has ${size}` : undefined;
const atLeast = (what: string) => (size: number, bound: number) =>
  size < bound ? `it must have at least ${bound} ${what} and has ${size}` : undefined;

export const assertions: Readonly<Record<string, Assertion>> = {
  type: (types, value) => {
    const allowed = [types].flat() as readonly string[];
    const kinds = kindsOf(value);
    if (allowed.some((type) => kinds.includes(type))) return undefined;
    return `it must be ${allowed.join(' or ')} and is ${kinds[0]}`;
  },
  enum: (values, value) =>
    (values as readonly Json[]).some((one) => isSame(fromJson(one), value))
      ? undefined
      : `it must be one of ${jsonText(fromJson(values))}`,
  const: (wanted, value) =>
    isSame(fromJson(wanted), value) ? undefined : `it must be ${jsonText(fromJson(wanted))}`,
  multipleOf: ofNumber((value, factor) =>
    isMultiple(value, factor) ? undefined : `it must be a multiple of ${factor}`,
  ),
  maximum: ofNumber((value, bound) => (value > bound ? `it must be at most ${bound}` : undefined)),
  exclusiveMaximum: ofNumber((value, bound) =>
    value >= bound ? `it must be less than ${bound}` : undefined,
  ),
  minimum: ofNumber((value, bound) => (value < bound ? `it must be at least ${bound}` : undefined)),
  exclusiveMinimum: ofNumber((value, bound) =>
    value <= bound ? `it must be more than ${bound}` : undefined,
  ),
  maxLength: ofSize(characters, atMost('characters')),
  minLength: ofSize(characters, atLeast('characters')),
  pattern: (pattern, value) => {
    if (typeof value !== 'string' || typeof pattern !== 'string') return undefined;
    const isMatch = compiled(pattern).matcher(value).find();
    return isMatch ? undefined : `it must match the pattern ${pattern}`;
  },
  maxItems: ofSize(items, atMost('items')),
  minItems: ofSize(items, atLeast('items')),
  uniqueItems: (wanted, value) => {
    if (wanted !== true || !Array.isArray(value)) return undefined;
    const list = value as readonly InputValue[];
    const isUnique = new Set(list.map(canonical)).size === list.length;
    return isUnique ? undefined : 'its items must differ from one another';
  },
  maxProperties: ofSize(properties, atMost('properties')),
  minProperties: ofSize(properties, atLeast('properties')),
  required: (names, value) => (isMap(value) ? missing(names, value) : undefined),
  dependentRequired: (dependents, value) => {
    if (!isMap(value)) return undefined;
    for (const [name, names] of Object.entries(dependents as { [name: string]: Json })) {
      const reason = value.has(name) ? missing(names, value) : undefined;
      if (reason !== undefined) return reason;
    }
    return undefined;
  },
};

/** Compiling takes longer than matching, and a list may have many items. */
const patterns = new Map<string, RE2JS>();
const patternsMax = 100;

export function compiled(pattern: string): RE2JS {
  const known = patterns.get(pattern) ?? RE2JS.compile(pattern);
  if (patterns.size >= patternsMax) patterns.clear();
  patterns.set(pattern, known);
  return known;
}

function missing(names: Json, value: ReadonlyMap<string, InputValue>): string | undefined {
  const absent = (names as readonly string[]).find((name) => !value.has(name));
  return absent === undefined ? undefined : `it needs the property "${absent}"`;
}

export const types: readonly string[] = [
  'null',
  'boolean',
  'integer',
  'number',
  'string',
  'array',
  'object',
];

/** The one that says most comes first; a number without a fraction is an integer too. */
function kindsOf(value: InputValue): readonly string[] {
  if (value === null) return ['null'];
  if (typeof value === 'bigint') return ['integer', 'number'];
  if (typeof value === 'number')
    return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
  if (isMap(value)) return ['object'];
  return [Array.isArray(value) ? 'array' : typeof value];
}

function isMultiple(value: bigint | number, factor: number): boolean {
  if (typeof value === 'bigint' && Number.isSafeInteger(factor))
    return value % BigInt(factor) === 0n;
  const quotient = Number(value) / factor;
  return Math.abs(quotient - Math.round(quotient)) <= Math.abs(quotient) * 1e-12;
}

function isSame(a: InputValue, b: InputValue): boolean {
  return canonical(a) === canonical(b);
}

/** Equal for equal values: keys in order, and 1.0 the same as 1. */
function canonical(value: InputValue): string {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value).toString();
  if (isMap(value)) {
    const entries = [...value].map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`);
    return `{${entries.toSorted().join(',')}}`;
  }
  if (Array.isArray(value)) return `[${(value as readonly InputValue[]).map(canonical).join(',')}]`;
  return jsonText(value);
}
