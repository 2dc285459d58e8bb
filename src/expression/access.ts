/**
 * `x.name` and `x[key]`: own entries of maps, elements of lists, and the few plain facts of a date.
 * No value has methods; the names by which the reference engine would reach a Java class are refused
 * as it refuses them.
 */
import type { DateValue } from './date-value.ts';
import { ExpressionError, evaluationError } from './error.ts';
import { isDate, isList, isMap, isNumber, NumberKeyedMap, type Value } from './value.ts';

/** The attribute, or undefined when the value has none of that name. */
export function attributeOf(target: Value, name: string): Value | undefined {
  if (isMap(target)) return target.get(name);
  if (target === null) return undefined;
  if (isDate(target)) {
    const fact = dateFact(target, name);
    if (fact !== undefined) return fact;
  }
  refuseClassAccess(name);
  return undefined;
}

export function elementOf(target: Value, key: Value): Value | undefined {
  if (isMap(target)) return entryOf(target, key);
  if (isList(target)) {
    const index = indexOf(key);
    return index === undefined ? undefined : target[index];
  }
  return typeof key === 'string' ? attributeOf(target, key) : undefined;
}

function entryOf(target: ReadonlyMap<string, Value>, key: Value): Value | undefined {
  if (key === null) throw evaluationError('NullPointerException: a map has no null key');
  if (typeof key === 'string') return target.get(key);
  if (isNumber(key)) {
    if (!(target instanceof NumberKeyedMap)) {
      const text = key.toString();
      throw evaluationError(`type class java.lang.String not supported for key ${text}`);
    }
    return target.get(key.toString());
  }
  return typeof key === 'boolean' ? target.get(String(key)) : undefined;
}

function indexOf(key: Value): number | undefined {
  if (typeof key === 'bigint') return key >= 0n && key < 2n ** 31n ? Number(key) : undefined;
  if (typeof key === 'string' && /^[0-9]{1,10}$/.test(key)) return Number(key);
  return undefined;
}

const classNames = new Set(['class', 'getclass']);

function refuseClassAccess(name: string): void {
  if (!classNames.has(name.toLowerCase())) return;
  throw new ExpressionError(
    'security',
    'For security reasons access to public final native java.lang.Class java.lang.Object.getClass() method is denied.',
    { subject: name },
  );
}

const weekdays = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const months =
  'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(
    ' ',
  );

function dateFact(date: DateValue, name: string): Value | undefined {
  if (date.form === 'instant' || date.form === 'legacy') {
    return name === 'epochSecond' ? BigInt(date.epochSecond) : undefined;
  }
  const day = new Date((date.epochSecond + date.offsetSeconds) * 1000);
  const hasClock = date.form !== 'local-date';
  switch (name) {
    case 'year':
      return BigInt(day.getUTCFullYear());
    case 'monthValue':
      return BigInt(day.getUTCMonth() + 1);
    case 'month':
      return months[day.getUTCMonth()];
    case 'dayOfMonth':
      return BigInt(day.getUTCDate());
    case 'dayOfYear':
      return BigInt(
        Math.floor((day.getTime() - Date.UTC(day.getUTCFullYear(), 0)) / 86_400_000) + 1,
      );
    case 'dayOfWeek':
      return weekdays[day.getUTCDay()];
    case 'hour':
      return hasClock ? BigInt(day.getUTCHours()) : undefined;
    case 'minute':
      return hasClock ? BigInt(day.getUTCMinutes()) : undefined;
    case 'second':
      return hasClock ? BigInt(day.getUTCSeconds()) : undefined;
    case 'nano':
      return hasClock ? BigInt(date.nano) : undefined;
    default:
      return undefined;
  }
}
