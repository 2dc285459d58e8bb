/**
 * The API: the same object behind the ingest function's URL and the local server.
 *
 * POST   /                                start the flow in the body (YAML)
 * POST   /flows                           store the flow in the body
 * GET    /flows[/{namespace}/{id}]        stored flows
 * PUT    /flows/{namespace}/{id}          store the flow in the body as its next revision
 * POST   /templates                       store the template in the body, for flows stored later
 * POST   /executions/{namespace}/{id}     start a stored flow; inputs as JSON or form
 * GET    /executions[/{id}[/logs]]        executions, one execution, its log
 * any    /api/v1/executions/webhook/{namespace}/{flowId}/{key}    start by a webhook trigger
 * DELETE /executions/{id}                 forget one that has ended
 *
 * On one execution, with or without `actions/` (control.ts):
 *
 * POST   /executions/{id}/actions/resume         go on with what is paused (?task= one of them)
 * POST   /executions/{id}/actions/unqueue        run it whatever the limit of its flow says (?state= or end it)
 * POST   /executions/{id}/actions/force-run      go on, whatever it waits for
 * POST   /executions/{id}/actions/pause          begin no further task
 * DELETE /executions/{id}/actions/kill           end it now
 * POST   /executions/{id}/actions/restart        what failed runs again (?revision=)
 * POST   /executions/{id}/actions/replay         a new one, from a task run on (?taskRunId=)
 * POST   /executions/{id}/actions/state          another end for a task run, and on from there
 * POST   /executions/{id}/actions/change-status  another end state (?status=)
 * POST   /executions/{id}/actions/labels         more labels
 */
import { Hono } from 'hono';
import { CorruptRecord, type LogReader } from '../engine/ports.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Access, guard } from './access.ts';
import { controlRoutes } from './control.ts';
import { actionRoutes, executionRoutes } from './executions.ts';
import { flowRoutes } from './flows.ts';
import { Problem, problemResponse } from './problem.ts';
import { startRoutes } from './start.ts';
import { templateRoutes } from './templates.ts';
import { webhookRoutes } from './webhook.ts';

export interface Api {
  readonly runtime: Runtime;
  readonly logs: LogReader;
  /** Absent: whoever reaches the API may do everything (one machine, its own person). */
  readonly access?: Access;
  /** Told of errors that are ours; the client only reads that there was one. */
  readonly onError?: (error: unknown) => void;
}

export function createApp(api: Api): Hono {
  const app = new Hono();
  if (api.access) guard(app, api.access, api.runtime);
  // Before the start of stored flows, whose paths look alike: POST /executions/{namespace}/{id}.
  controlRoutes(app, api);
  actionRoutes(app, api);
  startRoutes(app, api);
  flowRoutes(app, api);
  templateRoutes(app, api);
  executionRoutes(app, api);
  webhookRoutes(app, api);
  app.notFound((context) => problemResponse(unknownRoute(context.req.method, context.req.path)));
  app.onError((error) => {
    if (error instanceof Problem) return problemResponse(error);
    api.onError?.(error);
    if (error instanceof CorruptRecord) {
      return problemResponse(new Problem(500, 'corrupt-record', error.message));
    }
    return problemResponse(
      new Problem(500, 'internal', 'Something failed on our side; see the log.'),
    );
  });
  return app;
}

const known: readonly { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [
  { pattern: /^\/$/, methods: ['POST'] },
  { pattern: /^\/flows$/, methods: ['GET', 'POST'] },
  { pattern: /^\/flows\/[^/]+\/[^/]+$/, methods: ['GET', 'PUT'] },
  { pattern: /^\/templates$/, methods: ['POST'] },
  { pattern: /^\/executions$/, methods: ['GET'] },
  { pattern: /^\/executions\/[^/]+$/, methods: ['GET', 'DELETE'] },
  { pattern: /^\/executions\/[^/]+\/logs$/, methods: ['GET'] },
  { pattern: /^\/executions\/[^/]+\/(actions\/)?kill$/, methods: ['DELETE'] },
  {
    pattern:
      /^\/executions\/[^/]+\/actions\/(pause|resume|unqueue|force-run|restart|replay|replay-with-inputs|state|change-status|labels)$/,
    methods: ['POST'],
  },
  { pattern: /^\/executions\/[^/]+\/[^/]+$/, methods: ['POST'] },
  {
    pattern: /^\/api\/v1\/(main\/)?executions\/webhook(\/[^/]+){3}$/,
    methods: ['GET', 'POST', 'PUT'],
  },
];

function unknownRoute(method: string, path: string): Problem {
  const methods = known
    .filter(({ pattern }) => pattern.test(path))
    .flatMap((route) => route.methods);
  if (methods.length > 0) {
    const allowed = [...new Set(methods)].join(', ');
    return new Problem(405, 'method-not-allowed', `${method} is not possible here; ${allowed} is.`);
  }
  const hint = 'POST / starts a flow, GET /executions/{id} shows an execution.';
  return new Problem(404, 'unknown-path', `There is nothing at ${path}. ${hint}`);
}
