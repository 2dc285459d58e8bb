/** Vector notation (`{"$datetime": …}`) to values and back to comparable JSON. */
import { ZonedDateTime, LocalDate, LocalDateTime, ZoneOffset, Instant } from '@js-joda/core';
import '@js-joda/timezone';
import { DateValue, DurationValue } from '../../src/expression/date-value.ts';
import { readDecimal } from '../../src/expression/decimal.ts';
import { readDuration } from '../../src/expression/property.ts';
import type { Value } from '../../src/expression/value.ts';

type Make = (text: string) => Value;

const makers = new Map<string, Make>([
  ['$datetime', zoned],
  ['$instant', (text) => ofInstant('instant', text)],
  ['$date', (text) => ofInstant('legacy', text)],
  [
    '$localdatetime',
    (text) => {
      const local = LocalDateTime.parse(text);
      const epochSecond = local.toEpochSecond(ZoneOffset.UTC);
      return new DateValue('local-date-time', { epochSecond, nano: local.nano() });
    },
  ],
  [
    '$localdate',
    (text) =>
      new DateValue('local-date', { epochSecond: LocalDate.parse(text).toEpochDay() * 86_400 }),
  ],
  ['$duration', (text) => readDuration(text) ?? new DurationValue(0)],
  ['$float', Number],
  ['$long', (text) => BigInt(text)],
  ['$biginteger', (text) => BigInt(text)],
  ['$bigdecimal', (text) => readDecimal(text) ?? null],
  ['$uri', (text) => text],
]);

function zoned(text: string): Value {
  const date = ZonedDateTime.parse(text);
  const zone = date.zone().id();
  return new DateValue('zoned', {
    epochSecond: date.toEpochSecond(),
    nano: date.nano(),
    offsetSeconds: date.offset().totalSeconds(),
    region: zone === date.offset().id() ? '' : zone,
  });
}

function ofInstant(form: 'instant' | 'legacy', text: string): Value {
  const instant = Instant.parse(text);
  return new DateValue(form, { epochSecond: instant.epochSecond(), nano: instant.nano() });
}

const lists = new Set(['$set', '$strings', '$ints']);

/** Resolves the notation in a value that was read from the vectors' JSON. */
export function resolve(value: Value): Value {
  if (Array.isArray(value)) return value.map(resolve);
  if (!(value instanceof Map)) return value;
  const [first] = value.entries();
  if (value.size === 1 && first !== undefined) {
    const [key, content] = first;
    if (lists.has(key)) return resolve(content);
    const make = makers.get(key);
    if (make !== undefined) return make(String(content));
  }
  return new Map(Array.from(value.entries(), ([key, item]) => [key, resolve(item)]));
}
