/** Sets of flows and the executions that wait for a place, in memory. */
import type { FlowName, FlowSetKey, StateStore, Waiting } from '../../engine/ports.ts';

type Sets = Pick<StateStore, 'joinFlowSet' | 'leaveFlowSet' | 'readFlowSet'>;
type Queues = Pick<StateStore, 'enqueueExecution' | 'dequeueExecution' | 'nextQueued'>;

export function simulatedFlowSets(): Sets {
  const sets = new Map<string, Set<string>>();
  const setOf = ({ namespace, id, set }: FlowSetKey): Set<string> => {
    const key = JSON.stringify([namespace, id, set]);
    const known = sets.get(key) ?? new Set<string>();
    sets.set(key, known);
    return known;
  };
  return {
    async joinFlowSet(key, member, max) {
      const members = setOf(key);
      if (members.has(member)) return true;
      if (members.size >= max) return false;
      members.add(member);
      return true;
    },
    async leaveFlowSet(key, members) {
      for (const member of members) setOf(key).delete(member);
    },
    readFlowSet: async (key) => [...setOf(key)],
  };
}

export function simulatedQueues(): Queues {
  const queues = new Map<string, Map<string, Waiting>>();
  const queueOf = ({ namespace, id }: FlowName): Map<string, Waiting> => {
    const key = JSON.stringify([namespace, id]);
    const known = queues.get(key) ?? new Map<string, Waiting>();
    queues.set(key, known);
    return known;
  };
  return {
    enqueueExecution: async (flow, waiting) => void queueOf(flow).set(waiting.id, waiting),
    dequeueExecution: async (flow, { id }) => void queueOf(flow).delete(id),
    nextQueued: async (flow) => [...queueOf(flow).values()].toSorted(oldestFirst)[0],
  };
}

function oldestFirst(a: Waiting, b: Waiting): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}
