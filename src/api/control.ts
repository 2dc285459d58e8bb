/**
 * Requests that change the course of an execution: kill, restart, replay, another state for
 * it or for one of its task runs, labels, deletion. Each is at `/executions/{id}/<action>` and, as
 * Kestra 2.0 spells it, at `/executions/{id}/actions/<action>`. Answers show the execution as the
 * request left it, before it goes on.
 */
import type { Context, Hono } from 'hono';
import type { ExecutionId } from '../engine/execution.ts';
import type { ValueMap } from '../expression/value.ts';
import { type EndState, isEnd, type State } from '../engine/states.ts';
import {
  type Amended,
  changeState,
  deleteExecution,
  givenState,
  givenStates,
  setLabels,
} from '../runtime/amend.ts';
import { type Replayed, replayExecution, restartOnRevision } from '../runtime/fork.ts';
import { halt } from '../runtime/halt.ts';
import { changeTaskRunState, restart, type Restarted } from '../runtime/restart.ts';
import { resolveFlowInputs } from '../runtime/inputs.ts';
import { pause } from '../runtime/pause.ts';
import { resume } from '../runtime/resume.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { newExecutionId } from '../runtime/start.ts';
import { viewExecution } from '../runtime/view.ts';
import type { Api } from './app.ts';
import { isForm, parseBody, readText } from './body.ts';
import { breakpointsIn } from './breakpoints.ts';
import { unknownExecution } from './executions.ts';
import { findFlow, revisionOf } from './flows.ts';
import { inputsInBody } from './given.ts';
import { labelsFrom } from './labels.ts';
import { invalidInputs, Problem } from './problem.ts';

/** What one action does for the execution in its path. */
type Handle = (runtime: Runtime, id: string, context: Context) => Promise<Response>;

const actions: Readonly<Record<string, Handle>> = {
  restart: restartIt,
  replay: replayIt,
  'replay-with-inputs': replayIt,
  state: changeTaskRun,
  'change-status': changeStatus,
  labels: label,
};

export function controlRoutes(app: Hono, { runtime }: Api): void {
  const idOf = (context: Context): string => context.req.param('id') ?? '';
  for (const [name, handle] of Object.entries(actions)) {
    const answer = (context: Context): Promise<Response> => handle(runtime, idOf(context), context);
    app.post(`/executions/:id/${name}`, answer);
    app.post(`/executions/:id/actions/${name}`, answer);
  }
  // 1.x says that it has been taken on, 2.0 that it is done.
  app.delete('/executions/:id/kill', (context) => kill(runtime, idOf(context), 202));
  app.delete('/executions/:id/actions/kill', (context) => kill(runtime, idOf(context), 200));
  for (const path of ['/executions/:id/pause', '/executions/:id/actions/pause']) {
    app.post(path, (context) => pauseIt(runtime, idOf(context)));
  }
  app.delete('/executions/:id', async (context) => {
    if (context.req.query('deleteLogs') === 'false') {
      throw new Problem(400, 'bad-query', 'The log goes with the execution; it cannot be kept.');
    }
    amended(idOf(context), await deleteExecution(runtime, idOf(context)));
    return new Response(null, { status: 204 });
  });
}

async function kill(runtime: Runtime, id: string, status: number): Promise<Response> {
  const halted = await halt(runtime, id, { state: 'KILLED' });
  if (halted === 'unknown-execution') throw unknownExecution(id);
  if (halted === 'ended') throw new Problem(409, 'has-ended', `Execution ${id} has ended already.`);
  return shown(runtime, id, status);
}

async function pauseIt(runtime: Runtime, id: string): Promise<Response> {
  const paused = await pause(runtime, id);
  if (paused.type === 'unknown-execution') throw unknownExecution(id);
  if (paused.type === 'paused') return shown(runtime, id, 200);
  throw new Problem(409, 'not-running', `Execution ${id} is ${paused.state}, it cannot be paused.`);
}

async function restartIt(runtime: Runtime, id: string, context: Context): Promise<Response> {
  const revision = revisionOf(context.req.query('revision'));
  if (revision === undefined) return restartAnswer(id, await restart(runtime, id));
  return replayAnswer(id, await restartOnRevision(runtime, id, revision));
}

async function replayIt(runtime: Runtime, id: string, context: Context): Promise<Response> {
  const { taskRunId, task = taskRunId, revision: text, breakpoints } = context.req.query();
  const revision = revisionOf(text);
  const newId = newExecutionId(runtime.random);
  const inputs = await newInputs(runtime, id, { revision, newId, request: context.req.raw });
  const replayed = await replayExecution(runtime, id, {
    id: newId,
    ...(task !== undefined && { task }),
    ...(revision !== undefined && { revision }),
    ...(inputs && { inputs }),
    ...(breakpoints !== undefined && { breakpoints: breakpointsIn(breakpoints) }),
  });
  return replayAnswer(id, replayed);
}

interface NewInputs {
  readonly revision: number | undefined;
  readonly newId: ExecutionId;
  readonly request: Request;
}

/** A body that names any gives all inputs anew; without one they stay as they were. */
async function newInputs(
  runtime: Runtime,
  id: ExecutionId,
  { revision, newId, request }: NewInputs,
): Promise<ValueMap | undefined> {
  const given = await inputsInBody(request);
  if (Object.keys(given).length === 0 && !isForm(request)) return undefined;
  const execution = await runtime.store.readExecution(id);
  if (!execution) throw unknownExecution(id);
  const { namespace, id: flowId, revision: own } = execution.flow;
  const { flow } = await findFlow(runtime, namespace, flowId, revision ?? own);
  const { inputs, issues } = await resolveFlowInputs(runtime, flow, given, newId);
  if (inputs) return inputs;
  throw invalidInputs(issues);
}

/** `{"taskRunId": …, "state": …}`. What is paused and shall run is resumed. */
async function changeTaskRun(runtime: Runtime, id: string, context: Context): Promise<Response> {
  const body = await jsonIn(context.req.raw);
  const { taskRunId, task = taskRunId, state } = isObject(body) ? body : {};
  if (typeof task !== 'string' || typeof state !== 'string') {
    throw new Problem(422, 'bad-body', 'The body must be {"taskRunId": "…", "state": "…"}.');
  }
  if (state.toUpperCase() !== 'RUNNING') {
    return restartAnswer(id, await changeTaskRunState(runtime, id, task, endStateOf(state)));
  }
  const { type } = await resume(runtime, id, { task });
  if (type === 'unknown-execution') throw unknownExecution(id);
  if (type !== 'resumed') {
    throw new Problem(409, 'not-paused', `No task run ${task} of execution ${id} is paused.`);
  }
  return shown(runtime, id);
}

async function changeStatus(runtime: Runtime, id: string, context: Context): Promise<Response> {
  const state = endStateOf(context.req.query('status') ?? '');
  amended(id, await changeState(runtime, id, state));
  return shown(runtime, id);
}

/** `[{"key": …, "value": …}]`. */
async function label(runtime: Runtime, id: string, context: Context): Promise<Response> {
  const body = await jsonIn(context.req.raw);
  if (!Array.isArray(body) || !body.every(isObject)) {
    throw new Problem(422, 'bad-body', 'The body must be [{"key": "…", "value": "…"}].');
  }
  const labels = labelsFrom(body.map(({ key, value }) => [key, value]));
  amended(id, await setLabels(runtime, id, labels));
  return shown(runtime, id);
}

async function shown(runtime: Runtime, id: string, status = 200): Promise<Response> {
  const view = await viewExecution(runtime, id);
  if (!view) throw unknownExecution(id);
  return Response.json(view, { status });
}

function restartAnswer(id: string, result: Restarted): Response {
  switch (result.type) {
    case 'restarted':
      return Response.json(result.view);
    case 'unknown-execution':
      throw unknownExecution(id);
    case 'not-restartable':
      throw conflict(id, result.state);
    case 'nothing-failed':
      throw new Problem(422, 'nothing-failed', `No task found to restart in execution ${id}.`);
    case 'unknown-task-run':
      throw unknownTaskRun(result.taskRuns);
  }
}

function replayAnswer(id: string, result: Replayed): Response {
  switch (result.type) {
    case 'replayed':
      return Response.json(result.view, {
        headers: { location: `/executions/${result.execution.id}` },
      });
    case 'unknown-execution':
      throw unknownExecution(id);
    case 'unknown-revision':
      throw new Problem(404, 'unknown-flow', `The flow of execution ${id} has no such revision.`);
    case 'unknown-task-run':
      throw unknownTaskRun(result.taskRuns);
  }
}

function amended(id: string, result: Amended): void {
  if (result.type === 'unknown-execution') throw unknownExecution(id);
  if (result.type === 'not-ended') throw conflict(id, result.state);
}

function conflict(id: string, state: State): Problem {
  const why = isEnd(state) ? `is ${state}` : `has not ended yet, it is ${state}`;
  return new Problem(409, 'wrong-state', `This is not possible: execution ${id} ${why}.`);
}

const taskRunsShown = 20;

function unknownTaskRun(taskRuns: readonly string[]): Problem {
  const some = taskRuns.slice(0, taskRunsShown).join(', ');
  const more = taskRuns.length > taskRunsShown ? ', …' : '';
  const hint = `Name a path, or an id that only one has: ${some}${more}.`;
  return new Problem(422, 'unknown-task-run', `No task found, or several. ${hint}`);
}

function endStateOf(text: string): EndState {
  const state = givenState(text);
  if (state) return state;
  const detail = `"${text.slice(0, 100)}" is none of ${givenStates.join(', ')}.`;
  throw new Problem(422, 'bad-state', detail);
}

async function jsonIn(request: Request): Promise<unknown> {
  return parseBody(await readText(request), 'The body is');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
