/** Steps that act on an execution that is there: each calls the function the API calls. */
import { deleteExecution } from '../../src/runtime/amend.ts';
import { halt } from '../../src/runtime/halt.ts';
import { replayExecution, restartOnRevision } from '../../src/runtime/fork.ts';
import { changeTaskRunState, restart } from '../../src/runtime/restart.ts';
import { resume } from '../../src/runtime/resume.ts';
import { isEnd, type State } from '../../src/engine/states.ts';
import { type Facts, type Step, textOf } from './cases.ts';
import { readInputs } from './input-values.ts';
import {
  kestraExecution,
  type KestraExecution,
  type KestraTaskRun,
  viewAsKestra,
} from './kestra-view.ts';
import { inputWorld, runStep } from './run-step.ts';
import { find } from './task-run-expectations.ts';
import type { CaseWorld, StepResult } from './world.ts';

type Result = Omit<StepResult, 'at'>;

export async function restartStep({ facts }: Step, world: CaseWorld): Promise<Result> {
  const target = String(facts['target']);
  const before = await world.view(target);
  const { runtime } = world.engine;
  const revision = facts['revision'];
  if (revision === undefined) {
    const restarted = await restart(runtime, before.id);
    if (restarted.type !== 'restarted') return { error: restarted.type };
    return { of: target, immediate: kestraExecution(restarted.view, before) };
  }
  const name = textOf(facts, 'as') ?? target;
  return made(world, name, before, await restartOnRevision(runtime, before.id, Number(revision)));
}

export async function replayStep(step: Step, world: CaseWorld): Promise<Result> {
  const { facts } = step;
  const before = await world.view(String(facts['target']));
  const task = taskRunOf(step, before)?.path;
  const { revision } = facts;
  const replayed = await replayExecution(world.engine.runtime, before.id, {
    ...(task !== undefined && { task }),
    ...(revision !== undefined && { revision: Number(revision) }),
  });
  return made(world, textOf(facts, 'as') ?? 'exec2', before, replayed);
}

function made(
  world: CaseWorld,
  name: string,
  before: KestraExecution,
  replayed: Awaited<ReturnType<typeof replayExecution>>,
): Result {
  if (replayed.type !== 'replayed') return { error: replayed.type };
  world.executions.set(name, replayed.execution.id);
  return { of: name, immediate: kestraExecution(replayed.view, before) };
}

/** Marking what is paused as running is a resume. */
export async function markStep(step: Step, world: CaseWorld): Promise<Result> {
  const { facts } = step;
  const target = String(facts['target']);
  if (isTouched(world, target)) await runAgain(world, target);
  const before = await world.view(target);
  const run = taskRunOf(step, before);
  if (!run) throw new Error(`no task run fits ${JSON.stringify(facts['taskRunOf'])}`);
  const { runtime } = world.engine;
  const state = String(facts['state']) as State;
  if (!isEnd(state)) {
    const { type } = await resume(runtime, before.id, { task: run.path });
    return type === 'resumed' ? { of: target } : { error: type };
  }
  const marked = await changeTaskRunState(runtime, before.id, run.path, state);
  if (marked.type !== 'restarted') return { error: marked.type };
  return { of: target, immediate: kestraExecution(marked.view, before) };
}

/** Into KILLING it is a kill, which wakes what is paused as well. */
export async function resumeStep(step: Step, world: CaseWorld): Promise<Result> {
  const target = String(step.facts['target']);
  const before = await world.view(target);
  const done =
    step.facts['state'] === 'KILLING'
      ? await killed(world, before)
      : await resumed(step, world, before);
  const isExpected = step.facts['expectError'] !== undefined;
  if (!isExpected) return { of: target, ...done };
  if (done.error === undefined) throw new Error(`${target} could be resumed once more`);
  return { of: target };
}

async function resumed(step: Step, world: CaseWorld, before: KestraExecution): Promise<Result> {
  const inputs = (step.facts['inputs'] ?? {}) as Facts;
  const done = await resume(world.engine.runtime, before.id, {
    inputs: await readInputs(inputs, await inputWorld(world)),
  });
  if (done.type === 'resumed') return { immediate: kestraExecution(done.view, before) };
  const issues = done.type === 'invalid-inputs' ? done.issues : [];
  return { error: [done.type, ...issues.map(({ message }) => message)].join(': ') };
}

/** The reference gives back what it has woken up, before it is ended. */
async function killed(world: CaseWorld, before: KestraExecution): Promise<Result> {
  const { runtime } = world.engine;
  const done = await halt(runtime, before.id, { state: 'KILLED' });
  if (done !== 'halted') return { error: done };
  const { histories } = (await viewAsKestra(runtime, before.id)) ?? before;
  const upTo = histories.lastIndexOf('RESTARTED') + 1;
  return { immediate: { ...before, state: 'RESTARTED', histories: histories.slice(0, upTo) } };
}

export async function deleteStep({ facts }: Step, world: CaseWorld): Promise<Result> {
  const target = String(facts['target']);
  const before = await world.view(target);
  const { type } = await deleteExecution(world.engine.runtime, before.id);
  return type === 'amended' ? { of: target, immediate: before } : { error: type };
}

function taskRunOf({ facts }: Step, execution: KestraExecution): KestraTaskRun | undefined {
  const { taskRunOf: which, taskRunIndex: index } = facts;
  if (which !== undefined) return find(which as Parameters<typeof find>[0], execution.taskRuns);
  return index === undefined ? undefined : execution.taskRuns.at(Number(index));
}

/** The reference changes the object it holds, which an earlier step on it has not touched. */
function isTouched({ case: item, steps }: CaseWorld, target: string): boolean {
  const done = item.steps.slice(0, steps.length).filter(({ facts }) => facts['target'] === target);
  return ['restart', 'mark-as'].includes(done.at(-1)?.action ?? '');
}

async function runAgain(world: CaseWorld, target: string): Promise<void> {
  const run = world.case.steps.find(
    ({ action, facts }) => action === 'run' && (textOf(facts, 'as') ?? 'exec1') === target,
  );
  if (!run) throw new Error(`no step runs ${target}`);
  await runStep(run, world);
}
