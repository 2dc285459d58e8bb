/** Windows of Flow triggers: `timeWindow` and its short form of 1.x, `window` of 2.0. */
import type { Json } from '../engine/flow.ts';
import type { Dependencies, Window } from '../engine/trigger.ts';
import { dayMs } from '../triggers/windows.ts';
import { checkProperties, textProperty } from './check.ts';
import { durationMs } from './duration.ts';
import { child, type DocumentPath, type MapNode } from './node.ts';
import { kindOf, type Report } from './report.ts';
import { z, type Shape } from './schema.ts';
import { fixedTime, shift, span, timeAt, timeOf, timezone } from './trigger-values.ts';

type Read = Readonly<Record<string, Json>>;

/** Of `MultipleCondition`, from before there was a `timeWindow`. */
export const shortWindow: Shape = {
  window: span.optional(),
  windowAdvance: shift.optional(),
};

const timeWindowShape: Shape = {
  ...shortWindow,
  type: z
    .enum(['DURATION_WINDOW', 'SLIDING_WINDOW', 'DAILY_TIME_DEADLINE', 'DAILY_TIME_WINDOW'])
    .default('DURATION_WINDOW'),
  deadline: fixedTime.optional(),
  startTime: fixedTime.optional(),
  endTime: fixedTime.optional(),
  timezone: timezone.optional(),
};

/** What each type must have, and what else it may have. */
const ofType: Readonly<Record<string, { readonly needs: string[]; readonly takes: string[] }>> = {
  DURATION_WINDOW: { needs: [], takes: ['window', 'windowAdvance'] },
  SLIDING_WINDOW: { needs: [], takes: ['window'] },
  DAILY_TIME_DEADLINE: { needs: ['deadline'], takes: ['deadline'] },
  DAILY_TIME_WINDOW: { needs: ['startTime', 'endTime'], takes: ['startTime', 'endTime'] },
};

const ruled = ['window', 'windowAdvance', 'deadline', 'startTime', 'endTime'];

/** The `timeWindow` of a map, or what stands for it; undefined after reporting what is wrong. */
export function readTimeWindow(
  owner: MapNode,
  path: DocumentPath,
  report: Report,
): Window | undefined {
  const node = child(owner, 'timeWindow');
  if (node === undefined) {
    const text = (name: string): string | undefined => {
      const found = child(owner, name);
      return found?.type === 'scalar' ? found.text : undefined;
    };
    return every(text('window'), text('windowAdvance'), undefined);
  }
  const at = [...path, 'timeWindow'];
  if (node.type !== 'map') {
    report.error(at, { code: 'wrong-type', expected: 'a map', found: kindOf(node) });
    return undefined;
  }
  const read = checkProperties(timeWindowShape, node, { path: at, owner: 'a time window' }, report);
  if (read === undefined || !keepsRules(read, at, report)) return undefined;
  return timeWindowOf(read);
}

function keepsRules(read: Read, path: DocumentPath, report: Report): boolean {
  const type = textProperty(read, 'type');
  const { needs = [], takes = [] } = ofType[type] ?? {};
  const missing = needs.filter((name) => read[name] === undefined);
  for (const name of missing) {
    report.error(path, { code: 'missing-property', name, owner: `a time window of type ${type}` });
  }
  const extra = ruled.filter((name) => read[name] !== undefined && !takes.includes(name));
  for (const name of extra) {
    const reason = `cannot be set in a time window of type ${type}`;
    report.error([...path, name], { code: 'invalid-value', value: name, reason }, 'key');
  }
  return missing.length === 0 && extra.length === 0;
}

function timeWindowOf(read: Read): Window {
  const zone = typeof read['timezone'] === 'string' ? read['timezone'] : undefined;
  switch (read['type']) {
    case 'SLIDING_WINDOW':
      return { type: 'lookback', ms: spanMs(read['window']) };
    case 'DAILY_TIME_DEADLINE':
      return deadline(textProperty(read, 'deadline'), zone);
    case 'DAILY_TIME_WINDOW':
      return between(textProperty(read, 'startTime'), textProperty(read, 'endTime'), zone);
    default:
      return every(read['window'], read['windowAdvance'], zone);
  }
}

const windowShape: Shape = {
  deadline: fixedTime.optional(),
  from: fixedTime.optional(),
  to: fixedTime.optional(),
  lookback: span.optional(),
  every: span.optional(),
  offset: shift.optional(),
  timezone: timezone.optional(),
  fireOnce: z.boolean().default(false),
};

/** The groups of properties of which exactly one makes the window, by their first. */
const groups: readonly (readonly string[])[] = [
  ['deadline'],
  ['from', 'to'],
  ['lookback'],
  ['every', 'offset'],
];

/** `window` of 2.0; without one, a day. Undefined after reporting what is wrong. */
export function readWindow(
  trigger: MapNode,
  path: DocumentPath,
  report: Report,
): Pick<Dependencies, 'window' | 'onceFired'> | undefined {
  const node = child(trigger, 'window');
  if (node === undefined)
    return { window: every(undefined, undefined, undefined), onceFired: 'reset' };
  const at = [...path, 'window'];
  if (node.type !== 'map') {
    report.error(at, { code: 'wrong-type', expected: 'a map', found: kindOf(node) });
    return undefined;
  }
  const read = checkProperties(windowShape, node, { path: at, owner: 'a window' }, report);
  if (read === undefined) return undefined;
  const used = groups.filter((group) => group.some((name) => read[name] !== undefined));
  const [group = []] = used;
  if (used.length > 1) {
    const names = used.map((one) => one.map((name) => `\`${name}\``).join(' and '));
    const reason = `has ${names.join(', ')}: only one of them makes a window`;
    report.error(at, { code: 'invalid-value', value: 'window', reason });
    return undefined;
  }
  const missing = group[0] === 'from' ? group.filter((name) => read[name] === undefined) : [];
  for (const name of missing) {
    report.error(at, { code: 'missing-property', name, owner: 'a window between two times' });
  }
  if (missing.length > 0) return undefined;
  return { window: windowOf(read), onceFired: read['fireOnce'] === true ? 'once' : 'reset' };
}

function windowOf(read: Read): Window {
  const zone = typeof read['timezone'] === 'string' ? read['timezone'] : undefined;
  if (read['deadline'] !== undefined) return deadline(textProperty(read, 'deadline'), zone);
  if (read['from'] !== undefined)
    return between(textProperty(read, 'from'), textProperty(read, 'to'), zone);
  if (read['lookback'] !== undefined) return { type: 'lookback', ms: spanMs(read['lookback']) };
  return every(read['every'], read['offset'], zone);
}

function every(window: unknown, advance: unknown, zone: string | undefined): Window {
  const offsetMs = typeof advance === 'string' ? (durationMs(advance) ?? 0) : 0;
  return { type: 'every', everyMs: spanMs(window), offsetMs, ...inZone(zone) };
}

function deadline(text: string, zone: string | undefined): Window {
  const { ms, offset } = timeOf(text);
  return { type: 'deadline', timeMs: ms, ...inZone(offset ?? zone) };
}

function between(from: string, to: string, zone: string | undefined): Window {
  const start = timeOf(from);
  const toMs = timeAt(timeOf(to), start.offset);
  return { type: 'between', fromMs: start.ms, toMs, ...inZone(start.offset ?? zone) };
}

function spanMs(text: unknown): number {
  return (typeof text === 'string' ? durationMs(text) : undefined) ?? dayMs;
}

function inZone(timezone: string | undefined): { readonly timezone?: string } {
  return timezone === undefined ? {} : { timezone };
}
