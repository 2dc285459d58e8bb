/**
 * An execution as people and clients see it: header, task runs, outputs. Task runs of runnables come
 * from their slots; flowables without a record of their end get the state that follows from their
 * children (src/engine/replay.ts).
 */
import { headOfExecution } from '../engine/baton.ts';
import { type Cost, costOf, operationsOf } from '../engine/cost.ts';
import type { Attempt, Execution, Failure, Packed, Path, Slot } from '../engine/execution.ts';
import type { Fan, Flow } from '../engine/flow.ts';
import { type Record as Known, type Replay, replay } from '../engine/replay.ts';
import { type EndState, isEnd, type State } from '../engine/states.ts';
import { isAfterwards, iterationsOf, placeAt, taskIdOf } from '../engine/tree.ts';
import { answers } from '../engine/standing.ts';
import { toPlain } from '../expression/value.ts';
import { historyOf } from './history.ts';
import { unpack } from './pack.ts';
import { needsAdmission } from './places.ts';
import { readRecords } from './read-records.ts';
import type { Runtime } from './runtime.ts';
import { shownText, shownTexts } from './sealed-texts.ts';
import { shownState } from './shown-state.ts';
import { taskRunId } from './task-run-id.ts';
import { inOrderMade } from './task-run-order.ts';

export interface ExecutionView {
  readonly id: string;
  readonly parentId?: string;
  readonly originalId?: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly flowRevision: number;
  readonly state: State;
  /** All states it has been in, oldest first. */
  readonly history: readonly { readonly state: State; readonly date: string }[];
  readonly startDate: string;
  /** It does not begin before. */
  readonly scheduleDate?: string;
  readonly endDate?: string;
  readonly durationMs?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly inputs: unknown;
  readonly outputs?: unknown;
  readonly error?: Failure;
  readonly taskRuns: readonly TaskRunView[];
  /** Billable operations by the records, at list prices. */
  readonly cost: Cost;
}

export interface TaskRunView {
  readonly id: string;
  readonly taskId: string;
  readonly path: Path;
  readonly state: State;
  readonly iteration?: number;
  readonly value?: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly attempts?: readonly Attempt[];
  readonly outputs?: unknown;
  readonly error?: Failure;
  /** It was paused then, and has gone on since. */
  readonly pausedAt?: string;
}

export async function viewExecution(
  runtime: Runtime,
  id: string,
): Promise<ExecutionView | undefined> {
  const execution = await runtime.store.readExecution(id);
  if (!execution) return undefined;
  const flow = await runtime.flows.load(execution.flow);
  return viewRecords(runtime, flow, execution, await readRecords(runtime, id));
}

/** As these records tell it; a header that differs from the stored one shows what would be. */
export async function viewRecords(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  records: ReadonlyMap<Path, Known>,
): Promise<ExecutionView> {
  const past = isEnd(execution.state);
  // Flows can run without leaving a record: an empty loop.
  const hasBegun = records.size > 0 || ['RUNNING', 'SUCCESS'].includes(execution.state);
  const replayed = hasBegun
    ? replay(
        flow,
        headOfExecution(execution),
        { records, past },
        past && hasNeverRun(flow, execution) ? 'after' : 'begin',
      )
    : nothingYet;
  const { id, outputs, scheduleDate, endedAt, error, parentId, originalId } = execution;
  const state = shownState(execution, replayed);
  return {
    id,
    ...(parentId !== undefined && { parentId }),
    ...(originalId !== undefined && { originalId }),
    namespace: execution.flow.namespace,
    flowId: execution.flow.id,
    flowRevision: execution.flow.revision,
    state,
    history: historyShown({ ...execution, state }, replayed),
    startDate: iso(execution.createdAt),
    ...(scheduleDate !== undefined && { scheduleDate: iso(scheduleDate) }),
    ...(endedAt !== undefined && {
      endDate: iso(endedAt),
      durationMs: endedAt - execution.createdAt,
    }),
    labels: execution.labels,
    inputs: await shownValue(runtime, execution.inputs),
    ...(outputs !== undefined && { outputs: await shownValue(runtime, outputs) }),
    ...(error && { error }),
    taskRuns: await viewTaskRuns(runtime, flow, execution, records, replayed),
    cost: costOf(operationsOf({ ...replayed.counts, itemBytes: itemSizes(execution, records) })),
  };
}

/** It was turned away, or ended while it waited: all it can have are its tasks for afterwards. */
function hasNeverRun(flow: Flow, { history = [] }: Execution): boolean {
  return needsAdmission(flow) && history.every(({ state }) => state !== 'RUNNING');
}

const nothingYet: Replay = {
  opened: new Set(),
  reached: new Set(),
  ended: new Map(),
  joined: [],
  frontier: [],
  waiting: [],
  claimed: [],
  counts: { sends: 0, joins: 0, claims: 0 },
};

async function viewTaskRuns(
  runtime: Runtime,
  flow: Flow,
  execution: Execution,
  records: ReadonlyMap<Path, Known>,
  { opened, reached, ended: allEnded }: Replay,
): Promise<readonly TaskRunView[]> {
  const runs: TaskRunView[] = [];
  const ended = withoutReopened(execution, allEnded);
  const iterations = (path: Path) => iteration(path, (loop) => fanAt(flow, records, loop));
  for (const path of opened) {
    if (records.has(path) || isOfEarlierRound(path, records)) continue;
    const state = ended.get(path) ?? openState(execution);
    runs.push({ ...derivedRun(execution, path, state), ...iterations(path) });
  }
  for (const [path, { slot }] of records) {
    if (isOfEarlierRound(path, records)) continue;
    if (slot.held && isEnd(slot.state)) continue; // Claimed before anything had begun.
    if (!reached.has(path) && isOfEarlierEnd(flow, execution, slot)) continue;
    const isDone =
      isEnd(execution.state) ||
      !reached.has(path) ||
      answers(flow, slot, { ...execution, turn: 1 });
    const state = placeAt(flow, path).task.branches ? 'RUNNING' : 'RESTARTED';
    const shown = isDone ? slot : ({ ...slot, state } as const);
    const run = await recordedRun(runtime, execution, shown, ended.get(path));
    runs.push({ ...run, ...iterations(path) });
  }
  const ordered = inOrderMade(flow, withSpans(runs), (path) => fanAt(flow, records, path));
  // Left out only now: what is in a hidden task has its order from it.
  return ordered.filter(({ path }) => !placeAt(flow, path).task.hidden);
}

/** Of what runs round after round only the last one is told, so that the list does not grow. */
function isOfEarlierRound(path: Path, records: ReadonlyMap<Path, Known>): boolean {
  if (!path.includes('[')) return false;
  return [...path.matchAll(/\[(\d+)\]/g)].some(({ 1: round, index }) => {
    const fan = records.get(path.slice(0, index))?.fan;
    return fan?.type === 'sequence' && Number(round) < (fan.round ?? 0);
  });
}

/**
 * Of handlers, what an earlier end led to is no longer told. A halt is an epoch of its own, in which
 * nothing runs.
 */
function isOfEarlierEnd(flow: Flow, execution: Execution, { path, epoch }: Slot): boolean {
  const last = execution.halting ? execution.epoch - 1 : execution.epoch;
  return epoch < last && isAfterwards(placeAt(flow, path));
}

/** A flowable around a task run that was given another end goes on with it. */
function withoutReopened(
  { state, marked }: Execution,
  ended: ReadonlyMap<Path, EndState>,
): ReadonlyMap<Path, EndState> {
  if (state !== 'RESTARTED' || !marked) return ended;
  const around = new Set(ancestorPaths(marked.path));
  return new Map([...ended].filter(([path]) => !around.has(path)));
}

/** Of a flowable whose end nothing tells: where the execution was ended, it ended with it. */
function openState({ state }: Execution): State {
  return isEnd(state) ? state : 'RUNNING';
}

function derivedRun(execution: Execution, path: Path, state: State): TaskRunView {
  return {
    id: taskRunId(execution.id, path),
    taskId: taskIdOf(path),
    path,
    state,
  };
}

async function recordedRun(
  runtime: Runtime,
  execution: Execution,
  slot: Slot,
  ended: EndState | undefined,
): Promise<TaskRunView> {
  const { path, outputs, error, attempts, pausedAt } = slot;
  const isOpen = slot.fan !== undefined && !isEnd(slot.state);
  const state = ended ?? (isOpen && isEnd(execution.state) ? execution.state : slot.state);
  return {
    ...derivedRun(execution, path, state),
    startDate: iso(slot.startedAt),
    ...(isEnd(slot.state) && { endDate: iso(slot.endedAt) }),
    ...(attempts && { attempts }),
    ...(pausedAt !== undefined && { pausedAt: iso(pausedAt) }),
    ...(outputs !== undefined && { outputs: await shownValue(runtime, outputs) }),
    ...(error && { error }),
  };
}

async function shownValue(runtime: Runtime, packed: Packed): Promise<unknown> {
  return toPlain(shownTexts(await unpack(packed, runtime.blobs)));
}

function historyShown(execution: Execution, replayed: Replay): ExecutionView['history'] {
  const { endedAt = lastWait(replayed), state } = execution;
  const hasBegun = replayed.reached.size > 0 || !isEnd(state);
  const isWaiting = state === 'CREATED' || state === 'QUEUED';
  return historyOf(execution, endedAt, hasBegun && !isWaiting).map((each) => ({
    state: each.state,
    date: iso(each.at),
  }));
}

/** When the last of those that wait began to. */
function lastWait({ waiting }: Replay): number | undefined {
  const dates = waiting.map(({ slot }) => slot.endedAt);
  return dates.length > 0 ? Math.max(...dates) : undefined;
}

function fanAt(flow: Flow, records: ReadonlyMap<Path, Known>, path: Path): Fan | undefined {
  return placeAt(flow, path).task.fan ?? records.get(path)?.fan;
}

/** A direct child of a loop has the loop's value and index. */
function iteration(
  path: Path,
  fanOf: (loop: Path) => Fan | undefined,
): { iteration?: number; value?: string } {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const index = parent.endsWith(']') ? iterationsOf(parent).at(-1) : undefined;
  if (index === undefined) return {};
  const fan = fanOf(parent.slice(0, parent.lastIndexOf('[')));
  const value = fan?.type === 'values' ? fan.values[index] : undefined;
  return { iteration: index, ...(value !== undefined && { value: shownText(value) }) };
}

/** A flowable starts with the first of its children and ends with the last. */
function withSpans(runs: readonly TaskRunView[]): readonly TaskRunView[] {
  const spans = new Map<Path, { start: string; end: string }>();
  for (const { path, startDate, endDate } of runs) {
    if (startDate === undefined) continue;
    for (const ancestor of ancestorPaths(path)) {
      const span = spans.get(ancestor) ?? { start: startDate, end: startDate };
      if (startDate < span.start) span.start = startDate;
      if (endDate !== undefined && endDate > span.end) span.end = endDate;
      spans.set(ancestor, span);
    }
  }
  return runs.map((run) => {
    const span = spans.get(run.path);
    if (!span || !(isEnd(run.state) || run.startDate === undefined)) return run;
    const endDate = isEnd(run.state) ? { endDate: span.end } : {};
    return { ...run, startDate: run.startDate ?? span.start, ...endDate };
  });
}

function* ancestorPaths(path: Path): Iterable<Path> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    yield path.slice(0, at).replace(/\[\d+\]$/, '');
  }
}

/** About what every item has besides its values: keys, state, dates. */
const itemOverheadBytes = 250;

/** A slot is written once per turn, the header at the start and at the end. */
function itemSizes(execution: Execution, records: ReadonlyMap<Path, Known>): readonly number[] {
  const sizes = [itemOverheadBytes + packedBytes(execution.inputs)];
  if (execution.endedAt !== undefined) sizes.push((sizes[0] ?? 0) + packedBytes(execution.outputs));
  for (const { slot } of records.values()) {
    const bytes = itemOverheadBytes + packedBytes(slot.outputs) + packedBytes(slot.fan);
    for (let turn = 0; turn < slot.turn; turn++) sizes.push(bytes);
  }
  return sizes;
}

function packedBytes(packed: Packed | undefined): number {
  if (packed === undefined) return 0;
  if (typeof packed === 'string') return Buffer.byteLength(packed);
  return packed instanceof Uint8Array ? packed.byteLength : packed.blob.length;
}

function iso(date: number): string {
  return new Date(date).toISOString();
}
