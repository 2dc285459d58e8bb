/**
 * The state store in memory. Each operation is atomic and durable once it resolved, as a conditional
 * write of DynamoDB is; only lists may lag behind, as its indexes do. Records are kept as they were
 * given: they are readonly, and copying them is what a simulation would spend its time on.
 */
import type { Execution, ExecutionId, Slot } from '../../engine/execution.ts';
import type { Clock, StateStore, StoredFlow, TriggerState } from '../../engine/ports.ts';
import { type Flow, isListener } from '../../engine/flow.ts';
import { isEnd } from '../../engine/states.ts';
import { simulatedFans } from './fans.ts';
import { LaggingIndex } from './lagging-index.ts';
import { flowPage, executionPage } from './lists.ts';
import { simulatedFlowSets, simulatedQueues } from './places.ts';

/** What the port promises at least. */
const haltedKeptMs = 5 * 60_000;

export interface SimulatedStoreOptions {
  readonly clock: Clock;
  /** How long a list does not show what was just written; asked once per write. */
  readonly indexLagMs?: () => number;
}

export interface SimulatedStore extends StateStore {
  /** For checkers: all there is, as it is now. */
  readonly tables: Tables;
}

interface Tables {
  readonly executions: ReadonlyMap<ExecutionId, Execution>;
  readonly slots: ReadonlyMap<ExecutionId, ReadonlyMap<string, Slot>>;
}

export function simulatedStore({ clock, indexLagMs }: SimulatedStoreOptions): SimulatedStore {
  const executions = new Map<ExecutionId, Execution>();
  const deleted = new Set<ExecutionId>();
  const index = new LaggingIndex<Execution>(clock, indexLagMs ?? (() => 0));
  const slots = new Map<ExecutionId, Map<string, Slot>>();
  const save = (execution: Execution) => {
    executions.set(execution.id, execution);
    index.put(execution.id, execution);
  };
  const { forget, ...fans } = simulatedFans();
  return {
    tables: { executions, slots },
    ...fans,
    ...simulatedFlows(),
    ...simulatedTriggerStates(),
    ...simulatedFlowSets(),
    ...simulatedQueues(),
    ...simulatedSlots(slots),
    ...simulatedHalts(),

    async createExecution(execution) {
      const { id } = execution;
      if (executions.has(id) || deleted.has(id)) return 'exists';
      save(execution);
      return 'created';
    },
    readExecution: async (id) => executions.get(id),
    async endExecution(id, epoch, end) {
      const standing = executions.get(id);
      if (standing?.epoch !== epoch || standing.endedAt !== undefined) return undefined;
      const { dueAt: _, ...rest } = standing;
      const ended = { ...rest, ...end };
      save(ended);
      return ended;
    },
    async replaceExecution(seen, next) {
      const standing = executions.get(seen.id);
      if (!standing || !isSame(standing, seen)) return false;
      save({ ...next, version: (seen.version ?? 0) + 1 });
      return true;
    },
    async deleteExecution(seen) {
      const standing = executions.get(seen.id);
      if (!standing || !isSame(standing, seen)) return false;
      executions.delete(seen.id);
      deleted.add(seen.id);
      index.delete(seen.id);
      slots.delete(seen.id);
      forget(seen.id);
      return true;
    },
    async postpone(id, dueAt) {
      const standing = executions.get(id);
      if (standing?.dueAt !== undefined) save({ ...standing, dueAt });
    },
    listExecutions: async (query) => executionPage(index.values(), query),
    async listOverdue(now, limit) {
      const due = [...index.values()].flatMap(({ id, dueAt }) =>
        dueAt !== undefined && dueAt <= now ? [{ id, dueAt }] : [],
      );
      const mostOverdue = due.sort((a, b) => a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1));
      return mostOverdue.slice(0, limit).map(({ id }) => id);
    },
    settled: async () => undefined,
  };
}

function simulatedHalts(): Pick<
  StateStore,
  'noteHalted' | 'notePaused' | 'forgetPaused' | 'readHalted'
> {
  const halted = new Map<ExecutionId, { readonly epoch: number; readonly at: number }>();
  const paused = new Set<string>();
  return {
    async noteHalted(id, epoch, at) {
      halted.set(id, { epoch: Math.max(epoch, halted.get(id)?.epoch ?? 0), at });
    },
    async notePaused(name) {
      paused.add(name);
    },
    async forgetPaused(name) {
      paused.delete(name);
    },
    async readHalted(now) {
      const lately = [...halted].filter(([, { at }]) => at >= now - haltedKeptMs);
      const epochs = new Map(lately.map(([id, { epoch }]) => [id, epoch]));
      return { epochs, paused: new Set(paused) };
    },
  };
}

function simulatedSlots(
  slots: Map<ExecutionId, Map<string, Slot>>,
): Pick<StateStore, 'commitSlot' | 'replaceSlot' | 'readSlot' | 'readSlots'> {
  return {
    async commitSlot(id, slot) {
      const ours = slots.get(id) ?? new Map<string, Slot>();
      slots.set(id, ours);
      const standing = ours.get(slot.path);
      if (standing && !isLater(slot, standing)) return { won: false, slot: standing };
      ours.set(slot.path, slot);
      return { won: true };
    },
    async replaceSlot(id, seen, slot) {
      const ours = slots.get(id) ?? new Map<string, Slot>();
      slots.set(id, ours);
      const standing = ours.get(slot.path);
      if (standing?.epoch !== seen?.epoch || standing?.turn !== seen?.turn) return false;
      ours.set(slot.path, slot);
      return true;
    },
    readSlot: async (id, path) => slots.get(id)?.get(path),
    async *readSlots(id, prefix = '') {
      for (const slot of slots.get(id)?.values() ?? []) {
        if (slot.path.startsWith(prefix)) yield slot;
      }
    },
  };
}

function isSame(a: Execution, b: Execution): boolean {
  return a.version === b.version && a.epoch === b.epoch && a.state === b.state;
}

function isLater(a: Slot, b: Slot): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.turn > b.turn && !isEnd(b.state));
}

function simulatedFlows(): Pick<
  StateStore,
  'putFlow' | 'readFlow' | 'listFlows' | 'listListeners'
> {
  const revisions = new Map<string, StoredFlow[]>();
  const keyOf = (namespace: string, id: string) => JSON.stringify([namespace, id]);
  return {
    async putFlow(source, compiled) {
      const key = keyOf(compiled.namespace, compiled.id);
      const ours = revisions.get(key) ?? [];
      revisions.set(key, ours);
      const latest = ours.at(-1);
      if (latest?.source === source) return { ...latest, changed: false };
      const stored = { flow: asRevision(compiled, ours.length + 1), source };
      ours.push(stored);
      return { ...stored, changed: true };
    },
    async readFlow(namespace, id, revision) {
      const ours = revisions.get(keyOf(namespace, id));
      return revision === undefined ? ours?.at(-1) : ours?.[revision - 1];
    },
    listListeners: async () =>
      [...revisions.values()].flatMap((ours) => {
        const flow = ours.at(-1)?.flow;
        if (flow === undefined || !isListener(flow)) return [];
        return [{ namespace: flow.namespace, id: flow.id, revision: flow.revision }];
      }),
    async listFlows(page) {
      const latest = [...revisions.values()].flatMap((ours) => ours.at(-1)?.flow ?? []);
      return flowPage(latest, page);
    },
  };
}

const numbered = new WeakMap<object, Flow[]>();

/** The same object for the same flow and number: what the engine has worked out about it stays. */
function asRevision(compiled: Omit<Flow, 'revision'>, revision: number): Flow {
  const ours = numbered.get(compiled) ?? [];
  numbered.set(compiled, ours);
  const flow = ours[revision] ?? { ...compiled, revision };
  ours[revision] = flow;
  return flow;
}

function simulatedTriggerStates(): Pick<StateStore, 'readTriggerState' | 'writeTriggerState'> {
  const states = new Map<string, TriggerState>();
  return {
    readTriggerState: async (key) => states.get(JSON.stringify(key)),
    async writeTriggerState(key, state) {
      const name = JSON.stringify(key);
      if ((states.get(name)?.version ?? 0) !== state.version - 1) return false;
      states.set(name, state);
      return true;
    },
  };
}
