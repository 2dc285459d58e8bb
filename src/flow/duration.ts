/**
 * ISO-8601 durations as flows write them: days and less, as Java's `Duration` reads them, and weeks.
 * Months and years have no fixed length and are refused.
 */
const pattern =
  /^([-+]?)P(?:([-+]?\d{1,10})W)?(?:([-+]?\d{1,10})D)?(?:(T)(?:([-+]?\d{1,12})H)?(?:([-+]?\d{1,14})M)?(?:([-+]?\d{1,15})(?:[.,](\d{0,9}))?S)?)?$/i;

/** Milliseconds, fractions of one included, or undefined where the text is no duration. */
export function durationMs(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, weeks, days, time, hours, minutes, seconds, fraction] = match;
  const timeParts = [hours, minutes, seconds];
  if (time !== undefined && timeParts.every((part) => part === undefined)) return undefined;
  if ([weeks, days, ...timeParts].every((part) => part === undefined)) return undefined;
  const whole =
    number(weeks) * 604_800 + number(days) * 86_400 + number(hours) * 3_600 + number(minutes) * 60;
  // The fraction takes the sign of its seconds: PT-1.5S is minus one and a half.
  const part = Number(`0.${fraction === undefined || fraction === '' ? '0' : fraction}`);
  const second = number(seconds) + (seconds?.startsWith('-') === true ? -part : part);
  const total = (whole + second) * 1000;
  return sign === '-' ? -total : total;
}

function number(text: string | undefined): number {
  return text === undefined ? 0 : Number(text);
}

/** Text that is rendered before it means anything. */
export function isTemplate(value: unknown): value is string {
  return typeof value === 'string' && (value.includes('{{') || value.includes('{%'));
}
