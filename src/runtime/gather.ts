/** Whether the dependencies of a Flow trigger are fulfilled, with what its window has gathered. */
import type { FlowKey } from '../engine/flow.ts';
import type { TriggerStateKey } from '../engine/ports.ts';
import type { Dependencies, FlowTrigger } from '../engine/trigger.ts';
import { dates } from '../expression/libraries.ts';
import { settle } from '../expression/pending.ts';
import { allHold } from '../triggers/conditions.ts';
import { type Event, gather, type Gathering, nothingGathered } from '../triggers/gathering.ts';
import { dayMs, windowAt } from '../triggers/windows.ts';
import { causeOf } from './cause-key.ts';
import type { Runtime } from './runtime.ts';
import type { Upstream, UpstreamScope } from './upstream.ts';

interface Considered {
  readonly trigger: FlowTrigger;
  readonly context: UpstreamScope;
}

/** The executions that fulfil them, the causing one last; undefined: something is still missing. */
export async function fulfil(
  runtime: Runtime,
  upstream: Upstream,
  { namespace, id }: FlowKey,
  { trigger, context }: Considered,
): Promise<readonly string[] | undefined> {
  const { dependencies } = trigger;
  const { execution } = upstream;
  if (dependencies === undefined) return [execution.id];
  const fulfilled = await settle(() =>
    dependencies.of.filter(({ conditions }) => allHold(conditions, context)).map((one) => one.id),
  );
  const at = execution.endedAt ?? runtime.clock.now();
  const place = await placeOf(dependencies, at);
  if (fulfilled.length === 0 || place === undefined) return undefined;
  // One is enough, every time: there is nothing to remember.
  if (dependencies.needed === 1 && dependencies.onceFired === 'reset') return [execution.id];
  const key = {
    namespace,
    flowId: id,
    triggerId: trigger.id,
    name: `${dependencies.id} ${place.name}`,
  };
  const event = { cause: causeOf(upstream), execution: execution.id, at, fulfilled };
  return remember(runtime, key, dependencies, { event, ...place });
}

interface Place {
  readonly name: string;
  /** What happened before this no longer counts. */
  readonly since: number;
  readonly expiresAt: number;
}

async function placeOf({ window }: Dependencies, at: number): Promise<Place | undefined> {
  if (window.type === 'lookback') {
    return { name: 'lookback', since: at - window.ms, expiresAt: at + window.ms + dayMs };
  }
  const { timezone } = window;
  const offsetMs =
    timezone === undefined
      ? 0
      : (await settle(() => dates().offsetAt(timezone, Math.floor(at / 1000)))) * 1000;
  const span = windowAt(window, at + offsetMs);
  if (span === undefined) return undefined;
  // A redelivered message must still find what it did: records outlive their window by a day.
  return { name: span.name, since: -Infinity, expiresAt: span.end - offsetMs + dayMs };
}

/** Takes the event into the window. Whoever is faster is read and added to. */
async function remember(
  runtime: Runtime,
  key: TriggerStateKey,
  dependencies: Dependencies,
  { event, since, expiresAt }: { readonly event: Event } & Omit<Place, 'name'>,
): Promise<readonly string[] | undefined> {
  for (;;) {
    const standing = await runtime.store.readTriggerState(key);
    const before = standing ? (JSON.parse(standing.value) as Gathering) : nothingGathered;
    const { next, fires } = gather(before, dependencies, event, since);
    if (next === undefined) return fires;
    const version = (standing?.version ?? 0) + 1;
    const state = { version, value: JSON.stringify(next), expiresAt };
    if (await runtime.store.writeTriggerState(key, state)) return fires;
  }
}
