/**
 * One attempt of one task: render, run, and say what it came to. Nothing is written here; a thrown
 * error becomes a failure, so the only way out that is no outcome is a broken invariant.
 */
import { assert, BrokenInvariant } from '../engine/assert.ts';
import type { Baton } from '../engine/baton.ts';
import type { Packed } from '../engine/execution.ts';
import type { Fan, Flow, Json, Task } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import type { Outcome } from '../engine/settle.ts';
import { isOfAttempt } from '../engine/standing.ts';
import type { EndState } from '../engine/states.ts';
import { placeAt, taskIdOf } from '../engine/tree.ts';
import { settle as settlePending } from '../expression/pending.ts';
import { isTruthy, render } from '../expression/render.ts';
import { fromPlain, isMap, toPlain } from '../expression/value.ts';
import { durationMs } from '../flow/duration.ts';
import {
  type Asked,
  type Flowable,
  type IterationOutputs,
  type Runnable,
  TaskFailure,
} from '../tasks/define.ts';
import { findTask } from '../tasks/registry.ts';
import { type AttemptDirectory, attemptDirectory } from './attempt-directory.ts';
import { taskVariables } from './context.ts';
import { failureOf, traceOf } from './failure.ts';
import { hostOf } from './host.ts';
import { logFile } from './log-file.ts';
import { asPacked, pack, unpack } from './pack.ts';
import type { Records } from './records.ts';
import { renderProperties } from './render.ts';
import type { TaskScope } from './run-spec.ts';
import type { Runtime } from './runtime.ts';
import { maskedFailure } from './secrets.ts';
import type { TaskCache } from './task-cache.ts';
import { type Log, logTo, namespaceFilesOf, taskContext } from './task-context.ts';
import { taskFiles } from './task-files.ts';

/** Everything one attempt works with. */
interface Site {
  readonly runtime: Runtime;
  readonly flow: Flow;
  readonly baton: Baton;
  readonly records: Records;
  readonly task: Task;
  readonly scope: TaskScope;
  readonly log: Log;
  readonly startedAt: number;
  readonly directory: AttemptDirectory;
}

export async function runAttempt(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  records: Records,
): Promise<Outcome> {
  const place = placeAt(flow, baton.path);
  const { task } = place;
  const startedAt = baton.since ?? runtime.clock.now();
  const { logs } = runtime;
  const host = hostOf(runtime, {
    namespace: flow.namespace,
    execution: { id: baton.execution, records, logs },
  });
  const { mask } = host.secrets;
  const means = { settings: runtime.settings, secrets: host.secrets };
  const variables = taskVariables(flow, records, means, baton, startedAt);
  const file = task.logToFile ? logFile() : undefined;
  const log = logTo(runtime, flow, baton, { task, mask, ...(file && { sink: file }) });
  const scope = { variables, host };
  const loopValue = () => loopValueOf(scope);
  const directory = attemptDirectory(runtime, { flow, baton, records, place, log, loopValue });
  const site: Site = { runtime, flow, baton, records, task, scope, log, startedAt, directory };
  const outcome = await attemptOrFailure(site);
  const bytes = file?.bytes();
  if (!bytes) return outcome;
  const { putFile } = taskFiles(runtime.blobs, flow, baton);
  return { ...outcome, logFile: await putFile('attempt.log', bytes) };
}

async function attemptOrFailure(site: Site): Promise<Outcome> {
  const { log, scope, directory } = site;
  try {
    const outcome = await attempt(site);
    return { ...outcome, ...(await filesLeft(site)) };
  } catch (error) {
    const { mask } = scope.host.secrets;
    const failure = maskedFailure(failureOf(error), mask);
    log('ERROR', failure.message);
    log('TRACE', traceOf(error));
    const outputs = error instanceof TaskFailure ? error.outputs : undefined;
    const kept = outputs && { outputs: await packed(site, outputs, 'outputs') };
    // Those after it may go on where its failure is allowed.
    const left = await filesLeft(site).catch(() => undefined);
    return { type: 'failure', failure, ...kept, ...left };
  } finally {
    await directory.remove();
  }
}

async function filesLeft({ directory }: Site): Promise<Pick<Outcome, 'directory'>> {
  const left = await directory.left();
  return left === undefined ? {} : { directory: left };
}

async function attempt(site: Site): Promise<Outcome> {
  const { task, scope, baton } = site;
  // A task that asked to be run again has been let in before.
  const isFirst = baton.since === undefined && baton.asked === undefined;
  if (isFirst && (await isSkipped(site))) return { type: 'skipped' };
  const definition = await findTask(task.type);
  if (!definition) {
    const message = `"${task.type}" is not a task type.`;
    throw new TaskFailure({ code: 'unknown-task-type', message });
  }
  const asWritten = definition.kind === 'runnable' ? definition.rendersItself : [];
  const properties = await settlePending(() => renderProperties(task, scope, asWritten));
  return definition.kind === 'flowable'
    ? open(site, definition, properties)
    : run(site, definition, properties);
}

async function isSkipped({ task: { runIf }, scope }: Site): Promise<boolean> {
  return runIf !== undefined && !isTruthy(await settlePending(() => render(runIf, scope)));
}

async function open(
  site: Site,
  definition: Flowable,
  properties: Record<string, unknown>,
): Promise<Outcome> {
  const { baton, runtime, log } = site;
  if (baton.asked !== undefined) return ask(site, definition, properties, baton.asked);
  const branches = new Set(Object.keys(site.task.branches ?? {}));
  const { getFile } = taskFiles(runtime.blobs, site.flow, baton);
  const opening = {
    resumed: await resumedWith(site),
    round: baton.round ?? 0,
    readFile: getFile,
    directory: site.directory,
    namespace: site.flow.namespace,
    namespaceFiles: namespaceFilesOf(runtime, baton),
    async holdAll(conditions: readonly Json[]) {
      const { holdAll } = await import('./listener-conditions.ts');
      return holdAll(runtime, site, conditions);
    },
  };
  const opened = await definition.open(properties, branches, opening);
  const { again, failure, exits } = opened;
  const fan = opened.numbered ? { ...opened.fan, numbered: opened.numbered } : opened.fan;
  const outputs = opened.outputs && { outputs: await packed(site, opened.outputs, 'outputs') };
  if (again) {
    const resumeAt =
      again.afterMs === undefined ? {} : { resumeAt: runtime.clock.now() + again.afterMs };
    return { type: 'waiting', paused: again.paused === true, ...resumeAt, ...outputs };
  }
  if (!fan) throw new BrokenInvariant(`${site.task.type} opens, or says when to ask again`);
  if (failure) log('ERROR', failure.message);
  return {
    type: 'opened',
    fan: await packed(site, fan, 'fan'),
    ...(opened.fan?.outcome && { outcome: opened.fan.outcome }),
    ...outputs,
    ...(failure && { failure }),
    ...(exits && { exits }),
  };
}

/** Its members have ended: once more, after a while, or what it came to. */
async function ask(
  site: Site,
  definition: Flowable,
  properties: Record<string, unknown>,
  outcome: EndState,
): Promise<Outcome> {
  const { baton, records, runtime, log } = site;
  const found = await settlePending(() => records.fan(baton.path));
  assert(definition.ended && found, 'who is asked has opened');
  // What it came to before it was restarted no longer counts.
  const { outcome: _, ...fan } = found;
  const opened = await settlePending(() => records.slot(baton.path));
  const since = opened?.startedAt ?? site.startedAt;
  const answer = await definition.ended(properties, askedOf(site, fan, outcome, since));
  const outputs = answer.outputs && { outputs: await packed(site, answer.outputs, 'outputs') };
  if (answer.type === 'again') {
    const resumeAt = runtime.clock.now() + answer.afterMs;
    const kept = await packed(site, asPacked(fan), 'fan');
    return { type: 'waiting', paused: false, resumeAt, fan: kept, since, ...outputs };
  }
  const { failure } = answer;
  if (failure) log('ERROR', failure.message);
  const closed = { ...asPacked(fan), outcome: answer.outcome };
  return {
    type: 'opened',
    fan: await packed(site, closed, 'fan'),
    outcome: answer.outcome,
    since,
    ...outputs,
    ...(failure && { failure }),
    ...(answer.asAttempt && { attempt: answer.outcome }),
  };
}

function askedOf(
  { baton, runtime, scope, flow, directory }: Site,
  fan: Fan,
  outcome: EndState,
  startedAt: number,
): Asked {
  return {
    outcome,
    round: baton.round ?? 0,
    startedAt,
    now: () => runtime.clock.now(),
    isTrue: async (expression) => isTruthy(await settlePending(() => render(expression, scope))),
    outputsOf: (taskId) => outputsOfMembers(runtime, baton, taskId, scope),
    taskId: taskIdOf(baton.path),
    values: fan.type === 'values' ? fan.values : [],
    keys: fan.type === 'values' ? fan.keys : undefined,
    putFile: (name, bytes) => taskFiles(runtime.blobs, flow, baton).putFile(name, bytes),
    directory,
  };
}

async function* outputsOfMembers(
  runtime: Runtime,
  { execution, path }: Baton,
  taskId: string,
  { host: { secrets } }: TaskScope,
): AsyncIterable<IterationOutputs> {
  for await (const slot of runtime.store.readSlots(execution, `${path}[`)) {
    if (taskIdOf(slot.path) !== taskId) continue;
    const iteration = Number.parseInt(slot.path.slice(path.length + 1), 10);
    const kept = slot.outputs && secrets.reveal(await unpack(slot.outputs, runtime.blobs));
    const outputs = kept ? toPlain(kept) : {};
    yield { iteration, endedAt: slot.endedAt, outputs: outputs as IterationOutputs['outputs'] };
  }
}

async function run(
  site: Site,
  definition: Runnable,
  properties: Record<string, unknown>,
): Promise<Outcome> {
  const { runtime, flow, baton, task, log, scope, startedAt } = site;
  const declaredMs = await timeoutOf(site);
  if (baton.since !== undefined && declaredMs !== undefined) {
    if (runtime.clock.now() >= startedAt + declaredMs) throw timedOut(declaredMs, true);
  }
  const resumed = await resumedWith(site);
  const controller = new AbortController();
  const { signal } = controller;
  const loopValue = () => loopValueOf(scope);
  const cache = await cacheOf(site, properties);
  const cached = baton.since === undefined && (await cache?.find(blobKey(baton, 'outputs')));
  if (cached) {
    log('INFO', 'Not run: its outputs were in the task cache');
    return { type: 'success', state: 'SUCCESS', ...cached };
  }
  const context = taskContext(runtime, flow, baton, {
    signal,
    log,
    resumed,
    loopValue,
    scope,
    startedAt,
    directory: () => site.directory.path(),
  });
  const running = definition.run(properties, context);
  const {
    outputs,
    again,
    child,
    exits,
    state = 'SUCCESS',
  } = await withTimeout(running, controller, declaredMs, task);
  const kept =
    outputs && Object.keys(outputs).length > 0
      ? { outputs: await packed(site, outputs, 'outputs') }
      : {};
  if (!again) {
    await cache?.keep(kept.outputs);
    return { type: 'success', state, ...(exits && { exits }), ...kept };
  }
  const dates = [
    ...(again.afterMs === undefined ? [] : [runtime.clock.now() + again.afterMs]),
    ...(declaredMs === undefined ? [] : [startedAt + declaredMs]),
  ];
  const resumeAt = dates.length > 0 ? { resumeAt: Math.min(...dates) } : {};
  return {
    type: 'waiting',
    paused: again.paused === true,
    ...resumeAt,
    ...(child !== undefined && { child }),
    ...kept,
  };
}

async function cacheOf(
  site: Site,
  properties: Record<string, unknown>,
): Promise<TaskCache | undefined> {
  const { runtime, flow, task, log, baton, scope } = site;
  if (task.cache === undefined) return undefined;
  const { taskCacheOf } = await import('./task-cache.ts');
  const loopValue = await loopValueOf(scope);
  return taskCacheOf(runtime, {
    flow,
    task,
    properties,
    loopValue,
    log,
    writer: baton.execution,
  });
}

async function loopValueOf(scope: TaskScope): Promise<string | undefined> {
  const taskrun = scope.variables.get('taskrun');
  const value = await settlePending(() => (isMap(taskrun) ? taskrun.get('value') : undefined));
  return typeof value === 'string' ? value : undefined;
}

/** What the task left in its slot when it asked to be run again. */
async function resumedWith({
  baton,
  records,
  scope,
}: Site): Promise<Record<string, unknown> | undefined> {
  if (baton.since === undefined || baton.round !== undefined) return undefined;
  return settlePending(() => {
    const slot = records.slot(baton.path);
    if (slot && !isOfAttempt(slot, baton)) return {};
    const left = scope.host.secrets.reveal(records.outputs(baton.path));
    return left === undefined ? {} : (toPlain(left) as Record<string, unknown>);
  });
}

async function packed(
  { runtime, baton, scope }: Site,
  plain: Readonly<Record<string, unknown>>,
  what: 'fan' | 'outputs',
): Promise<Packed> {
  const given = Object.entries(plain).filter(([, value]) => value !== undefined && value !== null);
  const { sealTexts } = scope.host.secrets;
  // Of a fan its values are the flow's, and the rest is ours.
  const value = sealTexts(
    fromPlain(Object.fromEntries(given)),
    what === 'fan' ? ['values', 'keys'] : undefined,
  );
  return pack(value, runtime.blobs, blobKey(baton, what));
}

/** Names the blob if one is needed: equal for equal work, so that repeating overwrites. */
function blobKey({ execution, path, epoch, turn }: Baton, what: 'fan' | 'outputs'): string {
  return `${execution}/${path.replaceAll('/', '~')}/${epoch}.${turn}.${what}`;
}

/** The task's own time-out, and in any case the room of its lane. */
async function withTimeout<T>(
  running: Promise<T>,
  controller: AbortController,
  declaredMs: number | undefined,
  task: Task,
): Promise<T> {
  const room = task.lane === 'long' ? limits.longLaneMs : limits.fastLaneMs;
  const ms = Math.min(declaredMs ?? room, room);
  const expired = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const failure = timedOut(ms, declaredMs !== undefined);
    controller.abort(failure);
    expired.reject(failure);
  }, ms);
  try {
    return await Promise.race([running, expired.promise]);
  } finally {
    clearTimeout(timer);
    // After a time-out the task may still fail on its own: that failure has no one left to hear it.
    running.catch(() => undefined);
    expired.promise.catch(() => undefined);
  }
}

function timedOut(ms: number, isDeclared: boolean): TaskFailure {
  const hint = isDeclared ? '' : '. Declare a longer `timeout` to run on the long lane';
  return new TaskFailure({ code: 'timeout', message: `Timeout after PT${ms / 1000}S${hint}` });
}

async function timeoutOf({ task: { timeout }, scope }: Site): Promise<number | undefined> {
  if (timeout === undefined) return undefined;
  const text = await settlePending(() => render(timeout, scope));
  const ms = durationMs(text.trim());
  if (ms !== undefined) return ms;
  const message = `timeout '${text}' is not an ISO-8601 duration`;
  throw new TaskFailure({ code: 'property-type', message });
}
