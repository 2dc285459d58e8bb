/**
 * Decimal numbers that keep their scale (`12.50` stays `12.50`), as `number('BIGDECIMAL')` makes
 * them. Operands that are not decimals go through their double text first, and results are rounded
 * to 34 significant digits, half even.
 */
import { javaDouble } from './java-double.ts';

const precisionMax = 34;

export class Decimal {
  readonly unscaled: bigint;
  readonly scale: number;

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }

  toNumber(): number {
    return Number(this.toString());
  }

  toString(): string {
    if (this.scale <= 0) return (this.unscaled * 10n ** BigInt(-this.scale)).toString();
    const negative = this.unscaled < 0n;
    const digits = (negative ? -this.unscaled : this.unscaled)
      .toString()
      .padStart(this.scale + 1, '0');
    const point = digits.length - this.scale;
    return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
  }
}

const decimalPattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Reads a decimal, or gives undefined when the text is not one. */
export function readDecimal(text: string): Decimal | undefined {
  const match = decimalPattern.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole.length + fraction.length === 0 || whole.length + fraction.length > 10_000) {
    return undefined;
  }
  const unscaled = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return rescaled(unscaled, fraction.length - Number(exponent));
}

export function decimalOf(value: number | bigint | Decimal): Decimal {
  if (value instanceof Decimal) return value;
  const text = typeof value === 'bigint' ? value.toString() : javaDouble(value);
  return readDecimal(text) ?? new Decimal(0n, 0);
}

function rescaled(unscaled: bigint, scale: number): Decimal {
  return scale < 0
    ? new Decimal(unscaled * 10n ** BigInt(-scale), 0)
    : new Decimal(unscaled, scale);
}

function align(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [
    a.unscaled * 10n ** BigInt(scale - a.scale),
    b.unscaled * 10n ** BigInt(scale - b.scale),
    scale,
  ];
}

/** Divides rounding half to even. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const rest = numerator % denominator;
  if (rest === 0n) return quotient;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const size = denominator < 0n ? -denominator : denominator;
  const away = twice > size || (twice === size && quotient % 2n !== 0n);
  if (!away) return quotient;
  return numerator < 0n === denominator < 0n ? quotient + 1n : quotient - 1n;
}

function rounded(unscaled: bigint, scale: number): Decimal {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().length;
  const excess = digits - precisionMax;
  if (excess <= 0) return rescaled(unscaled, scale);
  return rescaled(divideHalfEven(unscaled, 10n ** BigInt(excess)), scale - excess);
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const [left, right, scale] = align(a, b);
  return rounded(left + right, scale);
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return rounded(a.unscaled * b.unscaled, a.scale + b.scale);
}

/** Divides to the preferred scale when exact, else to 34 digits; undefined for a zero divisor. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.unscaled === 0n) return undefined;
  const extra = precisionMax + 10;
  const quotient = divideHalfEven(a.unscaled * 10n ** BigInt(extra + b.scale), b.unscaled);
  const result = rounded(quotient, a.scale + extra);
  return stripped(result, Math.max(0, a.scale - b.scale));
}

export function remainderOfDecimals(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.unscaled === 0n) return undefined;
  const [left, right, scale] = align(a, b);
  return rounded(left % right, scale);
}

function stripped(value: Decimal, scaleMin: number): Decimal {
  let { unscaled, scale } = value;
  while (scale > scaleMin && unscaled % 10n === 0n) {
    unscaled /= 10n;
    scale--;
  }
  return new Decimal(unscaled, scale);
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const [left, right] = align(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}
