/** Finds the expressions of a compiled flow, each with its place in the document. */
import type { Flow, Input, Json, Task } from '../engine/flow.ts';
import { ancestorsOf, type Place, placesOf } from '../engine/tree.ts';
import type { Trigger } from '../engine/trigger.ts';
import { references } from '../expression/references.ts';
import { child, type DocumentPath, type MapNode, nodeAt, toJson } from '../flow/node.ts';
import type { FlowDocument } from '../flow/read.ts';
import type { Mention } from './chain.ts';
import { valueAt } from './opening.ts';
import type { Position } from './variables.ts';

export interface Found {
  readonly text: string;
  readonly path: DocumentPath;
  readonly side: 'key' | 'value';
  readonly position: Position;
  readonly guards: readonly Mention[];
  /** Set for what is read as true or false. */
  readonly condition?: Condition;
}

interface Condition {
  /** How the flow calls it. */
  readonly name: string;
  /** White space around the rendered text does not count. */
  readonly trims: boolean;
}

export function* expressionsOf(flow: Flow, document: FlowDocument): Iterable<Found> {
  for (const place of placesOf(flow)) {
    const path = document.tasks.get(place.task.id);
    if (path !== undefined) yield* expressionsOfTask(place, path, document);
  }
  const outputs = pathsById(mapsIn(document.root, 'outputs', []));
  for (const output of flow.outputs) {
    const path = outputs.get(output.id);
    if (path === undefined) continue;
    const about = { position: { type: 'outputs' as const }, guards: [] };
    for (const text of textsIn(output.value, [...path, 'value'])) yield { ...text, ...about };
  }
  yield* expressionsOfPolicies(flow, document);
  const inputs = inputPaths(document.root);
  for (const input of flow.inputs) {
    const path = inputs.get(input.id);
    if (path !== undefined) yield* expressionsOfInput(input, path);
  }
  const triggers = mapsIn(document.root, 'triggers', []);
  for (const trigger of flow.triggers ?? []) {
    const declared = triggers.find(({ id }) => id === trigger.id);
    if (declared !== undefined) yield* expressionsOfTrigger(trigger, declared);
  }
}

/** What is rendered of a trigger beside `when`, before or when it fires. */
const renderedOfTriggers = [
  'conditions',
  'dependsOn',
  'inputs',
  'key',
  'labels',
  'preconditions',
  'scheduleConditions',
];

function* expressionsOfTrigger(trigger: Trigger, { node, path }: Declared): Iterable<Found> {
  const about = { position: { type: 'trigger' as const, trigger }, guards: [] };
  if (trigger.when !== undefined) {
    const at = { path: [...path, 'when'], side: 'value' as const };
    yield { text: trigger.when, ...at, ...about, condition: { name: 'when', trims: true } };
  }
  for (const name of renderedOfTriggers) {
    const value = child(node, name);
    if (value === undefined) continue;
    for (const text of textsIn(toJson(value), [...path, name])) yield { ...text, ...about };
  }
}

/** Compiled lists have an entry for each of the document. */
function* expressionsOfPolicies(flow: Flow, { root }: FlowDocument): Iterable<Found> {
  for (const [index, { when: text }] of (flow.checks ?? []).entries()) {
    const node = nodeAt(root, ['checks', index]);
    const name = node?.type === 'map' && child(node, 'when') === undefined ? 'condition' : 'when';
    const path = ['checks', index, name];
    yield { text, path, side: 'value', position: { type: 'checks' }, guards: [] };
  }
  for (const [index, sla] of (flow.sla ?? []).entries()) {
    if (sla.type !== 'EXECUTION_ASSERTION') continue;
    const path = ['sla', index, 'assert'];
    const condition = { name: 'assert', trims: true };
    const about = { position: { type: 'outputs' }, guards: [], condition } as const;
    yield { text: sla.assert, path, side: 'value', ...about };
  }
}

function* expressionsOfTask(
  place: Place,
  path: DocumentPath,
  document: FlowDocument,
): Iterable<Found> {
  const { task } = place;
  const position: Position = { type: 'task', place };
  const around = ancestorsOf(place).flatMap((flowable) => asksFor(flowable.task));
  if (task.runIf !== undefined) {
    const name = conditionName(document.root, path);
    const at = { path: [...path, name], side: 'value' as const };
    yield { text: task.runIf, ...at, position, guards: around, condition: { name, trims: true } };
  }
  // Whether it runs at all is asked before the rest is rendered.
  const guards = [...around, ...mentions(task.runIf)];
  if (task.timeout !== undefined) {
    yield { text: task.timeout, path: [...path, 'timeout'], side: 'value', position, guards };
  }
  for (const [name, kind] of Object.entries(task.conversions)) {
    const steps = name.split('.');
    const value = valueAt(task.properties, steps);
    if (value === undefined || (typeof value !== 'string' && isRenderedAsText(kind))) continue;
    const isCondition = name === 'condition' && typeof value === 'string';
    const at = steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    for (const text of textsIn(value, [...path, ...at])) {
      yield {
        ...text,
        position,
        guards,
        ...(isCondition && { condition: { name, trims: false } }),
      };
    }
  }
}

function isRenderedAsText(kind: Task['conversions'][string]): boolean {
  return kind === 'text' || kind === 'duration';
}

/** What a flowable asks before its tasks run: its `runIf`, and the condition or value it opens by. */
function asksFor(task: Task): readonly Mention[] {
  const names = Object.keys(task.conversions);
  const properties = names.flatMap((name) => {
    const value = valueAt(task.properties, name.split('.'));
    return typeof value === 'string' ? mentions(value) : [];
  });
  return [...mentions(task.runIf), ...properties];
}

function mentions(text: string | undefined): readonly Mention[] {
  if (text === undefined) return [];
  return references(text).map(({ root, path }) => (root === '*' ? [null] : [root, ...path]));
}

/** `when` is the name of `runIf` from 2.0 on. */
function conditionName(root: MapNode, path: DocumentPath): string {
  const node = nodeAt(root, path);
  return node?.type === 'map' && child(node, 'runIf') === undefined ? 'when' : 'runIf';
}

function* expressionsOfInput(input: Input, path: DocumentPath): Iterable<Found> {
  const about = { position: { type: 'input' as const, input }, guards: [] };
  const { dependsOn, expression } = input.rules;
  if (input.defaults !== undefined) {
    for (const text of textsIn(input.defaults, [...path, 'defaults'])) yield { ...text, ...about };
  }
  if (typeof expression === 'string') {
    yield { text: expression, path: [...path, 'expression'], side: 'value', ...about };
  }
  const condition = valueAt(dependsOn ?? null, ['condition']);
  if (typeof condition === 'string') {
    const at = [...path, 'dependsOn', 'condition'];
    yield { text: condition, path: at, side: 'value', ...about };
  }
}

interface Text {
  readonly text: string;
  readonly path: DocumentPath;
  readonly side: 'key' | 'value';
}

/** Keys are rendered too. */
function* textsIn(value: Json, path: DocumentPath): Iterable<Text> {
  if (typeof value === 'string') {
    if (value.includes('{')) yield { text: value, path, side: 'value' };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsIn(item, [...path, index]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key.includes('{')) yield { text: key, path: [...path, key], side: 'key' };
      yield* textsIn(item, [...path, key]);
    }
  }
}

interface Declared {
  readonly id: string;
  readonly node: MapNode;
  readonly path: DocumentPath;
}

function mapsIn(map: MapNode, name: string, path: DocumentPath): readonly Declared[] {
  const list = child(map, name);
  if (list?.type !== 'list') return [];
  return list.items.flatMap((node, index) => {
    if (node.type !== 'map') return [];
    const id = child(node, 'id') ?? child(node, 'name');
    if (id?.type !== 'scalar') return [];
    return [{ id: id.text, node, path: [...path, name, index] }];
  });
}

/** Where the inputs of the document stand, by their full ids: those of a form have its id in front. */
export function inputPaths(root: MapNode): ReadonlyMap<string, DocumentPath> {
  const unfold = ({ id, node, path }: Declared): readonly Declared[] => [
    { id, node, path },
    ...mapsIn(node, 'inputs', path).flatMap((inner) =>
      unfold({ ...inner, id: `${id}.${inner.id}` }),
    ),
  ];
  return pathsById(mapsIn(root, 'inputs', []).flatMap(unfold));
}

function pathsById(declared: readonly Declared[]): ReadonlyMap<string, DocumentPath> {
  return new Map(declared.map(({ id, path }) => [id, path]));
}
