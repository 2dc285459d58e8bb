/**
 * SLA: what an execution must keep while it has not ended. A deadline is looked at when it has come,
 * by a message sent at the start; an assertion whenever the execution has changed, before anything
 * follows from the change. Of what is broken at one time the first entry decides what becomes of the
 * execution. Its labels are given once.
 */
import type { Baton } from '../engine/baton.ts';
import type { Execution } from '../engine/execution.ts';
import type { Flow, LogLevel, Sla } from '../engine/flow.ts';
import { isEnd } from '../engine/states.ts';
import { settle } from '../expression/pending.ts';
import { isTruthy, render } from '../expression/render.ts';
import { changeExecution } from './changes.ts';
import { executionVariables } from './context.ts';
import { dateOf, deadlinesOf } from './deadlines.ts';
import { failureOf } from './failure.ts';
import { halt } from './halt.ts';
import { hostOf } from './host.ts';
import { Records } from './records.ts';
import type { Runtime } from './runtime.ts';

type Assertion = Extract<Sla, { type: 'EXECUTION_ASSERTION' }>;

interface Violation {
  readonly sla: Sla;
  readonly reason: string;
}

/** True: a deadline had passed, and the execution was ended for it. */
export async function keepDeadlines(runtime: Runtime, execution: Execution): Promise<boolean> {
  if (isEnd(execution.state)) return false;
  const flow = await runtime.flows.load(execution.flow);
  const now = runtime.clock.now();
  const violations = deadlinesOf(flow)
    .filter((sla) => dateOf(sla, execution) <= now)
    .map((sla) => ({ sla, reason: `it takes longer than ${sla.durationMs / 1000} seconds` }));
  return punish(runtime, execution, violations);
}

/** `at` is what a baton knows, so that most assertions need no read. True: the execution was ended. */
export async function keepAssertions(
  runtime: Runtime,
  flow: Flow,
  at: Pick<Baton, 'execution' | 'createdAt' | 'live'>,
): Promise<boolean> {
  const violations: Violation[] = [];
  for (const sla of assertionsOf(flow)) {
    if (!(await isKept(runtime, flow, sla, at))) {
      violations.push({ sla, reason: `the assertion is false: ${sla.assert}` });
    }
  }
  if (violations.length === 0) return false;
  const execution = await runtime.store.readExecution(at.execution);
  return execution !== undefined && punish(runtime, execution, violations);
}

/** As far as the records tell. True: the execution was ended. */
export function keepAssertionsOf(
  runtime: Runtime,
  flow: Flow,
  { id, createdAt }: Execution,
): Promise<boolean> {
  return keepAssertions(runtime, flow, { execution: id, createdAt, live: new Map() });
}

function assertionsOf({ sla = [] }: Flow): readonly Assertion[] {
  return sla.filter((one) => one.type === 'EXECUTION_ASSERTION');
}

/** One that cannot be told is not broken; the log says so. */
async function isKept(
  runtime: Runtime,
  flow: Flow,
  { id, assert }: Assertion,
  at: Pick<Baton, 'execution' | 'createdAt' | 'live'>,
): Promise<boolean> {
  const host = hostOf(runtime, flow);
  const means = { settings: runtime.settings, secrets: host.secrets };
  const variables = executionVariables(flow, new Records(runtime, at), means, at);
  try {
    return isTruthy(await settle(() => render(assert, { variables, host })));
  } catch (error) {
    const reason = host.secrets.mask(failureOf(error).message);
    tell(runtime, flow, at.execution, 'WARN', `SLA '${id}' cannot be told: ${reason}`);
    return true;
  }
}

async function punish(
  runtime: Runtime,
  execution: Execution,
  violations: readonly Violation[],
): Promise<boolean> {
  if (isEnd(execution.state)) return false;
  const first = violations.find(({ sla }) => sla.behavior !== 'NONE' || !hasLabels(execution, sla));
  if (first === undefined) return false;
  const { sla, reason } = first;
  const { id, flow } = execution;
  await label(runtime, execution, sla);
  const violated = `due to SLA '${sla.id}' violated: ${reason}`;
  switch (sla.behavior) {
    case 'NONE':
      tell(runtime, flow, id, 'WARN', `SLA '${sla.id}' violated: ${reason}`);
      return false;
    case 'CANCEL':
      tell(runtime, flow, id, 'WARN', `Execution cancelled ${violated}`);
      await halt(runtime, id, { state: 'CANCELLED' });
      return true;
    case 'FAIL': {
      const message = `Execution failed ${violated}`;
      const error = { code: 'sla', message, retryable: false };
      await halt(runtime, id, { state: 'FAILED', error });
      return true;
    }
  }
}

function hasLabels({ labels: ours }: Execution, { labels }: Sla): boolean {
  return Object.entries(labels).every(([key, value]) => ours[key] === value);
}

async function label(runtime: Runtime, execution: Execution, sla: Sla): Promise<void> {
  await changeExecution(runtime, execution.id, (seen) =>
    isEnd(seen.state) || hasLabels(seen, sla)
      ? undefined
      : { ...seen, labels: { ...seen.labels, ...sla.labels } },
  );
}

function tell(
  runtime: Runtime,
  { namespace, id: flowId, revision }: Execution['flow'],
  executionId: string,
  level: LogLevel,
  message: string,
): void {
  const timestamp = runtime.clock.now();
  runtime.logs.write({ timestamp, level, message, executionId, namespace, flowId, revision });
}
