/** A task run that waits looks again at once: what it waited for is over. */
import { decide } from '../engine/decide.ts';
import { noView } from '../engine/effect.ts';
import type { Flow } from '../engine/flow.ts';
import type { Replay } from '../engine/replay.ts';
import { advance } from './advance.ts';
import type { Runtime } from './runtime.ts';

export type Waiting = Replay['waiting'][number];

/** Doing it again is harmless: its next turn is recorded once. */
export async function lookAgain(
  runtime: Runtime,
  flow: Flow,
  { baton, slot }: Waiting,
): Promise<void> {
  const due = { ...slot, resumeAt: runtime.clock.now() };
  const effects = decide(flow, noView, { type: 'done', baton, slot: due });
  await advance(runtime, { flow, effects });
}
