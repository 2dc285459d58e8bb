/**
 * The checks of a flow, asked when an execution is to be created by hand. One that is not true, or
 * cannot be told, may refuse the execution, let it be created FAILED, or only be shown.
 */
import type { Failure } from '../engine/execution.ts';
import type { Check, Flow } from '../engine/flow.ts';
import { settle } from '../expression/pending.ts';
import { renderTyped } from '../expression/render.ts';
import { fromPlain, type Value, type ValueMap } from '../expression/value.ts';
import { failureOf } from './failure.ts';
import { hostOf, type TaskHost } from './host.ts';
import type { Runtime } from './runtime.ts';
import { openedInputs } from './secrets.ts';

type FailedCheck = Pick<Check, 'message' | 'style' | 'behavior'>;

export interface Checked {
  /** In the order of the flow. */
  readonly failed: readonly FailedCheck[];
  /** The strongest of what they ask for; absent where the execution may be created and run. */
  readonly verdict?: 'block' | 'fail';
}

export async function runChecks(runtime: Runtime, flow: Flow, inputs: ValueMap): Promise<Checked> {
  const host = hostOf(runtime, flow);
  const { id, namespace, revision } = flow;
  const variables = new Map<string, Value>([
    ['inputs', openedInputs(flow, inputs, host.secrets)],
    ['flow', fromPlain({ id, namespace, revision })],
    ['vars', fromPlain(flow.variables)],
  ]);
  const failed: FailedCheck[] = [];
  for (const check of flow.checks ?? []) {
    const result = await runCheck(check, variables, host);
    if (result) failed.push(result);
  }
  const behaviors = new Set(failed.map(({ behavior }) => behavior));
  if (behaviors.has('BLOCK_EXECUTION')) return { failed, verdict: 'block' };
  return behaviors.has('FAIL_EXECUTION') ? { failed, verdict: 'fail' } : { failed };
}

/** What an execution that is created FAILED says of it. */
export function failureOfChecks({ failed }: Checked): Failure {
  const messages = failed
    .filter(({ behavior }) => behavior === 'FAIL_EXECUTION')
    .map(({ message }) => message);
  return { code: 'check-failed', message: messages.join('\n'), retryable: false };
}

async function runCheck(
  { when, message, style, behavior }: Check,
  variables: ValueMap,
  host: TaskHost,
): Promise<FailedCheck | undefined> {
  try {
    const isTrue = (await settle(() => renderTyped(when, { variables, host }))) === true;
    return isTrue ? undefined : { message, style, behavior };
  } catch (error) {
    const reason = failureOf(error).message;
    return {
      message: host.secrets.mask(`${message} (the check cannot be told: ${reason})`),
      style: 'ERROR',
      behavior: 'BLOCK_EXECUTION',
    };
  }
}
