/** ISO-8601 durations as flows write them. */
import { readDuration } from '../expression/property.ts';

/** Milliseconds, fractions of one included, or undefined where the text is no duration. */
export function durationMs(text: string): number | undefined {
  const duration = readDuration(text);
  return duration && duration.seconds * 1_000 + duration.nano / 1_000_000;
}

/** Text that is rendered before it means anything. */
export function isTemplate(value: unknown): value is string {
  return typeof value === 'string' && (value.includes('{{') || value.includes('{%'));
}
