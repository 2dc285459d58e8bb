/** Windows on the clock of the wall: what falls into the same one, and what into none. */
import { expect, test } from 'vitest';
import type { AlignedWindow } from '../../src/triggers/windows.ts';
import { dayMs, windowAt } from '../../src/triggers/windows.ts';

const hour = 3_600_000;
const at = (text: string): number => Date.parse(`${text}Z`);
const every = (everyMs: number, offsetMs = 0): AlignedWindow => ({
  type: 'every',
  everyMs,
  offsetMs,
});

/** Moment, and start and end of its window. */
const rows: readonly (readonly [string, AlignedWindow, string, string])[] = [
  ['a day', every(dayMs), '2026-05-04T13:00', '2026-05-04T00:00 2026-05-05T00:00'],
  ['its first moment', every(dayMs), '2026-05-04T00:00', '2026-05-04T00:00 2026-05-05T00:00'],
  ['from six on', every(dayMs, 6 * hour), '2026-05-04T05:59', '2026-05-03T06:00 2026-05-04T06:00'],
  ['earlier', every(dayMs, -6 * hour), '2026-05-04T18:00', '2026-05-04T18:00 2026-05-05T18:00'],
  ['an hour', every(hour), '2026-05-04T13:59', '2026-05-04T13:00 2026-05-04T14:00'],
  [
    'an hour, at half past',
    every(hour, hour / 2),
    '2026-05-04T13:10',
    '2026-05-04T12:30 2026-05-04T13:30',
  ],
  ['seven hours', every(7 * hour), '2026-05-04T20:00', '2026-05-04T14:00 2026-05-04T21:00'],
  ['the rest of the day', every(7 * hour), '2026-05-04T22:00', '2026-05-04T21:00 2026-05-05T00:00'],
  [
    'a week from the epoch',
    every(7 * dayMs),
    '2026-05-04T13:00',
    '2026-04-30T00:00 2026-05-07T00:00',
  ],
  [
    'before nine',
    { type: 'deadline', timeMs: 9 * hour },
    '2026-05-04T08:59',
    '2026-05-04T00:00 2026-05-04T09:00',
  ],
  ['at nine', { type: 'deadline', timeMs: 9 * hour }, '2026-05-04T09:00', 'none'],
  [
    'within',
    { type: 'between', fromMs: 6 * hour, toMs: 9 * hour },
    '2026-05-04T06:00',
    '2026-05-04T06:00 2026-05-04T09:00',
  ],
  ['after', { type: 'between', fromMs: 6 * hour, toMs: 9 * hour }, '2026-05-04T09:00', 'none'],
  [
    'over midnight, before',
    { type: 'between', fromMs: 22 * hour, toMs: 2 * hour },
    '2026-05-04T23:00',
    '2026-05-04T22:00 2026-05-05T02:00',
  ],
  [
    'over midnight, after',
    { type: 'between', fromMs: 22 * hour, toMs: 2 * hour },
    '2026-05-05T01:00',
    '2026-05-04T22:00 2026-05-05T02:00',
  ],
  [
    'over midnight, too late',
    { type: 'between', fromMs: 22 * hour, toMs: 2 * hour },
    '2026-05-05T02:00',
    'none',
  ],
];

test.each(rows)('%s', (_, window, moment, expected) => {
  const span = windowAt(window, at(moment));
  if (expected === 'none') {
    expect(span).toBeUndefined();
    return;
  }
  const [start = '', end = ''] = expected.split(' ');
  expect(span).toEqual({ name: `${start}:00.000`, start: at(start), end: at(end) });
});
