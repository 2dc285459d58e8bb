/** What must hold when all is over. */
import { readBaton } from '../../src/engine/baton.ts';
import { isEnd } from '../../src/engine/states.ts';
import type { Execution, Slot } from '../../src/engine/execution.ts';
import { freeEnded, placesOf, promote } from '../../src/runtime/places.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { type ExecutionView, viewExecution } from '../../src/runtime/view.ts';
import { check } from './invariants.ts';
import { expected, expectedLast, first } from './oracle.ts';
import { type Aftermath, familyOf } from './run.ts';
import { listenedStates, namespace } from './source.ts';
import {
  checkOddEnd,
  circumstancesOf,
  checkRuns,
  isHidden,
  isRefused,
  oddFamilies,
} from './timely.ts';
import type { FlowSpec } from './spec.ts';

export async function judge(aftermath: Aftermath): Promise<void> {
  const { world, flows, disturbed, revisions, wish } = aftermath;
  const { executions } = world.store.tables;
  const odd = oddFamilies(aftermath);
  const runtime = world.reliable();
  for (const execution of executions.values()) {
    const { id, state, dueAt } = execution;
    check(isEnd(state), () => `B4: ${id} is left ${state}`);
    check(dueAt === undefined, () => `B4: ${id} has ended and is still due`);
    const view = await viewExecution(runtime, id);
    check(view !== undefined, () => `${id} has no view`);
    checkView(aftermath, execution, view);
    const flow = revisions.get(`${execution.flow.id} ${execution.flow.revision}`);
    check(flow !== undefined, () => `${id} is of no revision of ours`);
    checkOddEnd(aftermath, flow, execution);
    const wished = wish?.flow === flow.id ? wish.becomes : undefined;
    check(state === (wished ?? state), () => `wish: ${id} is ${state}, must be ${wished}`);
    const slots = slotsOf(aftermath, id);
    const family = familyOf(execution);
    const isSettled =
      !disturbed.has(family) &&
      !odd.has(family) &&
      !isRefused(execution) &&
      !isTakenBack(aftermath, execution);
    if (isSettled) checkExpected(flows, flow, { slots, view, execution });
  }
  checkRuns(aftermath, odd);
  checkChildren(aftermath);
  checkCounts(aftermath, odd);
  await checkPlaces(aftermath);
  await checkSilence(aftermath);
}

function flowOf(flows: readonly FlowSpec[], { flow }: Execution): FlowSpec {
  const found = flows.find(({ id }) => id === flow.id);
  check(found !== undefined, () => `${flow.id} is no flow of ours`);
  return found;
}

/** Records, log and view tell the same. */
function checkView(aftermath: Aftermath, execution: Execution, view: ExecutionView): void {
  const { world } = aftermath;
  const { id, epoch, state } = execution;
  check(view.state === state, () => `view: ${id} is ${state} and shown ${view.state}`);
  const shown = new Map(view.taskRuns.map((run) => [run.path, run]));
  const slots = slotsOf(aftermath, id);
  for (const slot of slots.values()) {
    if (slot.held || slot.epoch > epoch || isHidden(slot.path)) continue;
    const run = shown.get(slot.path);
    if (!run && isOfEarlierRound(slot.path, slots)) continue;
    // What handled an earlier end is no longer told; a halt is an epoch in which nothing runs.
    const isHandler = /(^|\/)(errors|finally|afterExecution)\//.test(slot.path);
    const last = execution.halting ? epoch - 1 : epoch;
    if (!run && isHandler && slot.epoch < last) continue;
    check(run !== undefined, () => `view: ${id} does not show ${slot.path}`);
    if (!isEnd(slot.state)) continue;
    check(
      run.state === slot.state,
      () => `view: ${id} ${slot.path} is ${slot.state}, shown ${run.state}`,
    );
  }
  const ends = world.observer.ends.get(id) ?? [];
  check(ends.at(-1)?.epoch === epoch, () => `${id} has not ended in epoch ${epoch}`);
  const lines = world.logged.filter(
    ({ executionId, message }) => executionId === id && message.startsWith('Execution ended'),
  );
  check(
    lines.length <= ends.length || world.observer.hasRewritten,
    () => `log: ${id} ended ${ends.length} times, says ${lines.length}`,
  );
}

function slotsOf({ world }: Aftermath, id: string): ReadonlyMap<string, Slot> {
  return world.store.tables.slots.get(id) ?? new Map<string, Slot>();
}

/** Of rounds the view tells the last one that was opened. */
function isOfEarlierRound(path: string, slots: ReadonlyMap<string, Slot>): boolean {
  if (!path.includes('[')) return false;
  return [...path.matchAll(/\[(\d+)\]/g)].some(({ 1: round, index }) => {
    const fan = slots.get(path.slice(0, index))?.fan;
    if (typeof fan !== 'string') return false;
    return Number(round) < ((JSON.parse(fan) as { round?: number }).round ?? 0);
  });
}

/** It was about to begin when the execution was ended: only that is recorded of it. */
function isCutOff(execution: Execution, { attempts }: TaskRun): boolean {
  return attempts === undefined && wasHalted(execution);
}

/** A task that came late, after the halt of its execution, has started it, and killed it again. */
function isTakenBack({ world }: Aftermath, { state, waiter }: Execution): boolean {
  if (state !== 'KILLED' || waiter === undefined) return false;
  const parent = world.store.tables.executions.get(readBaton(waiter).execution);
  return parent !== undefined && wasHalted(parent);
}

function wasHalted({ state, history = [] }: Execution): boolean {
  return state === 'KILLED' || history.some((change) => change.state === 'KILLING');
}

type TaskRun = ExecutionView['taskRuns'][number];

interface Ended {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly view: ExecutionView;
  readonly execution: Execution;
}

function checkExpected(
  flows: readonly FlowSpec[],
  flow: FlowSpec,
  { slots, view, execution }: Ended,
): void {
  const { id } = view;
  const verdict = expected(flows, flow, circumstancesOf(execution));
  if (verdict.isUnsure) return;
  const where = (path: string) => `oracle: ${id} ${flow.id} ${path}`;
  check(
    view.state === verdict.state,
    () => `${where('')}is ${view.state}, must be ${verdict.state}`,
  );
  const shown = new Map(view.taskRuns.map((run) => [run.path, run]));
  for (const [path, run] of verdict.runs) {
    const real = shown.get(path);
    if (run.mayBeHidden || (!real && !run.isCertain)) continue;
    if (!real && isOfEarlierRound(path, slots)) continue;
    check(real !== undefined, () => `${where(path)} must have run`);
    check(real.state === run.state, () => `${where(path)} is ${real.state}, must be ${run.state}`);
    const attempts = real.attempts?.at(-1)?.number;
    if (run.attempts !== undefined)
      check(
        attempts === run.attempts,
        () => `${where(path)} has ${attempts} attempts, must have ${run.attempts}`,
      );
    const value = (real.outputs as { value?: string } | undefined)?.value;
    if (run.value !== undefined)
      check(value === run.value, () => `${where(path)} gives ${value}, must give ${run.value}`);
  }
  for (const [path, run] of shown) {
    if (isCutOff(execution, run)) continue;
    check(verdict.runs.has(path), () => `${where(path)} must not run`);
  }
  const output = (view.outputs as { all?: string } | undefined)?.all;
  check(
    output === verdict.output,
    () => `${where('outputs')}: ${output}, must be ${verdict.output}`,
  );
  for (const label of verdict.labels) {
    check(execution.labels[label] === 'set', () => `${where('labels')}: ${label} is not there`);
  }
}

/** Who waits for another execution has not ended well before it. */
function checkChildren({ world }: Aftermath): void {
  const { slots, executions } = world.store.tables;
  for (const [id, ours] of slots) {
    // What is left of one that was deleted is nobody's.
    const execution = executions.get(id);
    if (!execution) continue;
    for (const { child, state, path, epoch } of ours.values()) {
      // A restart while tasks for afterwards run need not come to each of them again.
      if (child === undefined || epoch < execution.epoch) continue;
      const ended = executions.get(child);
      check(
        ended === undefined || isEnd(ended.state),
        () => `${path} waits for ${child}, which is ${ended?.state}`,
      );
      check(state !== 'RUNNING' || !ended, () => `${path} is not told that ${child} has ended`);
    }
  }
}

/** A Flow trigger fires once per end; a task that calls a flow starts it once per attempt. */
function checkCounts(aftermath: Aftermath, odd: ReadonlySet<string>): void {
  const { world, flows, disturbed, replayed, unheard } = aftermath;
  const executions = [...world.store.tables.executions.values()];
  for (const { id, listensTo } of flows) {
    if (listensTo === undefined) continue;
    let causes = 0;
    for (const { id: other, flow } of executions) {
      if (flow.id !== listensTo) continue;
      const ends = world.observer.ends.get(other) ?? [];
      causes += ends.filter(({ state }) => listenedStates.includes(state)).length;
    }
    // What retries another was not started by the trigger.
    const fired = executions.filter(
      ({ flow, trigger, originalId }) =>
        flow.id === id && trigger !== undefined && originalId === undefined,
    ).length;
    const isRight = unheard ? fired <= causes : fired === causes;
    const what = () =>
      `trigger: ${id} was started ${fired} times, for ${causes} ends of ${listensTo}`;
    if (!replayed && !world.observer.hasRewritten) check(isRight, what);
  }
  if (disturbed.size > 0) return;
  checkCalls(aftermath, odd);
}

function checkCalls(aftermath: Aftermath, odd: ReadonlySet<string>): void {
  const { world, flows } = aftermath;
  const families = Map.groupBy(world.store.tables.executions.values(), familyOf);
  for (const [family, members] of families) {
    const root = members.find(({ id }) => id === family);
    check(root !== undefined, () => `the first of ${family} is gone`);
    if (odd.has(family) || members.some(isRefused)) continue;
    const { calls, isCertain, isUnsure } = expectedLast(flows, flowOf(flows, root), first.input);
    if (!isCertain || isUnsure) continue;
    for (const flow of flows) {
      const called = members.filter(
        ({ id, flow: { id: name } }) => id !== family && name === flow.id,
      );
      const meant = called.filter((one) => !isTakenBack(aftermath, one)).length;
      const must = calls.get(flow.id) ?? 0;
      check(
        meant <= must && must <= called.length,
        () => `calls: ${family} started ${flow.id} ${called.length} times, must be ${must}`,
      );
    }
  }
}

async function checkPlaces({ world, flows }: Aftermath): Promise<void> {
  const { store, observer } = world;
  const { queued } = observer;
  check(queued.length === 0, () => `places: ${queued.join(', ')} still wait for a place`);
  for (const { id } of flows) {
    const flow = { namespace, id };
    const held = await store.readFlowSet(placesOf(flow));
    // A place that is left is found by whoever needs one, an entry by the next that is given back.
    const kept = held.filter((member) => !observer.isLeft(member));
    check(kept.length === 0, () => `places: ${kept.join(', ')} keep places of ${id}`);
    await freeEnded(world.reliable(), flow);
    const left = await store.readFlowSet(placesOf(flow));
    check(left.length === 0, () => `places: nobody frees those of ${left.join(', ')}`);
    await promote(world.reliable(), flow);
    const waiting = await store.nextQueued(flow);
    check(waiting === undefined, () => `places: nobody takes ${waiting?.id} out of the queue`);
  }
}

/** Nothing is left: no message, no dead letter, nothing that a sweep would find. */
async function checkSilence({ world }: Aftermath): Promise<void> {
  world.clock.advance(24 * 3_600_000);
  const recovered = await sweep(world.reliable());
  check(recovered === 0, () => `B4: a sweep finds ${recovered} after all has ended`);
  check(world.queue.size === 0, () => `a message outlives its execution`);
}
