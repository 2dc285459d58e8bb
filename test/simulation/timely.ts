/** What depends on when things happen, and what must hold of it all the same. */
import type { Execution } from '../../src/engine/execution.ts';
import { isEnd } from '../../src/engine/states.ts';
import { check } from './invariants.ts';
import { type Circumstances, first } from './oracle.ts';
import { type Aftermath, familyOf } from './run.ts';
import { brokenLabel } from './source.ts';
import { type FlowSpec, tasksBelow } from './spec.ts';

/** What it was told, and which try of its flow it is. */
export function circumstancesOf({ inputs, chain }: Execution): Circumstances {
  const told: unknown = typeof inputs === 'string' ? JSON.parse(inputs) : {};
  const { m = first.input } = told as { readonly m?: string };
  return { input: m, number: chain?.number ?? first.number };
}

/** Made by the compiler: the members of a ForEachItem. */
export function isHidden(path: string): boolean {
  return path.endsWith('.item');
}

/** It found no place where it could not wait for one, and has never run. */
export function isRefused({ state, error, history = [] }: Execution): boolean {
  if (error?.code === 'not-admitted') return true;
  return state === 'CANCELLED' && history.every((change) => change.state === 'CANCELLED');
}

/** A deadline of its flow has ended it. */
function isLate({ labels, history = [] }: Execution, flow: FlowSpec | undefined): boolean {
  const sla = flow?.wide?.sla;
  if (sla?.kind !== 'duration' || sla.behavior === 'NONE') return false;
  return brokenLabel(flow?.id ?? '') in labels && history.some(({ state }) => state === 'KILLING');
}

/** Families in which something was refused or ended at a time that no plain reading tells. */
export function oddFamilies({ world, revisions }: Aftermath): ReadonlySet<string> {
  const odd = new Set<string>();
  for (const execution of world.store.tables.executions.values()) {
    const flow = revisions.get(`${execution.flow.id} ${execution.flow.revision}`);
    if (isLate(execution, flow)) odd.add(familyOf(execution));
  }
  return odd;
}

/** An end that its flow asks for, and that comes when it comes. */
export function checkOddEnd(
  { world, disturbed }: Aftermath,
  flow: FlowSpec,
  execution: Execution,
): void {
  const { id, state, createdAt, labels } = execution;
  const { sla, refusal } = flow.wide ?? {};
  // Who follows another has its labels.
  const isFirst = execution.chain === undefined;
  if (isRefused(execution) && isFirst && !disturbed.has(familyOf(execution))) {
    const must = refusal === 'FAIL' ? 'FAILED' : 'CANCELLED';
    check(refusal !== undefined, () => `places: ${id} of ${flow.id} was refused`);
    check(state === must, () => `places: ${id} was refused, and is ${state}`);
    for (const path of world.store.tables.slots.get(id)?.keys() ?? []) {
      const isAfter = path.startsWith('afterExecution/');
      check(isAfter, () => `places: ${id} was refused, and has run ${path}`);
    }
  }
  if (sla?.kind === 'duration' && brokenLabel(flow.id) in labels && isFirst) {
    const tookMs = (world.observer.ends.get(id)?.at(-1)?.at ?? 0) - createdAt;
    check(tookMs >= sla.ms, () => `sla: ${id} is late after ${tookMs} ms, not ${sla.ms}`);
  }
}

/** What is to run once has run once for each attempt; what is in the cache is not run again. */
export function checkRuns(
  { world, revisions, disturbed }: Aftermath,
  odd: ReadonlySet<string>,
): void {
  const { executions } = world.store.tables;
  const seen = new Set<string>();
  for (const { executionId, path, attempt, message } of world.logged) {
    const execution = executions.get(executionId);
    if (!execution || disturbed.has(familyOf(execution)) || !message.startsWith('once ')) continue;
    const run = `${executionId} ${path} ${attempt}`;
    check(!seen.has(run), () => `once: ${run} has run twice`);
    seen.add(run);
  }
  for (const execution of executions.values()) {
    const flow = revisions.get(`${execution.flow.id} ${execution.flow.revision}`);
    const family = familyOf(execution);
    if (!flow || disturbed.has(family) || odd.has(family)) continue;
    checkCached(world, flow, execution);
  }
}

/** Of a round after the first, whose task is told what it was told before. */
function checkCached(world: Aftermath['world'], flow: FlowSpec, { id }: Execution): void {
  const ours = world.logged.filter(({ executionId }) => executionId === id);
  if (ours.some(({ message }) => message.startsWith('The task cache cannot be used'))) return;
  const cached = [...tasksBelow(flow.lists)].filter(
    (task) => task.kind === 'until' && task.tasks.some(isCached),
  );
  for (const { id: loop, ...task } of cached) {
    if (task.kind !== 'until') continue;
    for (const { id: name } of task.tasks.filter(isCached)) {
      const runs = [...(world.store.tables.slots.get(id)?.values() ?? [])].filter(
        ({ path, state }) => path.endsWith(`/${name}`) && isEnd(state),
      );
      for (const { path } of runs) {
        const round = new RegExp(`(^|/)${loop}\\[(\\d+)\\]/${name}$`).exec(path)?.[2];
        if (round === undefined || round === '0') continue;
        const isTold = ours.some(
          (line) => line.path === path && line.message.startsWith('Not run'),
        );
        check(isTold, () => `cache: ${id} ${path} was run again`);
      }
    }
  }
}

function isCached(task: FlowSpec['lists']['tasks'][number]): boolean {
  return task.kind === 'give' && task.cached === true && !task.logLevel && !task.skipped;
}
