/**
 * What a Flow trigger waits for from more than one execution: `MultipleCondition`, `preconditions` and
 * `dependsOn`, with their windows. All become `Dependencies`.
 */
import type { Json } from '../engine/flow.ts';
import type { State } from '../engine/states.ts';
import {
  type Condition,
  type Dependencies,
  type Dependency,
  filterFields,
  filterTypes,
  type Filter,
  type FilterField,
} from '../engine/trigger.ts';
import { checkProperties, textProperty } from './check.ts';
import { labels, labelsOf, readCondition } from './conditions.ts';
import { mapsOf } from './declarations.ts';
import { isRegex, notRegex } from './input-shapes.ts';
import { child, type DocumentPath, type MapNode, without } from './node.ts';
import { kindOf, type Report } from './report.ts';
import { z, type Shape } from './schema.ts';
import { readTimeWindow, readWindow, shortWindow } from './trigger-windows.ts';
import { state } from './trigger-values.ts';

/** `resetOnSuccess` is true unless it says otherwise. */
function after(resetOnSuccess: Json | undefined): Dependencies['onceFired'] {
  return resetOnSuccess === false ? 'stay' : 'reset';
}

const multipleShape: Shape = {
  type: z.string(),
  id: z.string().min(1),
  ...shortWindow,
  timeWindow: z.unknown().optional(),
  resetOnSuccess: z.boolean().optional(),
};

export function readMultipleCondition(
  node: MapNode,
  path: DocumentPath,
  report: Report,
): Dependencies | undefined {
  const owner = 'MultipleCondition';
  const own = without(node, new Set(['conditions']));
  const read = checkProperties(multipleShape, own, { path, owner }, report);
  const conditions = child(node, 'conditions');
  const at = [...path, 'conditions'];
  const of: Dependency[] = [];
  if (conditions === undefined) {
    report.error(path, { code: 'missing-property', name: 'conditions', owner });
  } else if (conditions.type !== 'map') {
    report.error(at, { code: 'wrong-type', expected: 'a map', found: kindOf(conditions) });
  } else {
    for (const [id, { value }] of conditions.entries) {
      if (value.type !== 'map') {
        report.error([...at, id], { code: 'wrong-type', expected: 'a map', found: kindOf(value) });
        continue;
      }
      const condition = readCondition(value, [...at, id], report);
      if (condition !== undefined) of.push({ id, conditions: [condition] });
    }
  }
  const window = readTimeWindow(node, path, report);
  if (read === undefined || window === undefined) return undefined;
  const onceFired = after(read['resetOnSuccess']);
  return { id: textProperty(read, 'id'), of, needed: of.length, window, onceFired };
}

const preconditionsShape: Shape = {
  id: z.string().min(1),
  resetOnSuccess: z.boolean().optional(),
  timeWindow: z.unknown().optional(),
  flows: z.unknown().optional(),
  where: z.unknown().optional(),
};

const upstreamShape: Shape = {
  namespace: z.string().optional(),
  flowId: z.string().optional(),
  states: z.array(state).optional(),
  labels: labels.optional(),
};

export function readPreconditions(
  node: MapNode,
  path: DocumentPath,
  report: Report,
): Dependencies | undefined {
  const read = checkProperties(
    preconditionsShape,
    node,
    { path, owner: '`preconditions`' },
    report,
  );
  const of = [...readUpstream(node, path, report), ...readWhere(node, path, report)];
  const window = readTimeWindow(node, path, report);
  if (read === undefined || window === undefined) return undefined;
  const onceFired = after(read['resetOnSuccess']);
  return { id: textProperty(read, 'id'), of, needed: of.length, window, onceFired };
}

function readUpstream(node: MapNode, path: DocumentPath, report: Report): readonly Dependency[] {
  const owner = 'a flow of the preconditions';
  return mapsOf(child(node, 'flows'), [...path, 'flows'], report).flatMap(({ item, path: at }) => {
    const read = checkProperties(upstreamShape, item, { path: at, owner }, report);
    // By what it asks for: an edit of the flow that moves it keeps what was gathered.
    return read === undefined ? [] : [named(upstreamConditions(read))];
  });
}

function upstreamConditions(read: Readonly<Record<string, Json>>): readonly Condition[] {
  const { namespace, flowId, states, labels: wanted } = read;
  return [
    {
      type: 'flow',
      ...(typeof namespace === 'string' && { namespace }),
      ...(typeof flowId === 'string' && { flowId }),
    },
    ...(Array.isArray(states) ? [{ type: 'status', in: states as readonly State[] } as const] : []),
    ...(wanted === undefined ? [] : [{ type: 'labels', labels: labelsOf(wanted) } as const]),
  ];
}

function named(conditions: readonly Condition[]): Dependency {
  return { id: JSON.stringify(conditions), conditions };
}

const whereShape: Shape = {
  id: z.string().min(1),
  operand: z.enum(['AND', 'OR']).default('AND'),
  filters: z.array(z.unknown()).min(1),
};

function readWhere(node: MapNode, path: DocumentPath, report: Report): readonly Dependency[] {
  const owner = 'a condition of the preconditions';
  return mapsOf(child(node, 'where'), [...path, 'where'], report).flatMap(({ item, path: at }) => {
    const read = checkProperties(whereShape, item, { path: at, owner }, report);
    const list = child(item, 'filters');
    const maps = list?.type === 'list' ? mapsOf(list, [...at, 'filters'], report) : [];
    const filters = maps.flatMap((filter) => readFilter(filter.item, filter.path, report) ?? []);
    if (read === undefined) return [];
    const type = read['operand'] === 'OR' ? 'or' : 'and';
    return [
      { id: `where ${textProperty(read, 'id')}`, conditions: [{ type, conditions: filters }] },
    ];
  });
}

const filterShape: Shape = {
  field: z.enum(filterFields),
  type: z.enum(filterTypes),
  value: z.string().optional(),
  values: z.array(z.string()).optional(),
};

const listed: ReadonlySet<string> = new Set(['IN', 'NOT_IN']);

function readFilter(node: MapNode, path: DocumentPath, report: Report): Condition | undefined {
  const owner = 'a filter';
  const read = checkProperties(filterShape, node, { path, owner }, report);
  if (read === undefined) return undefined;
  const type = textProperty(read, 'type');
  const [wanted, other] = listed.has(type) ? ['values', 'value'] : ['value', 'values'];
  if (read[wanted] === undefined) {
    report.error(path, {
      code: 'missing-property',
      name: wanted,
      owner: `a filter of type ${type}`,
    });
  }
  if (read[other] !== undefined) {
    const reason = `cannot be set for type ${type}, which takes \`${wanted}\``;
    report.error([...path, other], { code: 'invalid-value', value: other, reason }, 'key');
  }
  const { value, values } = read;
  if (type === 'REGEX' && typeof value === 'string' && !isRegex(value)) {
    report.error([...path, 'value'], { code: 'invalid-value', value, reason: notRegex });
  }
  return {
    type: 'filter',
    field: read['field'] as FilterField,
    operator: type as Filter['operator'],
    ...(typeof value === 'string' && { value }),
    ...(Array.isArray(values) && { values: values as readonly string[] }),
  };
}

const dependencyShape: Shape = { ...upstreamShape, when: z.string().optional() };

interface DependsOn {
  readonly report: Report;
  /** Those of an entry that names none. */
  readonly states: readonly State[];
  readonly mode: string;
  readonly minSatisfied: number | undefined;
}

export function readDependsOn(
  trigger: MapNode,
  path: DocumentPath,
  about: DependsOn,
): Dependencies | undefined {
  const { report, states } = about;
  const at = [...path, 'dependsOn'];
  const of = mapsOf(child(trigger, 'dependsOn'), at, report).flatMap((entry) => {
    const subject = { path: entry.path, owner: 'a dependency' };
    const read = checkProperties(dependencyShape, entry.item, subject, report);
    if (read === undefined) return [];
    const { when } = read;
    const isTested = typeof when === 'string' && when !== 'true';
    return [
      named([
        ...upstreamConditions({ states, ...read }),
        ...(isTested ? [{ type: 'dependency', expression: when } as const] : []),
      ]),
    ];
  });
  const window = readWindow(trigger, path, report);
  const needed = neededOf(of.length, path, about);
  if (window === undefined || needed === undefined) return undefined;
  return { id: 'dependsOn', of, needed, ...window };
}

function neededOf(
  count: number,
  path: DocumentPath,
  { mode, minSatisfied, report }: DependsOn,
): number | undefined {
  if (mode !== 'AT_LEAST') return mode === 'ANY' ? Math.min(1, count) : count;
  if (minSatisfied === undefined) {
    const owner = 'a Flow trigger with mode AT_LEAST';
    report.error(path, { code: 'missing-property', name: 'minSatisfied', owner });
    return undefined;
  }
  if (minSatisfied <= count) return minSatisfied;
  const value = String(minSatisfied);
  const reason = `is more than the ${count} dependencies there are`;
  report.error([...path, 'minSatisfied'], { code: 'invalid-value', value, reason });
  return undefined;
}
