/** Calling a webhook through the API, as a case asks for it. */
import { createApp } from '../../src/api/app.ts';
import { type Step, textOf } from './cases.ts';
import type { CaseWorld, StepResult } from './world.ts';

export async function webhookStep(
  { facts }: Step,
  world: CaseWorld,
): Promise<Omit<StepResult, 'at'>> {
  const { runtime, logs } = world.engine;
  const flowId = String(facts['flowId']);
  const namespace = world.namespaces.get(flowId) ?? world.case.namespace;
  const query = textOf(facts, 'query');
  const path = [namespace, flowId, String(facts['key'])].map(encodeURIComponent).join('/');
  const { body } = facts;
  const response = await createApp({ runtime, logs }).request(
    `/api/v1/executions/webhook/${path}${query === undefined ? '' : `?${query}`}`,
    {
      method: String(facts['method']),
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    },
  );
  const text = await response.text();
  if (response.status !== facts['expectStatus']) {
    throw new Error(`the webhook answered ${response.status}: ${text}`);
  }
  if (!response.ok) return {};
  const { id } = JSON.parse(text) as { readonly id: string };
  const name = textOf(facts, 'as') ?? `webhook${world.executions.size}`;
  world.executions.set(name, id);
  return { of: name, immediate: await world.view(name) };
}
