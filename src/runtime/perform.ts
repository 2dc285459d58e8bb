/**
 * Performs effects in the order the invariants ask for: joins and claims first, which may lead to
 * more effects; then all sends, in as few requests as the queue allows; the end is left to `advance`. Whoever calls
 * this deletes its message only after it resolved (B2).
 *
 * `again` is for whoever found the work done: what has been recorded since is not sent again. Without
 * that one look a single duplicate would follow the execution to its end, running every task twice.
 */
import { type Baton, batonKey, writeBaton } from '../engine/baton.ts';
import { decide } from '../engine/decide.ts';
import { type Effect, noView, type View } from '../engine/effect.ts';
import type { Flow, Lane } from '../engine/flow.ts';
import type { Message } from '../engine/ports.ts';
import { answers } from '../engine/standing.ts';
import type { Runtime } from './runtime.ts';

/** Effects of one execution, to be done. */
export interface Work {
  readonly flow: Flow;
  readonly effects: readonly Effect[];
  /** What is known beside; nothing where it is absent. */
  readonly view?: View;
  readonly again?: boolean;
}

export type Ending = Extract<Effect, { readonly type: 'end' | 'close' }>;

/** All but the ends, which come back: they are the last thing to be done, and others follow them. */
export async function perform(
  runtime: Runtime,
  { flow, effects, view = noView, again = false }: Work,
): Promise<readonly Ending[]> {
  const todo = [...effects];
  const messages: Message[] = [];
  const ends: Ending[] = [];
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
  return ends;
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
