/**
 * Numbers by a Java DecimalFormat pattern (`#,##0.00`, `0.0E0`, `0%`, `'text'`), rounded half to
 * even on their exact decimal digits.
 */
import { toDouble } from './compare.ts';
import { Decimal, decimalOf, divideHalfEven } from './decimal.ts';
import { evaluationError } from './error.ts';
import type { NumberValue } from './value.ts';

interface Pattern {
  readonly prefix: string;
  readonly suffix: string;
  readonly integerMin: number;
  readonly fractionMin: number;
  readonly fractionMax: number;
  /** Digits between grouping marks; 0 for none. */
  readonly group: number;
  /** Shift of the decimal point: 2 for percent, 3 for per mille. */
  readonly shift: number;
  readonly exponentMin?: number;
}

const defaultPattern = '#,##0.###';

export function formatNumber(value: NumberValue, pattern: string = defaultPattern): string {
  const [positive = '', negative] = splitPattern(pattern);
  const read = readPattern(positive);
  const double = toDouble(value);
  if (Number.isNaN(double)) return 'NaN';
  const isNegative = double < 0 || Object.is(double, -0);
  const size = Number.isFinite(double) ? digitsOf(value, read) : '∞';
  if (!isNegative) return read.prefix + size + read.suffix;
  if (negative === undefined) return `-${read.prefix}${size}${read.suffix}`;
  const { prefix, suffix } = readPattern(negative);
  return prefix + size + suffix;
}

function splitPattern(pattern: string): string[] {
  const parts = [''];
  let quoted = false;
  for (const char of pattern) {
    if (char === "'") quoted = !quoted;
    if (char === ';' && !quoted) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

interface Affix {
  readonly text: string;
  readonly end: number;
  readonly shift: number;
}

/** Reads literal text up to the first digit place; quotes hide special characters. */
function readAffix(pattern: string, from: number): Affix {
  let text = '';
  let shift = 0;
  let index = from;
  for (; index < pattern.length; index++) {
    const char = pattern.charAt(index);
    if (char === "'") {
      const end = pattern.indexOf("'", index + 1);
      if (end === -1) throw evaluationError(`Unterminated quote in pattern "${pattern}"`);
      text += end === index + 1 ? "'" : pattern.slice(index + 1, end);
      index = end;
    } else if ('#0,.'.includes(char)) break;
    else {
      if (char === '%') shift = 2;
      if (char === '‰') shift = 3;
      text += char === '¤' ? '$' : char;
    }
  }
  return { text, end: index, shift };
}

function readPattern(pattern: string): Pattern {
  const prefix = readAffix(pattern, 0);
  const body = /^([#0,]*)(?:\.([0#]*))?(?:E(0+))?/.exec(pattern.slice(prefix.end));
  const [whole = '', integer = '', fraction = '', exponent] = body ?? [];
  const suffix = readAffix(pattern, prefix.end + whole.length);
  if (suffix.end < pattern.length || /0[,]*#/.test(integer) || /#0/.test(fraction)) {
    throw evaluationError(`Malformed pattern "${pattern}"`);
  }
  const comma = integer.lastIndexOf(',');
  // A pattern without any `0`, such as `#.##`, still shows one digit: before the point if it can.
  const isOpen = body !== null && whole.includes('.') && !/0/.test(integer + fraction);
  const shownBefore = isOpen && integer !== '' ? 1 : 0;
  const shownAfter = isOpen && integer === '' && fraction !== '' ? 1 : 0;
  const read = {
    prefix: prefix.text,
    suffix: suffix.text,
    integerMin: count(integer, '0') + shownBefore,
    fractionMin: count(fraction, '0') + shownAfter,
    fractionMax: fraction.length,
    group: comma === -1 ? 0 : integer.length - comma - 1,
    shift: prefix.shift + suffix.shift,
  };
  return exponent === undefined ? read : { ...read, exponentMin: exponent.length };
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}

function digitsOf(value: NumberValue, pattern: Pattern): string {
  const decimal = decimalOf(value);
  const size = decimal.unscaled < 0n ? -decimal.unscaled : decimal.unscaled;
  const shifted = new Decimal(size, decimal.scale - pattern.shift);
  if (pattern.exponentMin !== undefined) return scientific(shifted, pattern, pattern.exponentMin);
  return fixed(shifted, pattern);
}

function fixed(value: Decimal, pattern: Pattern): string {
  const excess = value.scale - pattern.fractionMax;
  const rounded =
    excess > 0
      ? divideHalfEven(value.unscaled, 10n ** BigInt(excess))
      : value.unscaled * 10n ** BigInt(-excess);
  const digits = rounded.toString().padStart(pattern.fractionMax + 1, '0');
  const point = digits.length - pattern.fractionMax;
  const integer = digits.slice(0, point).replace(/^0+/, '').padStart(pattern.integerMin, '0');
  const fraction = trimZeros(digits.slice(point), pattern.fractionMin);
  const shown = integer === '' && fraction === '' ? '0' : integer;
  return grouped(shown, pattern.group) + (fraction === '' ? '' : `.${fraction}`);
}

function trimZeros(fraction: string, keep: number): string {
  let end = fraction.length;
  while (end > keep && fraction.charAt(end - 1) === '0') end--;
  return fraction.slice(0, end);
}

function grouped(integer: string, group: number): string {
  if (group === 0) return integer;
  const parts: string[] = [];
  for (let end = integer.length; end > 0; end -= group) {
    parts.unshift(integer.slice(Math.max(0, end - group), end));
  }
  return parts.join(',');
}

function scientific(value: Decimal, pattern: Pattern, exponentMin: number): string {
  const figures = value.unscaled.toString();
  const integerDigits = Math.max(1, pattern.integerMin);
  const exponent = value.unscaled === 0n ? 0 : figures.length - value.scale - integerDigits;
  const mantissa = new Decimal(value.unscaled, value.scale + exponent);
  const text = fixed(mantissa, { ...pattern, group: 0 });
  const size = Math.abs(exponent).toString().padStart(exponentMin, '0');
  return `${text}E${exponent < 0 ? '-' : ''}${size}`;
}
