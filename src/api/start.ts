/** Starting executions: of the flow in the body, or of a stored one. */
import type { Context, Hono } from 'hono';
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import type { ValueMap } from '../expression/value.ts';
import { startExecution } from '../runtime/start.ts';
import { resolveFlowInputs } from '../runtime/inputs.ts';
import type { Api } from './app.ts';
import { isForm, readForm, readText } from './body.ts';
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

type Given = Readonly<Record<string, unknown>>;

async function start(
  context: Context,
  api: Api,
  flow: Flow,
  given: Given,
  warnings: readonly ProblemIssue[],
): Promise<Response> {
  if (flow.disabled)
    throw new Problem(409, 'flow-disabled', `Flow ${flow.namespace}.${flow.id} is disabled.`);
  const inputs = await typed(api, flow, given);
  const key = idempotencyKeyOf(context);
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

async function typed(api: Api, flow: Flow, given: Given): Promise<ValueMap> {
  const { inputs, issues } = await resolveFlowInputs(api.runtime, flow, given);
  if (inputs) return inputs;
  throw new Problem(
    422,
    'invalid-inputs',
    'The inputs do not fit the flow; nothing was started.',
    issues.map(({ code, message, input }) => ({ code, message, path: [input] })),
  );
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
  const labels: Record<string, string> = {};
  for (const text of context.req.queries('labels') ?? []) {
    const colon = text.indexOf(':');
    const key = text.slice(0, Math.max(0, colon));
    if (key === '' || colon === text.length - 1) {
      throw new Problem(400, 'bad-label', `labels=${text} is not of the form key:value.`);
    }
    if (key.startsWith('system.')) {
      throw new Problem(
        400,
        'bad-label',
        `Label ${key} is reserved: system labels are set by Baton.`,
      );
    }
    labels[key] = text.slice(colon + 1);
  }
  return labels;
}

function fromForm(form: FormData, except?: string): Given {
  const given: Record<string, unknown> = Object.create(null);
  for (const [name, value] of form) if (name !== except) given[name] = value;
  return given;
}

async function flowPart(form: FormData): Promise<string> {
  const part = form.get('flow');
  if (part === null) throw new Problem(400, 'missing-flow', 'The form has no part named "flow".');
  return typeof part === 'string' ? part : part.text();
}

async function inputsInBody(request: Request): Promise<Given> {
  if (isForm(request)) return fromForm(await readForm(request));
  const text = await readText(request);
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'not-json', `The inputs are not JSON: ${(error as Error).message}.`);
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Given;
  throw new Problem(400, 'not-json', 'The inputs must be a JSON object: {"name": value}.');
}
