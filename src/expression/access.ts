/**
 * `x.name` and `x[key]`: own entries of maps, elements of lists, and the few plain facts of a date.
 * No value has methods; the names by which the reference engine would reach a Java class are refused
 * as it refuses them.
 */
import { calendarOf } from './calendar.ts';
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
  const at = calendarOf(date.epochSecond + date.offsetSeconds);
  const facts = new Map<string, Value>([
    ['year', BigInt(at.year)],
    ['monthValue', BigInt(at.month)],
    ['month', months[at.month - 1] ?? ''],
    ['dayOfMonth', BigInt(at.day)],
    ['dayOfYear', BigInt(at.dayOfYear)],
    ['dayOfWeek', weekdays[at.weekday] ?? ''],
  ]);
  if (date.form !== 'local-date') {
    facts.set('hour', BigInt(at.hour));
    facts.set('minute', BigInt(at.minute));
    facts.set('second', BigInt(at.second));
    facts.set('nano', BigInt(date.nano));
  }
  return facts.get(name);
}
