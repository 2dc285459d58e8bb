/**
 * The end of an execution: its outputs are rendered, its header is ended once (B1), its tasks for
 * afterwards run, and then what others wait for is done (finish.ts). Every step may be repeated.
 */
import { decide } from '../engine/decide.ts';
import { type Cursor, noView } from '../engine/effect.ts';
import type { End, Execution, Failure } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import type { EndState } from '../engine/states.ts';
import { listOf } from '../engine/tree.ts';
import { executionVariables } from './context.ts';
import { failureOf } from './failure.ts';
import { finish } from './finish.ts';
import { isHeard } from './flow-triggers.ts';
import { hostOf } from './host.ts';
import { pack } from './pack.ts';
import type { Work } from './perform.ts';
import { Records } from './records.ts';
import { forgetPause } from './pause.ts';
import type { Runtime } from './runtime.ts';
import { maskedFailure } from './secrets.ts';

/** Renders the flow's outputs and ends the execution, once: the header's condition decides (B1). */
export async function reachEnd(
  runtime: Runtime,
  flow: Flow,
  at: Cursor,
  reached: EndState,
  also: Pick<End, 'dueAt'> = {},
): Promise<readonly Work[]> {
  const result = await outputsOf(runtime, flow, at);
  const state = 'error' in result ? 'FAILED' : reached;
  const endedAt = runtime.clock.now();
  return end(runtime, flow, at, { state, endedAt, ...result, ...also });
}

/** Writes the end; resolves with what follows it. Doing it again is harmless. */
export async function end(
  runtime: Runtime,
  flow: Flow,
  at: Cursor,
  done: End,
): Promise<readonly Work[]> {
  const { store } = runtime;
  const { execution, epoch } = at.head;
  const won = await store.endExecution(execution, epoch, await dated(runtime, flow, done));
  // Whoever ended it may have died before what follows was on its way.
  const standing = won ?? (await store.readExecution(execution));
  return standing ? following(runtime, flow, at, { standing, isOurs: won !== undefined }) : [];
}

/** With the date at which the sweep looks whether all that follows has been done. */
export async function dated(runtime: Runtime, flow: Flow, done: End): Promise<End> {
  // A place that is not given back keeps others from running; a retry that is not made is lost, and
  // so is what a Flow trigger would start.
  const isAwaited =
    hasTasks(flow) ||
    flow.concurrency !== undefined ||
    done.state === 'RETRIED' ||
    (await isHeard(runtime, flow, done.state));
  return isAwaited ? { ...done, dueAt: done.endedAt + limits.sweepAfterMs } : done;
}

/** What follows the end of a header, as it stands: written by this call, or before, or not at all. */
export async function following(
  runtime: Runtime,
  flow: Flow,
  { head, live }: Cursor,
  { standing, isOurs }: { readonly standing: Execution; readonly isOurs: boolean },
): Promise<readonly Work[]> {
  if (standing.epoch !== head.epoch || standing.endedAt === undefined) return [];
  if (isOurs) report(runtime, flow, standing);
  // What ran on while it was paused was the last of it.
  if (isOurs && standing.history?.at(-1)?.state === 'PAUSED') await forgetPause(runtime, standing);
  if (!hasTasks(flow)) return finish(runtime, flow, standing);
  const effects = decide(flow, noView, { type: 'after', head, live });
  return [{ flow, effects, again: !isOurs }];
}

function hasTasks(flow: Flow): boolean {
  return listOf(flow, undefined, 'afterExecution').length > 0;
}

/** The tasks for afterwards have ended too. */
export async function close(
  runtime: Runtime,
  flow: Flow,
  { head }: Cursor,
): Promise<readonly Work[]> {
  const ended = await runtime.store.readExecution(head.execution);
  if (ended?.epoch !== head.epoch || ended.endedAt === undefined) return [];
  return finish(runtime, flow, ended);
}

function report(runtime: Runtime, flow: Flow, ended: Execution): void {
  const { id: execution, state, error, createdAt, endedAt = createdAt } = ended;
  const { namespace, id: flowId } = flow;
  runtime.logs.write({
    timestamp: endedAt,
    level: error ? 'ERROR' : 'INFO',
    message: error ? error.message : `Execution ended ${state}`,
    executionId: execution,
    namespace,
    flowId,
    revision: flow.revision,
  });
  runtime.metrics.count('executions', 1, { state });
  runtime.metrics.duration('execution', endedAt - createdAt, {});
}

async function outputsOf(
  runtime: Runtime,
  flow: Flow,
  at: Cursor,
): Promise<Pick<End, 'outputs'> | { error: Failure }> {
  if (flow.outputs.length === 0) return {};
  const { execution: id, createdAt } = at.head;
  const records = new Records(runtime, { execution: id, live: at.live });
  const position = { execution: id, createdAt };
  const { logs } = runtime;
  const host = hostOf(runtime, { namespace: flow.namespace, execution: { id, records, logs } });
  const means = { settings: runtime.settings, secrets: host.secrets };
  const variables = executionVariables(flow, records, means, position);
  try {
    const { outputsOfFlow } = await import('./flow-outputs.ts');
    const outputs = await outputsOfFlow(flow, { variables, host });
    const sealed = host.secrets.sealTexts(outputs);
    return { outputs: await pack(sealed, runtime.blobs, `${id}/outputs`) };
  } catch (error) {
    const failure = maskedFailure(failureOf(error), host.secrets.mask);
    return { error: { ...failure, message: `Outputs failed: ${failure.message}` } };
  }
}
