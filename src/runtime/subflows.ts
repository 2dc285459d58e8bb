/**
 * Executions that a task run starts. The id of one follows from the task run and its attempt, so that
 * an attempt that is repeated finds it (B3). Its header keeps the baton of whoever waits, and its end
 * sends that (finish.ts); a wait that was never told reads it in recovery (B4).
 */
import { type Baton, readBaton, writeBaton } from '../engine/baton.ts';
import type { Execution, ExecutionId } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import { isEnd } from '../engine/states.ts';
import { iterationsOf, taskIdOf } from '../engine/tree.ts';
import { settle } from '../expression/pending.ts';
import { renderDeep } from '../expression/render.ts';
import { fromPlain, isMap, toPlain, type Value } from '../expression/value.ts';
import { type SubflowRequest, type Subflows, TaskFailure } from '../tasks/define.ts';
import { childId, isGivenUp, lastTry } from './chain.ts';
import { executionVariables } from './context.ts';
import { halt } from './halt.ts';
import { hostOf } from './host.ts';
import { resolveFlowInputs } from './inputs.ts';
import { unpack } from './pack.ts';
import { isWaiting } from './places.ts';
import { Records } from './records.ts';
import { recover } from './recover.ts';
import { restart } from './restart.ts';
import type { Runtime } from './runtime.ts';
import { maskedTexts, type Secrets } from './secrets.ts';
import { enter, startExecution } from './start.ts';
import { taskRunId } from './task-run-id.ts';

export interface Caller {
  readonly flow: Flow;
  readonly baton: Baton;
  /** When this attempt began. */
  readonly startedAt: number;
  readonly taskType: string;
  readonly loopValue: () => Promise<string | undefined>;
  /** What the task run has read is not to be seen in what it hands on. */
  readonly secrets: Pick<Secrets, 'mask' | 'sealTexts'>;
}

export function subflowsOf(runtime: Runtime, caller: Caller): Subflows {
  return {
    start: (request) => start(runtime, caller, request),
    async ended(id) {
      const child = (await lastTry(runtime.store, id)) ?? gone(id);
      const { state, endedAt } = child;
      if (!isEnd(state) || state === 'RETRIED' || endedAt === undefined) return undefined;
      const end = { executionId: child.id, state };
      if (child.outputs === undefined) return end;
      const outputs = toPlain(await unpack(child.outputs, runtime.blobs));
      return { ...end, outputs: outputs as Readonly<Record<string, unknown>> };
    },
    render: (id, templates) => renderIn(runtime, id, templates),
  };
}

async function start(
  runtime: Runtime,
  caller: Caller,
  request: SubflowRequest,
): Promise<ExecutionId> {
  const { baton } = caller;
  const { wait, scheduleDate } = request;
  const waiter = wait ? waiterOf(caller) : undefined;
  const before = request.restartsFailed ? await restarted(runtime, baton, waiter) : undefined;
  if (before !== undefined) return before;
  const flow = await flowOf(runtime, caller, request);
  const id = childId(baton);
  const { inputs, issues } = await resolveFlowInputs(runtime, flow, request.inputs, id);
  if (!inputs) {
    const message = issues.map((issue) => issue.message).join(' ');
    throw new TaskFailure({ code: 'invalid-inputs', message, retryable: false });
  }
  const { deleted } = await startExecution(runtime, {
    flow,
    id,
    inputs: caller.secrets.sealTexts(inputs),
    labels: await labelsFor(runtime, flow, caller, request),
    trigger: await triggerFor(caller),
    ...(waiter !== undefined && { waiter }),
    ...(scheduleDate !== undefined && { scheduleDate }),
  });
  if (deleted) return gone(id);
  if (await isGivenUp(runtime.store, waiter)) await halt(runtime, id, { state: 'KILLED' });
  return id;
}

async function flowOf(
  runtime: Runtime,
  { flow: own }: Caller,
  { namespace, flowId, revision }: SubflowRequest,
): Promise<Flow> {
  const name = `${namespace}.${flowId}`;
  const refused = (message: string) =>
    new TaskFailure({ code: 'subflow', message, retryable: false });
  if (namespace === own.namespace && flowId === own.id && revision === undefined) {
    throw refused(`The flow ${name} starts itself`);
  }
  const stored = await runtime.store.readFlow(namespace, flowId, revision);
  if (!stored) {
    const which = revision === undefined ? '' : ` in revision ${revision}`;
    throw refused(`Unable to find the flow ${name}${which}`);
  }
  if (stored.flow.disabled === true) throw refused(`The flow ${name} is disabled`);
  return stored.flow;
}

/** What goes on in the waiting task run; it reads what it needs. */
function waiterOf({ baton, startedAt }: Caller): string {
  return writeBaton({ ...baton, turn: baton.turn + 1, since: startedAt, live: new Map() });
}

/** The execution that failed before this task run was restarted, going on. */
async function restarted(
  runtime: Runtime,
  baton: Baton,
  waiter: string | undefined,
): Promise<ExecutionId | undefined> {
  if (baton.epoch === 1) return undefined;
  const slot = await runtime.store.readSlot(baton.execution, baton.path);
  if (!slot || slot.epoch === baton.epoch || slot.outputs === undefined) return undefined;
  const outputs = await unpack(slot.outputs, runtime.blobs);
  const id = isMap(outputs) ? outputs.get('executionId') : undefined;
  if (typeof id !== 'string') return undefined;
  const child = await runtime.store.readExecution(id);
  // This attempt has restarted it already, and may have died before it went on.
  if (child && waiter !== undefined && isOfSameTaskRun(child.waiter, waiter)) {
    if (isWaiting(child)) await enter(runtime, child);
    else if (child.endedAt === undefined) await recover(runtime, child);
    return id;
  }
  if (child?.state !== 'FAILED') return undefined;
  // Or it has started a new one, since this one had not failed by then.
  if (await runtime.store.readExecution(childId(baton))) return undefined;
  return (await restart(runtime, id, waiter)).type === 'restarted' ? id : undefined;
}

/** In the same epoch. Turns may differ: who was woken before its wait was written is in the next. */
function isOfSameTaskRun(standing: string | undefined, waiter: string): boolean {
  if (standing === undefined) return false;
  const [one, other] = [readBaton(standing), readBaton(waiter)];
  const isSamePlace = one.execution === other.execution && one.path === other.path;
  return isSamePlace && one.epoch === other.epoch;
}

async function labelsFor(
  runtime: Runtime,
  flow: Flow,
  { baton: { execution }, secrets }: Caller,
  { labels, inheritLabels }: SubflowRequest,
): Promise<Record<string, string>> {
  const parent = await existing(runtime, execution);
  const passed = Object.entries(parent.labels).filter(([key]) =>
    inheritLabels && !key.startsWith('system.')
      ? !Object.hasOwn(flow.labels, key)
      : key === 'system.correlationId',
  );
  return { ...Object.fromEntries(passed), ...maskedTexts(labels, secrets.mask) };
}

/** Who started it: what `trigger.*` says in the execution. */
async function triggerFor({ flow, baton, taskType, loopValue }: Caller) {
  const { execution, path } = baton;
  const value = await loopValue();
  const iteration = iterationsOf(path).at(-1);
  const variables = new Map<string, Value>([
    ['executionId', execution],
    ['namespace', flow.namespace],
    ['flowId', flow.id],
    ['flowRevision', BigInt(flow.revision)],
    ['taskRunId', taskRunId(execution, path)],
    ['taskId', taskIdOf(path)],
    ...(value === undefined ? [] : [['taskRunValue', value] as const]),
    ...(iteration === undefined ? [] : [['taskRunIteration', BigInt(iteration)] as const]),
  ]);
  return { id: taskIdOf(path), type: taskType, variables };
}

async function renderIn(
  runtime: Runtime,
  id: ExecutionId,
  templates: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const child = await existing(runtime, id);
  const flow = await runtime.flows.load(child.flow);
  const records = new Records(runtime, { execution: id, live: new Map() });
  const host = hostOf(runtime, {
    namespace: flow.namespace,
    execution: { id, records, logs: runtime.logs },
  });
  const means = { settings: runtime.settings, secrets: host.secrets };
  const at = { execution: id, createdAt: child.createdAt };
  const variables = executionVariables(flow, records, means, at);
  const rendered = await settle(() => renderDeep(fromPlain(templates), { variables, host }));
  return toPlain(host.secrets.sealTexts(rendered)) as Record<string, unknown>;
}

async function existing(runtime: Runtime, id: ExecutionId): Promise<Execution> {
  return (await runtime.store.readExecution(id)) ?? gone(id);
}

function gone(id: ExecutionId): never {
  const message = `The execution ${id} is gone`;
  throw new TaskFailure({ code: 'unknown-execution', message, retryable: false });
}
