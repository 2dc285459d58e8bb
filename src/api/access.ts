/**
 * Asked before every route: has somebody signed the request, and may they do this there. A route
 * that is not known here is refused, so that a new one is not open by being forgotten.
 *
 * Without a policy whoever may sign requests to the API may do everything. What a flow then does,
 * such as starting a flow of another namespace, is not asked again: whoever may store flows in a
 * namespace acts with what its flows may do.
 */
import type { Context, Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Runtime } from '../runtime/runtime.ts';
import { isAllowed, type Policy, type Principal, type Verb } from './policy.ts';
import { Problem } from './problem.ts';

export interface Access {
  /** Who signed the request; undefined where nobody did. */
  principalOf(context: Context): Principal | undefined;
  /** Undefined: there is none, and all are allowed everything. */
  policy(): Promise<Policy | undefined>;
  /** Requests that nobody signed: none, to webhooks (which have keys of their own), or all. */
  readonly unsigned: 'none' | 'webhooks' | 'all';
}

interface Rule {
  readonly verbs: readonly Verb[];
  /** What says which namespace it is about; `body`: known when the flow has been read. */
  readonly by: 'path' | 'query' | 'execution' | 'body';
  readonly isWebhook?: boolean;
}

const anonymous: Principal = { arn: 'anonymous', account: '' };
/** By request: what the routes ask when they have read the flow. */
const questions = new WeakMap<Request, (namespace: string) => void>();

/** Before the routes. */
export function guard(app: Hono, access: Access, runtime: Pick<Runtime, 'store'>): void {
  app.use('*', async (context, next) => {
    const pattern = matchedRoutes(context).find(({ path }) => !path.endsWith('*'))?.path;
    const rule = pattern === undefined ? undefined : ruleOf(context.req.method, pattern);
    const principal = access.principalOf(context);
    if (principal === undefined) {
      const isOpen = access.unsigned === 'all' || rule?.isWebhook === true;
      if (access.unsigned === 'none' || !isOpen) throw notSigned();
      if (rule?.isWebhook === true) return next();
    }
    const policy = await access.policy();
    if (policy === undefined) return next();
    // What is not there may be said to be not there.
    if (pattern === undefined) return next();
    if (rule === undefined)
      throw new Problem(403, 'forbidden', 'The policy knows no such request.');
    const ask = asking(policy, principal ?? anonymous, rule.verbs);
    if (rule.by === 'body') questions.set(context.req.raw, ask);
    else if (rule.by === 'query') ask(context.req.query('namespace'));
    else if (rule.by === 'path') ask(segment(context.req.path, pattern, ':namespace'));
    else {
      const id = segment(context.req.path, pattern, ':id');
      const execution = await runtime.store.readExecution(id);
      // An unknown one is for the route to report.
      if (execution) ask(execution.flow.namespace);
    }
    return next();
  });
}

/** Of a request whose flow has been read: throws where it must not go on. */
export function checkNamespace(request: Request, namespace: string): void {
  questions.get(request)?.(namespace);
}

/** By the route's pattern, as the app knows it. */
export function ruleOf(method: string, pattern: string): Rule | undefined {
  const isRead = method === 'GET' || method === 'HEAD';
  if (/^\/api\/v1\/(main\/)?executions\/webhook\/:namespace\//.test(pattern)) {
    return { verbs: ['run'], by: 'path', isWebhook: true };
  }
  if (pattern === '/') return { verbs: ['write', 'run'], by: 'body' };
  if (pattern === '/flows') {
    return isRead ? { verbs: ['read'], by: 'query' } : { verbs: ['write'], by: 'body' };
  }
  if (pattern === '/flows/:namespace/:id') {
    return { verbs: [isRead ? 'read' : 'write'], by: 'path' };
  }
  if (pattern === '/executions') return { verbs: ['read'], by: 'query' };
  if (pattern === '/executions/:namespace/:id') return { verbs: ['run'], by: 'path' };
  if (/^\/executions\/:id(\/|$)/.test(pattern)) {
    return { verbs: [isRead ? 'read' : 'control'], by: 'execution' };
  }
  return undefined;
}

function asking(policy: Policy, principal: Principal, verbs: readonly Verb[]) {
  return (namespace: string | undefined): void => {
    const refused = verbs.find((verb) => !isAllowed(policy, principal, verb, namespace));
    if (refused === undefined) return;
    const where =
      namespace === undefined
        ? 'in all namespaces; name one with ?namespace='
        : `in the namespace "${namespace}"`;
    throw new Problem(403, 'forbidden', `${principal.arn} may not ${refused} ${where}.`);
  };
}

function notSigned(): Problem {
  return new Problem(403, 'not-signed', 'The request is not signed with AWS Signature 4.');
}

/** The part of the path that stands where the pattern has this name. */
function segment(path: string, pattern: string, name: string): string {
  const part = path.split('/')[pattern.split('/').indexOf(name)] ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
