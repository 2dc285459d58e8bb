/**
 * Performs effects in the order the invariants ask for: joins and claims first, which may lead to
 * more effects; then all sends, in as few requests as the queue allows; then the end. Whoever calls
 * this deletes its message only after it resolved (B2).
 *
 * `again` is for whoever found the work done: what has been recorded since is not sent again. Without
 * that one look a single duplicate would follow the execution to its end, running every task twice.
 */
import { type Baton, batonKey, writeBaton } from '../engine/baton.ts';
import { type Cursor, decide, type Effect, type View } from '../engine/decide.ts';
import type { End, Failure, Slot } from '../engine/execution.ts';
import type { Flow, Lane } from '../engine/flow.ts';
import type { Message } from '../engine/ports.ts';
import { type EndState, isEnd } from '../engine/states.ts';
import { settle } from '../expression/pending.ts';
import { executionVariables } from './context.ts';
import { failureOf } from './failure.ts';
import { renderOutputs } from './flow-outputs.ts';
import { fireFlowTriggers } from './flow-triggers.ts';
import { hostOf } from './host.ts';
import { pack } from './pack.ts';
import { Records } from './records.ts';
import type { Runtime } from './runtime.ts';
import { maskedFailure } from './secrets.ts';

export async function perform(
  runtime: Runtime,
  flow: Flow,
  view: View,
  effects: readonly Effect[],
  again = false,
): Promise<void> {
  const todo = [...effects];
  const messages: Message[] = [];
  const ends: Extract<Effect, { type: 'end' }>[] = [];
  for (let effect = todo.shift(); effect; effect = todo.shift()) {
    switch (effect.type) {
      case 'send':
        if (again && (await isRecorded(runtime, effect.baton))) break;
        messages.push(messageOf(effect.baton, effect.lane, effect.notBefore));
        break;
      case 'join': {
        const { at, step, key } = effect;
        const members = await runtime.store.addToJoin(at.head.execution, key, step.member);
        todo.push(...decide(flow, view, { type: 'joined', at, step, members }));
        break;
      }
      case 'claim': {
        const { at, claim } = effect;
        const member = await runtime.store.claimMember(at.head.execution, claim);
        // A late duplicate: whoever went on with this place has sent what there was to send.
        if (member === 'passed') break;
        todo.push(...decide(flow, view, { type: 'claimed', at, member }));
        break;
      }
      case 'end':
        ends.push(effect);
        break;
    }
  }
  if (messages.length > 0) await runtime.queue.send(messages);
  for (const { at, state } of ends) await end(runtime, flow, at, state);
}

async function isRecorded(runtime: Runtime, baton: Baton): Promise<boolean> {
  if (baton.range) return false; // Its members have records of their own.
  return (await standingSlot(runtime, baton)) !== undefined;
}

/** The slot of a baton's task run, where it is at least as far as the baton. */
export async function standingSlot(runtime: Runtime, baton: Baton): Promise<Slot | undefined> {
  const slot = await runtime.store.readSlot(baton.execution, baton.path);
  if (!slot || slot.epoch < baton.epoch) return undefined;
  return slot.epoch > baton.epoch || slot.turn >= baton.turn ? slot : undefined;
}

function messageOf(baton: Baton, lane: Lane, notBefore: number | undefined): Message {
  return {
    body: writeBaton(baton),
    lane,
    key: batonKey(baton),
    ...(notBefore !== undefined && { notBefore }),
  };
}

/** Renders the flow's outputs and ends the execution, once: the header's condition decides (B1). */
async function end(runtime: Runtime, flow: Flow, at: Cursor, reached: EndState): Promise<void> {
  const { execution, epoch, createdAt } = at.head;
  const result = await outputsOf(runtime, flow, at);
  const state = 'error' in result ? 'FAILED' : reached;
  const endedAt = runtime.clock.now();
  const done: End = { state, endedAt, ...result };
  const ended = await runtime.store.endExecution(execution, epoch, done);
  if (!ended) return fireAgain(runtime, flow, execution, epoch);
  const { namespace, id: flowId } = flow;
  runtime.logs.write({
    timestamp: endedAt,
    level: 'error' in result ? 'ERROR' : 'INFO',
    message:
      'error' in result ? `Outputs failed: ${result.error.message}` : `Execution ended ${state}`,
    executionId: execution,
    namespace,
    flowId,
    revision: flow.revision,
  });
  runtime.metrics.count('executions', 1, { state });
  runtime.metrics.duration('execution', endedAt - createdAt, {});
  await fireFlowTriggers(runtime, flow, ended);
}

/** Whoever ended it may have died before its end was told to the flows that wait for it. */
async function fireAgain(runtime: Runtime, flow: Flow, id: string, epoch: number): Promise<void> {
  const execution = await runtime.store.readExecution(id);
  if (execution?.epoch !== epoch || !isEnd(execution.state)) return;
  await fireFlowTriggers(runtime, flow, execution);
}

async function outputsOf(
  runtime: Runtime,
  flow: Flow,
  at: Cursor,
): Promise<Pick<End, 'outputs'> | { error: Failure }> {
  if (flow.outputs.length === 0) return {};
  const records = new Records(runtime, { execution: at.head.execution, live: at.live });
  const position = { execution: at.head.execution, createdAt: at.head.createdAt };
  const host = hostOf(runtime, flow);
  const means = { settings: runtime.settings, secrets: host.secrets };
  const variables = executionVariables(flow, records, means, position);
  try {
    const outputs = await settle(() => renderOutputs(flow, { variables, host }));
    return { outputs: await pack(outputs, runtime.blobs, `${at.head.execution}/outputs`) };
  } catch (error) {
    return { error: maskedFailure(failureOf(error), host.secrets.mask) };
  }
}
