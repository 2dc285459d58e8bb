/**
 * A call of a webhook: the first webhook trigger of the flow's latest revision whose key it names,
 * that trigger's conditions, and the start. What it answers says nothing about flows to whoever has
 * no key of theirs.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Execution } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { type Trigger, triggerTypes, type WebhookTrigger } from '../engine/trigger.ts';
import { ExpressionError } from '../expression/error.ts';
import { settle } from '../expression/pending.ts';
import { isTruthy, render, type Scope } from '../expression/render.ts';
import { fromPlain, type Value, type ValueMap } from '../expression/value.ts';
import { allHold } from '../triggers/conditions.ts';
import { hostOf, type TaskHost } from './host.ts';
import { lazily } from './lazy-map.ts';
import { nestedLabels } from './records.ts';
import type { Runtime } from './runtime.ts';
import { startExecution } from './start.ts';
import type { TriggerRecord } from './trigger-record.ts';
import { prepareStart, TriggerFailure } from './trigger-start.ts';

export interface WebhookCall {
  readonly namespace: string;
  readonly flowId: string;
  readonly key: string;
  /** `trigger.*`: body, headers, parameters. */
  readonly variables: ValueMap;
  /** Repeating a call with the same one starts nothing new. */
  readonly idempotencyKey?: string;
}

export type WebhookOutcome =
  | { readonly type: 'unknown' | 'disabled' | 'conditions' }
  /** An earlier call with the same key had started it, and somebody has deleted it since. */
  | { readonly type: 'deleted' }
  /** What the trigger gives does not fit the flow's inputs. */
  | { readonly type: 'refused'; readonly message: string }
  /** It could not be evaluated; the execution says so. */
  | { readonly type: 'failed'; readonly execution: Execution; readonly message: string }
  | {
      readonly type: 'started';
      readonly execution: Execution;
      readonly trigger: WebhookTrigger;
      readonly record: TriggerRecord;
    };

export async function callWebhook(runtime: Runtime, call: WebhookCall): Promise<WebhookOutcome> {
  const stored = await runtime.store.readFlow(call.namespace, call.flowId);
  const trigger = stored && (await findWebhook(runtime, stored.flow, call.key));
  if (!stored || !trigger) return { type: 'unknown' };
  const { flow } = stored;
  if (flow.disabled === true) return { type: 'disabled' };
  const { id, type } = trigger;
  const record: TriggerRecord = { id, type, variables: call.variables };
  const scope = scopeOf(runtime, flow, record);
  try {
    if (!(await settle(() => passes(trigger, scope)))) return { type: 'conditions' };
    const key = call.idempotencyKey;
    const prepared = {
      flow,
      trigger,
      variables: call.variables,
      ...(key !== undefined && { key: JSON.stringify(['webhook', id, key]) }),
    };
    const request = await prepareStart(runtime, prepared, scope);
    const { execution, deleted } = await startExecution(runtime, request);
    if (deleted) return { type: 'deleted' };
    return { type: 'started', execution, trigger, record };
  } catch (error) {
    return failed(runtime, flow, { record, scope, error });
  }
}

async function failed(
  runtime: Runtime,
  flow: Flow,
  {
    record,
    scope,
    error,
  }: { readonly record: TriggerRecord; readonly scope: HostedScope; readonly error: unknown },
): Promise<WebhookOutcome> {
  const { mask } = scope.host.secrets;
  if (error instanceof TriggerFailure) return { type: 'refused', message: mask(error.message) };
  if (!(error instanceof ExpressionError)) throw error;
  const message = mask(error.message);
  const failure = { code: 'trigger', message };
  const request = { flow, inputs: new Map(), trigger: record, failure };
  const { execution } = await startExecution(runtime, request);
  return { type: 'failed', execution, message };
}

async function findWebhook(
  runtime: Runtime,
  flow: Flow,
  key: string,
): Promise<WebhookTrigger | undefined> {
  const given = digest(key);
  let found: WebhookTrigger | undefined;
  for (const trigger of (flow.triggers ?? []).filter(isWebhook)) {
    const wanted = await keyOf(runtime, flow, trigger);
    // Always compared, and in constant time: how long it takes says nothing about the key.
    const isSame = timingSafeEqual(digest(wanted ?? ''), given);
    if (isSame && wanted !== undefined && wanted !== '') found ??= trigger;
  }
  return found;
}

function isWebhook(trigger: Trigger): trigger is WebhookTrigger {
  return trigger.type === triggerTypes.webhook;
}

/** Undefined where it cannot be rendered: then nobody has the key. */
async function keyOf(
  runtime: Runtime,
  flow: Flow,
  { id, type, key }: WebhookTrigger,
): Promise<string | undefined> {
  const scope = scopeOf(runtime, flow, { id, type, variables: new Map() });
  try {
    return (await settle(() => render(key, scope))).trim();
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function passes({ conditions = [], when }: WebhookTrigger, scope: Scope): boolean {
  if (!allHold(conditions, { scope })) return false;
  return when === undefined || isTruthy(render(when, scope));
}

type HostedScope = Scope & { readonly host: TaskHost };

/** What expressions of a trigger see where no execution is the cause. */
function scopeOf(
  runtime: Runtime,
  flow: Flow,
  { id, type, variables }: TriggerRecord,
): HostedScope {
  const { settings } = runtime;
  const trigger = new Map<string, Value>([['id', id], ['type', type], ...variables]);
  return {
    host: hostOf(runtime, flow),
    variables: lazily({
      flow: () => fromPlain({ id: flow.id, namespace: flow.namespace, revision: flow.revision }),
      trigger: () => trigger,
      vars: () => fromPlain(flow.variables),
      labels: () => nestedLabels(flow.labels),
      envs: () => fromPlain(settings.envs),
      globals: () => fromPlain(settings.globals),
    }),
  };
}
