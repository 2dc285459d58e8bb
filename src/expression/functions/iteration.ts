/**
 * Functions that find their way through loops: they read `outputs`, `tasks`, `taskrun` and `parents`
 * of the variables in sight. `references.ts` knows which of them they read.
 */
import { type Args, type Call, fn, type FunctionDefinition } from '../definition.ts';
import { argumentError, evaluationError } from '../error.ts';
import { lookUp, undefinedError } from '../run.ts';
import { joined } from '../text.ts';
import { isList, isMap, type Value } from '../value.ts';

function variable(name: string, call: Call): Value {
  return lookUp(name, call.frame) ?? null;
}

function entry(value: Value, ...path: readonly string[]): Value {
  let current = value;
  for (const key of path) current = isMap(current) ? (current.get(key) ?? null) : null;
  return current;
}

/** The values of the enclosing iterations, outermost first, and then the task run's own. */
function iterationValues(call: Call): readonly string[] {
  const parents = variable('parents', call);
  const outer = isList(parents)
    ? parents.map((parent) => entry(parent, 'taskrun', 'value')).toReversed()
    : [];
  const own = entry(variable('taskrun', call), 'value');
  return [...outer, own].filter((value) => typeof value === 'string');
}

function currentEachOutput(args: Args, call: Call): Value {
  const [outputs] = args;
  if (!isMap(outputs)) {
    throw argumentError(
      "The 'currentEachOutput' function expects an argument 'outputs' with type map.",
      'outputs',
    );
  }
  let current: Value = outputs;
  for (const value of iterationValues(call)) {
    const next: Value | undefined = isMap(current) ? current.get(value) : undefined;
    if (next === undefined) throw missing(value, call);
    current = next;
  }
  return current;
}

function missing(key: string, call: Call): Error {
  return undefinedError(key, { line: 1, column: 1 }, call.run);
}

function tasksWithState(args: Args, call: Call): Value {
  const [state] = args;
  if (typeof state !== 'string') {
    throw argumentError("The 'tasksWithState' function expects an argument 'state'.", 'state');
  }
  const tasks = variable('tasks', call);
  const found: Value[] = [];
  if (!isMap(tasks)) return found;
  for (const [taskId, task] of tasks.entries()) collectStates(taskId, task, [], state, found);
  return found;
}

/** Below a task are its state, or its iterations by value, at any depth. */
function collectStates(
  taskId: string,
  task: Value,
  values: readonly string[],
  state: string,
  found: Value[],
): void {
  if (!isMap(task)) return;
  const own = task.get('state');
  if (typeof own === 'string') {
    if (own.toUpperCase() !== state.toUpperCase()) return;
    const hit = new Map<string, Value>([['taskId', taskId]]);
    const value = values.at(-1);
    if (value !== undefined) hit.set('value', value);
    hit.set('state', own);
    found.push(hit);
    return;
  }
  for (const [value, below] of task.entries()) {
    collectStates(taskId, below, [...values, value], state, found);
  }
}

/** `outputs.<loop>.outputs` with a name gives that output of every iteration, in their order. */
function loopOutputs(args: Args): Value {
  const [outputs, name] = args;
  if (!isList(outputs) || typeof name !== 'string') {
    throw argumentError(
      "The 'loopOutputs' function expects the list of outputs of a loop and a name.",
    );
  }
  const sorted = outputs.toSorted((a, b) => iterationOf(a) - iterationOf(b));
  return sorted.map((item) => entry(item, 'outputs', name));
}

function iterationOf(item: Value): number {
  const iteration = entry(item, 'item', 'iteration');
  return typeof iteration === 'bigint' ? Number(iteration) : 0;
}

/** The outputs of a task in an iteration of the innermost loop; by default in the current one. */
function iterationOutput(args: Args, call: Call): Value {
  const [taskOutputs = variable('outputs', call), iteration] = args;
  const values = iterationValues(call);
  let current: Value = taskOutputs;
  const key =
    iteration === undefined || iteration === null ? undefined : joined(iteration, call.run.budget);
  const path = key === undefined ? values : [...values.slice(0, -1), key];
  for (const value of path) {
    const next: Value | undefined = isMap(current) ? current.get(value) : undefined;
    if (next === undefined) throw missing(value, call);
    current = next;
  }
  return current;
}

function parentOutput(args: Args, call: Call): Value {
  const [index = 0n] = args;
  const parents = variable('parents', call);
  if (typeof index !== 'bigint') {
    throw argumentError("The 'parentOutput' function expects an integer as argument 'index'.");
  }
  const parent = isList(parents) ? parents[Number(index)] : undefined;
  if (parent === undefined) throw evaluationError(`There is no parent at index ${index}`);
  return entry(parent, 'outputs');
}

export const iterationFunctions: readonly (readonly [string, FunctionDefinition])[] = [
  ['currentEachOutput', fn('outputs: map', currentEachOutput)],
  ['iterationOutput', fn('taskOutputs?: map, iteration?', iterationOutput)],
  ['iterationOutputs', fn('outputs: list, name: string', loopOutputs)],
  ['loopOutputs', fn('outputs: list, name: string', loopOutputs)],
  ['parentOutput', fn('index?: integer', parentOutput)],
  ['tasksWithState', fn('state: string', tasksWithState)],
];
