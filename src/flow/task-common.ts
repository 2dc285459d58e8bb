/** The properties that every task has, whatever its type. */
import { logLevels } from '../engine/flow.ts';
import type { ChildList, TaskDefinition } from '../tasks/define.ts';
import { positiveDuration } from './duration-schema.ts';
import { durationMs, isTemplate } from './duration.ts';
import {
  child,
  listNode,
  mapNode,
  without,
  type DocumentPath,
  type MapNode,
  type Node,
} from './node.ts';
import type { Report } from './report.ts';
import { z, type Shape } from './schema.ts';

const idPattern = /^[a-zA-Z0-9][a-zA-Z0-9_-]*$/;
const idWords = 'is not allowed: letters, digits, "_" and "-" are, the first two in front';

export const commonShape: Shape = {
  id: z.string().max(256).regex(idPattern, idWords),
  type: z.string().min(1),
  version: z.string().optional(),
  description: z.string().optional(),
  /** Read by `readRetry`, which knows its rules. */
  retry: z.unknown().optional(),
  timeout: z
    .string()
    .check((context) => {
      if (isTemplate(context.value) || durationMs(context.value) !== undefined) return;
      context.issues.push({ code: 'invalid_format', format: 'duration', input: context.value });
    })
    .optional(),
  disabled: z.boolean().default(false),
  runIf: z.string().optional(),
  /** The name of `runIf` from 2.0 on. */
  when: z.string().optional(),
  allowFailure: z.boolean().default(false),
  allowWarning: z.boolean().default(false),
  logLevel: z.enum(logLevels).optional(),
  logToFile: z.boolean().optional(),
  workerGroup: z.unknown().optional(),
  workerSelector: z.unknown().optional(),
  taskCache: z.object({ enabled: z.boolean(), ttl: positiveDuration().optional() }).optional(),
  /** Ours: at most one run per attempt, also where a worker crashes. */
  runOnce: z.boolean().default(false),
  assets: z.unknown().optional(),
};

export const commonNames: ReadonlySet<string> = new Set(Object.keys(commonShape));

/** Kestra's open edition refuses them, as an execution would not do what they ask for. */
const enterpriseOnly = ['assets', 'workerGroup'];
const runnableOnly = ['timeout', 'taskCache', 'runOnce'];

export function reportUnsupported(
  node: MapNode,
  path: DocumentPath,
  {
    report,
    definition,
  }: { readonly report: Report; readonly definition?: TaskDefinition | undefined },
): void {
  for (const name of enterpriseOnly) {
    if (child(node, name) === undefined) continue;
    report.error([...path, name], { code: 'enterprise-only', name }, 'key');
  }
  if (child(node, 'workerSelector') !== undefined) reportNoWorkers(path, 'workerSelector', report);
  const [names, reason] = withoutEffect(definition);
  for (const name of names) {
    if (child(node, name) === undefined) continue;
    report.warning([...path, name], { code: 'no-effect', name, reason }, 'key');
  }
}

function withoutEffect(definition: TaskDefinition | undefined): [readonly string[], string] {
  if (definition?.kind === 'flowable') return [runnableOnly, 'the task only runs other tasks'];
  const isNeverCached = definition?.isNeverCached === true;
  return [isNeverCached ? ['taskCache'] : [], 'what the task does is not in its outputs'];
}

/** Accepted by 2.0 in every edition. */
export function reportNoWorkers(path: DocumentPath, name: string, report: Report): void {
  const reason = 'there are no workers to choose from';
  report.warning([...path, name], { code: 'no-effect', name, reason }, 'key');
}

/**
 * The task without its lists of children. Where a list stands deeper (`cases.a`), the rest of the
 * property it stands in stays for the task's schema, if that knows it.
 */
export function deepUnset(node: MapNode, lists: readonly ChildList[], shape: Shape): MapNode {
  let result = node;
  for (const { at } of lists) {
    const [first = ''] = at;
    const isDeclared = Object.hasOwn(shape, String(first));
    result =
      at.length === 1 || !isDeclared
        ? without(result, new Set([String(first)]))
        : (unset(result, at) as MapNode);
  }
  return result;
}

function unset(node: Node, at: readonly (string | number)[]): Node {
  const [step, ...rest] = at;
  if (step === undefined || node.type === 'scalar') return node;
  if (node.type === 'list') {
    return listNode(
      node.at,
      node.items.map((item, index) => (index === step ? unset(item, rest) : item)),
    );
  }
  const key = String(step);
  const entry = node.entries.get(key);
  if (entry === undefined) return node;
  if (rest.length === 0) return without(node, new Set([key]));
  return mapNode(
    node.at,
    new Map(node.entries).set(key, { ...entry, value: unset(entry.value, rest) }),
  );
}
