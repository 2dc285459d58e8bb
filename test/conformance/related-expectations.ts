/** Assertions about other executions than the one in hand: of other flows, or by name. */
import { isEnd } from '../../src/engine/states.ts';
import type { Facts } from './cases.ts';
import { compare, compareSubset, type Mismatch } from './matchers.ts';
import type { CaseCheck, Check } from './subject.ts';
import { lastEnded } from './world.ts';

interface RelatedFacts extends Facts {
  readonly flowId: string;
  readonly count?: number;
  readonly minCount?: number;
  /** Flow outputs or outputs of the first task run, one entry for each execution, oldest first. */
  readonly orderedOutputs?: readonly Facts[];
}

/** What is asserted of the execution itself, beside which one it is and how many there are. */
export function assertionsOfRelated(facts: Facts): Facts {
  const own: ReadonlySet<string> = new Set(['flowId', 'count', 'minCount', 'orderedOutputs']);
  return Object.fromEntries(Object.entries(facts).filter(([key]) => !own.has(key)));
}

/** The facts are about the last of them to end. */
export const checkRelated: Check = async (expected, subject) => {
  const found: Mismatch[] = [];
  for (const facts of expected as readonly RelatedFacts[]) {
    const { flowId, count, minCount, orderedOutputs } = facts;
    const executions = await subject.world.executionsOf(flowId);
    const wanted = count ?? { $gte: minCount ?? 1 };
    found.push(
      ...compare(wanted, executions.length, subject.match, `number of executions of ${flowId}`),
    );
    for (const [index, outputs] of (orderedOutputs ?? []).entries()) {
      const execution = executions[index];
      const actual = execution?.outputs ?? execution?.taskRuns[0]?.outputs;
      const path = `related(${flowId})[${index}].outputs`;
      found.push(...compareSubset(outputs, actual, subject.match, path));
    }
    const execution = lastEnded(executions);
    if (execution === undefined) continue;
    const mismatches = await subject.check(assertionsOfRelated(facts), { ...subject, execution });
    found.push(...within(`related(${flowId})`, mismatches));
  }
  return found;
};

export const checkExecutions: CaseCheck = async (expected, subject) => {
  const found: Mismatch[] = [];
  for (const [name, facts] of Object.entries(expected as Readonly<Record<string, Facts>>)) {
    const execution = await subject.world.view(name);
    found.push(...within(name, await subject.check(facts, { ...subject, execution })));
  }
  return found;
};

export const checkExecutionsOfFlow: CaseCheck = async (expected, { world, match }) => {
  const { flowId, count, statesAnyOrder } = expected as {
    readonly flowId: string;
    readonly count?: number;
    readonly statesAnyOrder?: readonly unknown[];
  };
  const executions = await world.executionsOf(flowId);
  const name = `executions of ${flowId}`;
  return [
    ...(count === undefined ? [] : compare(count, executions.length, match, `number of ${name}`)),
    ...(statesAnyOrder === undefined
      ? []
      : compare(
          { $anyOrder: statesAnyOrder },
          executions.map(({ state }) => state),
          match,
          `states of the ${name}`,
        )),
  ];
};

export const checkGone: CaseCheck = async (expected, { world, result, match }) => {
  const name = result?.of ?? 'exec1';
  const execution = await world.engine.runtime.store.readExecution(world.idOf(name));
  return compare(expected, execution === undefined, match, `${name} is gone`);
};

export const checkSuccessTotal: CaseCheck = async (expected, { world, match }) => {
  const { store } = world.engine.runtime;
  const { items } = await store.listExecutions({ limit: 1000 });
  const ended = items.filter(({ state }) => isEnd(state) && state === 'SUCCESS');
  return compare(expected, ended.length, match, 'number of executions in SUCCESS');
};

function within(name: string, mismatches: readonly Mismatch[]): readonly Mismatch[] {
  return mismatches.map((mismatch) => ({ ...mismatch, path: `${name}.${mismatch.path}` }));
}
