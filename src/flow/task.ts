/**
 * One task of the document, checked and compiled, with everything below it.
 *
 * Checking goes on where it can after an issue, so that one reading finds as many as possible: the
 * children of a task of unknown type are checked too.
 */
import type { Branches, Fan, Json, LogLevel, Task } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import { canonicalType } from '../tasks/aliases.ts';
import type { ChildList, Flowable, TaskDefinition } from '../tasks/define.ts';
import { findTask, isTaskType, taskTypes } from '../tasks/registry.ts';
import { checkProperties, textProperty } from './check.ts';
import { conversionsOf } from './conversions.ts';
import { readInputs } from './declarations.ts';
import { checkGraph } from './graph.ts';
import { durationMs, isTemplate } from './duration.ts';
import { nearestType } from './nearest.ts';
import {
  child,
  nodeAt,
  textOf,
  toJson,
  without,
  type DocumentPath,
  type MapNode,
  type Node,
  type Place,
} from './node.ts';
import { kindOf, type Report } from './report.ts';
import { readsOf } from './reads.ts';
import { readRetry } from './retry.ts';
import { shapeOf, type Shape } from './schema.ts';
import { commonNames, commonShape, deepUnset, reportUnsupported } from './task-common.ts';

export interface TaskReader {
  readonly report: Report;
  /** Ids over all nesting levels, with the place of the first. */
  readonly ids: Map<string, Place>;
  /** Where each task stands in the document, by its id. */
  readonly paths: Map<string, DocumentPath>;
}

/** The tasks of a list that are not disabled. */
export async function readTasks(
  node: Node,
  path: DocumentPath,
  reader: TaskReader & { readonly mayBeEmpty?: boolean },
): Promise<readonly Task[]> {
  const { report } = reader;
  if (node.type !== 'list') {
    report.error(path, { code: 'wrong-type', expected: 'a list of tasks', found: kindOf(node) });
    return [];
  }
  if (node.items.length === 0 && reader.mayBeEmpty !== true) {
    report.error(path, { code: 'empty-list', name: String(path.at(-1)) }, 'key');
  }
  const tasks: Task[] = [];
  for (const [index, item] of node.items.entries()) {
    const task = await readTask(item, [...path, index], reader);
    if (task !== undefined) tasks.push(task);
  }
  return tasks;
}

/** Undefined for a disabled task, and for one with issues. */
async function readTask(
  node: Node,
  path: DocumentPath,
  reader: TaskReader,
): Promise<Task | undefined> {
  const { report } = reader;
  if (node.type !== 'map') {
    report.error(path, { code: 'wrong-type', expected: 'a task', found: kindOf(node) });
    return undefined;
  }
  const definition = await findDefinition(node, path, report);
  const owner = ownerName(node);
  claimId(node, path, reader);

  const lists = definition === undefined ? guessedLists(node) : childLists(definition, node);
  const branches = await readBranches(lists, { node, path, owner }, reader);
  const shape: Shape = definition === undefined ? {} : shapeOf(definition);
  // A task type may give a common name a meaning of its own; then its schema decides.
  const ours = new Set([...commonNames].filter((name) => !Object.hasOwn(shape, name)));
  const common = checkProperties(commonShape, pick(node, ours), { path, owner }, report);
  const retry = readRetry(child(node, 'retry'), [...path, 'retry'], report);
  reportUnsupported(node, path, { report, definition });
  if (definition === undefined) return undefined;

  const missing = (definition.unsupported ?? []).filter((name) => child(node, name) !== undefined);
  for (const name of missing) {
    report.error([...path, name], { code: 'unsupported', name: `${owner}.${name}` }, 'key');
  }
  const own = deepUnset(without(node, new Set([...ours, ...missing])), lists, shape);
  const written = checkProperties(shape, own, { path, owner }, report);
  const properties = written && withInputs(written, definition, { node, path, report });
  if (common === undefined || properties === undefined || common['disabled'] === true) {
    return undefined;
  }
  const conversions = conversionsOf(shape, properties);
  const shared = settings(common, definition);
  const reads = readsOf([properties, shared.runIf ?? null, shared.timeout ?? null]);
  const task = {
    id: textProperty(common, 'id'),
    type: definition.type,
    properties,
    conversions,
    ...shared,
    ...(reads.length > 0 && { reads }),
    ...(retry === undefined ? {} : { retry }),
  };
  if (definition.kind === 'runnable') {
    const { changes, sealedOutputs } = definition;
    return { ...task, ...(changes && { changes }), ...(sealedOutputs && { sealedOutputs }) };
  }
  const { parts } = definition;
  const whole = parts
    ? { ...(definition.ended ? task : holder(task)), branches: parts({ ...task, branches }) }
    : { ...task, branches };
  const fan = task.runIf === undefined ? fixedFan(definition, whole) : undefined;
  return {
    ...whole,
    ...(definition.sharesDirectory && { sharesDirectory: true }),
    ...(definition.loop && { loop: definition.loop }),
    ...(fan === undefined ? {} : { fan }),
    ...(definition.ended && { asks: true }),
  };
}

/** A task that is made of others leaves all its properties to them. */
function holder({ reads: _, ...task }: Task): Task {
  return { ...task, properties: {}, conversions: {} };
}

/** A property that declares inputs is compiled as those of a flow are. */
function withInputs(
  properties: Record<string, Json>,
  definition: TaskDefinition,
  at: { readonly node: MapNode; readonly path: DocumentPath; readonly report: Report },
): Record<string, Json> {
  const name = definition.kind === 'flowable' ? definition.declaresInputs : undefined;
  const declared = name === undefined ? undefined : child(at.node, name);
  if (name === undefined || declared === undefined) return properties;
  const inputs = readInputs(declared, [...at.path, name], at.report);
  return { ...properties, [name]: inputs as unknown as Json };
}

async function findDefinition(
  node: MapNode,
  path: DocumentPath,
  report: Report,
): Promise<TaskDefinition | undefined> {
  const found = child(node, 'type');
  // A missing or wrongly typed `type` is reported with the other common properties.
  const type = textOf(found);
  if (type === undefined) return undefined;
  const definition = isTaskType(type) ? await findTask(type) : undefined;
  if (definition === undefined) {
    const suggestion = nearestType(canonicalType(type), taskTypes);
    report.error([...path, 'type'], { code: 'unknown-task-type', type, suggestion });
  }
  return definition;
}

function ownerName(node: MapNode): string {
  const type = textOf(child(node, 'type'));
  return type === undefined ? 'a task' : type.slice(type.lastIndexOf('.') + 1);
}

function claimId(node: MapNode, path: DocumentPath, { report, ids, paths }: TaskReader): void {
  const idNode = child(node, 'id');
  if (idNode?.type !== 'scalar') return;
  const first = ids.get(idNode.text);
  if (first === undefined) {
    ids.set(idNode.text, idNode.at);
    paths.set(idNode.text, path);
  } else {
    const facts = { id: idNode.text, of: 'task', firstLine: first.line } as const;
    report.error([...path, 'id'], { code: 'duplicate-id', ...facts });
  }
}

const handlerLists: readonly ChildList[] = [
  { branch: 'errors', at: ['errors'], required: false },
  { branch: 'finally', at: ['finally'], required: false },
];

function childLists(definition: TaskDefinition, node: MapNode): readonly ChildList[] {
  if (definition.kind === 'runnable') return [];
  const task = toJson(node) as Readonly<Record<string, unknown>>;
  return [...definition.children(task), ...handlerLists];
}

/** Where a task of unknown type would most likely have its children. */
function guessedLists(node: MapNode): readonly ChildList[] {
  const lists = [{ branch: 'tasks', at: ['tasks'], required: false }, ...handlerLists];
  return lists.filter(({ at }) => {
    const found = nodeAt(node, at);
    return found?.type === 'list' && found.items.every(looksLikeTask);
  });
}

function looksLikeTask(node: Node): boolean {
  return node.type === 'map' && (node.entries.has('type') || node.entries.has('id'));
}

async function readBranches(
  lists: readonly ChildList[],
  parent: { readonly node: MapNode; readonly path: DocumentPath; readonly owner: string },
  reader: TaskReader,
): Promise<Branches> {
  const branches: Record<string, readonly Task[]> = {};
  for (const { branch, at, required, after, runnableOnly } of lists) {
    const found = nodeAt(parent.node, at);
    const path = [...parent.path, ...at];
    if (found === undefined || (found.type === 'scalar' && found.value === null)) {
      const name = String(at.at(-1));
      if (required) {
        const facts = { code: 'missing-property', name, owner: parent.owner } as const;
        reader.report.error(path.slice(0, -1), facts);
      }
      continue;
    }
    const tasks = await readChildren(found, path, { ...reader, mayBeEmpty: !required });
    if (runnableOnly) checkRunnable(tasks, parent.owner, reader);
    const placed = after === undefined ? tasks : tasks.map((task) => ({ ...task, after }));
    branches[branch] = [...(branches[branch] ?? []), ...placed];
  }
  checkGraph(lists, parent, reader.report);
  return branches;
}

function checkRunnable(tasks: readonly Task[], owner: string, { paths, report }: TaskReader): void {
  for (const { id, branches } of tasks) {
    const path = paths.get(id);
    if (branches && path) report.error([...path, 'type'], { code: 'not-runnable', owner });
  }
}

/** A list of tasks, or a place for exactly one. */
async function readChildren(
  node: Node,
  path: DocumentPath,
  reader: TaskReader & { readonly mayBeEmpty: boolean },
): Promise<readonly Task[]> {
  if (node.type !== 'map') return readTasks(node, path, reader);
  const task = await readTask(node, path, reader);
  return task === undefined ? [] : [task];
}

function pick(node: MapNode, names: ReadonlySet<string>): MapNode {
  const others = [...node.entries.keys()].filter((key) => !names.has(key));
  return without(node, new Set(others));
}

type Settings = Pick<
  Task,
  | 'runIf'
  | 'timeout'
  | 'allowFailure'
  | 'allowWarning'
  | 'logLevel'
  | 'logToFile'
  | 'lane'
  | 'cache'
  | 'runOnce'
>;

function settings(common: Readonly<Record<string, Json>>, definition: TaskDefinition): Settings {
  const runIf = common['runIf'] ?? common['when'];
  const timeout = definition.kind === 'runnable' ? common['timeout'] : undefined;
  const isLong =
    definition.kind === 'runnable' &&
    (typeof timeout === 'string' ? needsLongLane(timeout) : definition.lane === 'long');
  return {
    ...(typeof runIf === 'string' && runIf !== 'true' ? { runIf } : {}),
    ...(typeof timeout === 'string' ? { timeout } : {}),
    ...(common['allowFailure'] === true || allowsFailure(definition) ? { allowFailure: true } : {}),
    ...(common['allowWarning'] === true ? { allowWarning: true } : {}),
    ...(common['logLevel'] === undefined ? {} : { logLevel: common['logLevel'] as LogLevel }),
    ...(common['logToFile'] === true ? { logToFile: true } : {}),
    ...(isLong ? { lane: 'long' as const } : {}),
    ...runnableSettings(common, definition),
  };
}

function runnableSettings(
  { taskCache, runOnce }: Readonly<Record<string, Json>>,
  definition: TaskDefinition,
): Pick<Task, 'cache' | 'runOnce'> {
  if (definition.kind === 'flowable') return {};
  const { enabled, ttl } = (taskCache ?? {}) as { enabled?: boolean; ttl?: string };
  const ttlMs = ttl === undefined ? undefined : durationMs(ttl);
  const isCached = enabled === true && definition.isNeverCached !== true;
  return {
    ...(isCached ? { cache: ttlMs === undefined ? {} : { ttlMs } } : {}),
    ...(runOnce === true ? { runOnce } : {}),
  };
}

/** What a time-out renders to is not known here, so the lane with more room is taken. */
function needsLongLane(timeout: string): boolean {
  return isTemplate(timeout) || (durationMs(timeout) ?? 0) > limits.fastLaneMs;
}

/** How a flowable opens when nothing in it has to be rendered first. */
function fixedFan(
  definition: Flowable,
  { properties, conversions, branches }: Pick<Task, 'properties' | 'conversions' | 'branches'>,
): Fan | undefined {
  if (definition.ended) return undefined;
  const rendered = Object.keys(conversions).map((path) => path.split('.')[0] ?? path);
  if (rendered.some((name) => holdsTemplate(properties[name] ?? null))) return undefined;
  // Text that becomes something else (a duration, say) is converted by the step that opens it.
  const needsConversion = Object.values(conversions).some((kind) => kind === 'duration');
  if (needsConversion) return undefined;
  try {
    const opening = { resumed: undefined, round: 0, ...notYet };
    const opened = definition.open(properties, new Set(Object.keys(branches ?? {})), opening);
    if (opened instanceof Promise) return undefined;
    return opened.outputs === undefined && !opened.failure ? opened.fan : undefined;
  } catch {
    // It will fail the same way when it runs, and the failure belongs into the execution.
    return undefined;
  }
}

const later = () => Promise.reject(new Error('there is nothing of it before it runs'));
const none: AsyncIterable<never> = { [Symbol.asyncIterator]: () => ({ next: later }) };
/** In place of what a flowable asks for when it opens. */
export const notYet = {
  readFile: later,
  directory: { path: later, restore: later, keep: later },
  namespace: '',
  namespaceFiles: { list: () => none, get: later, put: later, delete: later },
  holdAll: later,
};

function holdsTemplate(value: Json): boolean {
  if (typeof value === 'string') return isTemplate(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsTemplate);
}

function allowsFailure(definition: TaskDefinition): boolean {
  return definition.kind === 'flowable' && definition.allowsFailure === true;
}
