/**
 * Dates with zones: reading any value as a point in time, moving it, asking about it. On js-joda,
 * which follows java.time. Loaded on first use; what a date prints as by itself is in
 * `date-value.ts`, patterns are in `date-format.ts`.
 */
import {
  ChronoUnit,
  Instant,
  LocalDate,
  LocalDateTime,
  TemporalAdjusters,
  DayOfWeek,
  ZonedDateTime,
  ZoneId,
  ZoneOffset,
} from '@js-joda/core';
import '@js-joda/timezone';
import { formatDate } from './date-format.ts';
import { parseByPattern } from './date-parse.ts';
import { DateValue } from './date-value.ts';
import { ExpressionError, evaluationError } from './error.ts';
import { Pending } from './pending.ts';
import { isDate, kindOf, type Value } from './value.ts';

export interface DateReading {
  /** The zone asked for, or else the server's. */
  readonly zone: string;
  readonly existingFormat?: string | undefined;
}

/** Turns failures of the library, which has many error classes, into our one. */
function reading<T>(what: () => T): T {
  try {
    return what();
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof Pending) throw error;
    if (!(error instanceof Error)) throw error;
    throw evaluationError(error.message, error);
  }
}

export function offsetAt(zone: string, epochSecond: number): number {
  return reading(() =>
    zoneOf(zone).rules().offsetOfInstant(Instant.ofEpochSecond(epochSecond)).totalSeconds(),
  );
}

function zoneOf(zone: string): ZoneId {
  return ZoneId.of(zone);
}

/** The value as a point in time shown in the zone asked for; its own offset is given up. */
export function readInZone(value: Value, options: DateReading): ZonedDateTime {
  return readKeepingOffset(value, options).withZoneSameInstant(zoneOf(options.zone));
}

/** The value as a point in time in its own offset, or in the zone asked for when it has none. */
export function readKeepingOffset(value: Value, options: DateReading): ZonedDateTime {
  return reading(() => {
    const zone = zoneOf(options.zone);
    if (isDate(value)) return ofDateValue(value, zone);
    if (typeof value === 'bigint') return Instant.ofEpochSecond(Number(value)).atZone(zone);
    if (typeof value === 'string') return ofText(value, zone, options.existingFormat);
    throw evaluationError(`ClassCastException: a ${kindOf(value)} is not a date`);
  });
}

function ofDateValue(date: DateValue, zone: ZoneId): ZonedDateTime {
  const { epochSecond, nano } = date;
  switch (date.form) {
    case 'local-date-time':
      return LocalDateTime.ofEpochSecond(epochSecond, nano, ZoneOffset.UTC).atZone(zone);
    case 'local-date':
      // A bare date stands for its noon, as in the reference engine.
      return LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC).withHour(12).atZone(zone);
    case 'zoned': {
      const own =
        date.region === '' ? ZoneOffset.ofTotalSeconds(date.offsetSeconds) : zoneOf(date.region);
      return Instant.ofEpochSecond(epochSecond, nano).atZone(own);
    }
    case 'instant':
    case 'legacy':
      return Instant.ofEpochSecond(epochSecond, nano).atZone(zone);
  }
}

/** Tries, in this order: with a zone, a local date and time, a local date at its midnight. */
function ofText(text: string, zone: ZoneId, existingFormat: string | undefined): ZonedDateTime {
  if (existingFormat === 'rfc_1123_date_time') return ofRfc1123(text);
  const pattern = existingFormat === undefined ? undefined : patternOf(existingFormat);
  if (pattern !== undefined) return parseByPattern(text, pattern, zone);
  const attempts: readonly (() => ZonedDateTime)[] = [
    () => ZonedDateTime.parse(text),
    () => LocalDateTime.parse(text).atZone(zone),
    () => LocalDate.parse(text).atStartOfDay().atZone(zone),
  ];
  let failure: unknown;
  for (const attempt of attempts) {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failure = error;
    }
  }
  throw evaluationError(`Text '${text}' could not be parsed as a date`, failure);
}

const namedPatterns = new Map([
  ['iso', "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"],
  ['iso_sec', "yyyy-MM-dd'T'HH:mm:ssXXX"],
  ['sql', 'yyyy-MM-dd HH:mm:ss.SSSSSS'],
  ['sql_seq', 'yyyy-MM-dd HH:mm:ss'],
]);

/** The names whose texts are read as plain ISO 8601, without a pattern. */
const isoNames = new Set([
  'iso_date_time',
  'iso_zoned_date_time',
  'iso_offset_date_time',
  'iso_local_date_time',
  'iso_local_date',
  'iso_date',
  'iso_instant',
]);

function patternOf(format: string): string | undefined {
  return isoNames.has(format) ? undefined : (namedPatterns.get(format) ?? format);
}

const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const rfc1123Pattern =
  /^(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))? (GMT|[+-]\d{4})$/;

function ofRfc1123(text: string): ZonedDateTime {
  const match = rfc1123Pattern.exec(text);
  const [, day, monthName = '', year, hour, minute, second = '0', offset = 'GMT'] = match ?? [];
  const month = monthNames.indexOf(monthName) + 1;
  if (match === null || month === 0) {
    throw evaluationError(`Text '${text}' could not be parsed as a date`);
  }
  const [y = 0, d = 0, h = 0, m = 0, s = 0] = [year, day, hour, minute, second].map(Number);
  const zone = offset === 'GMT' ? ZoneOffset.UTC : ZoneOffset.of(offset);
  return LocalDateTime.of(y, month, d, h, m, s).atZone(zone);
}

export interface DateFormatting extends DateReading {
  readonly format?: string | undefined;
  readonly locale: string;
}

export function formatValue(value: Value, options: DateFormatting): string {
  const date = readInZone(value, options);
  return reading(() => formatDate(date, options.format ?? 'iso', options.locale));
}

const units = new Map(
  [
    ChronoUnit.NANOS,
    ChronoUnit.MICROS,
    ChronoUnit.MILLIS,
    ChronoUnit.SECONDS,
    ChronoUnit.MINUTES,
    ChronoUnit.HOURS,
    ChronoUnit.HALF_DAYS,
    ChronoUnit.DAYS,
    ChronoUnit.WEEKS,
    ChronoUnit.MONTHS,
    ChronoUnit.YEARS,
    ChronoUnit.DECADES,
    ChronoUnit.CENTURIES,
    ChronoUnit.MILLENNIA,
  ].map((unit, index) => [unitNames()[index] ?? '', unit] as const),
);

function unitNames(): readonly string[] {
  return 'NANOS MICROS MILLIS SECONDS MINUTES HOURS HALF_DAYS DAYS WEEKS MONTHS YEARS DECADES CENTURIES MILLENNIA'.split(
    ' ',
  );
}

export interface DateMove {
  readonly amount: number;
  readonly unit: string;
}

/** Moves a date by calendar units in its zone, and formats it. */
export function addAndFormat(value: Value, move: DateMove, options: DateFormatting): string {
  const unit = units.get(move.unit);
  if (unit === undefined) {
    throw evaluationError(`No enum constant java.time.temporal.ChronoUnit.${move.unit}`);
  }
  const date = readInZone(value, options);
  return reading(() => {
    const moved = date.plus(move.amount, unit);
    return formatDate(moved, options.format ?? 'iso', options.locale);
  });
}

export interface Timestamp {
  readonly seconds: bigint;
  readonly nano: bigint;
}

export function timestampOf(value: Value, options: DateReading): Timestamp {
  const date = readKeepingOffset(value, options);
  return { seconds: BigInt(date.toEpochSecond()), nano: BigInt(date.nano()) };
}

export interface DateFacts {
  readonly dayOfWeek: string;
  readonly dayOfMonth: number;
  readonly monthOfYear: number;
  readonly hourOfDay: number;
  readonly isWeekend: boolean;
  readonly isLastWorkingDay: boolean;
}

export function factsOf(value: Value, options: DateReading): DateFacts {
  const date = readKeepingOffset(value, options);
  return {
    dayOfWeek: date.dayOfWeek().name(),
    dayOfMonth: date.dayOfMonth(),
    monthOfYear: date.monthValue(),
    hourOfDay: date.hour(),
    isWeekend: date.dayOfWeek().value() >= 6,
    isLastWorkingDay: date.toLocalDate().equals(lastWorkingDay(date.toLocalDate())),
  };
}

function lastWorkingDay(date: LocalDate): LocalDate {
  const last = date.with(TemporalAdjusters.lastDayOfMonth());
  return last.minusDays(Math.max(0, last.dayOfWeek().value() - DayOfWeek.FRIDAY.value()));
}

const positions = new Map([
  ['FIRST', 1],
  ['SECOND', 2],
  ['THIRD', 3],
  ['FOURTH', 4],
  ['LAST', -1],
]);

/** Whether the date is, say, the second Tuesday of its month. */
export function isDayWeekInMonth(
  value: Value,
  day: string,
  position: string,
  options: DateReading,
): boolean {
  const ordinal = positions.get(position.toUpperCase());
  const weekday = DayOfWeek.values().find((candidate) => candidate.name() === day.toUpperCase());
  if (ordinal === undefined || weekday === undefined) {
    throw evaluationError(`'${day}' and '${position}' do not name a day of the week in a month`);
  }
  const date = readKeepingOffset(value, options).toLocalDate();
  return date.equals(date.with(TemporalAdjusters.dayOfWeekInMonth(ordinal, weekday)));
}
