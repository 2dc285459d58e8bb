/**
 * Performs effects in the order the invariants ask for: joins and claims first, which may lead to
 * more effects; then all sends, in as few requests as the queue allows; then the end. Whoever calls
 * this deletes its message only after it resolved (B2).
 *
 * `again` is for whoever found the work done: what has been recorded since is not sent again. Without
 * that one look a single duplicate would follow the execution to its end, running every task twice.
 */
import { type Baton, batonKey, writeBaton } from '../engine/baton.ts';
import { decide } from '../engine/decide.ts';
import type { Effect, View } from '../engine/effect.ts';
import type { Flow, Lane } from '../engine/flow.ts';
import type { Message } from '../engine/ports.ts';
import { answers } from '../engine/standing.ts';
import { close, reachEnd } from './end.ts';
import type { Runtime } from './runtime.ts';

export async function perform(
  runtime: Runtime,
  flow: Flow,
  view: View,
  effects: readonly Effect[],
  again = false,
): Promise<void> {
  const todo = [...effects];
  const messages: Message[] = [];
  const ends: Extract<Effect, { type: 'end' | 'close' }>[] = [];
  for (let effect = todo.shift(); effect; effect = todo.shift()) {
    switch (effect.type) {
      case 'send':
        if (again && (await isRecorded(runtime, flow, effect.baton))) break;
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
      case 'close':
        ends.push(effect);
        break;
    }
  }
  if (messages.length > 0) await runtime.queue.send(messages);
  for (const effect of ends) {
    if (effect.type === 'end') await reachEnd(runtime, flow, effect.at, effect.state);
    else await close(runtime, flow, effect.at);
  }
}

/** In this epoch: from a record that was kept of an earlier one nobody has gone on yet. */
async function isRecorded(runtime: Runtime, flow: Flow, baton: Baton): Promise<boolean> {
  if (baton.range) return false; // Its members have records of their own.
  const slot = await runtime.store.readSlot(baton.execution, baton.path);
  return slot !== undefined && slot.epoch >= baton.epoch && answers(flow, slot, baton);
}

function messageOf(baton: Baton, lane: Lane, notBefore: number | undefined): Message {
  return {
    body: writeBaton(baton),
    lane,
    key: batonKey(baton),
    ...(notBefore !== undefined && { notBefore }),
  };
}
