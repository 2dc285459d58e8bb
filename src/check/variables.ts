/**
 * The variables that an expression sees, by where it stands: the static side of
 * `src/runtime/context.ts`, which a test compares with this.
 */
import type { Input } from '../engine/flow.ts';
import { type Trigger, triggerTypes } from '../engine/trigger.ts';
import { isChanged, ancestorsOf, type Place } from '../engine/tree.ts';
import { dependenciesOf } from '../flow/declarations.ts';
import { nearest } from '../flow/nearest.ts';
import {
  type Kind,
  type Known,
  list,
  type Members,
  missing,
  object,
  ofJson,
  ofKind,
  scalar,
  unknown,
} from './known.ts';
import { type FlowFacts, outputsOf, tasksOf } from './known-outputs.ts';

/** Where an expression stands. */
export type Position =
  | { readonly type: 'task'; readonly place: Place }
  | { readonly type: 'outputs' }
  /** Before the execution is created. */
  | { readonly type: 'checks' }
  | { readonly type: 'input'; readonly input: Input }
  | { readonly type: 'trigger'; readonly trigger: Trigger };

export type Variables = ReadonlyMap<string, Known>;

export interface CheckFacts extends FlowFacts {
  /** Some triggers are not in the compiled flow, so what they bring is not known. */
  readonly hasOtherTriggers: boolean;
}

export function variablesAt(facts: CheckFacts, position: Position): Variables {
  if (position.type === 'input') return inputVariables(facts, position.input);
  if (position.type === 'trigger') return triggerVariables(facts, position.trigger);
  if (position.type === 'checks') {
    const names = new Set(['flow', 'inputs', 'vars', 'locale']);
    return new Map([...sharedVariables(facts)].filter(([name]) => names.has(name)));
  }
  const reader = position.type === 'task' ? position.place : undefined;
  const variables = executionVariables(facts, reader);
  return reader === undefined
    ? variables
    : new Map([...variables, ...taskVariables(facts, reader)]);
}

/** Defaults and conditions of inputs see the flow and the inputs they depend on. */
function inputVariables({ flow }: CheckFacts, input: Input): Variables {
  const visible = new Set(dependenciesOf(input));
  const hidden = new Set(flow.inputs.map(({ id }) => id).filter((id) => !visible.has(id)));
  return new Map([
    ['flow', texts('flow', ['id', 'namespace'])],
    [
      'inputs',
      inputTree(
        flow.inputs.filter(({ id }) => visible.has(id)),
        (name) => (hidden.has(name) ? missing({ code: 'hidden-input', id: name }) : undefined),
      ),
    ],
    ['locale', scalar('text', 'locale', false)],
  ]);
}

function executionVariables(facts: CheckFacts, reader: Place | undefined): Variables {
  return new Map([...sharedVariables(facts), ['outputs', outputsOf(facts, reader)]]);
}

const shared = new WeakMap<CheckFacts, Variables>();

/** The same wherever they are read. */
function sharedVariables(facts: CheckFacts): Variables {
  const known = shared.get(facts);
  if (known !== undefined) return known;
  const { flow } = facts;
  const variables: Variables = new Map([
    [
      'flow',
      object({
        path: 'flow',
        entries: new Map([
          ...textEntries('flow', ['id', 'namespace']),
          ['revision', scalar('integer', 'flow.revision', false)],
        ]),
      }),
    ],
    ['execution', texts('execution', ['id', 'startDate', 'originalId', 'state'])],
    ['inputs', inputTree(flow.inputs)],
    ['tasks', tasksOf(facts)],
    // Where a task changes them, others may be there, and of other types.
    [
      'vars',
      isChanged(flow, 'variables')
        ? ofKind('map', false)
        : object({ path: 'vars', entries: valuesOf(flow.variables) }),
    ],
    ['labels', isChanged(flow, 'labels') ? ofKind('map', false) : labels(flow.labels)],
    ['trigger', trigger(facts)],
    ['envs', ofKind('map', false)],
    ['globals', ofKind('map', false)],
    ['locale', scalar('text', 'locale', false)],
  ]);
  shared.set(facts, variables);
  return variables;
}

function taskVariables({ openings }: CheckFacts, reader: Place): Variables {
  const variables = new Map([
    ['task', texts('task', ['id', 'type'])],
    ['taskrun', taskrun(reader, openings)],
  ]);
  if (ancestorsOf(reader).length > 0) {
    variables.set('parent', unknown);
    variables.set('parents', unknown);
  }
  if (isInWorkingDirectory(reader)) variables.set('workerTaskrun', unknown);
  if (ancestorsOf(reader).some(({ task }) => task.loop === 'item')) variables.set('item', item);
  return variables;
}

/** Of a 2.0 loop; which of its entries are there depends on what it runs over. */
const item: Known = object({
  path: 'item',
  entries: new Map<string, Known>([
    ...textEntries('item', ['value', 'key']),
    ['index', scalar('integer', 'item.index', false)],
    ['parent', unknown],
    ['parents', unknown],
  ]),
  absent: (name, suggestion) => missing({ code: 'unknown-member', of: 'item', name, suggestion }),
});

/** Tasks that share a directory see the task run around them as if it were their own. */
function isInWorkingDirectory(reader: Place): boolean {
  return reader.parent?.task.type.endsWith('.WorkingDirectory') === true;
}

/** The loop value is that of the flowable right around, and of no other. */
function taskrun(reader: Place, openings: FlowFacts['openings']): Known {
  const path = 'taskrun';
  const entries = new Map([
    ...textEntries(path, ['id', 'startDate']),
    ['attemptsCount', scalar('integer', 'taskrun.attemptsCount', false)],
  ]);
  const around = ancestorsOf(reader);
  const nearestOpening = reader.parent && openings(reader.parent);
  if (around.length > 0) entries.set('parentId', scalar('text', 'taskrun.parentId', false));
  const isHandler = reader.branch === 'errors' || reader.branch === 'finally';
  const calledOtherwise = reader.parent?.task.loop;
  if (calledOtherwise === 'items') entries.set('items', scalar('text', 'taskrun.items', false));
  if (nearestOpening?.type === 'loop' && !isHandler && calledOtherwise === undefined) {
    entries.set('value', scalar('text', 'taskrun.value', false));
    entries.set('iteration', scalar('integer', 'taskrun.iteration', false));
  }
  // Rounds are counted as well, and so are items.
  if (reader.parent?.task.asks === true && !isHandler) {
    entries.set('iteration', scalar('integer', 'taskrun.iteration', false));
  }
  const isOpen = nearestOpening?.type === 'unknown' || isHandler || isInWorkingDirectory(reader);
  const inLoop = around.some((flowable) => openings(flowable).type === 'loop');
  const absent: Members['absent'] = (name, suggestion) => {
    if (name !== 'value' && name !== 'iteration') {
      return missing({ code: 'unknown-member', of: path, name, suggestion });
    }
    return isOpen ? unknown : missing({ code: 'no-loop-value', name, inLoop });
  };
  return object({ path, entries, absent });
}

/** Whoever starts the execution can give more labels, and the engine sets some of its own. */
function labels(declared: Readonly<Record<string, string>>): Known {
  const first = Object.keys(declared).map((key) => key.split('.')[0] ?? key);
  const entries = [...new Set([...first, 'system'])].map((key): [string, Known] => [
    key,
    Object.hasOwn(declared, key) ? scalar('text', `labels.${key}`, false) : unknown,
  ]);
  return object({
    path: 'labels',
    entries: new Map(entries),
    absent: (name) => missing({ code: 'undeclared-label', name }, 'warning'),
  });
}

/** What a parent flow hands to the flow it starts, whatever triggers that flow has. */
const fromParentFlow = [
  'executionId',
  'flowId',
  'flowRevision',
  'namespace',
  'originalId',
  'outputs',
  'state',
  'taskId',
  'taskRunId',
  'taskRunIteration',
  'taskRunValue',
];

/** What each type of trigger brings. */
const broughtBy: Readonly<Record<Trigger['type'], readonly string[]>> = {
  [triggerTypes.flow]: [
    'endDate',
    'executionId',
    'executionLabels',
    'firstFailedTaskId',
    'flowId',
    'flowRevision',
    'lastTaskId',
    'namespace',
    'outputs',
    'startDate',
    'state',
  ],
  [triggerTypes.schedule]: ['date', 'next', 'previous'],
  [triggerTypes.dates]: ['date', 'next', 'previous'],
  [triggerTypes.webhook]: ['body', 'headers', 'parameters'],
};

function trigger({ flow, hasOtherTriggers }: CheckFacts): Known {
  if (hasOtherTriggers) return ofKind('map', false);
  const brought = (flow.triggers ?? []).flatMap(({ type }) => broughtBy[type]);
  return triggerOf([...fromParentFlow, ...brought]);
}

function triggerOf(names: readonly string[]): Known {
  const entries = new Map(names.map((name) => [name, unknown]));
  return object({
    path: 'trigger',
    entries,
    absent: (name, suggestion) =>
      missing({ code: 'unknown-member', of: 'trigger', name, suggestion }),
  });
}

/** An expression of the trigger itself; of a Flow trigger it stands in the execution that fires it. */
function triggerVariables(facts: CheckFacts, { type }: Trigger): Variables {
  const own = sharedVariables(facts);
  const kept = ['flow', 'vars', 'envs', 'globals'].map((name): [string, Known] => [
    name,
    own.get(name) ?? unknown,
  ]);
  const variables = new Map([...kept, ['labels', unknown] as const]);
  variables.set('trigger', triggerOf(['id', 'type', ...broughtBy[type]]));
  for (const name of type === triggerTypes.flow ? upstreamNames : []) variables.set(name, unknown);
  return variables;
}

const upstreamNames = [
  'execution',
  'flowId',
  'hasRetryAttempt',
  'inputs',
  'namespace',
  'outputs',
  'state',
  'tasks',
];

const inputKinds: ReadonlyMap<string, Kind> = new Map([
  ['BOOL', 'boolean'],
  ['EMAIL', 'text'],
  ['ENUM', 'text'],
  ['FILE', 'text'],
  ['FLOAT', 'number'],
  ['INT', 'integer'],
  ['SELECT', 'text'],
  ['STRING', 'text'],
  ['URI', 'text'],
]);

type Absent = (name: string) => Known | ReturnType<typeof missing> | undefined;

/** Dots in ids nest. */
function inputTree(inputs: readonly Input[], absent: Absent = () => undefined, path = ''): Known {
  const entries = new Map<string, Known>();
  for (const [name, group] of groupedByName(inputs, path.length)) {
    const id = `${path}${name}`;
    const own = group.find((input) => input.id === id);
    // A value and a nest of the same name: what comes out depends on their order.
    const isBoth = own !== undefined && group.length > 1;
    const nest = (): Known => inputTree(group, absent, `${id}.`);
    entries.set(name, isBoth ? unknown : own === undefined ? nest() : inputValue(own));
  }
  return object({
    path: path === '' ? 'inputs' : `inputs.${path.slice(0, -1)}`,
    entries,
    optional: path !== '',
    absent: (name) => {
      const id = `${path}${name}`;
      const suggestion = nearest(
        id,
        inputs.map((input) => input.id),
      );
      return absent(id) ?? missing({ code: 'unknown-input', id, suggestion });
    },
  });
}

/** By the part of their ids up to the next dot. */
function groupedByName(
  inputs: readonly Input[],
  from: number,
): ReadonlyMap<string, readonly Input[]> {
  return Map.groupBy(inputs, ({ id }) => id.slice(from).split('.')[0] ?? id);
}

function inputValue({ id, type, required, rules }: Input): Known {
  const optional = !required || rules['dependsOn'] !== undefined;
  const path = `inputs.${id}`;
  if (type === 'ARRAY' || type === 'MULTISELECT') return list(path, optional);
  const kind = inputKinds.get(type);
  return kind === undefined ? { ...unknown, optional } : scalar(kind, path, optional);
}

function valuesOf(variables: CheckFacts['flow']['variables']): ReadonlyMap<string, Known> {
  const entries = Object.entries(variables);
  return new Map(entries.map(([name, value]) => [name, ofJson(value, `vars.${name}`)]));
}

function texts(path: string, names: readonly string[]): Known {
  return object({ path, entries: new Map(textEntries(path, names)) });
}

function textEntries(path: string, names: readonly string[]): [string, Known][] {
  return names.map((name) => [name, scalar('text', `${path}.${name}`, false)]);
}
