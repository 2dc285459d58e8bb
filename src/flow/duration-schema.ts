/** ISO-8601 durations that are not rendered, as schemas. */
import { durationMs } from './duration.ts';
import { z } from './schema.ts';

export const duration = (): z.ZodType<string> =>
  z.string().check((context) => {
    if (durationMs(context.value) !== undefined) return;
    context.issues.push({ code: 'invalid_format', format: 'duration', input: context.value });
  });

export const positiveDuration = (): z.ZodType<string> =>
  duration().check((context) => {
    const ms = durationMs(context.value);
    if (ms === undefined || ms > 0) return;
    context.issues.push({
      code: 'custom',
      message: 'must be longer than nothing',
      input: context.value,
    });
  });
