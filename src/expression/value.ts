/**
 * What expressions compute with: plain data, nothing that has behaviour of its own.
 *
 * Integers (bigint, 64 bits) and doubles (number) are different values: `3` prints as `3`, `3.0` as
 * `3.0`. Maps are JavaScript Maps, so a key such as `__proto__` is a key like any other; the
 * interpreter reads them through `get`, `has`, `keys`, `entries` and `size` only, which lets a
 * subclass fetch its values late (and throw `Pending` until it has them).
 */
import { dateText, DateValue, durationText, DurationValue } from './date-value.ts';
import { Decimal } from './decimal.ts';

export type ValueMap = ReadonlyMap<string, Value>;

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly Value[]
  | ValueMap
  | Decimal
  | DateValue
  | DurationValue;

export type NumberValue = bigint | number | Decimal;

/** A map literal whose first key was a number, which makes numeric subscripts legal on it. */
export class NumberKeyedMap extends Map<string, Value> {}

export function isMap(value: unknown): value is ValueMap {
  return value instanceof Map;
}

export function isList(value: unknown): value is readonly Value[] {
  return Array.isArray(value);
}

export function isNumber(value: unknown): value is NumberValue {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Decimal;
}

export function isDate(value: unknown): value is DateValue {
  return value instanceof DateValue;
}

/** Wraps to 64 bits, as integer arithmetic of the language does. */
export function toInt64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** The kind of a value in the words of error messages. */
export function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number' || value instanceof Decimal) return 'decimal number';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value;
  if (isList(value)) return 'list';
  if (isMap(value)) return 'map';
  return isDate(value) ? 'date' : 'duration';
}

const plainDepthMax = 1_000;

/**
 * Turns JSON-like JavaScript data into values: integral numbers become integers, objects become
 * maps of their own keys. Anything else (functions, class instances, symbols) is refused.
 */
export function fromPlain(plain: unknown): Value {
  return fromPlainAt(plain, 0);
}

function fromPlainAt(plain: unknown, depth: number): Value {
  if (depth > plainDepthMax) throw new TypeError('data nested deeper than 1000 cannot be a value');
  if (plain === null || plain === undefined) return null;
  if (typeof plain === 'boolean' || typeof plain === 'string' || typeof plain === 'bigint') {
    return plain;
  }
  if (typeof plain === 'number') {
    return Number.isSafeInteger(plain) && !Object.is(plain, -0) ? BigInt(plain) : plain;
  }
  if (typeof plain === 'object') return fromPlainObject(plain, depth);
  throw new TypeError(`a ${typeof plain} cannot be a value of an expression`);
}

function fromPlainObject(plain: object, depth: number): Value {
  if (plain instanceof DateValue || plain instanceof DurationValue || plain instanceof Decimal) {
    return plain;
  }
  if (Array.isArray(plain)) return plain.map((item) => fromPlainAt(item, depth + 1));
  const result = new Map<string, Value>();
  if (plain instanceof Map) {
    for (const [key, item] of plain) {
      if (typeof key !== 'string') throw new TypeError('keys of a map must be strings');
      result.set(key, fromPlainAt(item, depth + 1));
    }
    return result;
  }
  const prototype: unknown = Object.getPrototypeOf(plain);
  // The prototype of plain data may come from another realm, so it is known by having no parent.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError('only plain data can be a value of an expression');
  }
  for (const [key, item] of Object.entries(plain)) {
    if (item !== undefined) result.set(key, fromPlainAt(item, depth + 1));
  }
  return result;
}

/**
 * Turns a value into JSON-like JavaScript data. Integers beyond 2^53 and decimals that keep a scale
 * become text, dates and durations their ISO text, maps objects without a prototype.
 */
export function toPlain(value: Value): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') {
    const narrow = Number(value);
    return Number.isSafeInteger(narrow) ? narrow : value.toString();
  }
  if (isList(value)) return value.map(toPlain);
  if (isMap(value)) {
    // Without a prototype, a key `__proto__` is an ordinary property.
    const result: Record<string, unknown> = Object.create(null);
    for (const [key, item] of value.entries()) result[key] = toPlain(item);
    return result;
  }
  return scalarText(value);
}

function scalarText(value: Decimal | DateValue | DurationValue): string {
  if (value instanceof Decimal) return value.toString();
  return isDate(value) ? dateText(value) : durationText(value);
}
