/**
 * Why a case cannot run: everything it needs that is not there, read off the case, off what the flow
 * reader says of its flows, and off the tables of steps, preparations and assertions. A case with no
 * reason here runs, and all it asserts is checked.
 */
import type { Case, Facts } from './cases.ts';
import { unknownAssertions } from './expectations.ts';
import { type FlowSources, missingIn, wrongIn } from './flow-sources.ts';
import { viewAsKestra } from './kestra-view.ts';
import { missingSetup } from './setup.ts';
import { missingAction } from './steps.ts';
import { unknownTaskRunAssertions } from './task-run-expectations.ts';
import { assertionsOfRelated } from './related-expectations.ts';
import type { CaseWorld } from './world.ts';

export async function reasonsToSkip(
  { kind, flow, needs, steps, setup, testOnly, expect }: Case,
  sources: FlowSources,
): Promise<readonly string[]> {
  // These say it all: what else a case of them would need does not matter.
  const isByRequest = steps.some(({ action }) => action === 'http');
  if (kind === 'http-api' && isByRequest) return ['kind http-api'];
  if (testOnly.length > 0)
    return [...new Set(testOnly.map(({ kind: what }) => testOnlyReason(what)))];
  const flows = await Promise.all([flow, ...needs].map((path) => sources.read(path)));
  // A flow that is refused though nothing is missing is a finding, not a reason to wait.
  if (flows.some(({ issues }) => wrongIn(issues).length > 0)) return [];
  const facts = [
    expect,
    ...steps.flatMap((step) => [step.expect ?? {}, step.expectImmediate ?? {}]),
  ];
  const reasons = [
    ...(kind === 'trigger' ? ['triggers'] : []),
    ...flows.flatMap(({ issues }) => missingIn(issues)),
    ...setup.flatMap((needed) => missingSetup(needed) ?? []),
    ...steps.flatMap((step) => missingAction(step) ?? []),
    ...facts.flatMap(missingAssertions),
  ];
  return [...new Set(reasons)];
}

function testOnlyReason(kind: string): string {
  return kind === 'java-class' ? 'test-only class' : kind.replaceAll('-', ' ');
}

/** Functions of the expression language that a task run asked for and the engine does not have. */
export async function missedByRuns(world: CaseWorld): Promise<readonly string[]> {
  const { runtime } = world.engine;
  const ids = [...world.executions.values()];
  const views = await Promise.all(ids.map((id) => viewAsKestra(runtime, id)));
  const runs = views.flatMap((view) => view?.taskRuns ?? []);
  const messages = runs.map(({ error }) => error?.message);
  const functions = messages.flatMap(
    (message) => /^The function '(\w+)' is not available here/.exec(message ?? '')?.[1] ?? [],
  );
  return [...new Set(functions)].map((name) => `expression function ${name}`);
}

function missingAssertions(facts: Facts): readonly string[] {
  const nested = [
    ...Object.values((facts['executions'] ?? {}) as Readonly<Record<string, Facts>>),
    ...((facts['related'] ?? []) as readonly Facts[]).map(assertionsOfRelated),
  ];
  const runs = (facts['taskRuns'] ?? []) as readonly Facts[];
  return [
    ...unknownAssertions(facts).map((name) => `assertion ${name}`),
    ...runs.flatMap(unknownTaskRunAssertions).map((name) => `assertion taskRuns.${name}`),
    ...nested.flatMap(missingAssertions),
  ];
}
