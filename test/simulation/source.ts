/** A flow as it is sent to be stored: JSON, which is YAML. */
import { loopValue, rendered, textOf } from './reference.ts';
import {
  givesOutput,
  type CallSpec,
  type FlowSpec,
  isFlowable,
  type LeafSpec,
  type Lists,
  type SlaSpec,
  type TaskSpec,
} from './spec.ts';

export const namespace = 'simulation';

type Written = Readonly<Record<string, unknown>>;

export function sourceOf(flow: FlowSpec): string {
  return JSON.stringify({
    id: flow.id,
    namespace,
    ...(flow.note !== undefined && { labels: { note: String(flow.note) } }),
    inputs: [{ id: 'n', type: 'INT', defaults: 5 }, ...(flow.wide ? [passedOn] : [])],
    ...(flow.attempts !== undefined && { retry: retry(flow.attempts) }),
    ...(flow.wide?.executions !== undefined && {
      retry: { ...retry(flow.wide.executions), behavior: 'CREATE_NEW_EXECUTION' },
    }),
    ...(flow.limit !== undefined && {
      concurrency: { limit: flow.limit, behavior: flow.wide?.refusal ?? 'QUEUE' },
    }),
    ...(flow.wide?.sla && { sla: [sla(flow.id, flow.wide.sla)] }),
    ...(flow.listensTo !== undefined && { triggers: [triggerOn(flow.listensTo)] }),
    ...lists(flow.lists),
    outputs: [{ id: 'all', type: 'STRING', value: outputOf(flow) }],
  });
}

const passedOn = { id: 'm', type: 'STRING', defaults: '-' };

/** What the last task of the root that gives something gave, and what was passed on. */
function outputOf({ lists: own, wide }: FlowSpec): string {
  const last = givesOutput(own);
  return `${last ? rendered(textOf(last)) : 'none'}${wide ? ` ${rendered('#m')}` : ''}`;
}

/** The label of an execution that has not kept what its flow asks for. */
export function brokenLabel(flowId: string): string {
  return `broken-${flowId}`;
}

function sla(flowId: string, spec: SlaSpec): Written {
  const { behavior } = spec;
  const common = { id: 'kept', behavior, labels: { [brokenLabel(flowId)]: 'true' } };
  if (spec.kind === 'duration') {
    return { ...common, type: 'MAX_DURATION', duration: duration(spec.ms) };
  }
  return { ...common, type: 'EXECUTION_ASSERTION', assert: assertion(spec) };
}

function assertion(spec: Extract<SlaSpec, { kind: 'assertion' }>): string {
  if (spec.isFalse === 'after') return `{{ (outputs.${spec.task}.value ?? '-') == '-' }}`;
  return spec.isFalse === 'never' ? '{{ inputs.n == 5 }}' : '{{ inputs.n != 5 }}';
}

/** Of what it listens to. */
export const listenedStates: readonly string[] = ['SUCCESS', 'WARNING', 'FAILED', 'KILLED'];

function triggerOn(flowId: string): Written {
  return {
    id: 'after',
    type: 'io.kestra.plugin.core.trigger.Flow',
    states: listenedStates,
    conditions: [{ type: 'io.kestra.plugin.core.condition.ExecutionFlow', namespace, flowId }],
  };
}

function lists({ tasks, errors, finally: last, afterExecution }: Lists): Written {
  return {
    tasks: tasks.map(written),
    ...(errors && { errors: errors.map(written) }),
    ...(last && { finally: last.map(written) }),
    ...(afterExecution && { afterExecution: afterExecution.map(written) }),
  };
}

function written(task: TaskSpec): Written {
  const { id, attempts, allowFailure, allowWarning, skipped, disabled, logLevel } = task;
  return {
    id,
    ...own(task),
    ...(attempts !== undefined && { retry: retry(attempts) }),
    ...(allowFailure && { allowFailure }),
    ...(allowWarning && { allowWarning }),
    ...(skipped && { runIf: '{{ inputs.n > 9 }}' }),
    ...(disabled && { disabled }),
    ...(logLevel && { logLevel }),
  };
}

function retry(attempts: number): Written {
  return { type: 'constant', interval: 'PT1S', maxAttempts: attempts };
}

function own(task: TaskSpec): Written {
  return isFlowable(task) ? flowable(task) : leaf(task);
}

function leaf(task: LeafSpec): Written {
  const core = (type: string): Written => ({ type: `io.kestra.plugin.core.${type}` });
  switch (task.kind) {
    case 'give': {
      const value = task.in ? `@{{ ${loopValue(task.in)} }}` : '';
      const format = `${task.id}${value}(${task.refs.map(rendered).join(',')})`;
      const cache = task.cached ? { taskCache: { enabled: true } } : {};
      return task.named
        ? { ...core('output.OutputValues'), values: { v: format }, ...cache }
        : { ...core('debug.Return'), format, ...cache };
    }
    case 'fail': {
      const here =
        task.only === undefined || !task.in ? '' : ` and ${loopValue(task.in)} == '${task.only}'`;
      const condition = `{{ taskrun.attemptsCount < ${task.times}${here} }}`;
      return { ...core('execution.Fail'), condition };
    }
    case 'sleep': {
      const timeout = task.timeoutMs === undefined ? {} : { timeout: duration(task.timeoutMs) };
      return { ...core('flow.Sleep'), duration: duration(task.ms), ...timeout };
    }
    case 'call':
      return { ...core('flow.Subflow'), ...call(task, task.id) };
    case 'assert':
      return {
        ...core('execution.Assert'),
        conditions: ['{{ true }}', task.holds ? '{{ inputs.n == 5 }}' : '{{ inputs.n != 5 }}'],
      };
    case 'exit':
      return { ...core('execution.Exit'), state: task.state };
    case 'once':
      return { ...core('log.Log'), message: `once ${task.id}`, runOnce: true };
    case 'label':
      return { ...core('execution.Labels'), labels: { [task.id]: 'set' } };
    case 'set':
      return { ...core('execution.SetVariables'), variables: { [task.id]: `set ${task.id}` } };
    case 'unset':
      return { ...core('execution.UnsetVariables'), variables: [task.of], ignoreMissing: true };
    case 'put':
      return { ...core('kv.Set'), key: keyOf(task.id), value: `put ${task.id}` };
    case 'get':
      return { ...core('kv.Get'), key: keyOf(task.of) };
    case 'remove':
      return { ...core('kv.Delete'), key: keyOf(task.of) };
  }
}

function keyOf(id: string): string {
  return `{{ execution.id }}-${id}`;
}

function call(spec: CallSpec, passed: string): Written {
  return {
    namespace,
    flowId: spec.flow,
    ...(spec.isNotAwaited && { wait: false }),
    ...(spec.isForgiving && { transmitFailed: false }),
    ...(spec.passes && { inputs: { m: passed }, inheritLabels: true }),
    ...(spec.isNewAfterRestart && { restartBehavior: 'NEW_EXECUTION' }),
  };
}

function flowable(task: Extract<TaskSpec, { tasks: unknown }>): Written {
  const type = (name: string): Written => ({ type: `io.kestra.plugin.core.flow.${name}` });
  const inside = lists(task);
  switch (task.kind) {
    case 'sequential':
      return { ...type('Sequential'), ...inside };
    case 'allow':
      return { ...type('AllowFailure'), ...inside };
    case 'directory':
      return { ...type('WorkingDirectory'), ...inside };
    case 'items':
      return { ...type('Sequential'), tasks: forEachRow(task) };
    case 'parallel':
      return { ...type('Parallel'), ...inside, concurrent: task.limit };
    case 'dag': {
      const nodes = task.tasks.map((node, index) => {
        const dependsOn = (task.after[index] ?? []).map((other) => task.tasks[other]?.id);
        return { task: written(node), ...(dependsOn.length > 0 && { dependsOn }) };
      });
      return { ...type('Dag'), ...inside, tasks: nodes };
    }
    case 'each':
    case 'loop': {
      if (task.spelling === '1.x') {
        return { ...type('EachSequential'), ...inside, value: task.values };
      }
      const name = task.kind === 'each' ? 'ForEach' : 'Loop';
      return { ...type(name), ...inside, values: task.values, concurrencyLimit: task.limit };
    }
    case 'side':
      return { ...type('EachParallel'), ...inside, value: task.values, concurrent: task.limit };
    case 'until': {
      // The older one gives up after an hour, unless it is told otherwise.
      const maxDuration = task.spelling === '0.x' ? { maxDuration: 'P365D' } : {};
      const checkFrequency = { interval: 'PT1S', maxIterations: task.rounds, ...maxDuration };
      const condition = '{{ false }}';
      const failOnMaxReached = task.failsAtMax === true;
      const name = task.spelling === '0.x' ? 'WaitFor' : 'LoopUntil';
      return { ...type(name), ...inside, condition, checkFrequency, failOnMaxReached };
    }
    case 'if': {
      const condition = task.isTrue ? '{{ inputs.n == 5 }}' : '{{ inputs.n != 5 }}';
      const { tasks, ...handlers } = inside;
      const branches = Object.fromEntries([
        // oxlint-disable-next-line unicorn/no-thenable -- a key of the flow language, in JSON only
        ['then', tasks],
        ...(task.other.length > 0 ? [['else', task.other.map(written)] as const] : []),
      ]);
      return { ...type('If'), ...handlers, condition, ...branches };
    }
    case 'switch': {
      const { tasks, ...handlers } = inside;
      const value = task.isTrue ? 'a' : '{{ inputs.n }}';
      return {
        ...type('Switch'),
        ...handlers,
        value,
        cases: { a: tasks },
        defaults: task.other.map(written),
      };
    }
    case 'pause': {
      const onResume = task.asks ? { onResume: [{ id: 'answer', type: 'STRING' }] } : {};
      return { ...type('Pause'), ...inside, ...pauseWait(task), ...onResume };
    }
  }
}

function pauseWait({ ms, atEnd }: Extract<TaskSpec, { kind: 'pause' }>): Written {
  if (ms === undefined) return {};
  if (atEnd === 'TIMEOUT') return { timeout: duration(ms) };
  return { pauseDuration: duration(ms), behavior: atEnd };
}

/** Writes the file, and runs the flow for each of its rows. */
function forEachRow({ id, rows, call: spec }: Extract<TaskSpec, { kind: 'items' }>): Written[] {
  const type = 'io.kestra.plugin.core';
  const content = Array.from({ length: rows }, (_, index) => `row ${index}\n`).join('');
  return [
    { id: `${id}_file`, type: `${type}.storage.Write`, content, extension: '.txt' },
    {
      id: `${id}_each`,
      type: `${type}.flow.ForEachItem`,
      items: `{{ outputs.${id}_file.uri }}`,
      batch: { rows: 1 },
      ...call(spec, '{{ taskrun.iteration }}'),
    },
  ];
}

function duration(ms: number): string {
  return `PT${ms / 1000}S`;
}
