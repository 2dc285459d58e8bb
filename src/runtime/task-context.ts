/** What a running task may use, bound to its task run. */
import type { Baton } from '../engine/baton.ts';
import type { Flow, LogLevel, Task } from '../engine/flow.ts';
import { placeAt } from '../engine/tree.ts';
import { type TaskContext, TaskFailure } from '../tasks/define.ts';
import { fileAddress, fileKey } from './files.ts';
import type { Runtime } from './runtime.ts';

type Log = (level: LogLevel, message: string) => void;

export function taskContext(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  signal: AbortSignal,
  log: Log,
): TaskContext {
  const { execution: id, path, epoch } = baton;
  const { task } = placeAt(flow, path);
  return {
    execution: { id, namespace: flow.namespace, flowId: flow.id, revision: flow.revision },
    taskId: task.id,
    path,
    attempt: baton.attempt,
    token: epoch === 1 ? `${id}/${path}` : `${id}/${path}#${epoch}`,
    signal,
    log,
    now: () => runtime.clock.now(),
    random: () => runtime.random.next(),
    putFile: async (name, bytes) => {
      const key = `${id}/${path.replaceAll('/', '~')}/${baton.turn}/${name}`;
      return fileAddress(await runtime.blobs.put(key, bytes));
    },
    getFile: async (address) => {
      const bytes = await runtime.blobs.get(fileKey(address));
      if (!bytes)
        throw new TaskFailure({ code: 'file-missing', message: `There is no file ${address}` });
      return bytes;
    },
    aws: runtime.settings.aws,
  };
}

const levels: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

/** A task's `logLevel` drops what is below it altogether. */
export function logTo(runtime: Runtime, flow: Flow, baton: Baton, task: Task): Log {
  const lowest = levels.indexOf(task.logLevel ?? 'TRACE');
  return (level, message) => {
    if (levels.indexOf(level) < lowest) return;
    runtime.logs.write({
      timestamp: runtime.clock.now(),
      level,
      message,
      executionId: baton.execution,
      namespace: flow.namespace,
      flowId: flow.id,
      revision: flow.revision,
      taskId: task.id,
      path: baton.path,
      attempt: baton.attempt,
    });
  };
}
