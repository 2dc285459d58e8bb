/** Storing and reading flows. */
import type { Hono } from 'hono';
import type { Flow } from '../engine/flow.ts';
import { readFlow } from '../flow/read.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Api } from './app.ts';
import { readText } from './body.ts';
import { page } from './page.ts';
import { issuesOf, Problem, type ProblemIssue } from './problem.ts';

export interface Stored {
  readonly flow: Flow;
  readonly changed: boolean;
  readonly warnings: readonly ProblemIssue[];
}

/** Checks the source and stores it if it differs from the latest revision. Bad flows throw 422. */
export async function storeFlow(runtime: Runtime, source: string): Promise<Stored> {
  const { flow: compiled, issues } = await readFlow(source);
  if (!compiled) {
    const errors = issues.filter(({ severity }) => severity === 'error').length;
    const detail = `The flow has ${errors} error${errors === 1 ? '' : 's'}; nothing was stored or started.`;
    throw new Problem(422, 'invalid-flow', detail, issuesOf(issues));
  }
  const { flow, changed } = await runtime.store.putFlow(source, compiled);
  await runtime.store.settled();
  return { flow, changed, warnings: issuesOf(issues) };
}

/** The latest revision, or the one asked for; unknown flows throw 404. */
export async function findFlow(
  runtime: Runtime,
  namespace: string,
  id: string,
  revision?: number,
): Promise<{ flow: Flow; source: string }> {
  const stored = await runtime.store.readFlow(namespace, id, revision);
  if (stored) return stored;
  const which = revision === undefined ? '' : ` with revision ${revision}`;
  throw new Problem(404, 'unknown-flow', `There is no flow ${namespace}.${id}${which}.`);
}

export function revisionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new Problem(400, 'bad-query', `revision=${text} is not a revision number.`);
  }
  return Number(text);
}

export function flowRoutes(app: Hono, { runtime }: Api): void {
  app.post('/flows', async (context) => {
    const { flow, changed, warnings } = await storeFlow(runtime, await readText(context.req.raw));
    const { namespace, id, revision } = flow;
    return context.json({ namespace, id, revision, changed, warnings }, changed ? 201 : 200);
  });
  app.get('/flows', async (context) => {
    const namespace = context.req.query('namespace');
    const { items, next } = await runtime.store.listFlows({
      ...page(context.req),
      ...(namespace !== undefined && { namespace }),
    });
    return context.json({ results: items, ...(next !== undefined && { next }) });
  });
  app.get('/flows/:namespace/:id', async (context) => {
    const { namespace, id } = context.req.param();
    const { flow, source } = await findFlow(
      runtime,
      namespace,
      id,
      revisionOf(context.req.query('revision')),
    );
    return context.json({ namespace, id, revision: flow.revision, source });
  });
}
