/** What else people ask for: of executions under way, and of some that have ended. */
import type { SeededRandom } from '../../src/adapters/simulated/random.ts';
import type { Execution, ExecutionId } from '../../src/engine/execution.ts';
import { isEnd } from '../../src/engine/states.ts';
import { changeState, deleteExecution, givenStates, setLabels } from '../../src/runtime/amend.ts';
import { forceRun } from '../../src/runtime/force-run.ts';
import { replayExecution } from '../../src/runtime/fork.ts';
import { pause } from '../../src/runtime/pause.ts';
import { resume } from '../../src/runtime/resume.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { unqueue } from '../../src/runtime/unqueue.ts';
import { type FlowSpec, tasksBelow } from './spec.ts';
import type { World } from './world.ts';

export interface Request {
  readonly name: string;
  readonly work: (runtime: Runtime) => Promise<unknown>;
  /** What it asks for changes what comes of the execution. */
  readonly disturbs?: boolean;
  /** Who listens to the end may hear of it in another way, or not at all. */
  readonly unhears?: boolean;
  readonly replays?: boolean;
}

/** Any answer that a Pause may ask for. */
export const answer = { answer: 'yes' };

export function requestFor(
  world: World,
  execution: Execution,
  flow: FlowSpec,
): Request | undefined {
  return isEnd(execution.state) ? afterEnd(world, execution) : underWay(world, execution, flow);
}

function underWay(
  { random, observer }: World,
  { id, state }: Execution,
  flow: FlowSpec,
): Request | undefined {
  const draw = random.next();
  if (state === 'PAUSED') return resumption(id, flow);
  if (draw < 0.5) return { name: `pause ${id}`, work: (runtime) => pause(runtime, id) };
  if (draw < 0.8 && state !== 'QUEUED') {
    // Of pauses that end by themselves it makes another end.
    observer.force(flow.id);
    const disturbs = hasTimedPause(flow);
    return { name: `force ${id}`, work: (runtime) => forceRun(runtime, id), disturbs };
  }
  if (state !== 'QUEUED') return undefined;
  if (draw < 0.9) {
    observer.force(flow.id);
    return { name: `unqueue ${id}`, work: (runtime) => unqueue(runtime, id) };
  }
  const end = random.chance(0.5) ? 'CANCELLED' : 'FAILED';
  const work = (runtime: Runtime) => unqueue(runtime, id, end);
  return { name: `unqueue ${id} ${end}`, work, disturbs: true };
}

/** Of an execution that is paused as a whole. */
export function resumption(id: ExecutionId, flow: FlowSpec): Request {
  const work = (runtime: Runtime) => resume(runtime, id, { inputs: answer });
  return { name: `go on ${id}`, work, disturbs: hasTimedPause(flow) };
}

function afterEnd({ random, store }: World, { id }: Execution): Request | undefined {
  const draw = random.next();
  if (draw < 0.25) {
    const work = (runtime: Runtime) => setLabels(runtime, id, { asked: 'yes' });
    return { name: `label ${id}`, work };
  }
  if (draw < 0.4) {
    const state = oneOf(random, givenStates);
    const work = (runtime: Runtime) => changeState(runtime, id, state);
    return { name: `call ${id} ${state}`, work, disturbs: true, unhears: true };
  }
  if (draw < 0.55) {
    const work = (runtime: Runtime) => deleteExecution(runtime, id);
    return { name: `delete ${id}`, work, disturbs: true, unhears: true };
  }
  const paths = [...(store.tables.slots.get(id)?.keys() ?? [])];
  if (paths.length === 0) return undefined;
  const task = oneOf(random, paths);
  const inputs = random.chance(0.5) ? { inputs: new Map([['n', 5n] as const]) } : {};
  const work = (runtime: Runtime) => replayExecution(runtime, id, { task, ...inputs });
  return { name: `replay ${id} ${task}`, work, disturbs: true, replays: true };
}

/** Executions that go on only when somebody says so: paused as a whole, or held by a breakpoint. */
export function* heldIn({
  store: { tables },
}: World): Iterable<{ readonly execution: Execution; readonly path?: string }> {
  for (const execution of tables.executions.values()) {
    const { id, state, epoch } = execution;
    if (isEnd(state)) continue;
    if (state === 'PAUSED') yield { execution };
    for (const slot of tables.slots.get(id)?.values() ?? []) {
      // What a pause has held, and the resume overlooked or its message lost, is for the sweep.
      const isHeld = slot.state === 'BREAKPOINT' && slot.epoch === epoch;
      if (isHeld) yield { execution, path: slot.path };
    }
  }
}

function hasTimedPause({ lists }: FlowSpec): boolean {
  return [...tasksBelow(lists)].some((task) => task.kind === 'pause' && task.ms !== undefined);
}

function oneOf<T>(random: SeededRandom, of: readonly T[]): T {
  return of[random.below(of.length)] as T;
}
