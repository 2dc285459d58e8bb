/**
 * Conditions of triggers: each type's properties, checked, and the condition it compiles to. Old
 * class names and the suffix `Condition` are the same types.
 */
import type { Json } from '../engine/flow.ts';
import { states as allStates } from '../engine/states.ts';
import type { Condition } from '../engine/trigger.ts';
import { checkProperties, textProperty } from './check.ts';
import { nearest } from './nearest.ts';
import { child, textOf, type DocumentPath, type MapNode, type Node, without } from './node.ts';
import { mapsOf } from './declarations.ts';
import type { Report } from './report.ts';
import { expression, z, type Shape } from './schema.ts';
import { dateTime, state, timeOfDay } from './trigger-values.ts';

type Read = Readonly<Record<string, Json>>;

interface ConditionType {
  readonly shape: Shape;
  compile(read: Read, inner: readonly Condition[]): Condition;
}

const date = z.string().default('{{ trigger.date }}');
const texts = z.array(state);
const days = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const positions = ['FIRST', 'LAST', 'SECOND', 'THIRD', 'FOURTH'];
/** Labels to look for: a map, or a list of key and value. */
export const labels: z.ZodType = z.union([
  z.record(z.string(), z.string()),
  z.array(z.object({ key: z.string(), value: z.string() })),
]);
/** One of these, in any case, or an expression. */
const oneOf = (allowed: readonly string[]): z.ZodType => expression(z.enum(allowed as [string]));

const expressionType: ConditionType = {
  shape: { expression: z.string() },
  compile: (read) => ({ type: 'expression', expression: textProperty(read, 'expression') }),
};

const types: Readonly<Record<string, ConditionType>> = {
  DateTimeBetween: {
    shape: { date, after: dateTime.optional(), before: dateTime.optional() },
    compile: (read) => ({ type: 'date-time-between', ...dated(read), ...some(read, bounds) }),
  },
  DayWeek: {
    shape: { date, dayOfWeek: oneOf(days) },
    compile: (read) => ({
      type: 'day-of-week',
      ...dated(read),
      day: textProperty(read, 'dayOfWeek'),
    }),
  },
  DayWeekInMonth: {
    shape: { date, dayOfWeek: oneOf(days), dayInMonth: oneOf(positions) },
    compile: (read) => ({
      type: 'day-of-week-in-month',
      ...dated(read),
      day: textProperty(read, 'dayOfWeek'),
      position: textProperty(read, 'dayInMonth'),
    }),
  },
  TimeBetween: {
    shape: { date, after: timeOfDay.optional(), before: timeOfDay.optional() },
    compile: (read) => ({ type: 'time-between', ...dated(read), ...some(read, bounds) }),
  },
  Weekend: { shape: { date }, compile: (read) => ({ type: 'weekend', ...dated(read) }) },
  Expression: expressionType,
  Variable: expressionType,
  ExecutionFlow: {
    shape: { namespace: z.string(), flowId: z.string() },
    compile: (read) => ({ type: 'flow', ...some(read, ['namespace', 'flowId']) }),
  },
  ExecutionNamespace: {
    shape: {
      namespace: z.string(),
      comparison: z.enum(['EQUALS', 'PREFIX', 'SUFFIX']).optional(),
      prefix: z.boolean().default(false),
    },
    compile: namespaceCondition,
  },
  ExecutionStatus: {
    shape: { in: texts.optional(), notIn: texts.optional() },
    compile: (read) => ({ type: 'status', ...lists(read) }),
  },
  HasRetryAttempt: {
    shape: { in: texts.optional(), notIn: texts.optional() },
    compile: (read) => ({ type: 'has-retry-attempt', ...lists(read) }),
  },
  ExecutionLabels: {
    shape: { labels },
    compile: (read) => ({ type: 'labels', labels: labelsOf(read['labels'] ?? null) }),
  },
  ExecutionOutputs: {
    shape: { expression: z.string() },
    compile: (read) => ({ type: 'outputs', expression: textProperty(read, 'expression') }),
  },
  Not: { shape: {}, compile: (_, conditions) => ({ type: 'not', conditions }) },
  Or: { shape: {}, compile: (_, conditions) => ({ type: 'or', conditions }) },
};

const bounds = ['after', 'before'];

/** The name in use today, without its folder: `ExecutionFlow`. Undefined: no condition of ours. */
function nameOf(type: string): string | undefined {
  const [, name = ''] =
    /^io\.kestra\.(?:plugin\.core\.condition|core\.models\.conditions\.types)\.(\w+)$/.exec(type) ??
    [];
  if (name === multiple) return name;
  const short = name.replace(/Condition$/, '');
  return short === holiday || Object.hasOwn(types, short) ? short : undefined;
}

const multiple = 'MultipleCondition';
/** There is no calendar of holidays here yet. */
const holiday = 'PublicHoliday';

export function isMultiple(node: MapNode): boolean {
  const type = textOf(child(node, 'type'));
  return type !== undefined && nameOf(type) === multiple;
}

/** `MultipleCondition` is read by whoever knows what it means there; anywhere else it is an error. */
function readConditions(
  node: Node | undefined,
  path: DocumentPath,
  report: Report,
): readonly Condition[] {
  return mapsOf(node, path, report).flatMap(
    ({ item, path: at }) => readCondition(item, at, report) ?? [],
  );
}

export function readCondition(
  node: MapNode,
  path: DocumentPath,
  report: Report,
): Condition | undefined {
  const type = textOf(child(node, 'type'));
  if (type === undefined) {
    report.error(path, { code: 'missing-property', name: 'type', owner: 'a condition' });
    return undefined;
  }
  const name = nameOf(type);
  if (name === multiple) {
    report.error([...path, 'type'], { code: 'misplaced-condition', name });
    return undefined;
  }
  if (name === holiday) {
    report.error([...path, 'type'], { code: 'unsupported', name });
    return undefined;
  }
  if (name === undefined) {
    const known = Object.keys(types).map((one) => `io.kestra.plugin.core.condition.${one}`);
    const suggestion = nearest(type, known);
    report.error([...path, 'type'], { code: 'unknown-condition-type', type, suggestion });
    return undefined;
  }
  return compiled(name, node, path, report);
}

/** Of every condition; whatever it is called it has no effect. */
const commonShape: Shape = { type: z.string(), id: z.string().optional() };

function compiled(
  name: string,
  node: MapNode,
  path: DocumentPath,
  report: Report,
): Condition | undefined {
  const type = types[name];
  if (type === undefined) return undefined;
  const hasInner = name === 'Not' || name === 'Or';
  const inner = hasInner
    ? readConditions(child(node, 'conditions'), [...path, 'conditions'], report)
    : [];
  if (hasInner && child(node, 'conditions') === undefined) {
    report.error(path, { code: 'missing-property', name: 'conditions', owner: name });
  }
  const own = hasInner ? without(node, new Set(['conditions'])) : node;
  const shape = { ...commonShape, ...type.shape };
  const read = checkProperties(shape, own, { path, owner: name }, report);
  if (read === undefined) return undefined;
  return type.compile(read, inner);
}

function namespaceCondition(read: Read): Condition {
  const comparison =
    (read['comparison'] as 'EQUALS' | 'PREFIX' | 'SUFFIX' | undefined) ??
    (read['prefix'] === true ? 'PREFIX' : 'EQUALS');
  return { type: 'namespace', namespace: textProperty(read, 'namespace'), comparison };
}

export function labelsOf(written: Json): Record<string, string> {
  const pairs = Array.isArray(written)
    ? (written as readonly { readonly key: string; readonly value: string }[]).map(
        ({ key, value }) => [key, value] as const,
      )
    : Object.entries(written as Readonly<Record<string, string>>);
  return Object.fromEntries(pairs);
}

function dated(read: Read): { readonly date: string } {
  return { date: textProperty(read, 'date') };
}

function some(read: Read, names: readonly string[]): Record<string, string> {
  const given = names.filter((name) => read[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, textProperty(read, name)]));
}

function lists(read: Read): { in?: typeof allStates; notIn?: typeof allStates } {
  const given = ['in', 'notIn'].filter((name) => read[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, read[name]]));
}
