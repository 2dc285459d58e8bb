/** Starting executions: of the flow in the body, or of a stored one. */
import type { Context, Hono } from 'hono';
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { startExecution } from '../runtime/start.ts';
import type { Api } from './app.ts';
import { isForm, readForm, readText } from './body.ts';
import { fromForm, type Given, inputsInBody, typedInputs } from './inputs.ts';
import { labelsFrom } from './labels.ts';
import { findFlow, forceOf, revisionOf, storeFlow } from './flows.ts';
import { Problem, type ProblemIssue } from './problem.ts';

export function startRoutes(app: Hono, api: Api): void {
  app.post('/', async (context) => {
    const request = context.req.raw;
    const force = forceOf(context.req.query('force'));
    if (isForm(request)) {
      const form = await readForm(request);
      const { flow, warnings } = await storeFlow(api.runtime, await flowPart(form), { force });
      return start(
        context,
        api,
        flow,
        { ...fromQuery(context), ...fromForm(form, 'flow') },
        warnings,
      );
    }
    const { flow, warnings } = await storeFlow(api.runtime, await readText(request), { force });
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
  const inputs = await typedInputs(api.runtime, flow, given);
  const key = context.req.header('idempotency-key');
  if (key !== undefined && (key.length === 0 || key.length > 256)) {
    throw new Problem(400, 'bad-idempotency-key', 'An Idempotency-Key has 1 to 256 characters.');
  }
  const { execution, created } = await startExecution(api.runtime, {
    flow,
    inputs,
    labels: { ...labelsOf(context), 'system.from': 'api' },
    ...(key !== undefined && { idempotencyKey: key }),
  });
  if (!created) context.header('idempotency-replayed', 'true');
  context.header('location', `/executions/${execution.id}`);
  return context.json({ ...summary(execution), ...(warnings.length > 0 && { warnings }) }, 201);
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

/** `?inputs.name=value`. */
function fromQuery(context: Context): Given {
  const given: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(context.req.query())) {
    if (name.startsWith('inputs.')) given[name.slice('inputs.'.length)] = value;
  }
  return given;
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
