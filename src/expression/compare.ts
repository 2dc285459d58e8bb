/**
 * Equality, order and truth. Numbers compare across types; everything else only equals its own kind.
 * Comparing spends steps, because a value may contain the same list many times over.
 */
import { compareDecimals, Decimal, decimalOf } from './decimal.ts';
import { DurationValue } from './date-value.ts';
import { evaluationError } from './error.ts';
import type { Budget } from './limits.ts';
import {
  isDate,
  isList,
  isMap,
  isNumber,
  kindOf,
  type NumberValue,
  type Value,
  type ValueMap,
} from './value.ts';

export function isEqual(a: Value, b: Value, budget: Budget): boolean {
  if (a === b) return true;
  if (isNumber(a)) return isNumber(b) && compareNumbers(a, b) === 0;
  if (isList(a)) return isList(b) && areListsEqual(a, b, budget);
  if (isMap(a)) return isMap(b) && areMapsEqual(a, b, budget);
  if (isDate(a)) {
    return (
      isDate(b) &&
      a.form === b.form &&
      a.epochSecond === b.epochSecond &&
      a.nano === b.nano &&
      a.offsetSeconds === b.offsetSeconds &&
      a.region === b.region
    );
  }
  if (a instanceof DurationValue) {
    return b instanceof DurationValue && a.seconds === b.seconds && a.nano === b.nano;
  }
  return false;
}

function areListsEqual(a: readonly Value[], b: readonly Value[], budget: Budget): boolean {
  if (a.length !== b.length) return false;
  budget.enter();
  const equal = a.every((item, index) => {
    budget.spend(1);
    const other = b[index];
    return other !== undefined && isEqual(item, other, budget);
  });
  budget.leave();
  return equal;
}

function areMapsEqual(a: ValueMap, b: ValueMap, budget: Budget): boolean {
  if (a.size !== b.size) return false;
  budget.enter();
  let equal = true;
  for (const [key, item] of a.entries()) {
    budget.spend(1);
    const other = b.get(key);
    if (other === undefined || !isEqual(item, other, budget)) {
      equal = false;
      break;
    }
  }
  budget.leave();
  return equal;
}

/** Negative, zero or positive; NaN when either is not a number at all. */
export function compareNumbers(a: NumberValue, b: NumberValue): number {
  if (a instanceof Decimal || b instanceof Decimal) {
    if (isInfinite(a) || isInfinite(b)) return Number(a) - Number(b);
    return compareDecimals(decimalOf(a), decimalOf(b));
  }
  // JavaScript compares a bigint with a double by their exact mathematical values.
  if (a < b) return -1;
  if (a > b) return 1;
  // Loose equality is the only one that holds between 1n and 1.
  // eslint-disable-next-line eqeqeq
  return a == b ? 0 : Number.NaN;
}

function isInfinite(value: NumberValue): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

export function toDouble(value: NumberValue): number {
  return value instanceof Decimal ? value.toNumber() : Number(value);
}

/** Where a truth value is asked for, which decides how null and collections fail. */
export type TruthPlace = 'if' | 'and' | 'not' | 'ternary';

const nullMessages: Record<Exclude<TruthPlace, 'ternary'>, string> = {
  if: 'null value given to if statement and strict variables is set to true',
  and: 'null value used in and operator and strict variables is set to true',
  not: 'null value given to not() and strict variables is set to true',
};

/** Booleans are themselves, numbers true unless zero, text true unless empty. */
export function truth(value: Value, place: TruthPlace): boolean {
  if (typeof value === 'boolean') return value;
  if (isNumber(value)) return toDouble(value) !== 0;
  if (typeof value === 'string') return value !== '';
  if (value === null) {
    if (place === 'ternary') return false;
    throw evaluationError(nullMessages[place]);
  }
  throw evaluationError(
    `Unsupported value type ${javaName(value)}. Expected Boolean, String, Number in "if" statement`,
  );
}

/** The names by which the reference engine's messages call lists and maps. */
function javaName(value: Value): string {
  if (isList(value)) return 'ArrayList';
  return isMap(value) ? 'LinkedHashMap' : kindOf(value);
}

/** null, blank text and empty collections. */
export function isEmpty(value: Value): boolean {
  if (value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (isList(value)) return value.length === 0;
  return isMap(value) && value.size === 0;
}
