/**
 * The actions of a case's steps: one entry each. An action that is not in the table is not there
 * yet; adding one is one function here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isEnd } from '../../src/engine/states.ts';
import { type Step, textOf } from './cases.ts';
import { deleteStep, markStep, replayStep, restartStep, resumeStep } from './control-steps.ts';
import { changeFlow, isKnownChange } from './flow-changes.ts';
import type { KestraExecution } from './kestra-view.ts';
import { loadFlow, loadSource } from './load-flows.ts';
import { compare } from './matchers.ts';
import { resolveInputsStep, runStep } from './run-step.ts';
import { find } from './task-run-expectations.ts';
import { webhookStep } from './webhook-step.ts';
import type { CaseWorld, StepResult } from './world.ts';

interface Action {
  /** What this use of the action needs that is not there, or undefined. */
  missing?(step: Step): string | undefined;
  perform(step: Step, world: CaseWorld): Promise<Omit<StepResult, 'at'>>;
}

/** A case that sleeps gives others time to do what they must not; longer does not prove more. */
const sleepMsMax = 1_000;

const actions: Readonly<Record<string, Action>> = {
  run: { perform: runStep },
  'resolve-inputs': { perform: resolveInputsStep },
  'load-flow': {
    async perform({ facts }, world) {
      await loadFlow(world, String(facts['flow']));
      return {};
    },
  },
  'update-flow': {
    missing: ({ facts }) =>
      isKnownChange(facts['change']) ? undefined : 'step update-flow with this change',
    async perform({ facts }, world) {
      const source = await world.folder.readText(world.case.flow);
      await loadSource(world, changeFlow(source, String(facts['change'])), world.case.flow);
      return {};
    },
  },
  'wait-for-execution': {
    async perform(step, world) {
      const name = String(step.facts['target']);
      await world.engine.until({
        what: `${name} as ${JSON.stringify(step.expect ?? {})}`,
        withinMs: limitOf(step, world),
        async look() {
          const execution = await world.view(name);
          return isReached(step, execution) ? execution : undefined;
        },
      });
      return { of: name };
    },
  },
  'wait-for-executions': {
    async perform(step, world) {
      const { flowId, count, terminated } = step.facts;
      await world.engine.until({
        what: `${String(count)} executions of ${String(flowId)}`,
        withinMs: limitOf(step, world),
        async look() {
          const executions = await world.executionsOf(String(flowId));
          const counted = executions.filter(({ state }) => terminated !== true || isEnd(state));
          return counted.length >= Number(count) ? counted : undefined;
        },
      });
      return {};
    },
  },
  'wait-for-listener-execution': {
    async perform(step, world) {
      const { flowId, count } = step.facts;
      await world.engine.until({
        what: `${Number(count ?? 1)} ended executions of ${String(flowId)}`,
        withinMs: limitOf(step, world),
        async look() {
          const executions = await world.executionsOf(String(flowId));
          const ended = executions.filter(({ state }) => isEnd(state));
          return ended.length >= Number(count ?? 1) ? ended : undefined;
        },
      });
      return {};
    },
  },
  webhook: { perform: webhookStep },
  'get-execution': { perform: async ({ facts }) => ({ of: String(facts['target']) }) },
  'assert-no-execution': {
    async perform({ facts }, world) {
      const flowId = textOf(facts, 'flowId') ?? world.case.flowId;
      const found = await world.executionsOf(flowId);
      if (found.length > 0) throw new Error(`${flowId} has ${found.length} executions, not none`);
      return {};
    },
  },
  'assert-success-executions': {
    async perform({ facts }, world) {
      const { items } = await world.engine.runtime.store.listExecutions({
        limit: 1000,
        state: 'SUCCESS',
      });
      if (items.length !== facts['total']) {
        throw new Error(`${items.length} executions in SUCCESS, not ${String(facts['total'])}`);
      }
      return {};
    },
  },
  restart: { perform: restartStep },
  replay: { perform: replayStep },
  'mark-as': { perform: markStep },
  resume: { perform: resumeStep },
  'delete-execution': { perform: deleteStep },
  sleep: {
    async perform({ facts }) {
      await sleep(Math.min(Number(facts['ms']), sleepMsMax));
      return {};
    },
  },
};

/** Why a step cannot be done, or undefined. */
export function missingAction(step: Step): string | undefined {
  const action = actionOf(step);
  return action === undefined ? `step ${step.action}` : action.missing?.(step);
}

export async function perform(step: Step, world: CaseWorld): Promise<StepResult> {
  const action = actionOf(step);
  if (action === undefined) throw new Error(`the step ${step.action} is not there yet`);
  return { ...(await action.perform(step, world)), at: Date.now() };
}

function actionOf({ action }: Step): Action | undefined {
  return Object.hasOwn(actions, action) ? actions[action] : undefined;
}

function limitOf({ facts }: Step, world: CaseWorld): number {
  const { withinMs } = facts;
  return typeof withinMs === 'number' ? Math.min(withinMs, world.limitMs) : world.limitMs;
}

/** The expected state, or any end, and in `until` what must be so as well. */
function isReached({ facts, expect }: Step, execution: KestraExecution): boolean {
  const state = expect?.['state'];
  const isThere = typeof state === 'string' ? execution.state === state : isEnd(execution.state);
  const { taskRunOf, attempts } = (facts['until'] ?? {}) as {
    readonly taskRunOf?: Parameters<typeof find>[0];
    readonly attempts?: number;
  };
  if (!isThere || taskRunOf === undefined) return isThere;
  const world = { lookup: () => undefined, now: Date.now() };
  const made = find(taskRunOf, execution.taskRuns)?.attempts?.length;
  return attempts === undefined || compare(attempts, made, world).length === 0;
}
