/**
 * The dates of a schedule, by a cron expression in a time zone. A time of day that a change of the
 * clock leaves out happens that much later. One that comes twice happens the first time only, unless
 * the schedule is for every hour: that one goes on.
 */
import {
  DateTimeFormatter,
  Instant,
  type LocalDate,
  type LocalDateTime,
  type ZonedDateTime,
  ZoneId,
} from '@js-joda/core';
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
  const ordered = <T>(values: readonly T[]): readonly T[] =>
    direction === 1 ? values : values.toReversed();
  const passes: readonly Pass[] = cron.hours.length === 24 ? ['first', 'again'] : ['first'];
  for (const hour of ordered(cron.hours)) {
    for (const pass of ordered(passes)) {
      for (const minute of ordered(cron.minutes)) {
        for (const second of ordered(cron.seconds)) {
          const date = dateOf(day.atTime(hour, minute, second), zone, pass);
          if (date !== undefined) yield date;
        }
      }
    }
  }
}

/** Through an hour that comes twice. */
type Pass = 'first' | 'again';

function dateOf(local: LocalDateTime, zone: ZoneId, pass: Pass): ZonedDateTime | undefined {
  const first = local.atZone(zone);
  if (pass === 'first') return first;
  const again = first.withLaterOffsetAtOverlap();
  return again.equals(first) ? undefined : again;
}

/** `trigger.*` of an execution that a schedule starts, as ISO texts with the zone's offset. */
export function scheduleVariables(
  cron: Cron,
  zone: string,
  at: number,
  isEligible: (date: ZonedDateTime) => boolean = () => true,
): Readonly<Record<'date', string> & Partial<Record<'next' | 'previous', string>>> {
  const next = firstOf(nextDates(cron, zone, at), isEligible);
  const previous = firstOf(previousDates(cron, zone, at), isEligible);
  return {
    date: textOf(Instant.ofEpochMilli(at).atZone(ZoneId.of(zone))),
    ...(next && { next: textOf(next) }),
    ...(previous && { previous: textOf(previous) }),
  };
}

/** Conditions that no date fulfils must not be tried for ever. */
const triesMax = 10_000;

function firstOf(
  found: Iterable<ZonedDateTime>,
  isEligible: (date: ZonedDateTime) => boolean,
): ZonedDateTime | undefined {
  let tries = 0;
  for (const date of found) {
    if (isEligible(date)) return date;
    tries += 1;
    if (tries === triesMax) return undefined;
  }
  return undefined;
}

function textOf(date: ZonedDateTime): string {
  return date.toOffsetDateTime().format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
}
