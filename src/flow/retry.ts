/** `retry` of a task or a flow: its three forms, their rules, and milliseconds for the engine. */
import type { Retry } from '../engine/flow.ts';
import { checkProperties } from './check.ts';
import { duration, positiveDuration } from './duration-schema.ts';
import { durationMs } from './duration.ts';
import { nearest } from './nearest.ts';
import { child, textOf, type DocumentPath, type Node } from './node.ts';
import { kindOf, type Report } from './report.ts';
import { z, type Shape } from './schema.ts';

const attempts = () => z.int().min(1).optional();
const common = {
  type: z.string(),
  maxAttempts: attempts(),
  /** The spelling of old releases. */
  maxAttempt: attempts(),
  maxDuration: positiveDuration().optional(),
  warningOnRetry: z.boolean().default(false),
  behavior: z.enum(['RETRY_FAILED_TASK', 'CREATE_NEW_EXECUTION']).default('RETRY_FAILED_TASK'),
};

const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['constant', { ...common, interval: positiveDuration() }],
  [
    'exponential',
    {
      ...common,
      interval: positiveDuration(),
      maxInterval: positiveDuration(),
      delayFactor: z.number().positive().default(2),
    },
  ],
  ['random', { ...common, minInterval: duration(), maxInterval: positiveDuration() }],
]);

/** Each pair: the first must be shorter than the second, where both are there. */
const rules: readonly (readonly [string, string])[] = [
  ['interval', 'maxDuration'],
  ['interval', 'maxInterval'],
  ['minInterval', 'maxInterval'],
  ['minInterval', 'maxDuration'],
  ['maxInterval', 'maxDuration'],
];

export function readRetry(
  node: Node | undefined,
  path: DocumentPath,
  report: Report,
): Retry | undefined {
  if (node === undefined) return undefined;
  if (node.type !== 'map') {
    report.error(path, { code: 'wrong-type', expected: 'a map', found: kindOf(node) });
    return undefined;
  }
  const type = textOf(child(node, 'type'));
  if (type === undefined) {
    report.error(path, { code: 'missing-property', name: 'type', owner: '`retry`' });
    return undefined;
  }
  const shape = shapes.get(type.toLowerCase());
  if (shape === undefined) {
    const allowed = [...shapes.keys()];
    const suggestion = nearest(type, allowed);
    report.error([...path, 'type'], { code: 'unknown-value', value: type, allowed, suggestion });
    return undefined;
  }
  const read = checkProperties(shape, node, { path, owner: '`retry`' }, report);
  if (read === undefined || !keepsRules(read, path, report)) return undefined;
  return compiled(type.toLowerCase(), read);
}

function keepsRules(
  read: Readonly<Record<string, unknown>>,
  path: DocumentPath,
  report: Report,
): boolean {
  let kept = true;
  for (const [name, other] of rules) {
    const [value, bound] = [read[name], read[other]];
    if (typeof value !== 'string' || typeof bound !== 'string') continue;
    if (ms(value) < ms(bound)) continue;
    report.error([...path, name], { code: 'not-less-than', name, other, value });
    kept = false;
    // One broken rule says enough about a property.
    break;
  }
  return kept;
}

function compiled(type: string, read: Readonly<Record<string, unknown>>): Retry {
  const maxAttempts = read['maxAttempts'] ?? read['maxAttempt'];
  const shared = {
    ...(typeof maxAttempts === 'number' ? { maxAttempts } : {}),
    ...(read['maxDuration'] === undefined ? {} : { maxDurationMs: ms(read['maxDuration']) }),
    ...(read['warningOnRetry'] === true ? { warningOnRetry: true } : {}),
    ...(read['behavior'] === 'CREATE_NEW_EXECUTION' ? { newExecution: true } : {}),
  };
  switch (type) {
    case 'constant':
      return { ...shared, type, intervalMs: ms(read['interval']) };
    case 'exponential':
      return {
        ...shared,
        type,
        intervalMs: ms(read['interval']),
        maxIntervalMs: ms(read['maxInterval']),
        delayFactor: Number(read['delayFactor']),
      };
    default:
      return {
        ...shared,
        type: 'random',
        minIntervalMs: ms(read['minInterval']),
        maxIntervalMs: ms(read['maxInterval']),
      };
  }
}

function ms(text: unknown): number {
  return durationMs(String(text)) ?? 0;
}
