/**
 * Dates and durations as values. They carry only what printing needs (an instant, the offset that
 * held, the zone's name), so that the interpreter can print them without a date library; parsing,
 * formatting and zone rules are in `dates.ts`, which is loaded on first use.
 *
 * A local date-time counts its seconds as if it stood at offset zero.
 */

import { calendarOf } from './calendar.ts';

export type DateForm = 'zoned' | 'instant' | 'local-date-time' | 'local-date' | 'legacy';

export interface DateParts {
  readonly epochSecond: number;
  readonly nano?: number;
  readonly offsetSeconds?: number;
  /** A region such as `Europe/Paris`; empty when only the offset is known. */
  readonly region?: string;
}

export class DateValue {
  readonly form: DateForm;
  readonly epochSecond: number;
  readonly nano: number;
  readonly offsetSeconds: number;
  readonly region: string;

  constructor(form: DateForm, parts: DateParts) {
    this.form = form;
    this.epochSecond = parts.epochSecond;
    this.nano = parts.nano ?? 0;
    this.offsetSeconds = parts.offsetSeconds ?? 0;
    this.region = parts.region ?? '';
  }
}

export class DurationValue {
  readonly seconds: number;
  readonly nano: number;

  constructor(seconds: number, nano = 0) {
    this.seconds = seconds;
    this.nano = nano;
  }
}

export function instantOf(epochMs: number): DateValue {
  const epochSecond = Math.floor(epochMs / 1000);
  return new DateValue('instant', {
    epochSecond,
    nano: (epochMs - epochSecond * 1000) * 1_000_000,
  });
}

/** Gives the offset of the printing zone at an instant, in seconds. */
export type OffsetAt = (epochSecond: number) => number;

export const offsetOfUtc: OffsetAt = () => 0;

/** The text a date prints as at the top level of a template. */
export function dateText(date: DateValue): string {
  switch (date.form) {
    case 'zoned': {
      const region = date.region === '' ? '' : `[${date.region}]`;
      return `${localText(date, 'short')}${offsetText(date.offsetSeconds)}${region}`;
    }
    case 'instant':
      return `${localText({ epochSecond: date.epochSecond, nano: date.nano, offsetSeconds: 0 }, 'long')}Z`;
    case 'local-date-time':
      return localText(date, 'short');
    case 'local-date':
      return dayText(date.epochSecond);
    case 'legacy':
      return legacyText(date.epochSecond);
  }
}

/** The text of a date inside a printed list or map and in JSON. */
export function dateJson(date: DateValue, offsetAt: OffsetAt): string {
  if (date.form === 'zoned') {
    const offsetSeconds = offsetAt(date.epochSecond);
    const { epochSecond, nano } = date;
    const moved = { epochSecond, nano, offsetSeconds };
    return `${localText(moved, 'exact')}${offsetText(offsetSeconds)}`;
  }
  if (date.form === 'legacy') {
    const millis = Math.floor(date.nano / 1_000_000)
      .toString()
      .padStart(3, '0');
    return `${dayText(date.epochSecond)}T${clockText(date.epochSecond, true)}.${millis}+00:00`;
  }
  return dateText(date);
}

/** `PT8H6M12.5S`, as java.time prints durations. */
export function durationText(duration: DurationValue): string {
  let { seconds, nano } = duration;
  if (seconds === 0 && nano === 0) return 'PT0S';
  // Java prints a negative duration with truncated hours and minutes and a negative rest.
  const whole = seconds < 0 && nano > 0 ? seconds + 1 : seconds;
  const hours = Math.trunc(whole / 3600);
  const minutes = Math.trunc((whole % 3600) / 60);
  const rest = whole % 60;
  let text = 'PT';
  if (hours !== 0) text += `${hours}H`;
  if (minutes !== 0) text += `${minutes}M`;
  if (rest === 0 && nano === 0) return text;
  const negative = seconds < 0 && nano > 0;
  if (negative) nano = 1_000_000_000 - nano;
  const sign = negative && rest === 0 ? '-' : '';
  const fraction = nano === 0 ? '' : `.${nano.toString().padStart(9, '0').replace(/0+$/, '')}`;
  return `${text}${sign}${rest}${fraction}S`;
}

export function durationJson(duration: DurationValue): string {
  return `${duration.seconds}.${duration.nano.toString().padStart(9, '0')}`;
}

type Precision = 'short' | 'long' | 'exact';

interface Local {
  readonly epochSecond: number;
  readonly nano: number;
  readonly offsetSeconds: number;
}

function localText(date: Local, precision: Precision): string {
  const second = date.epochSecond + date.offsetSeconds;
  const showSeconds = precision !== 'short' || second % 60 !== 0 || date.nano !== 0;
  const fraction = precision === 'exact' ? exactFraction(date.nano) : groupedFraction(date.nano);
  return `${dayText(second)}T${clockText(second, showSeconds)}${fraction}`;
}

function dayText(epochSecond: number): string {
  const { year, month, day } = calendarOf(epochSecond);
  const shown = Math.abs(year).toString().padStart(4, '0');
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${shown}-${two(month)}-${two(day)}`;
}

function clockText(epochSecond: number, showSeconds: boolean): string {
  const { hour, minute, second } = calendarOf(epochSecond);
  const minutes = `${two(hour)}:${two(minute)}`;
  return showSeconds ? `${minutes}:${two(second)}` : minutes;
}

function groupedFraction(nano: number): string {
  if (nano === 0) return '';
  const digits = nano.toString().padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

function exactFraction(nano: number): string {
  return nano === 0 ? '' : `.${nano.toString().padStart(9, '0').replace(/0+$/, '')}`;
}

export function offsetText(offsetSeconds: number): string {
  if (offsetSeconds === 0) return 'Z';
  const size = Math.abs(offsetSeconds);
  const minutes = `${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}`;
  const seconds = size % 60 === 0 ? '' : `:${two(size % 60)}`;
  return `${offsetSeconds < 0 ? '-' : '+'}${minutes}${seconds}`;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function legacyText(epochSecond: number): string {
  const { year, month, day, weekday } = calendarOf(epochSecond);
  const date = `${weekdays[weekday]} ${months[month - 1]} ${two(day)}`;
  return `${date} ${clockText(epochSecond, true)} UTC ${year}`;
}

function two(value: number): string {
  return value.toString().padStart(2, '0');
}
