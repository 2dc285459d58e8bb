/** The smallest flows, by leaving out tasks, with which a seed still breaks the same thing. */
import { type Try, trySeed } from './seed.ts';
import { type FlowSpec, isFlowable, type Lists, type TaskSpec } from './spec.ts';

const tries = 400;

export async function shrink(tried: Try, flows: readonly FlowSpec[]): Promise<readonly FlowSpec[]> {
  const { broken } = await trySeed(tried, flows);
  const kind = kindOf(broken);
  let smallest = flows;
  let left = tries;
  for (let isSmaller = true; isSmaller && left > 0; ) {
    isSmaller = false;
    for (const candidate of smaller(smallest)) {
      left -= 1;
      if (left === 0) break;
      const outcome = await trySeed(tried, candidate);
      if (outcome.broken === undefined || kindOf(outcome.broken) !== kind) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

function kindOf(broken: string | undefined): string | undefined {
  return broken?.split(':')[0];
}

function* smaller(flows: readonly FlowSpec[]): Iterable<readonly FlowSpec[]> {
  for (const [index, flow] of flows.entries()) {
    const isNeeded =
      JSON.stringify(flows).includes(`"flow":"${flow.id}"`) ||
      flows.some(({ listensTo }) => listensTo === flow.id);
    if (!isNeeded && flows.length > 1) yield flows.toSpliced(index, 1);
    for (const lists of smallerLists(flow.lists)) {
      if (lists.tasks.length > 0) yield flows.with(index, { ...flow, lists });
    }
    const { attempts: _, limit: __, ...plain } = flow;
    if (flow.attempts !== undefined || flow.limit !== undefined) yield flows.with(index, plain);
  }
}

function* smallerLists<L extends Lists>(lists: L): Iterable<L> {
  for (const name of ['tasks', 'errors', 'finally', 'afterExecution', 'other'] as const) {
    const list = (lists as Partial<Record<typeof name, readonly TaskSpec[]>>)[name];
    if (!list) continue;
    if (['errors', 'finally', 'afterExecution'].includes(name)) {
      const { [name as 'errors']: _, ...rest } = lists;
      yield rest as unknown as L;
    }
    for (const shorter of smallerList(list)) yield { ...lists, [name]: shorter };
  }
}

function* smallerList(list: readonly TaskSpec[]): Iterable<readonly TaskSpec[]> {
  if (list.length > 1) for (const index of list.keys()) yield list.toSpliced(index, 1);
  for (const [index, task] of list.entries()) {
    for (const simpler of simplerTasks(task)) yield list.with(index, simpler);
  }
}

function* simplerTasks(task: TaskSpec): Iterable<TaskSpec> {
  if (!isFlowable(task)) {
    if (task.kind !== 'give') yield { id: task.id, kind: 'give', refs: [] };
    return;
  }
  yield { id: task.id, kind: 'give', refs: [] };
  for (const below of smallerLists(task)) {
    // What a graph's tasks wait for is told by their place.
    if (below.kind !== 'dag' || below.tasks.length === task.tasks.length) yield below;
  }
}
