/** A flow as it is sent to be stored: JSON, which is YAML. */
import { type FlowSpec, isFlowable, type Lists, type LoopKind, type TaskSpec } from './spec.ts';

export const namespace = 'simulation';

type Written = Readonly<Record<string, unknown>>;

export function sourceOf(flow: FlowSpec): string {
  return JSON.stringify({
    id: flow.id,
    namespace,
    ...(flow.note !== undefined && { labels: { note: String(flow.note) } }),
    inputs: [{ id: 'n', type: 'INT', defaults: 5 }],
    ...(flow.attempts !== undefined && { retry: retry(flow.attempts) }),
    ...(flow.limit !== undefined && { concurrency: { limit: flow.limit, behavior: 'QUEUE' } }),
    ...(flow.listensTo !== undefined && { triggers: [triggerOn(flow.listensTo)] }),
    ...lists(flow.lists),
    outputs: [{ id: 'all', type: 'STRING', value: outputOf(flow) }],
  });
}

/** What the last task of the root that gives something gave. */
function outputOf({ lists: { tasks } }: FlowSpec): string {
  const last = tasks.findLast(({ kind }) => kind === 'give');
  return last ? refTo(last.id) : 'none';
}

function triggerOn(flowId: string): Written {
  return {
    id: 'after',
    type: 'io.kestra.plugin.core.trigger.Flow',
    states: ['SUCCESS', 'WARNING', 'FAILED', 'KILLED'],
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
  const { id, attempts, allowFailure, allowWarning, skipped } = task;
  return {
    id,
    ...own(task),
    ...(attempts !== undefined && { retry: retry(attempts) }),
    ...(allowFailure && { allowFailure }),
    ...(allowWarning && { allowWarning }),
    ...(skipped && { runIf: '{{ inputs.n > 9 }}' }),
  };
}

function retry(attempts: number): Written {
  return { type: 'constant', interval: 'PT1S', maxAttempts: attempts };
}

function own(task: TaskSpec): Written {
  return isFlowable(task) ? flowable(task) : leaf(task);
}

function leaf(task: Exclude<TaskSpec, { tasks: unknown }>): Written {
  switch (task.kind) {
    case 'give': {
      const value = task.in ? `@{{ ${loopValue(task.in)} }}` : '';
      const refs = task.refs.map((ref) =>
        ref.startsWith('[') ? refInLoop(ref.slice(1)) : refTo(ref),
      );
      return {
        type: 'io.kestra.plugin.core.debug.Return',
        format: `${task.id}${value}(${refs.join(',')})`,
      };
    }
    case 'fail': {
      const here =
        task.only === undefined || !task.in ? '' : ` and ${loopValue(task.in)} == '${task.only}'`;
      const condition = `{{ taskrun.attemptsCount < ${task.times}${here} }}`;
      return { type: 'io.kestra.plugin.core.execution.Fail', condition };
    }
    case 'sleep':
      return { type: 'io.kestra.plugin.core.flow.Sleep', duration: duration(task.ms) };
    case 'call':
      return { type: 'io.kestra.plugin.core.flow.Subflow', namespace, flowId: task.flow };
  }
}

function flowable(task: Extract<TaskSpec, { tasks: unknown }>): Written {
  const type = (name: string): Written => ({ type: `io.kestra.plugin.core.flow.${name}` });
  const inside = lists(task);
  switch (task.kind) {
    case 'sequential':
      return { ...type('Sequential'), ...inside };
    case 'allow':
      return { ...type('AllowFailure'), ...inside };
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
      const name = task.kind === 'each' ? 'ForEach' : 'Loop';
      return { ...type(name), ...inside, values: task.values, concurrencyLimit: task.limit };
    }
    case 'until': {
      const checkFrequency = { interval: 'PT1S', maxIterations: task.rounds };
      return { ...type('LoopUntil'), ...inside, condition: '{{ false }}', checkFrequency };
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
      const wait =
        task.ms === undefined ? {} : { pauseDuration: duration(task.ms), behavior: task.atEnd };
      return { ...type('Pause'), ...inside, ...wait };
    }
  }
}

function refTo(id: string): string {
  return `{{ outputs.${id}.value ?? '-' }}`;
}

function refInLoop(id: string): string {
  return `{{ outputs.${id}[taskrun.value].value ?? '-' }}`;
}

function loopValue(kind: LoopKind): string {
  return kind === 'each' ? 'taskrun.value' : 'item.value';
}

function duration(ms: number): string {
  return `PT${ms / 1000}S`;
}
