/** Reading executions and their logs. */
import type { Hono } from 'hono';
import { type LogLevel, logLevels } from '../engine/flow.ts';
import type { LogEntry } from '../engine/ports.ts';
import { type State, states } from '../engine/states.ts';
import { viewExecution } from '../runtime/view.ts';
import type { Api } from './app.ts';
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

function levelOf(text: string | undefined): LogLevel | undefined {
  if (text === undefined) return undefined;
  const level = logLevels.find((known) => known === text.toUpperCase());
  if (level) return level;
  throw new Problem(400, 'bad-query', `minLevel=${text} is none of ${logLevels.join(', ')}.`);
}
