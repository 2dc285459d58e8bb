import type { TaskContext } from '../../../src/tasks/define.ts';
import { pairsOf } from '../../helpers/pairs.ts';
import { noNamespaceFiles } from '../../helpers/task-context.ts';

export interface Logged {
  readonly context: TaskContext;
  readonly lines: string[];
}

const noSubflows: TaskContext['subflows'] = {
  start: () => Promise.reject(new Error('there is no execution here')),
  ended: () => Promise.reject(new Error('there is no execution here')),
  render: () => Promise.reject(new Error('there is no execution here')),
};

const noChanges: TaskContext['changes'] = {
  labels: () => Promise.reject(new Error('there is no execution here')),
  variables: () => Promise.reject(new Error('there is no execution here')),
};

/** A context that keeps the log; whatever else a task asks for is not there. */
export function loggingContext(): Logged {
  const lines: string[] = [];
  const context: TaskContext = {
    execution: { id: 'x1', namespace: 'n', flowId: 'f', revision: 1 },
    taskId: 'a',
    path: 'a',
    attempt: 1,
    token: 'x1-a',
    resumed: undefined,
    signal: new AbortController().signal,
    log: (level, message) => {
      lines.push(`${level} ${message}`);
    },
    now: () => 0,
    random: () => 0,
    putFile: () => Promise.reject(new Error('no files here')),
    getFile: () => Promise.reject(new Error('no files here')),
    fileSize: () => Promise.reject(new Error('no files here')),
    deleteFile: () => Promise.reject(new Error('no files here')),
    renderItem: () => Promise.reject(new Error('no items here')),
    readLogs: () => Promise.reject(new Error('no logs here')),
    countExecutions: () => Promise.reject(new Error('no executions here')),
    runSpec: () => Promise.reject(new Error('no tasks here')),
    seal: undefined,
    changes: noChanges,
    subflows: noSubflows,
    resume: () => Promise.reject(new Error('nothing runs here')),
    loopValue: async () => undefined,
    directory: () => Promise.reject(new Error('no disk here')),
    kv: pairsOf(),
    namespaceFiles: noNamespaceFiles,
    aws: {},
  };
  return { context, lines };
}
