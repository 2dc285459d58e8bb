/**
 * Templates at rest, and flows that take their tasks from them. That is done when a flow is stored:
 * an execution pins the tasks it runs with its flow (B8). A template that is not there is found
 * missing when its task runs.
 */
import { keptBlobs, type BlobStore } from '../engine/ports.ts';
import type { Branches } from '../engine/flow.ts';
import type { ReadableFlow } from '../flow/read.ts';
import { filled, readTemplate, type Template } from '../flow/template.ts';

/** Replaces the one that is there. Bad templates come back as issues, and change nothing. */
export async function storeTemplate(
  blobs: BlobStore,
  source: string,
): Promise<Awaited<ReturnType<typeof readTemplate>>> {
  const read = await readTemplate(source);
  if (read.template) {
    const { namespace, id } = read.template;
    const stored = JSON.stringify({ source, ...read.template });
    await blobs.put(keyOf(namespace, id), Buffer.from(stored));
  }
  return read;
}

/** Properties of a Template task, checked by the flow reader. */
interface Named {
  readonly namespace: string;
  readonly templateId: string;
}

type Filled = { readonly flow: ReadableFlow } | { readonly flow?: never; readonly reason: string };

/** Templates may name others; two that give a task the same id cannot be in one flow. */
export async function withTemplates(blobs: BlobStore, flow: ReadableFlow): Promise<Filled> {
  const taken: string[] = [];
  const fill = (branches: Branches, around: readonly string[]): Promise<Branches> =>
    filled(branches, async ({ properties }) => {
      const { namespace, templateId } = properties as unknown as Named;
      const key = keyOf(namespace, templateId);
      const bytes = around.includes(key) ? undefined : await blobs.get(key);
      if (!bytes) return undefined;
      const { tasks } = JSON.parse(Buffer.from(bytes).toString()) as Template;
      taken.push(key);
      return (await fill({ tasks }, [...around, key]))['tasks'];
    });
  const branches = await fill(flow.branches, []);
  if (taken.length === 0) return { flow };
  const twice = repeated(idsOf(branches));
  if (twice === undefined) return { flow: { ...flow, branches } };
  return { reason: `With its templates the flow has two tasks called "${twice}"` };
}

function keyOf(namespace: string, id: string): string {
  return `${keptBlobs}templates/${namespace}/${id}`;
}

function* idsOf(branches: Branches): Iterable<string> {
  for (const task of Object.values(branches).flat()) {
    yield task.id;
    if (task.branches) yield* idsOf(task.branches);
  }
}

function repeated(ids: Iterable<string>): string | undefined {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) return id;
    seen.add(id);
  }
  return undefined;
}
