/** Cron expressions as people write them, and the dates they come to. */
import { describe, expect, test } from 'vitest';
import { CronError, parseCron } from '../../src/triggers/cron.ts';
import { nextDates, previousDates, scheduleVariables } from '../../src/triggers/schedule.ts';

function take(dates: Iterable<{ toString(): string }>, count: number): readonly string[] {
  const taken: string[] = [];
  for (const date of dates) {
    taken.push(date.toString());
    if (taken.length === count) break;
  }
  return taken;
}

const from = Date.parse('2026-01-30T10:15:00Z');

/** The next three dates, in UTC. */
const rows: readonly (readonly [cron: string, dates: readonly string[]])[] = [
  ['* * * * *', ['2026-01-30T10:16Z', '2026-01-30T10:17Z', '2026-01-30T10:18Z']],
  ['*/20 * * * *', ['2026-01-30T10:20Z', '2026-01-30T10:40Z', '2026-01-30T11:00Z']],
  ['5/30 9-10 * * *', ['2026-01-30T10:35Z', '2026-01-31T09:05Z', '2026-01-31T09:35Z']],
  ['0 0 31 * *', ['2026-01-31T00:00Z', '2026-03-31T00:00Z', '2026-05-31T00:00Z']],
  ['0 0 29 2 *', ['2028-02-29T00:00Z', '2032-02-29T00:00Z', '2036-02-29T00:00Z']],
  ['0 12 * jan-mar MON', ['2026-02-02T12:00Z', '2026-02-09T12:00Z', '2026-02-16T12:00Z']],
  ['0 0 * * 7', ['2026-02-01T00:00Z', '2026-02-08T00:00Z', '2026-02-15T00:00Z']],
  // Either day is enough.
  ['0 0 1 * 0', ['2026-02-01T00:00Z', '2026-02-08T00:00Z', '2026-02-15T00:00Z']],
  ['0 0 13 * 5', ['2026-02-06T00:00Z', '2026-02-13T00:00Z', '2026-02-20T00:00Z']],
  ['@hourly', ['2026-01-30T11:00Z', '2026-01-30T12:00Z', '2026-01-30T13:00Z']],
  ['@weekly', ['2026-02-01T00:00Z', '2026-02-08T00:00Z', '2026-02-15T00:00Z']],
  ['@Yearly', ['2027-01-01T00:00Z', '2028-01-01T00:00Z', '2029-01-01T00:00Z']],
  ['0 0 30 2 *', []],
];

describe('dates', () => {
  test.each(rows)('%s', (cron, dates) => {
    expect(take(nextDates(parseCron(cron), 'Z', from), 3)).toEqual(dates);
  });

  test('with seconds', () => {
    const cron = parseCron('*/30 15 10 * * *', { withSeconds: true });
    const dates = ['2026-01-30T10:15:30Z', '2026-01-31T10:15Z', '2026-01-31T10:15:30Z'];
    expect(take(nextDates(cron, 'Z', from), 3)).toEqual(dates);
  });

  test('backwards', () => {
    const dates = ['2026-01-30T10:00Z', '2026-01-30T09:00Z'];
    expect(take(previousDates(parseCron('@hourly'), 'Z', from), 2)).toEqual(dates);
  });

  test('an hour that the clock leaves out comes that much later', () => {
    const night = Date.parse('2026-03-28T12:00:00+01:00');
    expect(take(nextDates(parseCron('30 2 * * *'), 'Europe/Paris', night), 2)).toEqual([
      '2026-03-29T03:30+02:00[Europe/Paris]',
      '2026-03-30T02:30+02:00[Europe/Paris]',
    ]);
  });

  test('an hour that comes twice counts once, but not for what comes every hour', () => {
    const night = Date.parse('2026-10-25T01:30:00+02:00');
    expect(take(nextDates(parseCron('30 2 * * *'), 'Europe/Paris', night), 2)).toEqual([
      '2026-10-25T02:30+02:00[Europe/Paris]',
      '2026-10-26T02:30+01:00[Europe/Paris]',
    ]);
    const hourly = ['2026-10-25T02:00+02:00', '2026-10-25T02:00+01:00', '2026-10-25T03:00+01:00'];
    expect(take(nextDates(parseCron('0 * * * *'), 'Europe/Paris', night), 3)).toEqual(
      hourly.map((date) => `${date}[Europe/Paris]`),
    );
    const later = Date.parse('2026-10-25T03:30:00+01:00');
    expect(take(previousDates(parseCron('0 * * * *'), 'Europe/Paris', later), 3)).toEqual(
      hourly.toReversed().map((date) => `${date}[Europe/Paris]`),
    );
  });

  test('what an execution sees, and only dates that may be', () => {
    const cron = parseCron('0 9 * * *');
    const at = Date.parse('2026-01-30T09:00:00+01:00');
    expect(scheduleVariables(cron, 'Europe/Paris', at)).toEqual({
      date: '2026-01-30T09:00:00+01:00',
      next: '2026-01-31T09:00:00+01:00',
      previous: '2026-01-29T09:00:00+01:00',
    });
    const isWeekday = (date: { dayOfWeek(): { value(): number } }) => date.dayOfWeek().value() < 6;
    expect(scheduleVariables(cron, 'Europe/Paris', at, isWeekday).next).toBe(
      '2026-02-02T09:00:00+01:00',
    );
    expect(scheduleVariables(cron, 'Europe/Paris', at, () => false)).toEqual({
      date: '2026-01-30T09:00:00+01:00',
    });
  });
});

describe('mistakes', () => {
  test.each([
    ['$ome Inv@lid Cr0n', 'has 3 fields, not 5'],
    ['* * * * * *', 'has 6 fields, not 5 (`withSeconds: true` allows six)'],
    ['60 * * * *', 'has "60" as minute, which takes 0 to 59'],
    ['* 5-1 * * *', 'has "5-1" as hour, which takes 0 to 23'],
    ['*/0 * * * *', 'has "*/0" as minute, which takes 0 to 59'],
    ['* * 0 * *', 'has "0" as day of month, which takes 1 to 31'],
    ['* * * FOO *', 'has "FOO" as month, which takes 1 to 12'],
    ['* * L * *', 'has "L" as day of month, which takes 1 to 31'],
    ['1, * * * *', 'has "" as minute, which takes 0 to 59'],
    ['@never', 'has 1 fields, not 5'],
    ['', 'has 1 fields, not 5'],
  ])('%s', (cron, message) => {
    expect(() => parseCron(cron)).toThrow(new CronError(message));
  });
});
