/** `retry` of a task or a flow: its three forms, their rules, and milliseconds for the engine. */
import type { Retry } from '../engine/flow.ts';
import { checkProperties } from './check.ts';
import { durationMs } from './duration.ts';
import { nearest } from './nearest.ts';
import { child, textOf, type DocumentPath, type Node } from './node.ts';
import { kindOf, type Report } from './report.ts';
import { z, type Shape } from './schema.ts';

const duration = (): z.ZodType<string> =>
  z.string().check((context) => {
    if (durationMs(context.value) !== undefined) return;
    context.issues.push({ code: 'invalid_format', format: 'duration', input: context.value });
  });

const positive = (): z.ZodType<string> =>
  duration().check((context) => {
    const ms = durationMs(context.value);
    if (ms === undefined || ms > 0) return;
    context.issues.push({
      code: 'custom',
      message: 'must be longer than nothing',
      input: context.value,
    });
  });

const attempts = () => z.int().min(1).optional();
const common = {
  type: z.string(),
  maxAttempts: attempts(),
  /** The spelling of old releases. */
  maxAttempt: attempts(),
  maxDuration: positive().optional(),
  warningOnRetry: z.boolean().default(false),
  behavior: z.enum(['RETRY_FAILED_TASK', 'CREATE_NEW_EXECUTION']).default('RETRY_FAILED_TASK'),
};

const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['constant', { ...common, interval: positive() }],
  [
    'exponential',
    {
      ...common,
      interval: positive(),
      maxInterval: positive(),
      delayFactor: z.number().positive().default(2),
    },
  ],
  ['random', { ...common, minInterval: duration(), maxInterval: positive() }],
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
