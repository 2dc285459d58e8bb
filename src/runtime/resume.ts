/**
 * Resuming what is paused: the slot is moved on by the same conditional write a step would make (B6),
 * and the execution goes on from there. A time-out that comes later finds it done. What a breakpoint
 * held back has not begun, so its baton is sent again.
 */
import { headOfExecution } from '../engine/baton.ts';
import type { Execution, ExecutionId, Path } from '../engine/execution.ts';
import type { Flow, Input } from '../engine/flow.ts';
import { replay } from '../engine/replay.ts';
import { isEnd } from '../engine/states.ts';
import { placeAt, taskIdOf } from '../engine/tree.ts';
import { fromPlain, toPlain } from '../expression/value.ts';
import type { InputIssue } from '../flow/inputs.ts';
import { resolveFlowInputs } from './inputs.ts';
import { pack } from './pack.ts';
import { unpause } from './pause.ts';
import { conclude } from './proceed.ts';
import { noteResumed, pausedSince } from './pause-notes.ts';
import { readPlaces, readRecords } from './read-records.ts';
import { lookAgain, type Waiting } from './look-again.ts';
import type { Runtime } from './runtime.ts';
import { taskRunId } from './task-run-id.ts';
import { type ExecutionView, viewRecords } from './view.ts';

export interface ResumeRequest {
  /** Path, id or task id of a paused task run; without it all of them are resumed. */
  readonly task?: string;
  /** For the inputs a Pause declares in `onResume`: texts, JSON data, or `File`s of a form. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Who asks, for the record. */
  readonly by?: string;
}

export type Resumed =
  /** `view`: as it was the moment before it went on; PAUSED still where others are. */
  | { readonly type: 'resumed'; readonly paths: readonly Path[]; readonly view: ExecutionView }
  | { readonly type: 'not-paused' }
  | { readonly type: 'unknown-execution' }
  | { readonly type: 'invalid-inputs'; readonly issues: readonly InputIssue[] };

export async function resume(
  runtime: Runtime,
  id: ExecutionId,
  request: ResumeRequest = {},
): Promise<Resumed> {
  const wasPaused = await unpause(runtime, id);
  const execution = await runtime.store.readExecution(id);
  if (!execution) return { type: 'unknown-execution' };
  if (isEnd(execution.state)) return { type: 'not-paused' };
  const flow = await runtime.flows.load(execution.flow);
  const records = await readRecords(runtime, id);
  // Who holds which place of a limited fan is in the batons of its members.
  const places = await readPlaces(runtime, flow, execution, records);
  const known = { records, places: (path: Path) => places.get(path) };
  const replayed = replay(flow, headOfExecution(execution), known);
  const { waiting } = replayed;
  const held = waiting.filter(({ slot }) => slot.held);
  const named = waiting.filter((each) => isMeant(execution, each, request.task));
  // A pause of the whole execution is over, and not those that the flow makes.
  const meant = wasPaused ? held : named;
  const since = meant.length === waiting.length ? pausedSince(execution, replayed) : undefined;
  const paths: Path[] = [];
  for (const each of meant) {
    if (each.slot.held) {
      await lookAgain(runtime, flow, each);
      paths.push(each.slot.path);
      continue;
    }
    const done = await goOn(runtime, flow, each, { ...request, since });
    if (Array.isArray(done)) return { type: 'invalid-inputs', issues: done };
    if (done) paths.push(each.slot.path);
  }
  await runtime.store.settled();
  if (paths.length === 0 && !wasPaused) return { type: 'not-paused' };
  const now = (await runtime.store.readExecution(id)) ?? execution;
  const isOver = wasPaused || since !== undefined;
  const shown = isOver ? asResumed(now) : execution;
  return { type: 'resumed', paths, view: await viewRecords(runtime, flow, shown, records) };
}

/** As it was when it had been resumed, whatever came of it since. */
function asResumed(execution: Execution): Execution {
  const { endedAt: _, outputs: __, error: ___, ...open } = execution;
  const history = open.history ?? [];
  const resumed = history.findLastIndex(({ state }) => state === 'RESTARTED');
  return { ...open, state: 'RESTARTED', history: history.slice(0, resumed + 1) };
}

function isMeant({ id }: Execution, { slot }: Waiting, task: string | undefined): boolean {
  const { path, state, held } = slot;
  if (state !== 'PAUSED' && !held) return false;
  return task === undefined || [path, taskIdOf(path), taskRunId(id, path)].includes(task);
}

/** `since`: the execution has been paused, and is no longer with this. False: somebody was first. */
async function goOn(
  runtime: Runtime,
  flow: Flow,
  { baton, slot }: Waiting,
  { inputs = {}, by, since }: ResumeRequest & { readonly since: number | undefined },
): Promise<boolean | readonly InputIssue[]> {
  const { task } = placeAt(flow, slot.path);
  const declared = (task.properties['onResume'] ?? []) as unknown as readonly Input[];
  const given = await resolveFlowInputs(runtime, { ...flow, inputs: declared }, inputs);
  if (!given.inputs) return given.issues;
  if (since !== undefined) await noteResumed(runtime, baton.execution, since);
  const on = new Date(runtime.clock.now()).toISOString();
  const outputs = {
    onResume: toPlain(given.inputs),
    resumed: { ...(by !== undefined && { by }), on, to: 'RUNNING' },
  };
  const key = `${baton.execution}/${slot.path.replaceAll('/', '~')}/${slot.turn}.resumed`;
  return conclude(
    runtime,
    flow,
    { ...baton, turn: slot.turn + 1, since: slot.startedAt, pausedAt: slot.endedAt },
    {
      type: 'opened',
      fan: JSON.stringify({ type: 'sequence', branch: 'tasks' }),
      outputs: await pack(fromPlain(outputs), runtime.blobs, key),
    },
  );
}
