/**
 * Equality of values that have several spellings: an instant with another offset, a time without
 * its seconds, a duration in other units.
 */
import { durationMs } from '../../src/flow/duration.ts';

export type TypedKind = 'instant' | 'localDate' | 'localTime' | 'duration';

export function equalTyped(kind: TypedKind, expected: unknown, actual: unknown): boolean {
  const read = readers[kind];
  const left = read(expected);
  return left !== undefined && left === read(actual);
}

const readers: Readonly<Record<TypedKind, (value: unknown) => number | string | undefined>> = {
  instant: (value) => {
    const text = textOf(value);
    const ms = text === undefined ? Number.NaN : Date.parse(text);
    return Number.isNaN(ms) ? undefined : ms;
  },
  localDate: (value) => {
    const text = textOf(value);
    return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined;
  },
  localTime: (value) => {
    const match = /^(\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?$/.exec(textOf(value) ?? '');
    if (match === null) return undefined;
    const [, hours, minutes, seconds = '0', fraction = ''] = match;
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(`${seconds}${fraction}`);
  },
  duration: (value) => {
    // Some JSON writers print durations as seconds.
    if (typeof value === 'number') return value * 1000;
    const text = textOf(value);
    return text === undefined ? undefined : durationMs(text);
  },
};

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
