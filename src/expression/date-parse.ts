/**
 * Reads dates by a Java pattern, with English names of months and days. A pattern becomes a list of
 * fields and one anchored regular expression; what the fields say is then put together. On the engine
 * whose time is linear: optional parts one behind the other would try every way to share out digits.
 */
import {
  LocalDate,
  LocalDateTime,
  LocalTime,
  ZonedDateTime,
  ZoneId,
  ZoneOffset,
} from '@js-joda/core';
import { RE2JS, RE2JSException } from 're2js';
import { evaluationError } from './error.ts';

type FieldName =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'dayOfYear'
  | 'hour'
  | 'halfDayHour'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'nano'
  | 'halfDay'
  | 'offset'
  | 'zone'
  | 'ignored';

interface PatternReader {
  readonly expression: RE2JS;
  readonly fields: readonly FieldName[];
}

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

const textLengthMax = 200;

/** Reads a text by a pattern; what has no zone of its own is placed in the given one. */
export function parseByPattern(text: string, pattern: string, zone: ZoneId): ZonedDateTime {
  const { expression, fields } = readPattern(pattern);
  const match = expression.matcher(text.slice(0, textLengthMax));
  if (text.length > textLengthMax || !match.find()) {
    throw evaluationError(`Text '${text}' could not be parsed with the format '${pattern}'`);
  }
  const found = new Map<FieldName, string>();
  fields.forEach((field, index) => {
    const value = match.group(index + 1);
    if (typeof value === 'string') found.set(field, value);
  });
  return assemble(found, zone);
}

const known = new Map<string, PatternReader>();
const knownMax = 100;

function readPattern(pattern: string): PatternReader {
  const cached = known.get(pattern);
  if (cached !== undefined) return cached;
  const reader = compilePattern(pattern);
  if (known.size >= knownMax) known.clear();
  known.set(pattern, reader);
  return reader;
}

function compilePattern(pattern: string): PatternReader {
  if (pattern.length > textLengthMax) throw evaluationError('The date format is too long');
  const fields: FieldName[] = [];
  let source = '';
  for (let index = 0; index < pattern.length; ) {
    const char = pattern.charAt(index);
    let end = index + 1;
    if (char === "'") {
      end = pattern.indexOf("'", index + 1);
      if (end === -1)
        throw evaluationError(`Pattern ends with an incomplete string literal: ${pattern}`);
      source += escaped(end === index + 1 ? "'" : pattern.slice(index + 1, end));
      end++;
    } else if (/[A-Za-z]/.test(char)) {
      while (pattern.charAt(end) === char) end++;
      const [field, group] = fieldOf(char, end - index);
      fields.push(field);
      source += `(${group})`;
    } else if (char === '[') source += '(?:';
    else if (char === ']') source += ')?';
    else source += escaped(char);
    index = end;
  }
  try {
    return { expression: RE2JS.compile(`^${source}$`, RE2JS.CASE_INSENSITIVE), fields };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw evaluationError(`Invalid date format '${pattern}'`);
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function digits(count: number, widest: number): string {
  return count === 1 ? `[0-9]{1,${widest}}` : `[0-9]{${count}}`;
}

const offsetPattern = 'Z|[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?';

function fieldOf(letter: string, count: number): readonly [FieldName, string] {
  switch (letter) {
    case 'y':
    case 'u':
      if (count === 2) return ['shortYear', '[0-9]{2}'];
      return ['year', count === 1 ? '[+-]?[0-9]{1,9}' : `[0-9]{${count}}`];
    case 'M':
    case 'L':
      return count <= 2 ? ['month', digits(count, 2)] : ['monthName', '[a-z]{3,9}'];
    case 'd':
      return ['day', digits(count, 2)];
    case 'D':
      return ['dayOfYear', digits(count, 3)];
    case 'H':
    case 'k':
      return ['hour', digits(count, 2)];
    case 'h':
    case 'K':
      return ['halfDayHour', digits(count, 2)];
    case 'm':
      return ['minute', digits(count, 2)];
    case 's':
      return ['second', digits(count, 2)];
    case 'S':
      return ['fraction', `[0-9]{${count}}`];
    case 'n':
      return ['nano', '[0-9]{1,9}'];
    case 'a':
      return ['halfDay', '[ap]m'];
    case 'X':
    case 'x':
    case 'Z':
      return ['offset', offsetPattern];
    case 'O':
      return ['offset', 'GMT(?:[+-][0-9]{1,2}(?::[0-9]{2})?)?'];
    case 'V':
    case 'z':
      return ['zone', '[a-z][a-z0-9_/+:-]{1,60}'];
    case 'E':
    case 'e':
    case 'c':
    case 'G':
      return ['ignored', '[a-z0-9]{1,20}'];
    default:
      throw evaluationError(`Unknown pattern letter: ${letter}`);
  }
}

function assemble(found: ReadonlyMap<FieldName, string>, zone: ZoneId): ZonedDateTime {
  const date = dateOf(found);
  const local = LocalDateTime.of(date, timeOf(found));
  const offset = found.get('offset');
  const region = found.get('zone');
  if (offset !== undefined) {
    const exact = local.atZone(offsetOf(offset));
    return region === undefined ? exact : exact.withZoneSameInstant(ZoneId.of(region));
  }
  return local.atZone(region === undefined ? zone : ZoneId.of(region));
}

function dateOf(found: ReadonlyMap<FieldName, string>): LocalDate {
  const short = found.get('shortYear');
  const year = short === undefined ? numberOf(found, 'year') : 2000 + Number(short);
  if (year === undefined) throw evaluationError('The date has no year');
  const dayOfYear = numberOf(found, 'dayOfYear');
  if (dayOfYear !== undefined) return LocalDate.ofYearDay(year, dayOfYear);
  const month = numberOf(found, 'month') ?? monthOf(found.get('monthName'));
  const day = numberOf(found, 'day');
  if (month === undefined || day === undefined) {
    throw evaluationError('The date has no month or no day');
  }
  return LocalDate.of(year, month, day);
}

function timeOf(found: ReadonlyMap<FieldName, string>): LocalTime {
  const halfDayHour = numberOf(found, 'halfDayHour');
  const isAfternoon = found.get('halfDay')?.toLowerCase() === 'pm';
  const hour =
    halfDayHour === undefined
      ? (numberOf(found, 'hour') ?? 0) % 24
      : (halfDayHour % 12) + (isAfternoon ? 12 : 0);
  const fraction = found.get('fraction');
  const nano =
    fraction === undefined ? numberOf(found, 'nano') : Number(fraction.padEnd(9, '0').slice(0, 9));
  return LocalTime.of(
    hour,
    numberOf(found, 'minute') ?? 0,
    numberOf(found, 'second') ?? 0,
    nano ?? 0,
  );
}

function numberOf(found: ReadonlyMap<FieldName, string>, field: FieldName): number | undefined {
  const text = found.get(field);
  return text === undefined ? undefined : Number(text);
}

function monthOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const wanted = name.toLowerCase();
  const index = months.findIndex((month) => month === wanted || month.slice(0, 3) === wanted);
  return index === -1 ? undefined : index + 1;
}

function offsetOf(text: string): ZoneOffset {
  const bare = text.replace(/^GMT/i, '');
  if (bare === '' || /^z$/i.test(bare)) return ZoneOffset.UTC;
  return ZoneOffset.of(bare.replace(/^([+-])([0-9])(?=:|$)/, '$10$2'));
}
