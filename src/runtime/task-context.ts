/** What a running task may use, bound to its task run. */
import type { Baton } from '../engine/baton.ts';
import { type Flow, type LogLevel, logLevels, type Task } from '../engine/flow.ts';
import { placeAt } from '../engine/tree.ts';
import { toPlain } from '../expression/value.ts';
import type { NamespaceFiles, SealedText, TaskContext } from '../tasks/define.ts';
import { countExecutions } from './count-executions.ts';
import { lazyMethods } from './lazy-methods.ts';
import { renderItem } from './render-item.ts';
import type { TaskScope } from './run-spec.ts';
import type { Runtime } from './runtime.ts';
import type { Caller } from './subflows.ts';
import { taskFiles } from './task-files.ts';

export type Log = (level: LogLevel, message: string) => void;

/** What differs from attempt to attempt. */
interface Given extends Pick<TaskContext, 'resumed' | 'signal' | 'loopValue' | 'directory'> {
  readonly log: Log;
  /** What expressions of the task see. */
  readonly scope: TaskScope;
  /** When this attempt began. */
  readonly startedAt: number;
}

export function taskContext(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  { signal, log, resumed, loopValue, scope, startedAt, directory }: Given,
): TaskContext {
  const { execution: id, path } = baton;
  const { task } = placeAt(flow, path);
  const token = tokenOf(baton);
  const { seal, ...secrets } = scope.host.secrets;
  const caller: Caller = { flow, baton, startedAt, taskType: task.type, loopValue, secrets };
  const context: TaskContext = {
    execution: { id, namespace: flow.namespace, flowId: flow.id, revision: flow.revision },
    taskId: task.id,
    path,
    attempt: baton.attempt,
    token,
    resumed,
    signal,
    loopValue,
    directory,
    log,
    now: () => runtime.clock.now(),
    random: () => runtime.random.next(),
    ...taskFiles(runtime.blobs, flow, baton),
    renderItem: (template, item) => renderItem(template, item, scope),
    readLogs: async (execution, minLevel) =>
      (await import('./log-rows.ts')).readLogRows(runtime.logs, execution, minLevel),
    countExecutions: (query) => countExecutions(runtime.store, query),
    runSpec: async (spec) => (await import('./run-spec.ts')).runSpec(spec, scope, context),
    seal: seal && ((clear) => toPlain(seal(clear)) as SealedText),
    subflows: lazyMethods(async () => (await import('./subflows.ts')).subflowsOf(runtime, caller)),
    changes: lazyMethods(async () =>
      (await import('./execution-changes.ts')).executionChanges(runtime, flow, id, secrets),
    ),
    resume: async (execution, inputs) => {
      // Reading inputs takes the schema library, which a step does not start with.
      const { resume } = await import('./resume.ts');
      const resumed = await resume(runtime, execution ?? id, { inputs });
      if (resumed.type !== 'invalid-inputs') return resumed.type;
      return resumed.issues.map(({ message }) => message);
    },
    kv: lazyMethods(
      async () =>
        (await import('./key-values.ts')).keyValuesFor(runtime, flow.namespace, token, secrets),
      ['keys', 'namespaces'],
    ),
    namespaceFiles: namespaceFilesOf(runtime, baton),
    aws: runtime.settings.aws,
    networks: runtime.settings.networks,
  };
  return context;
}

export function namespaceFilesOf(runtime: Runtime, baton: Baton): NamespaceFiles {
  return lazyMethods(
    async () => (await import('./namespace-files.ts')).namespaceFilesFor(runtime, tokenOf(baton)),
    ['list'],
  );
}

/** The same for every attempt of a task run. */
function tokenOf({ execution, path, epoch }: Baton): string {
  return epoch === 1 ? `${execution}/${path}` : `${execution}/${path}#${epoch}`;
}

/** Longer messages are split, a millisecond apart, as readers of logs expect them. */
const messageCharsMax = 10_240;

/**
 * Writes the log of one attempt. A task's `logLevel` drops what is below it altogether; values of
 * secrets the attempt has read are masked.
 */
export function logTo(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  {
    task,
    mask,
    sink = runtime.logs,
  }: {
    readonly task: Task;
    readonly mask: (text: string) => string;
    readonly sink?: Pick<Runtime['logs'], 'write'>;
  },
): Log {
  const lowest = logLevels.indexOf(task.logLevel ?? 'TRACE');
  return (level, message) => {
    if (logLevels.indexOf(level) < lowest) return;
    const now = runtime.clock.now();
    for (const [index, part] of split(mask(message)).entries()) {
      sink.write({
        timestamp: now + index,
        level,
        message: part,
        executionId: baton.execution,
        namespace: flow.namespace,
        flowId: flow.id,
        revision: flow.revision,
        taskId: task.id,
        path: baton.path,
        attempt: baton.attempt,
      });
    }
  };
}

function split(message: string): readonly string[] {
  const parts: string[] = [];
  for (let start = 0; start < message.length; start += messageCharsMax) {
    parts.push(message.slice(start, start + messageCharsMax));
  }
  return parts.length > 0 ? parts : [''];
}
