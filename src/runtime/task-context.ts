/** What a running task may use, bound to its task run. */
import type { Baton } from '../engine/baton.ts';
import { type Flow, type LogLevel, logLevels, type Task } from '../engine/flow.ts';
import { placeAt } from '../engine/tree.ts';
import { type TaskContext, TaskFailure } from '../tasks/define.ts';
import { executionChanges } from './execution-changes.ts';
import { fileAddress, fileKey } from './files.ts';
import { keyValuesFor } from './key-values.ts';
import type { Runtime } from './runtime.ts';

export type Log = (level: LogLevel, message: string) => void;

/** What differs from attempt to attempt. */
interface Given extends Pick<TaskContext, 'resumed' | 'signal' | 'loopValue'> {
  readonly log: Log;
}

export function taskContext(
  runtime: Runtime,
  flow: Flow,
  baton: Baton,
  { signal, log, resumed, loopValue }: Given,
): TaskContext {
  const { execution: id, path, epoch } = baton;
  const { task } = placeAt(flow, path);
  const token = epoch === 1 ? `${id}/${path}` : `${id}/${path}#${epoch}`;
  return {
    execution: { id, namespace: flow.namespace, flowId: flow.id, revision: flow.revision },
    taskId: task.id,
    path,
    attempt: baton.attempt,
    token,
    resumed,
    signal,
    loopValue,
    log,
    now: () => runtime.clock.now(),
    random: () => runtime.random.next(),
    putFile: async (name, bytes) => {
      const key = `${id}/${path.replaceAll('/', '~')}/${epoch}.${baton.turn}/${name}`;
      return fileAddress(await runtime.blobs.put(key, bytes));
    },
    getFile: async (address) => {
      const bytes = await runtime.blobs.get(fileKey(address));
      if (!bytes)
        throw new TaskFailure({ code: 'file-missing', message: `There is no file ${address}` });
      return bytes;
    },
    changes: executionChanges(runtime, flow, id),
    resume: async (execution, inputs) => {
      // Reading inputs takes the schema library, which a step does not start with.
      const { resume } = await import('./resume.ts');
      const resumed = await resume(runtime, execution ?? id, { inputs });
      if (resumed.type !== 'invalid-inputs') return resumed.type;
      return resumed.issues.map(({ message }) => message);
    },
    kv: keyValuesFor(runtime, flow.namespace, token),
    aws: runtime.settings.aws,
  };
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
  { task, mask }: { readonly task: Task; readonly mask: (text: string) => string },
): Log {
  const lowest = logLevels.indexOf(task.logLevel ?? 'TRACE');
  return (level, message) => {
    if (logLevels.indexOf(level) < lowest) return;
    const now = runtime.clock.now();
    for (const [index, part] of split(mask(message)).entries()) {
      runtime.logs.write({
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
