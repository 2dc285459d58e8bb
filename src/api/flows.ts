/** Storing and reading flows. */
import type { Hono } from 'hono';
import { checkFlow } from '../check/check-flow.ts';
import type { Flow, FlowKey } from '../engine/flow.ts';
import { flowJson } from '../flow/flow-json.ts';
import { inOrder } from '../flow/read.ts';
import { checkUpdate } from '../flow/update.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { withTemplates } from '../runtime/templates.ts';
import { checkNamespace } from './access.ts';
import type { Api } from './app.ts';
import { readText } from './body.ts';
import { page } from './page.ts';
import { issuesOf, Problem, type ProblemIssue } from './problem.ts';

export interface Stored {
  readonly flow: Flow;
  readonly changed: boolean;
  readonly warnings: readonly ProblemIssue[];
}

export interface StoreOptions {
  /** The flow it is to be the next revision of. */
  readonly updates?: Omit<FlowKey, 'revision'>;
  /**
   * Stores flows with properties that nobody knows, and flows whose expressions are wrong: what is
   * wrong then fails when it is reached.
   */
  readonly force?: boolean;
  /** The request it comes with, where somebody may not be allowed to store it. */
  readonly request?: Request;
}

/** Checks the source and stores it if it differs from the latest revision. Bad flows throw 422. */
export async function storeFlow(
  runtime: Runtime,
  source: string,
  { updates, force = false, request }: StoreOptions = {},
): Promise<Stored> {
  const read = await checkFlow(source, { strict: !force });
  const illegal = updates === undefined ? [] : checkUpdate(source, updates);
  const issues = inOrder([...read.issues, ...illegal]);
  const compiled = illegal.length > 0 ? undefined : read.flow;
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (!compiled || (errors.length > 0 && !force)) {
    const count = `${errors.length} error${errors.length === 1 ? '' : 's'}`;
    // A flow that compiled has errors in its expressions only.
    const hint = compiled ? ' `force` stores and starts it all the same.' : '';
    const detail = `The flow has ${count}; nothing was stored or started.${hint}`;
    throw new Problem(422, 'invalid-flow', detail, issuesOf(issues));
  }
  if (request) checkNamespace(request, compiled.namespace);
  const whole = await withTemplates(runtime.blobs, compiled);
  if (!whole.flow) {
    const detail = `${whole.reason}; nothing was stored or started.`;
    throw new Problem(422, 'invalid-flow', detail);
  }
  const { flow, changed } = await runtime.store.putFlow(source, whole.flow);
  if (changed) runtime.listeners.forget();
  await runtime.store.settled();
  return { flow, changed, warnings: issuesOf(issues) };
}

/** `?force=true`. */
export function forceOf(text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true' || text === '') return true;
  throw new Problem(400, 'bad-query', `force=${text} is neither true nor false.`);
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
    const force = forceOf(context.req.query('force'));
    const source = await readText(context.req.raw);
    const { flow, changed, warnings } = await storeFlow(runtime, source, {
      force,
      request: context.req.raw,
    });
    const { namespace, id, revision } = flow;
    return context.json({ namespace, id, revision, changed, warnings }, changed ? 201 : 200);
  });
  app.put('/flows/:namespace/:id', async (context) => {
    const { namespace, id } = context.req.param();
    await findFlow(runtime, namespace, id);
    const force = forceOf(context.req.query('force'));
    const source = await readText(context.req.raw);
    const options = { force, updates: { namespace, id } };
    const { flow, changed, warnings } = await storeFlow(runtime, source, options);
    return context.json({ namespace, id, revision: flow.revision, changed, warnings });
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
    return context.json({ ...flowJson(source, flow.revision), source });
  });
}
