/** Values that triggers and their conditions are made of: dates, times of day, zones, cron, states. */
import { ZonedDateTime, ZoneId } from '@js-joda/core';
import '@js-joda/timezone';
import { states } from '../engine/states.ts';
import { CronError, parseCron } from '../triggers/cron.ts';
import { durationMs, isTemplate } from './duration.ts';
import { z } from './schema.ts';

/** `CANCELED` is how some releases spell it. */
export const state = z.preprocess(
  (value) => (value === 'CANCELED' ? 'CANCELLED' : value),
  z.enum(states),
);

/** A date and time with a zone, or an expression. */
export const dateTime = text((value) =>
  succeeds(() => ZonedDateTime.parse(value))
    ? undefined
    : 'is no date and time with a zone such as 2030-01-31T09:00:00+02:00',
);

const timePattern =
  /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(Z|[+-](?:0\d|1[0-8])(?::?[0-5]\d)?)?$/i;

const timeWords = 'is no time of day such as 09:00:00 or 09:00:00+02:00';

/** A time of day, with an offset or without, or an expression. */
export const timeOfDay = text((value) => (timePattern.test(value) ? undefined : timeWords));

/** The same, and never an expression. */
export const fixedTime = z.string().regex(timePattern, timeWords);

export interface TimeOfDay {
  readonly ms: number;
  /** Such as `+02:00`. */
  readonly offset?: string;
}

/** Of a text that `fixedTime` has let through. */
export function timeOf(value: string): TimeOfDay {
  const [, hours, minutes, seconds = '0', fraction = '', offset] = timePattern.exec(value) ?? [];
  const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const ms = whole * 1000 + Math.floor(Number(`0.${fraction}0`) * 1000);
  return { ms, ...(offset !== undefined && { offset: offset.toUpperCase() }) };
}

/** The ms of a time of day as the clock at another offset shows it; offsets as in `TimeOfDay`. */
export function timeAt({ ms, offset }: TimeOfDay, other: string | undefined): number {
  if (offset === undefined || other === undefined) return ms;
  const day = 86_400_000;
  return (((ms - offsetMs(offset) + offsetMs(other)) % day) + day) % day;
}

function offsetMs(offset: string): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

export const timezone = z.string().check((context) => {
  if (succeeds(() => ZoneId.of(context.value))) return;
  const message = 'is not a time zone such as Europe/Paris, UTC or +02:00';
  context.issues.push({ code: 'custom', message, input: context.value });
});

/** A duration that is more than nothing; never an expression. */
export const span = z.string().check((context) => {
  const ms = durationMs(context.value);
  if (ms !== undefined && ms > 0) return;
  const message = 'is not an ISO-8601 duration such as PT30S or P1D, longer than nothing';
  context.issues.push({ code: 'custom', message, input: context.value });
});

/** A duration that may be negative; never an expression. */
export const shift = z.string().check((context) => {
  if (durationMs(context.value) !== undefined) return;
  context.issues.push({ code: 'invalid_format', format: 'duration', input: context.value });
});

/** Why this is no cron expression, or undefined. */
export function cronMistake(value: string, withSeconds: boolean): string | undefined {
  try {
    parseCron(value, { withSeconds });
    return undefined;
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return `is no cron expression: it ${error.message}`;
  }
}

function text(mistakeIn: (value: string) => string | undefined): z.ZodString {
  return z.string().check((context) => {
    const mistake = isTemplate(context.value) ? undefined : mistakeIn(context.value);
    if (mistake === undefined) return;
    context.issues.push({ code: 'custom', message: mistake, input: context.value });
  });
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
