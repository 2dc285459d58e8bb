/**
 * The variables an expression of a task run sees (spec: execution, section 10). Everything that may
 * cost a read is made when asked for.
 */
import type { Baton } from '../engine/baton.ts';
import type { Path, Slot } from '../engine/execution.ts';
import type { Flow } from '../engine/flow.ts';
import {
  ancestorsOf,
  isChanged,
  isInDirectory,
  parentPath,
  type Place,
  placeAt,
} from '../engine/tree.ts';
import { fromPlain, type Value, type ValueMap } from '../expression/value.ts';
import { lazily, LazyMap } from './lazy-map.ts';
import { byTask, type Here, type Iteration } from './outputs.ts';
import type { Records } from './records.ts';
import type { Settings } from './runtime.ts';
import { openedInputs, openedOutputs, type Secrets } from './secrets.ts';
import { taskRunId } from './task-run-id.ts';

type Position = Pick<Baton, 'execution' | 'flow' | 'createdAt' | 'path' | 'frames' | 'attempt'> &
  Partial<Pick<Baton, 'asked' | 'round'>>;

/** What variables are made with, besides the records. */
interface Means {
  readonly settings: Settings;
  readonly secrets: Pick<Secrets, 'open' | 'reveal'>;
}

/** Variables at a task run; `startedAt` is when this attempt began. */
export function taskVariables(
  flow: Flow,
  records: Records,
  means: Means,
  at: Position,
  startedAt: number,
): LazyMap {
  const place = placeAt(flow, at.path);
  const around = enclosing(at, place);
  const { reveal } = means.secrets;
  const here = currentIterations(records, at, around, reveal);
  return lazily({
    ...executionMakers(flow, records, means, at, here),
    task: () =>
      new Map<string, Value>([
        ['id', place.task.id],
        ['type', place.task.type],
      ]),
    taskrun: () => reveal(taskRun(records, at, around, startedAt)),
    workerTaskrun: () => reveal(workerTaskRun(records, at, around, startedAt)),
    item: () => reveal(items(records, around)[0]),
    parent: () => reveal(parents(records, around)[0]),
    parents: () => {
      const list = reveal(parents(records, around));
      return list.length > 0 ? list : undefined;
    },
  });
}

/** Variables where no task run is current: flow outputs. */
export function executionVariables(
  flow: Flow,
  records: Records,
  means: Means,
  at: Pick<Position, 'execution' | 'createdAt'>,
): LazyMap {
  return lazily(executionMakers(flow, records, means, at, new Map()));
}

function executionMakers(
  flow: Flow,
  records: Records,
  means: Means,
  at: Pick<Position, 'execution' | 'createdAt'>,
  here: Here,
): Record<string, () => Value | undefined> {
  const { settings, secrets } = means;
  const fans = revealedFans(records, secrets);
  return {
    flow: () => plainMap({ id: flow.id, namespace: flow.namespace, revision: flow.revision }),
    execution: () =>
      lazily({
        id: () => at.execution,
        startDate: () => new Date(at.createdAt).toISOString(),
        originalId: () => records.header().originalId ?? at.execution,
        state: () => records.header().state,
      }),
    inputs: () => {
      const inputs = records.root('inputs', (header) => header.inputs);
      // A group that has nothing in it is undefined, not empty.
      if (flow.inputs.length === 0 && inputs.size === 0) return undefined;
      return openedInputs(flow, inputs, secrets);
    },
    outputs: () =>
      byTask(flow, fans, here, (path) =>
        openedOutputs(placeAt(flow, path).task, records.outputs(path), secrets),
      ),
    tasks: () => byTask(flow, fans, here, (path) => stateOf(records.slot(path))),
    vars: () =>
      secrets.reveal(isChanged(flow, 'variables') ? records.variables() : undefined) ??
      variablesOf(flow),
    labels: () => records.labels(),
    trigger: () => secrets.reveal(records.trigger()),
    envs: () => plainMap(settings.envs),
    globals: () => plainMap(settings.globals),
  };
}

function stateOf(slot: Slot | undefined): Value | undefined {
  return slot && new Map([['state', slot.state]]);
}

/** Outputs of tasks in loops are found by the loops' values. */
function revealedFans(
  records: Pick<Records, 'fan'>,
  { reveal }: Pick<Secrets, 'reveal'>,
): Pick<Records, 'fan'> {
  return {
    fan(path) {
      const fan = records.fan(path);
      if (fan?.type !== 'values') return fan;
      const values = reveal(fan.values);
      return values === fan.values ? fan : { ...fan, values };
    },
  };
}

/** The flowables around, from the root down, each with its path and the frame its own run is in. */
interface Enclosing {
  readonly place: Place;
  readonly path: Path;
  /** Index into the frames of the frame inside it. */
  readonly depth: number;
  readonly at: Position;
  /** The task run inside works in its directory. */
  readonly sharesDirectory: boolean;
}

function enclosing(at: Position, place: Place): readonly Enclosing[] {
  const list: Enclosing[] = [];
  let path = at.path;
  let child = place;
  for (const [above, flowable] of ancestorsOf(place).toReversed().entries()) {
    path = parentPath(child, path);
    const depth = at.frames.length - 1 - above;
    list.unshift({ place: flowable, path, depth, at, sharesDirectory: isInDirectory(child) });
    child = flowable;
  }
  return list;
}

/** The loop value of what runs inside `around`, or undefined where it is no loop. */
function valueInside(records: Records, around: Enclosing): string | undefined {
  const member = around.at.frames[around.depth]?.member;
  if (member?.iteration === undefined || member.each === 'round') return undefined;
  if (member.value !== undefined) return member.value;
  const fan = around.place.task.fan ?? records.fan(around.path);
  return fan?.type === 'values' ? fan.values[member.iteration] : undefined;
}

function currentIterations(
  records: Records,
  at: Position,
  around: readonly Enclosing[],
  reveal: Secrets['reveal'],
): Here {
  const here = new Map<Path, Iteration>();
  // Who is asked what comes next sees what its members left.
  if (at.asked !== undefined) here.set(at.path, { index: at.round ?? 0, each: 'round' });
  for (const loop of around) {
    const member = loop.at.frames[loop.depth]?.member;
    if (member?.iteration === undefined) continue;
    here.set(loop.path, {
      index: member.iteration,
      each: member.each,
      get value() {
        return reveal(valueInside(records, loop));
      },
    });
  }
  return here;
}

function taskRun(
  records: Records,
  at: Position,
  around: readonly Enclosing[],
  startedAt: number,
): LazyMap {
  const nearest = around.at(-1);
  // Tasks that share a directory are at the value that the directory is for.
  const valued = nearest?.sharesDirectory ? around.at(-2) : nearest;
  return lazily({
    id: () => taskRunId(at.execution, at.path),
    startDate: () => new Date(startedAt).toISOString(),
    attemptsCount: () => BigInt(at.attempt - 1),
    parentId: () => (nearest ? taskRunId(at.execution, nearest.path) : undefined),
    value: () =>
      valued?.place.task.loop === undefined ? valued && valueInside(records, valued) : undefined,
    items: () => (nearest?.place.task.loop === 'items' ? valueInside(records, nearest) : undefined),
    iteration: () => {
      const member = nearest && at.frames[nearest.depth]?.member;
      return member?.iteration === undefined ? undefined : BigInt(member.iteration);
    },
  });
}

/** The task run whose directory it works in, where it is in one. */
function workerTaskRun(
  records: Records,
  at: Position,
  around: readonly Enclosing[],
  startedAt: number,
): LazyMap | undefined {
  const worker = around.at(-1);
  if (!worker?.sharesDirectory) return undefined;
  return taskRun(records, { ...at, path: worker.path }, around.slice(0, -1), startedAt);
}

/** What loops of the 2.0 kind around are at, the nearest first. */
function items(records: Records, around: readonly Enclosing[]): readonly LazyMap[] {
  const list: LazyMap[] = [];
  for (const loop of around) {
    const iteration = loop.at.frames[loop.depth]?.member?.iteration;
    if (loop.place.task.loop !== 'item' || iteration === undefined) continue;
    const parents = [...list];
    list.unshift(
      lazily({
        index: () => BigInt(iteration),
        value: () => valueInside(records, loop),
        key: () => {
          const fan = records.fan(loop.path);
          return fan?.type === 'values' ? fan.keys?.[iteration] : undefined;
        },
        parent: () => parents[0],
        parents: () => parents,
      }),
    );
  }
  return list;
}

/** Nearest first; a flowable with neither a loop value nor outputs is passed over, as in Kestra. */
function parents(records: Records, around: readonly Enclosing[]): readonly ValueMap[] {
  const list: ValueMap[] = [];
  for (const [index, flowable] of around.entries()) {
    const above = around[index - 1];
    const value = above && valueInside(records, above);
    const outputs = flowable.place.task.fan ? undefined : records.outputs(flowable.path);
    if (value === undefined && outputs === undefined) continue;
    const entry = new Map<string, Value>();
    if (value !== undefined) entry.set('taskrun', new Map([['value', value]]));
    if (outputs !== undefined) entry.set('outputs', outputs);
    list.unshift(entry);
  }
  return list;
}

const variables = new WeakMap<Flow, ValueMap>();

function variablesOf(flow: Flow): ValueMap {
  let map = variables.get(flow);
  if (!map) {
    map = plainMap(flow.variables);
    variables.set(flow, map);
  }
  return map;
}

function plainMap(plain: Readonly<Record<string, unknown>>): ValueMap {
  return fromPlain(plain) as ValueMap;
}
