/** What conditions ask of a date, on the date library; loaded on first use. */
import { OffsetTime, type ZonedDateTime } from '@js-joda/core';
import { evaluationError } from '../expression/error.ts';
import { factsOf, isDayWeekInMonth, readKeepingOffset } from '../expression/dates.ts';
import type { Value } from '../expression/value.ts';

interface Bounds {
  readonly after?: string;
  readonly before?: string;
}

/** A date without a zone is one of the server's. */
const reading = { zone: 'UTC' };

export function isWeekend(date: Value): boolean {
  return factsOf(date, reading).isWeekend;
}

export function isDayOfWeek(date: Value, day: string): boolean {
  return factsOf(date, reading).dayOfWeek === day.toUpperCase();
}

export function isDayInMonth(date: Value, day: string, position: string): boolean {
  return isDayWeekInMonth(date, day, position, reading);
}

/** Between two points in time; the bounds themselves are outside. */
export function isBetween(date: Value, { after, before }: Bounds): boolean {
  const at = readKeepingOffset(date, reading);
  const bound = (text: string): ZonedDateTime => readKeepingOffset(text, reading);
  return (
    (after === undefined || at.toInstant().isAfter(bound(after).toInstant())) &&
    (before === undefined || at.toInstant().isBefore(bound(before).toInstant()))
  );
}

/** Between two times of day, each at an offset of its own. */
export function isTimeBetween(date: Value, { after, before }: Bounds): boolean {
  const at = readKeepingOffset(date, reading).toOffsetDateTime().toOffsetTime();
  return (
    (after === undefined || at.isAfter(timeOf(after))) &&
    (before === undefined || at.isBefore(timeOf(before)))
  );
}

function timeOf(text: string): OffsetTime {
  try {
    return OffsetTime.parse(/(Z|[+-]\d\d(:?\d\d)?)$/i.test(text) ? text : `${text}Z`);
  } catch (error) {
    throw evaluationError(`'${text}' is no time of day such as 09:00:00+02:00`, error);
  }
}
