/** Calendar arithmetic against the platform's, over random instants and the edges of years. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { calendarOf } from '../../src/expression/calendar.ts';

function check(epochSecond: number): void {
  const at = new Date(epochSecond * 1000);
  expect(calendarOf(epochSecond)).toEqual({
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    dayOfYear:
      Math.round((Date.parse(at.toISOString().slice(0, -14)) - yearStart(at)) / 86_400_000) + 1,
    weekday: at.getUTCDay(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  });
}

function yearStart(at: Date): number {
  return new Date(0).setUTCFullYear(at.getUTCFullYear());
}

it('agrees on any instant of ten thousand years', () => {
  fc.assert(fc.property(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), check));
});

it.each([0, -1, 951_782_399, 951_782_400, 951_868_800, 1_709_164_800, 1_709_251_200])(
  'agrees on the edge %d',
  check,
);
