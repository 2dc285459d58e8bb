/**
 * One attempt of one task: render, run, and say what it came to. Nothing is written here; a thrown
 * error becomes a failure, so the only way out that is no outcome is a broken invariant.
 */
import type { Baton } from '../engine/baton.ts';
import type { Path } from '../engine/execution.ts';
import type { Flow, LogLevel, Task } from '../engine/flow.ts';
import { limits } from '../engine/limits.ts';
import type { Outcome } from '../engine/settle.ts';
import { placeAt } from '../engine/tree.ts';
import { settle as settlePending } from '../expression/pending.ts';
import { isTruthy, render, type Scope } from '../expression/render.ts';
import { fromPlain } from '../expression/value.ts';
import { durationMs } from '../flow/duration.ts';
import { type Flowable, type Runnable, TaskFailure } from '../tasks/define.ts';
import { findTask } from '../tasks/registry.ts';
import { taskVariables } from './context.ts';
import { failureOf } from './failure.ts';
import { hostOf } from './host.ts';
import { logTo, taskContext } from './task-context.ts';
import { pack } from './pack.ts';
import type { Records } from './records.ts';
import { renderProperties } from './render.ts';
import type { Runtime } from './runtime.ts';

export async function runAttempt(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  records: Records,
): Promise<Outcome> {
  const { task } = placeAt(flow, baton.path);
  const startedAt = runtime.clock.now();
  const variables = taskVariables(flow, records, runtime.settings, baton, startedAt);
  const host = hostOf(runtime, flow);
  const scope: Scope = { variables, host };
  const log = logTo(runtime, flow, baton, { task, mask: host.mask });
  try {
    if (await isSkipped(task, scope)) return { type: 'skipped' };
    const definition = await findTask(task.type);
    if (!definition)
      throw new TaskFailure({
        code: 'unknown-task-type',
        message: `"${task.type}" is not a task type.`,
      });
    const properties = await settlePending(() => renderProperties(task, scope));
    return definition.kind === 'flowable'
      ? await open(runtime, baton, definition, properties)
      : await run(
          runtime,
          flow,
          baton,
          { definition, properties, timeoutMs: await timeoutOf(task, scope) },
          log,
        );
  } catch (error) {
    const failure = failureOf(error);
    log('ERROR', failure.message);
    return { type: 'failure', failure };
  }
}

async function isSkipped(task: Task, scope: Scope): Promise<boolean> {
  const { runIf } = task;
  return runIf !== undefined && !isTruthy(await settlePending(() => render(runIf, scope)));
}

async function open(
  runtime: Runtime,
  baton: Baton,
  definition: Flowable,
  properties: Record<string, unknown>,
): Promise<Outcome> {
  const { fan, outputs } = definition.open(properties);
  return {
    type: 'opened',
    fan: await pack(fromPlain(fan), runtime.blobs, blobKey(baton, 'fan')),
    ...(outputs && {
      outputs: await pack(fromPlain(outputs), runtime.blobs, blobKey(baton, 'outputs')),
    }),
  };
}

interface Run {
  readonly definition: Runnable;
  readonly properties: Record<string, unknown>;
  readonly timeoutMs: number | undefined;
}

async function run(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  { definition, properties, timeoutMs }: Run,
  log: (level: LogLevel, message: string) => void,
): Promise<Outcome> {
  const controller = new AbortController();
  const context = taskContext(runtime, flow, baton, controller.signal, log);
  const running = definition.run(properties, context);
  const result = await withTimeout(running, controller, timeoutMs, placeAt(flow, baton.path).task);
  const state = result.state ?? 'SUCCESS';
  if (!result.outputs || Object.keys(result.outputs).length === 0)
    return { type: 'success', state };
  const outputs = fromPlain(withoutUndefined(result.outputs));
  return {
    type: 'success',
    state,
    outputs: await pack(outputs, runtime.blobs, blobKey(baton, 'outputs')),
  };
}

function withoutUndefined(outputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(outputs).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** The task's own time-out, and in any case the room of its lane. */
async function withTimeout<T>(
  running: Promise<T>,
  controller: AbortController,
  timeoutMs: number | undefined,
  task: Task,
): Promise<T> {
  const room = task.lane === 'long' ? limits.longLaneMs : limits.fastLaneMs;
  const ms = Math.min(timeoutMs ?? room, room);
  const failure = new TaskFailure({ code: 'timeout', message: timeoutMessage(ms, timeoutMs) });
  const expired = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
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

function timeoutMessage(ms: number, declared: number | undefined): string {
  const hint = declared === undefined ? '. Declare a longer `timeout` to run on the long lane' : '';
  return `Timeout after PT${ms / 1000}S${hint}`;
}

async function timeoutOf(task: Task, scope: Scope): Promise<number | undefined> {
  const { timeout } = task;
  if (timeout === undefined) return undefined;
  const text = await settlePending(() => render(timeout, scope));
  const ms = durationMs(text.trim());
  if (ms === undefined)
    throw new TaskFailure({
      code: 'property-type',
      message: `timeout '${text}' is not an ISO-8601 duration`,
    });
  return ms;
}

function blobKey(baton: Baton, what: string): string {
  return `${baton.execution}/${encodePath(baton.path)}/${baton.epoch}.${baton.turn}.${what}`;
}

function encodePath(path: Path): string {
  return path.replaceAll('/', '~');
}
