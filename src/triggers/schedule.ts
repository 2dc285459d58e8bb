/**
 * The dates of a schedule, by a cron expression in a time zone. A time of day that a change of the
 * clock leaves out happens that much later; one that comes twice happens the first time only.
 */
import { LocalDate, LocalDateTime, type ZonedDateTime, ZoneId, Instant } from '@js-joda/core';
import '@js-joda/timezone';
import type { Cron } from './cron.ts';

/** Further away than any date of a cron expression that has one: leap days are at most 8 years apart. */
const daysMax = 366 * 10;

/** Its dates after `from` (milliseconds), in order; none where it never comes. Endless otherwise. */
export function* nextDates(cron: Cron, zone: string, from: number): Generator<ZonedDateTime> {
  yield* dates(cron, ZoneId.of(zone), from, 1);
}

/** Its dates before `from`, the latest first. */
export function* previousDates(cron: Cron, zone: string, from: number): Generator<ZonedDateTime> {
  yield* dates(cron, ZoneId.of(zone), from, -1);
}

function* dates(
  cron: Cron,
  zone: ZoneId,
  from: number,
  direction: 1 | -1,
): Generator<ZonedDateTime> {
  let last = from;
  // A day early: what the clock's change moved over midnight belongs to the day before.
  let day = Instant.ofEpochMilli(from).atZone(zone).toLocalDate().minusDays(direction);
  for (let missed = 0; missed < daysMax; missed += 1) {
    if (isDay(cron, day)) {
      for (const date of datesOf(cron, day, zone, direction)) {
        const at = date.toInstant().toEpochMilli();
        if ((at - last) * direction <= 0) continue;
        last = at;
        missed = 0;
        yield date;
      }
    }
    day = day.plusDays(direction);
  }
}

function isDay(cron: Cron, day: LocalDate): boolean {
  if (!cron.months.has(day.monthValue())) return false;
  const inMonth = cron.daysOfMonth.has(day.dayOfMonth());
  const inWeek = cron.daysOfWeek.has(day.dayOfWeek().value() % 7);
  return cron.isEitherDay ? inMonth || inWeek : inMonth && inWeek;
}

function* datesOf(
  cron: Cron,
  day: LocalDate,
  zone: ZoneId,
  direction: 1 | -1,
): Generator<ZonedDateTime> {
  const ordered = (values: readonly number[]): readonly number[] =>
    direction === 1 ? values : values.toReversed();
  for (const hour of ordered(cron.hours)) {
    for (const minute of ordered(cron.minutes)) {
      for (const second of ordered(cron.seconds)) {
        yield LocalDateTime.of(
          day.year(),
          day.monthValue(),
          day.dayOfMonth(),
          hour,
          minute,
          second,
        ).atZone(zone);
      }
    }
  }
}
