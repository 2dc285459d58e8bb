/**
 * What a rendered property becomes where its task wants more than text: the one place for it. A value
 * that is of the type already stays as it is; a text is read as that type, lists and maps as JSON.
 */
import { DurationValue } from './date-value.ts';
import { evaluationError } from './error.ts';
import { readJson } from './json.ts';
import { Budget, defaultLimits } from './limits.ts';
import { isList, isMap, toPlain, type Value } from './value.ts';

const shownCharactersMax = 200;

export type PropertyType = 'integer' | 'number' | 'boolean' | 'duration' | 'list' | 'map';

/** Throws an `ExpressionError` where the value cannot be read so. Integers are bigints. */
export function convertProperty(value: Value, type: PropertyType): Value {
  const converted = converters[type](typeof value === 'string' ? value.trim() : value);
  if (converted !== undefined) return converted;
  const shown = JSON.stringify(toPlain(value)).slice(0, shownCharactersMax);
  throw evaluationError(`${shown} is not ${wanted[type]}`);
}

const wanted: Readonly<Record<PropertyType, string>> = {
  integer: 'an integer',
  number: 'a number',
  boolean: 'a boolean',
  duration: 'an ISO 8601 duration',
  list: 'a list',
  map: 'a map',
};

const converters: Readonly<Record<PropertyType, (value: Value) => Value | undefined>> = {
  integer(value) {
    if (typeof value === 'string') {
      return /^[+-]?[0-9]{1,19}$/.test(value) ? BigInt(value) : undefined;
    }
    if (typeof value === 'bigint') return value;
    const number = numberOf(value);
    return Number.isSafeInteger(number) ? BigInt(number ?? 0) : undefined;
  },
  number: (value) => numberOf(value === '' ? null : value),
  boolean(value) {
    if (typeof value === 'boolean') return value;
    const text = typeof value === 'string' ? value.toLowerCase() : undefined;
    return text === 'true' || text === 'false' ? text === 'true' : undefined;
  },
  duration(value) {
    if (value instanceof DurationValue) return value;
    return typeof value === 'string' ? readDuration(value) : undefined;
  },
  list: (value) => container(value, isList),
  map: (value) => container(value, isMap),
};

function numberOf(value: Value): number | undefined {
  if (value === null || typeof value === 'boolean') return undefined;
  const number = typeof value === 'string' ? Number(value) : toPlain(value);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function container(value: Value, fits: (value: Value) => boolean): Value | undefined {
  const read = typeof value === 'string' ? readJson(value, new Budget(defaultLimits)) : value;
  return fits(read) ? read : undefined;
}

const durationPattern =
  /^([+-])?P(?:([+-]?[0-9]{1,10})W)?(?:([+-]?[0-9]{1,12})D)?(?:T(?:([+-]?[0-9]{1,12})H)?(?:([+-]?[0-9]{1,14})M)?(?:([+-]?[0-9]{1,15})(?:[.,]([0-9]{0,9}))?S)?)?$/i;

/**
 * Days and less as Java's `Duration` reads them (`P1DT2H3M4.5S`), and weeks. Months and years have no
 * fixed length: undefined, as for anything else.
 */
export function readDuration(text: string): DurationValue | undefined {
  const match = durationPattern.exec(text.trim());
  if (match === null || /[PT]$/i.test(text.trim())) return undefined;
  const [, sign, weeks, days, hours, minutes, seconds = '0', fraction = ''] = match;
  const factor = sign === '-' ? -1 : 1;
  const parts = [
    [weeks, 604_800],
    [days, 86_400],
    [hours, 3_600],
    [minutes, 60],
    [seconds, 1],
  ] as const;
  const whole = parts.reduce((sum, [count = '0', length]) => sum + Number(count) * length, 0);
  // The fraction takes the sign of its seconds: PT-1.5S is minus one and a half.
  const fractionSign = seconds.startsWith('-') ? -1 : 1;
  const nano = factor * fractionSign * Number(fraction.padEnd(9, '0'));
  const total = factor * whole;
  return nano < 0
    ? new DurationValue(total - 1, nano + 1_000_000_000)
    : new DurationValue(total, nano);
}
