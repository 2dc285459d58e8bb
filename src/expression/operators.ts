/**
 * Binary operators on values. Integers stay integers of 64 bits (and wrap around), a double makes
 * the result a double, a decimal makes it a decimal. `+` with a text on either side joins, lists
 * grow and shrink as new lists.
 */
import type { BinaryOperator, Dialect } from './ast.ts';
import { compareNumbers, isEqual, toDouble } from './compare.ts';
import {
  addDecimals,
  Decimal,
  decimalOf,
  divideDecimals,
  multiplyDecimals,
  remainderOfDecimals,
} from './decimal.ts';
import { evaluationError } from './error.ts';
import type { Budget } from './limits.ts';
import { joined } from './text.ts';
import { isList, isMap, isNumber, type NumberValue, toInt64, type Value } from './value.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

const operationNames: Record<ArithmeticOperator, string> = {
  '+': 'ADD',
  '-': 'SUBTRACT',
  '*': 'MULTIPLICATION',
  '/': 'DIVISION',
  '%': 'MODULUS',
};

export function arithmetic(
  operator: ArithmeticOperator,
  left: Value,
  right: Value,
  budget: Budget,
): Value {
  if (operator === '+') {
    if (typeof left === 'string' || typeof right === 'string') {
      return concatenate(joined(left, budget), joined(right, budget), budget);
    }
    if (isList(left)) return appended(left, right, budget);
  }
  if (operator === '-' && isList(left)) return removed(left, right, budget);
  if (!isNumber(left) || !isNumber(right)) {
    const name = operationNames[operator];
    throw evaluationError(`invalid operands for mathematical operation [${name}]`);
  }
  return compute(operator, left, right);
}

export function concatenate(left: string, right: string, budget: Budget): string {
  budget.text(left.length + right.length);
  return left + right;
}

function appended(list: readonly Value[], item: Value, budget: Budget): Value {
  const more = isList(item) ? item : [item];
  budget.list(list.length + more.length);
  return [...list, ...more];
}

function removed(list: readonly Value[], item: Value, budget: Budget): Value {
  budget.list(list.length);
  if (isList(item)) {
    return list.filter((kept) => !item.some((gone) => isEqual(kept, gone, budget)));
  }
  const index = list.findIndex((candidate) => isEqual(candidate, item, budget));
  return index === -1 ? list : list.toSpliced(index, 1);
}

export function compute(
  operator: ArithmeticOperator,
  left: NumberValue,
  right: NumberValue,
): NumberValue {
  if (left instanceof Decimal || right instanceof Decimal) {
    return computeDecimal(operator, throughDouble(left), throughDouble(right));
  }
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    return computeInteger(operator, toInt64(left), toInt64(right));
  }
  return computeDouble(operator, Number(left), Number(right));
}

/** Operands of decimal arithmetic lose what a double cannot hold, as in the reference engine. */
function throughDouble(value: NumberValue): Decimal {
  const double = toDouble(value);
  if (!Number.isFinite(double)) throw evaluationError('Infinite or NaN');
  return decimalOf(double);
}

function computeInteger(operator: ArithmeticOperator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return toInt64(left + right);
    case '-':
      return toInt64(left - right);
    case '*':
      return toInt64(left * right);
    case '/':
      if (right === 0n) throw evaluationError('/ by zero');
      return toInt64(left / right);
    case '%':
      if (right === 0n) throw evaluationError('/ by zero');
      return left % right;
  }
}

function computeDouble(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function computeDecimal(operator: ArithmeticOperator, left: Decimal, right: Decimal): Decimal {
  switch (operator) {
    case '+':
      return addDecimals(left, right);
    case '-':
      return addDecimals(left, new Decimal(-right.unscaled, right.scale));
    case '*':
      return multiplyDecimals(left, right);
    case '/':
      return divideDecimals(left, right) ?? fail('/ by zero');
    case '%':
      return remainderOfDecimals(left, right) ?? fail('/ by zero');
  }
}

function fail(message: string): never {
  throw evaluationError(message);
}

export type OrderOperator = '>' | '<' | '>=' | '<=';

const comparisonNames: Record<OrderOperator, string> = {
  '>': 'GREATER_THAN',
  '<': 'LESS_THAN',
  '>=': 'GREATER_THAN_EQUALS',
  '<=': 'LESS_THAN_EQUALS',
};

/** Null is never in any order; two texts have one from 2.0 on. */
export function isOrdered(
  operator: OrderOperator,
  left: Value,
  right: Value,
  dialect: Dialect,
): boolean {
  if (left === null || right === null) return false;
  if (isNumber(left) && isNumber(right)) {
    return holds(operator, compareNumbers(left, right));
  }
  if (dialect === '2.0' && typeof left === 'string' && typeof right === 'string') {
    return holds(operator, left < right ? -1 : left > right ? 1 : 0);
  }
  const name = comparisonNames[operator];
  throw evaluationError(`invalid operands for mathematical comparison [${name}]`);
}

function holds(operator: OrderOperator, order: number): boolean {
  switch (operator) {
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
  }
}

export function contains(left: Value, right: Value, budget: Budget): boolean {
  if (left === null) return false;
  if (isList(left)) {
    const wanted = isList(right) ? right : [right];
    return wanted.every((item) =>
      left.some((candidate) => isEqualCounted(candidate, item, budget)),
    );
  }
  if (isMap(left)) return right !== null && left.has(joined(right, budget));
  if (typeof left === 'string') return left.includes(joined(right, budget));
  throw evaluationError('Contains operator can only be used on Collections, Maps and arrays.');
}

function isEqualCounted(a: Value, b: Value, budget: Budget): boolean {
  budget.spend(1);
  return isEqual(a, b, budget);
}

/** The text of the left side is the text of an element, or of a key or value of a map. */
export function isIn(left: Value, right: Value, budget: Budget): boolean {
  if (left === null || right === null) return false;
  const text = joined(left, budget);
  if (isList(right)) return right.some((item) => joinedCounted(item, budget) === text);
  if (isMap(right)) {
    for (const [key, value] of right.entries()) {
      if (key === text || joinedCounted(value, budget) === text) return true;
    }
    return false;
  }
  throw evaluationError('The right operand of isIn must be a list or a map');
}

function joinedCounted(value: Value, budget: Budget): string {
  budget.spend(1);
  return joined(value, budget);
}

/** The reference engine's words for an operation that failed. */
export const failureTexts: ReadonlyMap<BinaryOperator, string> = new Map([
  ['+', 'Could not perform addition'],
  ['-', 'Could not perform subtraction'],
  ['*', 'Could not perform multiplication'],
  ['/', 'Could not perform division'],
  ['%', 'Could not perform greater modulus'],
  ['==', 'Could not perform equals comparison'],
  ['equals', 'Could not perform equals comparison'],
  ['!=', 'Could not perform not equals comparison'],
  ['>', 'Could not perform greater than comparison'],
  ['>=', 'Could not perform greater than or equals comparison'],
  ['<', 'Could not perform greater modulus'],
  ['<=', 'Could not perform less than or equals comparison'],
]);
