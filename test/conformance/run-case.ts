/** Runs one case: an engine of its own, its flows, its steps, and all that it asserts. */
import { type Case, type Folder, textOf } from './cases.ts';
import { openEngine } from './engine.ts';
import { checkFacts } from './expectations.ts';
import { describeIssues, type FlowSources, notLookedAt, wrongIn } from './flow-sources.ts';
import type { KestraExecution } from './kestra-view.ts';
import { loadSource } from './load-flows.ts';
import type { Mismatch } from './matchers.ts';
import { failed, passed, type Result, skipped } from './result.ts';
import { prepare, storePairs, storeTemplates } from './setup.ts';
import { missedByRuns, reasonsToSkip } from './skip.ts';
import { perform } from './steps.ts';
import type { Subject } from './subject.ts';
import { CaseWorld, type StepResult } from './world.ts';

export interface RunOptions {
  readonly folder: Folder;
  readonly sources: FlowSources;
  /** No case waits longer than this for anything. */
  readonly limitMs: number;
}

export async function runCase(item: Case, options: RunOptions): Promise<Result> {
  const about = { id: item.id, area: item.area, source: item.source };
  const reasons = await reasonsToSkip(item, options.sources);
  if (reasons.length > 0) return skipped(about, reasons);
  const engine = await openEngine(prepare(item.setup));
  const { folder } = options;
  const limitMs = Math.min(item.harnessTimeoutMs, options.limitMs);
  const world = new CaseWorld({ case: item, folder, engine, limitMs });
  try {
    await storePairs(item.setup, engine.runtime);
    await storeTemplates(item.setup, engine.runtime, folder);
    const refused = await loadFlows(world, options.sources);
    if (refused !== undefined) return failed(about, [], [refused]);
    const mismatches = [...(await runSteps(world)), ...(await checkCase(world)), ...timing(world)];
    // Looked at whatever came of it: a failure that was expected may have had this cause.
    const missed = await missedByRuns(world);
    if (missed.length > 0) return skipped(about, missed);
    if (mismatches.length === 0) return passed(about);
    return failed(about, mismatches, await notes(world, options.sources));
  } catch (error) {
    return failed(about, [], [String(error), ...(await notes(world, options.sources))]);
  } finally {
    await engine.close();
  }
}

/** What may explain a failure: steps that broke, and what the reader said has no effect. */
async function notes(world: CaseWorld, sources: FlowSources): Promise<readonly string[]> {
  const { stepErrors } = world.engine;
  const flows = await Promise.all(pathsOf(world.case).map((path) => sources.read(path)));
  const readOver = flows.flatMap(({ issues }) => notLookedAt(issues));
  return [
    ...[...new Set(stepErrors)].map((error) => `a step failed: ${error}`),
    ...[...new Set(readOver)].map((what) => `read over: ${what}`),
  ];
}

function pathsOf({ flow, needs }: Case): readonly string[] {
  return [flow, ...needs];
}

async function loadFlows(world: CaseWorld, sources: FlowSources): Promise<string | undefined> {
  for (const path of pathsOf(world.case)) {
    const { source, issues, flow } = await sources.read(path);
    if (flow === undefined) {
      return `valid flow refused:\n${describeIssues(wrongIn(issues), path)}`;
    }
    await loadSource(world, source, path);
  }
  return undefined;
}

async function runSteps(world: CaseWorld): Promise<readonly Mismatch[]> {
  const found: Mismatch[] = [];
  for (const [index, step] of world.case.steps.entries()) {
    const result = await perform(step, world);
    world.steps.push(result);
    const { of, immediate, error } = result;
    if (error !== undefined && !expectsError(world.case)) {
      throw new Error(`step ${index} was refused: ${error}`);
    }
    const mismatches: Mismatch[] = [];
    if (step.expectImmediate !== undefined) {
      mismatches.push(
        ...(await checkFacts(step.expectImmediate, await subject(world, immediate, result))),
      );
    }
    if (step.expect !== undefined) {
      const execution = of === undefined ? undefined : await world.view(of);
      mismatches.push(...(await checkFacts(step.expect, await subject(world, execution, result))));
    }
    found.push(...mismatches.map((item) => ({ ...item, path: `steps[${index}] ${item.path}` })));
  }
  return found;
}

function expectsError({ expect, steps }: Case): boolean {
  return [expect, ...steps.map((step) => step.expect ?? {})].some((facts) => 'error' in facts);
}

/** What holds at the end, or of the object that one step gave back. */
async function checkCase(world: CaseWorld): Promise<readonly Mismatch[]> {
  const { expect } = world.case;
  const name = textOf(expect, 'of') ?? 'exec1';
  const step = Number(expect['snapshotStep'] ?? 0);
  if (expect['snapshot'] === 'immediate') {
    const result = world.steps[step];
    return checkFacts(expect, await subject(world, result?.immediate, result));
  }
  const result = world.steps.findLast(({ of }) => of === name) ?? world.steps[step];
  const isGone = expect['executionGone'] === true;
  const seen = world.executions.has(name) && !isGone ? await world.view(name) : undefined;
  // What is gone is looked at as it was last seen.
  const execution = isGone ? result?.immediate : seen;
  return checkFacts(expect, await subject(world, execution, result));
}

async function subject(
  world: CaseWorld,
  execution: KestraExecution | undefined,
  result: StepResult | undefined,
): Promise<Subject> {
  const lookup = await world.lookup(execution);
  return { execution, result, world, match: { lookup, now: Date.now() }, check: checkFacts };
}

/** A bound on the time from a moment of the case to its last step. */
function timing({ case: item, steps }: CaseWorld): readonly Mismatch[] {
  if (item.timing === null) return [];
  const { maxMs, from } = item.timing;
  const start = item.steps.findIndex(
    ({ action, facts }) =>
      action === from ||
      facts['until'] === from ||
      (from === 'resume' && action === 'mark-as') ||
      (from.endsWith(' end') && facts['as'] === from.slice(0, -4)),
  );
  const began = steps[start]?.at;
  const ended = steps.at(-1)?.at;
  if (began === undefined || ended === undefined || ended - began <= maxMs) return [];
  return [{ path: `time from ${from}`, expected: `at most ${maxMs} ms`, actual: ended - began }];
}
