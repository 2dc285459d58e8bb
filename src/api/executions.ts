/** Reading executions and their logs. */
import type { Context, Hono } from 'hono';
import { type LogLevel, logLevels } from '../engine/flow.ts';
import type { LogEntry } from '../engine/ports.ts';
import { type State, states } from '../engine/states.ts';
import { forceRun } from '../runtime/force-run.ts';
import { resume } from '../runtime/resume.ts';
import { unqueue, type UnqueuedState, unqueuedStates } from '../runtime/unqueue.ts';
import { viewExecution } from '../runtime/view.ts';
import type { Api } from './app.ts';
import { inputsInBody } from './given.ts';
import { page } from './page.ts';
import { Problem } from './problem.ts';

export function executionRoutes(app: Hono, { runtime, logs }: Api): void {
  app.get('/executions', async (context) => {
    const { namespace, flowId, state } = context.req.query();
    if (flowId !== undefined && namespace === undefined) {
      throw new Problem(400, 'bad-query', 'flowId needs a namespace.');
    }
    const { items, next } = await runtime.store.listExecutions({
      ...page(context.req),
      ...(namespace !== undefined && { namespace }),
      ...(flowId !== undefined && { flowId }),
      ...(state !== undefined && { state: stateOf(state) }),
    });
    const results = items.map(({ id, flow, state: now, createdAt, endedAt, labels }) => ({
      id,
      namespace: flow.namespace,
      flowId: flow.id,
      flowRevision: flow.revision,
      state: now,
      startDate: new Date(createdAt).toISOString(),
      ...(endedAt !== undefined && { endDate: new Date(endedAt).toISOString() }),
      labels,
    }));
    return context.json({ results, ...(next !== undefined && { next }) });
  });
  app.get('/executions/:id', async (context) => {
    const view = await viewExecution(runtime, context.req.param('id'));
    if (!view) throw unknownExecution(context.req.param('id'));
    return context.json(view);
  });
  app.get('/executions/:id/logs', async (context) => {
    const id = context.req.param('id');
    if (!(await runtime.store.readExecution(id))) throw unknownExecution(id);
    const entries = await logs.readLogs(id, levelOf(context.req.query('minLevel')));
    return context.json(entries.map(logLine));
  });
}

function idOf(context: Context): string {
  return context.req.param('id') ?? '';
}

/** As Kestra 1.x and 2.0 have it. */
function spellings(action: string): string[] {
  return [`/executions/:id/${action}`, `/executions/:id/actions/${action}`];
}

/** Requests that change what an execution does. */
export function actionRoutes(app: Hono, { runtime }: Api): void {
  app.on('POST', spellings('resume'), async (context) => {
    const id = idOf(context);
    const task = context.req.query('task');
    const inputs = await inputsInBody(context.req.raw);
    const resumed = await resume(runtime, id, { ...(task !== undefined && { task }), inputs });
    if (resumed.type === 'unknown-execution') throw unknownExecution(id);
    if (resumed.type === 'invalid-inputs') {
      throw new Problem(
        422,
        'invalid-inputs',
        'The inputs do not fit what the pause asks for; nothing was resumed.',
        resumed.issues.map(({ code, message, input }) => ({ code, message, path: [input] })),
      );
    }
    if (resumed.type === 'not-paused') {
      throw new Problem(409, 'not-paused', `Nothing of execution ${id} is paused.`);
    }
    return context.json({ id, resumed: resumed.paths });
  });
  app.on('POST', spellings('unqueue'), async (context) => {
    const id = idOf(context);
    const unqueued = await unqueue(runtime, id, unqueuedStateOf(context.req.query('state')));
    if (unqueued.type === 'unknown-execution') throw unknownExecution(id);
    if (unqueued.type === 'not-queued') {
      throw new Problem(409, 'not-queued', `Execution ${id} is not in the queue of its flow.`);
    }
    return context.json(await viewExecution(runtime, id));
  });
  app.on('POST', spellings('force-run'), async (context) => {
    const id = idOf(context);
    const forced = await forceRun(runtime, id);
    if (forced.type === 'unknown-execution') throw unknownExecution(id);
    if (forced.type === 'has-ended') {
      throw new Problem(409, 'has-ended', `Execution ${id} has ended.`);
    }
    return context.json(await viewExecution(runtime, id));
  });
}

/** A log line as clients see it: the stored line with a date people can read. */
function logLine(entry: LogEntry): Record<string, unknown> {
  return { ...entry, timestamp: new Date(entry.timestamp).toISOString() };
}

export function unknownExecution(id: string): Problem {
  return new Problem(404, 'unknown-execution', `There is no execution ${id}.`);
}

function stateOf(text: string): State {
  const state = states.find((known) => known === text.toUpperCase());
  if (state) return state;
  throw new Problem(400, 'bad-query', `state=${text} is none of ${states.join(', ')}.`);
}

function unqueuedStateOf(text: string | undefined): UnqueuedState | undefined {
  if (text === undefined) return undefined;
  const state = unqueuedStates.find((known) => known === text.toUpperCase());
  if (state) return state;
  throw new Problem(400, 'bad-query', `state=${text} is none of ${unqueuedStates.join(', ')}.`);
}

function levelOf(text: string | undefined): LogLevel | undefined {
  if (text === undefined) return undefined;
  const level = logLevels.find((known) => known === text.toUpperCase());
  if (level) return level;
  throw new Problem(400, 'bad-query', `minLevel=${text} is none of ${logLevels.join(', ')}.`);
}
