/** Starting executions: of the flow in the body, or of a stored one. */
import type { Context, Hono } from 'hono';
import type { Execution, ExecutionId } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { ValueMap } from '../expression/value.ts';
import { type Checked, failureOfChecks, runChecks } from '../runtime/checks.ts';
import { executionIdFor, startExecution, type StartRequest } from '../runtime/start.ts';
import { resolveFlowInputs } from '../runtime/inputs.ts';
import type { Api } from './app.ts';
import { isForm, readForm, readText } from './body.ts';
import { breakpointsIn } from './breakpoints.ts';
import { labelsFrom } from './labels.ts';
import { findFlow, forceOf, revisionOf, storeFlow } from './flows.ts';
import { fromForm, fromQuery, type Given, inputsInBody } from './given.ts';
import { deletedSince, invalidInputs, Problem, type ProblemIssue } from './problem.ts';

export function startRoutes(app: Hono, api: Api): void {
  app.post('/', async (context) => {
    const request = context.req.raw;
    const force = forceOf(context.req.query('force'));
    if (isForm(request)) {
      const form = await readForm(request);
      const { flow, warnings } = await storeFlow(api.runtime, await flowPart(form), {
        force,
        request,
      });
      return start(
        context,
        api,
        flow,
        { ...fromQuery(context), ...fromForm(form, 'flow') },
        warnings,
      );
    }
    const { flow, warnings } = await storeFlow(api.runtime, await readText(request), {
      force,
      request,
    });
    return start(context, api, flow, fromQuery(context), warnings);
  });
  app.post('/executions/:namespace/:id', async (context) => {
    const { namespace, id } = context.req.param();
    const { flow } = await findFlow(
      api.runtime,
      namespace,
      id,
      revisionOf(context.req.query('revision')),
    );
    const given = { ...fromQuery(context), ...(await inputsInBody(context.req.raw)) };
    return start(context, api, flow, given, []);
  });
}

async function start(
  context: Context,
  api: Api,
  flow: Flow,
  given: Given,
  warnings: readonly ProblemIssue[],
): Promise<Response> {
  if (flow.disabled)
    throw new Problem(409, 'flow-disabled', `Flow ${flow.namespace}.${flow.id} is disabled.`);
  const key = idempotencyKeyOf(context);
  const id = executionIdFor(api.runtime.random, flow, key);
  const { inputs, undeclared } = await typed(api, flow, given, id);
  const checked = await passChecks(api, flow, inputs);
  const scheduleDate = scheduleDateOf(context);
  const { execution, state, created, deleted } = await startExecution(api.runtime, {
    flow,
    id,
    inputs,
    undeclared,
    labels: { ...labelsOf(context), 'system.from': 'api' },
    ...(scheduleDate !== undefined && { scheduleDate }),
    ...breakpointsOf(context),
    ...(checked.verdict === 'fail' && { failure: failureOfChecks(checked) }),
  });
  if (deleted) throw deletedSince();
  if (!created) context.header('idempotency-replayed', 'true');
  context.header('location', `/executions/${execution.id}`);
  const { failed: checks } = checked;
  const notes = {
    ...(checks.length > 0 && { checks }),
    ...(warnings.length > 0 && { warnings }),
  };
  return context.json({ ...summary({ ...execution, state }), ...notes }, 201);
}

async function passChecks(api: Api, flow: Flow, inputs: ValueMap): Promise<Checked> {
  const checked = await runChecks(api.runtime, flow, inputs);
  if (checked.verdict !== 'block') return checked;
  throw new Problem(
    422,
    'check-failed',
    'A check of the flow does not hold; nothing was started.',
    checked.failed.map(({ message, style }) => ({
      code: 'check-failed',
      message,
      severity: style.toLowerCase(),
    })),
  );
}

/** `?scheduleDate=2026-01-31T10:00:00Z`, in milliseconds. */
function scheduleDateOf(context: Context): number | undefined {
  const text = context.req.query('scheduleDate');
  if (text === undefined) return undefined;
  const isDate = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/.test(
    text,
  );
  const date = isDate ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(date)) return date;
  const example = '2026-01-31T10:00:00Z';
  throw new Problem(400, 'bad-query', `scheduleDate=${text} is not a date such as ${example}.`);
}

/** `?breakpoints=id,id.value`. */
function breakpointsOf(context: Context): Pick<StartRequest, 'breakpoints'> {
  const text = context.req.query('breakpoints');
  return text === undefined ? {} : { breakpoints: breakpointsIn(text) };
}

export function idempotencyKeyOf(context: Context): string | undefined {
  const key = context.req.header('idempotency-key');
  if (key !== undefined && (key.length === 0 || key.length > 256)) {
    throw new Problem(400, 'bad-idempotency-key', 'An Idempotency-Key has 1 to 256 characters.');
  }
  return key;
}

function summary({ id, flow, state }: Execution): Record<string, unknown> {
  return {
    id,
    namespace: flow.namespace,
    flowId: flow.id,
    flowRevision: flow.revision,
    state,
    links: { execution: `/executions/${id}`, logs: `/executions/${id}/logs` },
  };
}

async function typed(api: Api, flow: Flow, given: Given, id: ExecutionId) {
  const resolved = await resolveFlowInputs(api.runtime, flow, given, id);
  if (resolved.inputs) return resolved;
  throw invalidInputs(resolved.issues);
}

/** `?labels=key:value`, repeatable. */
function labelsOf(context: Context): Record<string, string> {
  const texts = context.req.queries('labels') ?? [];
  return labelsFrom(
    texts.map((text) => {
      const colon = text.indexOf(':');
      return [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)];
    }),
  );
}

async function flowPart(form: FormData): Promise<string> {
  const part = form.get('flow');
  if (part === null) throw new Problem(400, 'missing-flow', 'The form has no part named "flow".');
  return typeof part === 'string' ? part : part.text();
}
