/**
 * Formats dates by the names and patterns of Java's DateTimeFormatter. Names of days and months come
 * from the platform's locale data, English being what the reference engine was checked with.
 */
import type { ZonedDateTime } from '@js-joda/core';
import { IsoFields } from '@js-joda/core';
import { offsetText } from './date-value.ts';
import { evaluationError } from './error.ts';

const namedPatterns = new Map([
  ['iso', "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"],
  ['iso_sec', "yyyy-MM-dd'T'HH:mm:ssXXX"],
  ['sql', 'yyyy-MM-dd HH:mm:ss.SSSSSS'],
  ['sql_seq', 'yyyy-MM-dd HH:mm:ss'],
  ['iso_local_date', 'yyyy-MM-dd'],
  ['iso_date', 'yyyy-MM-ddXXX'],
  ['iso_ordinal_date', 'yyyy-DDDXXX'],
]);

const named = new Map<string, (date: ZonedDateTime) => string>([
  ['iso_date_time', zonedIso],
  ['iso_zoned_date_time', zonedIso],
  ['iso_offset_date_time', (date) => `${localIso(date)}${offsetIso(date)}`],
  ['iso_local_date_time', localIso],
  ['iso_time', (date) => `${timeIso(date)}${offsetIso(date)}`],
  ['iso_offset_time', (date) => `${timeIso(date)}${offsetIso(date)}`],
  ['iso_local_time', timeIso],
  ['iso_instant', (date) => date.toInstant().toString()],
  ['iso_week_date', weekIso],
  ['rfc_1123_date_time', rfc1123],
]);

const styles = new Set(['full', 'long', 'medium', 'short']);

export function formatDate(date: ZonedDateTime, format: string, locale: string): string {
  const byName = named.get(format);
  if (byName !== undefined) return byName(date);
  if (styles.has(format)) return styled(date, format as 'full', locale);
  return byPattern(date, namedPatterns.get(format) ?? format, locale);
}

function dayIso(date: ZonedDateTime): string {
  return `${yearText(date.year(), 4)}-${two(date.monthValue())}-${two(date.dayOfMonth())}`;
}

function timeIso(date: ZonedDateTime): string {
  const digits = date.nano().toString().padStart(9, '0').replace(/0+$/, '');
  const clock = `${two(date.hour())}:${two(date.minute())}:${two(date.second())}`;
  return digits === '' ? clock : `${clock}.${digits}`;
}

function localIso(date: ZonedDateTime): string {
  return `${dayIso(date)}T${timeIso(date)}`;
}

function offsetIso(date: ZonedDateTime): string {
  return offsetText(date.offset().totalSeconds());
}

function zonedIso(date: ZonedDateTime): string {
  const zone = date.zone().id();
  const region = zone === date.offset().id() ? '' : `[${zone}]`;
  return `${localIso(date)}${offsetIso(date)}${region}`;
}

function weekIso(date: ZonedDateTime): string {
  const year = date.get(IsoFields.WEEK_BASED_YEAR);
  const week = date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
  return `${yearText(year, 4)}-W${two(week)}-${date.dayOfWeek().value()}${offsetIso(date)}`;
}

function rfc1123(date: ZonedDateTime): string {
  const day = nameOf(date, 'en', { weekday: 'short' });
  const month = nameOf(date, 'en', { month: 'short' });
  const clock = `${two(date.hour())}:${two(date.minute())}:${two(date.second())}`;
  const offset = date.offset().totalSeconds() === 0 ? 'GMT' : hours(date, '+HHMM');
  return `${day}, ${date.dayOfMonth()} ${month} ${yearText(date.year(), 4)} ${clock} ${offset}`;
}

function styled(
  date: ZonedDateTime,
  style: 'full' | 'long' | 'medium' | 'short',
  locale: string,
): string {
  const zone = platformZone(date);
  const options = { dateStyle: style, timeStyle: style, timeZone: zone } as const;
  const text = formatOf(localeTag(locale), options).format(epochMs(date));
  // The platform's narrow no-break space before AM and PM is an ordinary one in Java.
  return text.replaceAll('\u202f', ' ');
}

/** Splits a pattern into letter runs and literal text, and writes one after the other. */
function byPattern(date: ZonedDateTime, pattern: string, locale: string): string {
  let result = '';
  for (let index = 0; index < pattern.length; ) {
    const char = pattern.charAt(index);
    if (char === "'") {
      const end = pattern.indexOf("'", index + 1);
      if (end === -1) {
        throw evaluationError(`Pattern ends with an incomplete string literal: ${pattern}`);
      }
      result += end === index + 1 ? "'" : pattern.slice(index + 1, end);
      index = end + 1;
    } else if (/[A-Za-z]/.test(char)) {
      let end = index;
      while (pattern.charAt(end) === char) end++;
      result += field(date, char, end - index, locale);
      index = end;
    } else {
      // Square brackets mark optional parts, which are always there when formatting.
      if (char !== '[' && char !== ']') result += char;
      index++;
    }
  }
  return result;
}

type Field = (date: ZonedDateTime, count: number, locale: string) => string;

const fields = new Map<string, Field>([
  ['G', (date) => (date.year() > 0 ? 'AD' : 'BC')],
  ['u', (date, count) => shortYear(date.year(), count)],
  ['y', (date, count) => shortYear(date.year() > 0 ? date.year() : 1 - date.year(), count)],
  ['Y', (date, count, locale) => shortYear(weekOf(date, locale).year, count)],
  ['D', (date, count) => padded(date.dayOfYear(), count)],
  ['M', monthField],
  ['L', monthField],
  ['d', (date, count) => padded(date.dayOfMonth(), count)],
  ['Q', quarterField],
  ['q', quarterField],
  ['w', (date, count, locale) => padded(weekOf(date, locale).week, count)],
  ['W', (date, count) => padded(Math.ceil((date.dayOfMonth() + firstWeekday(date)) / 7), count)],
  ['E', dayField],
  ['e', localDayField],
  ['c', localDayField],
  ['F', (date, count) => padded(Math.ceil(date.dayOfMonth() / 7), count)],
  ['a', (date) => (date.hour() < 12 ? 'AM' : 'PM')],
  ['h', (date, count) => padded(((date.hour() + 11) % 12) + 1, count)],
  ['K', (date, count) => padded(date.hour() % 12, count)],
  ['k', (date, count) => padded(((date.hour() + 23) % 24) + 1, count)],
  ['H', (date, count) => padded(date.hour(), count)],
  ['m', (date, count) => padded(date.minute(), count)],
  ['s', (date, count) => padded(date.second(), count)],
  [
    'S',
    (date, count) => date.nano().toString().padStart(9, '0').padEnd(count, '0').slice(0, count),
  ],
  ['A', (date, count) => padded(Math.floor(nanoOfDay(date) / 1_000_000), count)],
  ['n', (date, count) => padded(date.nano(), count)],
  ['N', (date, count) => padded(nanoOfDay(date), count)],
  ['V', (date) => date.zone().id()],
  ['z', zoneName],
  ['O', (date, count) => localizedOffset(date, count)],
  ['X', (date, count) => isoOffset(date, count, 'Z')],
  ['x', (date, count) => isoOffset(date, count, '')],
  ['Z', rfcOffset],
]);

function field(date: ZonedDateTime, letter: string, count: number, locale: string): string {
  const write = fields.get(letter);
  if (write === undefined) throw evaluationError(`Unknown pattern letter: ${letter}`);
  if (count > 19) throw evaluationError(`Too many pattern letters: ${letter}`);
  return write(date, count, locale);
}

function padded(value: number, count: number): string {
  return value.toString().padStart(count, '0');
}

function two(value: number): string {
  return padded(value, 2);
}

function yearText(year: number, count: number): string {
  const sign = year < 0 ? '-' : year > 9999 && count >= 4 ? '+' : '';
  return sign + padded(Math.abs(year), count);
}

function shortYear(year: number, count: number): string {
  return count === 2 ? two(Math.abs(year) % 100) : yearText(year, count);
}

function nanoOfDay(date: ZonedDateTime): number {
  return date.toLocalTime().toNanoOfDay();
}

function localeTag(locale: string): string {
  const tag = locale.replaceAll('_', '-');
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en-US';
  } catch (error) {
    if (error instanceof RangeError) return 'en-US';
    throw error;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();
const formatsMax = 100;

/** Making a platform format costs far more than using one. */
function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat(locale, options);
  if (formats.size >= formatsMax) formats.clear();
  formats.set(key, format);
  return format;
}

/** The name of a day or month; the date is taken as it stands, whatever its zone. */
function nameOf(date: ZonedDateTime, locale: string, options: Intl.DateTimeFormatOptions): string {
  const stands = (date.toEpochSecond() + date.offset().totalSeconds()) * 1000;
  return formatOf(localeTag(locale), { ...options, timeZone: 'UTC' }).format(stands);
}

const widths = { 3: 'short', 4: 'long', 5: 'narrow' } as const;

function widthOf(count: number, letter: string): 'short' | 'long' | 'narrow' {
  const width = widths[count as 3 | 4 | 5];
  if (width === undefined) throw evaluationError(`Too many pattern letters: ${letter}`);
  return width;
}

function monthField(date: ZonedDateTime, count: number, locale: string): string {
  if (count <= 2) return padded(date.monthValue(), count);
  return nameOf(date, locale, { month: widthOf(count, 'M') });
}

function dayField(date: ZonedDateTime, count: number, locale: string): string {
  return nameOf(date, locale, { weekday: count <= 3 ? 'short' : widthOf(count, 'E') });
}

function localDayField(date: ZonedDateTime, count: number, locale: string): string {
  if (count > 2) return dayField(date, count, locale);
  const day = date.dayOfWeek().value();
  return padded(startsOnSunday(locale) ? (day % 7) + 1 : day, count);
}

function quarterField(date: ZonedDateTime, count: number): string {
  const quarter = Math.ceil(date.monthValue() / 3);
  if (count <= 2) return padded(quarter, count);
  if (count === 3) return `Q${quarter}`;
  return count === 5 ? `${quarter}` : `${['1st', '2nd', '3rd', '4th'][quarter - 1]} quarter`;
}

function startsOnSunday(locale: string): boolean {
  return /^en([_-]US)?$/.test(locale);
}

/** Weeks start on Sunday with the week of January 1st in America, by ISO 8601 elsewhere. */
function weekOf(date: ZonedDateTime, locale: string): { year: number; week: number } {
  if (!startsOnSunday(locale)) {
    return {
      year: date.get(IsoFields.WEEK_BASED_YEAR),
      week: date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR),
    };
  }
  const saturday = date.plusDays(6 - (date.dayOfWeek().value() % 7));
  return { year: saturday.year(), week: Math.ceil(saturday.dayOfYear() / 7) };
}

function firstWeekday(date: ZonedDateTime): number {
  return date.withDayOfMonth(1).dayOfWeek().value() % 7;
}

/** An offset in one of Java's layouts, such as `+HH:MM`. */
function hours(date: ZonedDateTime, layout: '+HH' | '+HHMM' | '+HH:MM'): string {
  const total = date.offset().totalSeconds();
  const size = Math.abs(total);
  const [hour, minute] = [two(Math.floor(size / 3600)), two(Math.floor(size / 60) % 60)];
  const sign = total < 0 ? '-' : '+';
  if (layout === '+HH') return `${sign}${hour}${minute === '00' ? '' : minute}`;
  return `${sign}${hour}${layout === '+HHMM' ? '' : ':'}${minute}`;
}

function isoOffset(date: ZonedDateTime, count: number, zero: string): string {
  if (zero !== '' && date.offset().totalSeconds() === 0) return zero;
  if (count === 1) return hours(date, '+HH');
  if (count > 5) throw evaluationError('Too many pattern letters: X');
  return hours(date, count % 2 === 0 ? '+HHMM' : '+HH:MM');
}

function rfcOffset(date: ZonedDateTime, count: number): string {
  if (count <= 3) return hours(date, '+HHMM');
  return count === 4 ? localizedOffset(date, 4) : isoOffset(date, 5, 'Z');
}

function localizedOffset(date: ZonedDateTime, count: number): string {
  const total = date.offset().totalSeconds();
  if (total === 0) return 'GMT';
  if (count === 4) return `GMT${hours(date, '+HH:MM')}`;
  const size = Math.abs(total);
  const minute = Math.floor(size / 60) % 60;
  const rest = minute === 0 ? '' : `:${two(minute)}`;
  return `GMT${total < 0 ? '-' : '+'}${Math.floor(size / 3600)}${rest}`;
}

function epochMs(date: ZonedDateTime): number {
  return date.toInstant().toEpochMilli();
}

function platformZone(date: ZonedDateTime): string {
  const zone = date.zone().id();
  return zone === 'Z' ? 'UTC' : zone;
}

/** English zone abbreviations differ by country, so several English locales are asked. */
const zoneNameLocales = ['en-US', 'en-GB', 'en-AU', 'en-CA'];

function zoneName(date: ZonedDateTime, count: number): string {
  const zone = platformZone(date);
  if (/^[+-]/.test(zone) || zone === 'UTC') return zone;
  const timeZoneName = count >= 4 ? 'long' : 'short';
  const names = zoneNameLocales.map((locale) => {
    const format = formatOf(locale, { timeZone: zone, timeZoneName });
    const parts = format.formatToParts(epochMs(date));
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  });
  return names.find((name) => !/^GMT[+-]/.test(name)) ?? names[0] ?? zone;
}
