/** Filters on numbers. */
import { compareNumbers } from '../compare.ts';
import { type Args, type Call, type FilterDefinition, filter, nullSafe } from '../definition.ts';
import { Decimal, decimalOf, readDecimal } from '../decimal.ts';
import { evaluationError } from '../error.ts';
import { formatNumber } from '../number-format.ts';
import { compute } from '../operators.ts';
import { isDate, isList, isMap, isNumber, kindOf, toInt64, type Value } from '../value.ts';
import { textOf } from './text.ts';

function abs(input: Value): Value {
  if (!isNumber(input)) {
    throw evaluationError(
      `The 'abs' filter can only be applied to a number, not a ${kindOf(input)}`,
    );
  }
  return compareNumbers(input, 0n) < 0 ? compute('*', input, -1n) : input;
}

function numberFormat(input: Value, args: Args, call: Call): Value {
  if (!isNumber(input)) {
    throw evaluationError("The input for the 'NumberFormat' filter has to be a number.");
  }
  const [format] = args;
  return formatNumber(
    input,
    format === undefined || format === null ? undefined : textOf(format, call),
  );
}

const integerPattern = /^([+-]?)(0[xX]|#|0(?=[0-7]))?([0-9a-fA-F]{1,400})([lL]?)$/;

/** Integers in the notations of Java: decimal, hexadecimal, octal after a leading zero, suffix L. */
function readInteger(text: string): bigint | undefined {
  const match = integerPattern.exec(text);
  if (match === null) return undefined;
  const [, sign, prefix, digits = ''] = match;
  const radix = prefix === undefined ? '' : prefix === '0' ? '0o' : '0x';
  const allowed = radix === '0x' ? /^[0-9a-fA-F]+$/ : radix === '0o' ? /^[0-7]+$/ : /^[0-9]+$/;
  if (!allowed.test(digits)) return undefined;
  const size = BigInt(radix + digits);
  return sign === '-' ? -size : size;
}

function readNumber(text: string, type: string): Value | undefined {
  switch (type) {
    case 'INT':
    case 'LONG': {
      const integer = readInteger(text);
      const bits = type === 'INT' ? 32 : 64;
      return integer === undefined || BigInt.asIntN(bits, integer) !== integer
        ? undefined
        : integer;
    }
    case 'BIGINTEGER':
      return readInteger(text);
    case 'BIGDECIMAL':
      return readDecimal(text);
    case 'FLOAT': {
      const double = readDouble(text);
      return double === undefined ? undefined : shortestFloat(double);
    }
    case 'DOUBLE':
      return readDouble(text);
    default:
      return readInteger(text) ?? exactDecimal(text) ?? readDouble(text);
  }
}

/** The fewest digits that name the same 32-bit float, which is how such floats print. */
function shortestFloat(value: number): number {
  const float = Math.fround(value);
  if (!Number.isFinite(float)) return float;
  for (let digits = 1; digits < 10; digits++) {
    const candidate = Number(float.toPrecision(digits));
    if (Math.fround(candidate) === float) return candidate;
  }
  return float;
}

/** A decimal when a double could not hold all of its digits. */
function exactDecimal(text: string): Decimal | undefined {
  const decimal = readDecimal(text);
  const double = readDouble(text);
  if (decimal === undefined || double === undefined || !Number.isFinite(double)) return decimal;
  return compareNumbers(decimal, decimalOf(double)) === 0 ? undefined : decimal;
}

function readDouble(text: string): number | undefined {
  const match = /^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?$/.exec(text);
  return match === null ? undefined : Number(match[1]);
}

function number(input: Value, args: Args, call: Call): Value {
  if (typeof input !== 'string') {
    const type = isNumber(input) ? 'java.lang.Integer' : kindOf(input);
    throw evaluationError(
      `'number' filter can only be applied to String. Actual type was: ${type}`,
    );
  }
  if (input.trim() === '') throw evaluationError('A blank string is not a valid number');
  const [type] = args;
  const wanted = type === undefined || type === null ? '' : textOf(type, call);
  const value = readNumber(input, wanted);
  if (value === undefined) throw evaluationError(`${input} is not a valid number.`);
  return value;
}

/** The class a value would have on the JVM, for templates that ask. */
function className(input: Value): Value {
  if (typeof input === 'string') return 'java.lang.String';
  if (typeof input === 'boolean') return 'java.lang.Boolean';
  if (typeof input === 'number') return 'java.lang.Double';
  if (typeof input === 'bigint') {
    return toInt64(input) === input ? 'java.lang.Long' : 'java.math.BigInteger';
  }
  if (input instanceof Decimal) return 'java.math.BigDecimal';
  if (isList(input)) return 'java.util.ArrayList';
  if (isMap(input)) return 'java.util.LinkedHashMap';
  return isDate(input) ? 'java.time.ZonedDateTime' : 'java.time.Duration';
}

const takesMore = { takesMore: true };

export const numberFilters: readonly (readonly [string, FilterDefinition])[] = [
  ['abs', filter('', abs, takesMore)],
  ['className', nullSafe('', className, takesMore)],
  ['number', nullSafe('type?: string', number)],
  ['numberFormat', nullSafe('format?: string', numberFormat)],
];
