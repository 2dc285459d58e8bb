/**
 * Quotas: how many executions of a flow may be started within a span of time that moves with the
 * clock. Each quota is a set of who started when; those that have left the span make room when the
 * set is found full. An execution that is refused counts for nothing.
 */
import type { Execution } from '../engine/execution.ts';
import type { Flow, Quota } from '../engine/flow.ts';
import type { FlowSetKey } from '../engine/ports.ts';
import type { Runtime } from './runtime.ts';

interface Overrun {
  readonly behavior: Quota['behavior'];
  readonly reason: string;
}

/** The first quota that is used up, or undefined where there is room in all. */
export async function takeQuotas(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
): Promise<Overrun | undefined> {
  // One that waits for a place has been counted when it came.
  if (execution.state !== 'CREATED') return undefined;
  const member = memberOf(execution);
  const taken: FlowSetKey[] = [];
  for (const quota of flow.quotas ?? []) {
    const key = keyOf(flow, quota);
    if (await take(runtime, key, quota, member)) {
      taken.push(key);
      continue;
    }
    for (const other of taken) await runtime.store.leaveFlowSet(other, [member]);
    const { behavior, limit, durationMs } = quota;
    return { behavior, reason: `quota exceeded: ${limit} within ${durationMs / 1000} seconds` };
  }
  return undefined;
}

async function take(
  { store, clock }: Runtime,
  key: FlowSetKey,
  { limit, durationMs }: Quota,
  member: string,
): Promise<boolean> {
  if (await store.joinFlowSet(key, member, limit)) return true;
  const since = clock.now() - durationMs;
  const members = await store.readFlowSet(key);
  const left = members.filter((one) => startOf(one) <= since);
  if (left.length === 0) return false;
  await store.leaveFlowSet(key, left);
  return store.joinFlowSet(key, member, limit);
}

function keyOf({ namespace, id }: Flow, { durationMs }: Quota): FlowSetKey {
  return { namespace, id, set: `quota-${durationMs}` };
}

/** One that was to start later counts from then. */
function memberOf({ id, createdAt, scheduleDate }: Execution): string {
  return `${Math.max(createdAt, scheduleDate ?? 0).toString(36)}#${id}`;
}

function startOf(member: string): number {
  return Number.parseInt(member, 36);
}
