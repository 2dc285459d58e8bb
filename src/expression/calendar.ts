/**
 * Calendar facts of a point in time, by arithmetic alone: the language may not touch the platform's
 * clock and dates. The proleptic Gregorian calendar, counted in eras of 400 years that start in March
 * so that the leap day is the last of its year.
 */

export interface CalendarTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 1 to 366. */
  readonly dayOfYear: number;
  /** 0 for Sunday. */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const secondsPerDay = 86_400;
const daysPerEra = 146_097;
/** Days from 0000-03-01 to 1970-01-01. */
const daysBeforeEpoch = 719_468;

/** The calendar at an offset of zero; shift the seconds by an offset to see it elsewhere. */
export function calendarOf(epochSecond: number): CalendarTime {
  const epochDay = Math.floor(epochSecond / secondsPerDay);
  const secondOfDay = epochSecond - epochDay * secondsPerDay;
  const shifted = epochDay + daysBeforeEpoch;
  const era = Math.floor(shifted / daysPerEra);
  const dayOfEra = shifted - era * daysPerEra;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayFromMarch =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayFromMarch + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return {
    year,
    month,
    day: dayFromMarch - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    dayOfYear: month <= 2 ? dayFromMarch - 305 : dayFromMarch + (isLeap ? 61 : 60),
    weekday: (((epochDay + 4) % 7) + 7) % 7,
    hour: Math.floor(secondOfDay / 3600),
    minute: Math.floor(secondOfDay / 60) % 60,
    second: secondOfDay % 60,
  };
}
