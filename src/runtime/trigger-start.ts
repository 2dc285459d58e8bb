/** From a trigger that fires to the request that starts its flow: labels and inputs, rendered. */
import type { Flow } from '../engine/flow.ts';
import type { Trigger } from '../engine/trigger.ts';
import { ExpressionError } from '../expression/error.ts';
import { settle } from '../expression/pending.ts';
import { render, renderDeep, type Scope } from '../expression/render.ts';
import { fromPlain, toPlain, type ValueMap } from '../expression/value.ts';
import type { TaskHost } from './host.ts';
import { resolveFlowInputs } from './inputs.ts';
import type { Runtime } from './runtime.ts';
import { maskedTexts } from './secrets.ts';
import { executionIdFor, type StartRequest } from './start.ts';

/** Why a trigger could not start its flow. */
export class TriggerFailure extends Error {
  override readonly name = 'TriggerFailure';
}

export type HostedScope = Scope & { readonly host: TaskHost };

export interface Prepared {
  readonly flow: Flow;
  readonly trigger: Pick<Trigger, 'id' | 'type' | 'labels' | 'inputs'>;
  /** `trigger.*` of the execution. */
  readonly variables: ValueMap;
  /** Repeating the start with the same key starts nothing new. */
  readonly key?: string;
}

/** Throws `ExpressionError` and `TriggerFailure`. */
export async function prepareStart(
  runtime: Runtime,
  { flow, trigger, variables, key }: Prepared,
  scope: HostedScope,
): Promise<StartRequest> {
  const labels = await renderedLabels(trigger.labels ?? {}, scope);
  const given = await settle(() =>
    toPlain(renderDeep(fromPlain(trigger.inputs ?? {}), scope, 'typed')),
  );
  const { id, type } = trigger;
  const execution = executionIdFor(runtime.random, flow, key);
  // Inputs that a trigger does not give are missed by whoever reads them, not before.
  const resolved = await resolveFlowInputs(
    runtime,
    flow,
    given as Readonly<Record<string, unknown>>,
    execution,
    { mayBeMissing: true },
  );
  if (resolved.inputs === undefined) {
    throw new TriggerFailure(resolved.issues.map(({ message }) => message).join(' '));
  }
  return {
    flow,
    id: execution,
    inputs: scope.host.secrets.sealTexts(resolved.inputs),
    labels: { ...maskedTexts(labels, scope.host.secrets.mask), 'system.from': 'trigger' },
    trigger: { id, type, variables },
  };
}

/** One that cannot be rendered is left out: it is no reason not to start. */
async function renderedLabels(
  labels: Readonly<Record<string, string>>,
  scope: Scope,
): Promise<Record<string, string>> {
  const rendered: Record<string, string> = {};
  for (const [name, template] of Object.entries(labels)) {
    try {
      rendered[name] = await settle(() => render(template, scope));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
    }
  }
  return rendered;
}
