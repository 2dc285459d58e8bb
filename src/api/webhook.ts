/**
 * Webhooks, at Kestra's paths: whoever has the key starts the flow.
 *
 * POST, PUT, GET /api/v1/[main/]executions/webhook/{namespace}/{flowId}/{key}
 *
 * The answer is the execution as Kestra shows it, or what the trigger asks for: `wait`,
 * `returnOutputs`, `responseContentType`, `responseCode`.
 */
import type { Context, Hono } from 'hono';
import type { Execution } from '../engine/execution.ts';
import { isEnd } from '../engine/states.ts';
import type { WebhookTrigger } from '../engine/trigger.ts';
import { ExpressionError } from '../expression/error.ts';
import { readJson } from '../expression/json.ts';
import { fromPlain, toPlain, type Value } from '../expression/value.ts';
import { unpack } from '../runtime/pack.ts';
import { shownTexts } from '../runtime/sealed-texts.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { TriggerRecord } from '../runtime/trigger-record.ts';
import { waitForEnd } from '../runtime/wait.ts';
import { callWebhook, type WebhookOutcome } from '../runtime/webhook.ts';
import type { Api } from './app.ts';
import { readText } from './body.ts';
import { deletedSince, Problem } from './problem.ts';
import { idempotencyKeyOf } from './start.ts';

const path = 'executions/webhook/:namespace/:flowId/:key';
const methods = ['GET', 'POST', 'PUT'];
const paths = [`/api/v1/${path}`, `/api/v1/main/${path}`];

/** Below the 30 seconds that the ingest function has. */
const waitMsMax = 25_000;

export function webhookRoutes(app: Hono, { runtime }: Api): void {
  app.on(methods, paths, async (context) => {
    const {
      namespace = '',
      flowId = '',
      key = '',
    }: Readonly<Record<string, string>> = context.req.param();
    const idempotencyKey = idempotencyKeyOf(context);
    const outcome = await callWebhook(runtime, {
      namespace,
      flowId,
      key,
      variables: await variablesOf(context),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    return answer(context, runtime, started(outcome));
  });
}

type Started = Extract<WebhookOutcome, { type: 'started' }>;

function started(outcome: WebhookOutcome): Started {
  switch (outcome.type) {
    case 'started':
      return outcome;
    case 'unknown':
      throw new Problem(404, 'unknown-webhook', 'There is no such webhook.');
    case 'disabled':
      throw new Problem(409, 'flow-disabled', 'The flow of this webhook is disabled.');
    case 'conditions':
      throw new Problem(409, 'conditions-not-met', 'The conditions of the webhook do not hold.');
    case 'deleted':
      throw deletedSince();
    case 'refused':
      throw new Problem(422, 'invalid-inputs', `Nothing was started: ${outcome.message}`);
    case 'failed':
      throw new Problem(
        500,
        'trigger-failed',
        `The webhook could not be evaluated: ${outcome.message} Execution ${outcome.execution.id} says so too.`,
      );
  }
}

async function variablesOf(context: Context): Promise<ReadonlyMap<string, Value>> {
  const request = context.req.raw;
  const text = request.method === 'GET' ? '' : await readText(request);
  return new Map([
    ['body', bodyOf(text)],
    ['headers', fromPlain(headersOf(request))],
    ['parameters', fromPlain(context.req.queries())],
  ]);
}

/** A JSON object or list as such; anything else is text. */
function bodyOf(text: string): Value {
  if (text === '') return null;
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof ExpressionError) return text;
    throw error;
  }
}

/** What proves who may call the Function URL is no business of the flow, and lasts longer than the call. */
function headersOf(request: Request): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null);
  for (const [name, value] of request.headers) {
    const isSignature = name === 'authorization' && value.startsWith('AWS4-');
    if (!isSignature && name !== 'x-amz-security-token') headers[name] = [value];
  }
  return headers;
}

async function answer(
  context: Context,
  runtime: Runtime,
  { execution, trigger, record }: Started,
): Promise<Response> {
  const reached = trigger.wait ? await waitForEnd(runtime, execution.id, waitMsMax) : execution;
  const shown = reached ?? execution;
  const outputs = shown.outputs && toPlain(shownTexts(await unpack(shown.outputs, runtime.blobs)));
  const status = statusOf(trigger, shown);
  const location = `/executions/${execution.id}`;
  if (trigger.wait && trigger.returnOutputs && isEnd(shown.state)) {
    return outputsResponse(outputs ?? {}, trigger, { status, location });
  }
  const url = new URL(location, context.req.url).href;
  return new Response(JSON.stringify({ ...view(shown, record, outputs), url }), {
    status,
    headers: { 'content-type': 'application/json', location },
  });
}

/** 202: it goes on, longer than a request may take. */
function statusOf({ wait, responseCode = 200 }: WebhookTrigger, { state }: Execution): number {
  if (!wait) return responseCode;
  if (!isEnd(state)) return 202;
  return state === 'FAILED' ? 500 : responseCode;
}

function outputsResponse(
  outputs: unknown,
  { responseContentType = 'application/json' }: WebhookTrigger,
  { status, location }: { readonly status: number; readonly location: string },
): Response {
  const values = Object.values(outputs as Readonly<Record<string, unknown>>);
  const isText = responseContentType === 'text/plain';
  // One text alone is the answer itself.
  const body =
    isText && values.length === 1 && typeof values[0] === 'string'
      ? values[0]
      : JSON.stringify(outputs);
  const headers = { 'content-type': responseContentType, location };
  return new Response(body, { status, headers });
}

function view(
  { id, flow, state, createdAt, endedAt, labels }: Execution,
  { id: triggerId, type, variables }: TriggerRecord,
  outputs: unknown,
): Record<string, unknown> {
  const startDate = new Date(createdAt).toISOString();
  const endDate = endedAt === undefined ? undefined : new Date(endedAt).toISOString();
  return {
    tenantId: 'main',
    id,
    namespace: flow.namespace,
    flowId: flow.id,
    flowRevision: flow.revision,
    trigger: { id: triggerId, type, variables: toPlain(variables) },
    ...(outputs !== undefined && { outputs }),
    labels: Object.entries(labels).map(([key, value]) => ({ key, value })),
    state: { current: state, startDate, ...(endDate !== undefined && { endDate }) },
  };
}
