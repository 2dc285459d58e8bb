/**
 * A flow's source to its compiled form, or to everything that is wrong with it.
 *
 * Issues are collected, never thrown, and each has its place in the source. The compiled flow is
 * there exactly when no issue is an error.
 */
import type { Branches, Flow, Json, Task } from '../engine/flow.ts';
import type { Trigger } from '../engine/trigger.ts';
import { findTask } from '../tasks/registry.ts';
import { readChecks, readConcurrency, readQuotas } from './admission.ts';
import { checkProperties, textProperty } from './check.ts';
import { readInputs, readOutputs } from './declarations.ts';
import { readDocument } from './document.ts';
import { describe, type Issue } from './issues.ts';
import { readLabels } from './labels.ts';
import { readListeners } from './listeners.ts';
import { nearest } from './nearest.ts';
import { child, toJson, type DocumentPath, type MapNode, type Place } from './node.ts';
import { applyPluginDefaults, type ConcreteDefault } from './plugin-defaults.ts';
import { createReport, kindOf, type Report, type ReportOptions } from './report.ts';
import { readsOf } from './reads.ts';
import { checkRecursion } from './recursion.ts';
import { readRetry } from './retry.ts';
import { shapeOf, z, type Shape } from './schema.ts';
import { readSla } from './sla.ts';
import { commonNames, reportNoWorkers } from './task-common.ts';
import { readTasks, type TaskReader } from './task.ts';

export type ReadableFlow = Omit<Flow, 'revision'>;

export interface ReadResult {
  readonly flow?: ReadableFlow;
  /** In the order of the source. */
  readonly issues: readonly Issue[];
  /** There when the flow is: what it was compiled from, for whoever looks further. */
  readonly document?: FlowDocument;
}

export interface FlowDocument {
  /** With plugin defaults applied. */
  readonly root: MapNode;
  /** Where each task stands, by its id; disabled tasks are here too. */
  readonly tasks: ReadonlyMap<string, DocumentPath>;
}

export async function readFlow(source: string, options?: ReportOptions): Promise<ReadResult> {
  const report = createReport(options);
  const document = readDocument(source, report);
  if (document === undefined) return { issues: report.issues };
  report.useRoot(document);
  if (document.type !== 'map') {
    report.error([], { code: 'not-a-flow', found: kindOf(document) });
    return { issues: report.issues };
  }
  const { root, concrete } = applyPluginDefaults(document, report);
  await checkDefaults(concrete, report);
  report.useRoot(root);
  const tasks = new Map<string, DocumentPath>();
  const flow = await readRoot(root, tasks, report);
  const issues = inOrder(report.issues);
  if (report.hasErrors || flow === undefined) return { issues };
  return { flow, issues, document: { root, tasks } };
}

/** By place, and each once: an aliased part or a default is checked wherever it is used. */
export function inOrder(issues: readonly Issue[]): readonly Issue[] {
  const byText = new Map(issues.map((issue) => [describe(issue), issue]));
  return [...byText.values()].toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function name(pattern: RegExp, letters: string, charactersMax: number): z.ZodType {
  const words = `is not allowed: ${letters}, digits, ".", "_" and "-" are, the first two in front`;
  return z.string().max(charactersMax).regex(pattern, words);
}

/** What a flow is called by, and a template. */
export const nameShape: Shape = {
  id: name(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'letters', 100),
  namespace: name(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters', 150),
};

const rootShape: Shape = {
  ...nameShape,
  revision: z.int().min(1).optional(),
  description: z.string().optional(),
  disabled: z.boolean().default(false),
  labels: z.unknown().optional(),
  inputs: z.unknown().optional(),
  outputs: z.unknown().optional(),
  variables: z.record(z.string(), z.unknown()).optional(),
  tasks: z.array(z.unknown()).min(1),
  errors: z.unknown().optional(),
  finally: z.unknown().optional(),
  afterExecution: z.unknown().optional(),
  listeners: z.unknown().optional(),
  triggers: z.unknown().optional(),
  pluginDefaults: z.unknown().optional(),
  taskDefaults: z.unknown().optional(),
  concurrency: z.unknown().optional(),
  retry: z.unknown().optional(),
  sla: z.unknown().optional(),
  checks: z.unknown().optional(),
  quotas: z.unknown().optional(),
  workerGroup: z.record(z.string(), z.unknown()).optional(),
  workerSelector: z.record(z.string(), z.unknown()).optional(),
  policyRefs: z.array(z.string()).optional(),
  // Written by the API of other engines into what they export.
  deleted: z.boolean().optional(),
  updated: z.unknown().optional(),
  source: z.unknown().optional(),
  tenantId: z.unknown().optional(),
};

async function readRoot(
  root: MapNode,
  paths: Map<string, DocumentPath>,
  report: Report,
): Promise<ReadableFlow | undefined> {
  const read = checkProperties(rootShape, root, { path: [], owner: 'the flow' }, report);
  reportEnterprise(root, report);
  const labels = readLabels(child(root, 'labels'), ['labels'], report);
  const inputs = readInputs(child(root, 'inputs'), ['inputs'], report);
  const outputs = readOutputs(child(root, 'outputs'), report);
  const retry = readRetry(child(root, 'retry'), ['retry'], report);
  const reader = { report, ids: new Map<string, Place>(), paths };
  const branches = await readBranches(root, reader);
  const listeners = await readListeners(root, reader);
  const after = [...listeners, ...(branches['afterExecution'] ?? [])];
  const policies = readPolicies(root, report);
  const triggers = await triggersOf(root, report);
  if (read === undefined) return undefined;
  const variables = child(root, 'variables');
  const reads = readsOf(outputs.map(({ value }) => value));
  const name = { id: textProperty(read, 'id'), namespace: textProperty(read, 'namespace') };
  checkRecursion({ ...name, branches }, paths, report);
  return {
    ...name,
    ...(typeof read['description'] === 'string' ? { description: read['description'] } : {}),
    ...(read['disabled'] === true ? { disabled: true } : {}),
    labels,
    inputs,
    outputs,
    variables: variables === undefined ? {} : (toJson(variables) as { [key: string]: Json }),
    ...(retry === undefined ? {} : { retry }),
    ...(reads.length > 0 && { reads }),
    ...(triggers.length > 0 && { triggers }),
    ...policies,
    branches: { ...branches, ...(after.length > 0 && { afterExecution: after }) },
  };
}

/** Loaded where there are any: they bring the library of dates. */
async function triggersOf(root: MapNode, report: Report): Promise<readonly Trigger[]> {
  if (child(root, 'triggers') === undefined) return [];
  const { readTriggers } = await import('./triggers.ts');
  return readTriggers(root, report);
}

type Policies = Pick<Flow, 'concurrency' | 'quotas' | 'checks' | 'sla'>;

function readPolicies(root: MapNode, report: Report): Policies {
  const concurrency = readConcurrency(child(root, 'concurrency'), report);
  const quotas = readQuotas(child(root, 'quotas'), report);
  const checks = readChecks(child(root, 'checks'), report);
  const sla = readSla(child(root, 'sla'), report);
  return {
    ...(concurrency && { concurrency }),
    ...(quotas.length > 0 && { quotas }),
    ...(checks.length > 0 && { checks }),
    ...(sla.length > 0 && { sla }),
  };
}

/** Accepted, so that a flow of an Enterprise Edition runs here. */
function reportEnterprise(root: MapNode, report: Report): void {
  for (const name of ['workerGroup', 'workerSelector']) {
    if (child(root, name) !== undefined) reportNoWorkers([], name, report);
  }
  if (child(root, 'policyRefs') === undefined) return;
  const facts = { name: 'policyRefs', reason: 'there are no policies to refer to' };
  report.warning(['policyRefs'], { code: 'no-effect', ...facts }, 'key');
}

async function readBranches(root: MapNode, reader: TaskReader): Promise<Branches> {
  const branches: Record<string, readonly Task[]> = {};
  for (const name of ['tasks', 'errors', 'finally', 'afterExecution']) {
    const list = child(root, name);
    // An empty or misshapen `tasks` is reported with the other properties of the flow.
    if (
      list === undefined ||
      (name === 'tasks' && (list.type !== 'list' || list.items.length === 0))
    ) {
      continue;
    }
    branches[name] = await readTasks(list, [name], { ...reader, mayBeEmpty: name !== 'tasks' });
  }
  return branches;
}

/** A default for one task type may only set what that type knows. */
async function checkDefaults(concrete: readonly ConcreteDefault[], report: Report): Promise<void> {
  for (const { type, values, path } of concrete) {
    const definition = await findTask(type);
    if (definition === undefined) continue;
    const known = new Set([...Object.keys(shapeOf(definition)), ...commonNames]);
    if (definition.kind === 'flowable') {
      for (const { at } of definition.children({})) known.add(String(at[0]));
      for (const handlers of ['errors', 'finally']) known.add(handlers);
    }
    for (const name of values.entries.keys()) {
      if (!known.has(name)) reportUnknownDefault(name, { path, type, known }, report);
    }
  }
}

function reportUnknownDefault(
  name: string,
  about: {
    readonly path: DocumentPath;
    readonly type: string;
    readonly known: ReadonlySet<string>;
  },
  report: Report,
): void {
  const suggestion = nearest(name, [...about.known]);
  const owner = about.type.slice(about.type.lastIndexOf('.') + 1);
  report.error([...about.path, name], { code: 'unknown-property', name, owner, suggestion }, 'key');
}
