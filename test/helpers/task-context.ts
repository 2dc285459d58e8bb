/** A hand-made context for running one task without an engine: what it logged and stored is kept. */
import type { Failure } from '../../src/engine/execution.ts';
import type { LogLevel } from '../../src/engine/flow.ts';
import { noHost } from '../../src/expression/host.ts';
import { fromPlain, isMap } from '../../src/expression/value.ts';
import { describe } from '../../src/flow/issues.ts';
import { readFlow } from '../../src/flow/read.ts';
import { renderItem } from '../../src/runtime/render-item.ts';
import { renderProperties } from '../../src/runtime/render.ts';
import { type AwsDefaults, type TaskContext, TaskFailure } from '../../src/tasks/define.ts';
import { findTask } from '../../src/tasks/registry.ts';
import { pairsOf, type PairWorld } from './pairs.ts';

interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
}

export const noNamespaceFiles: TaskContext['namespaceFiles'] = {
  async *list() {
    yield* [];
  },
  get: () => Promise.reject(new Error('no namespace here')),
  put: () => Promise.reject(new Error('no namespace here')),
  delete: () => Promise.reject(new Error('no namespace here')),
};

export interface TestContext extends TaskContext {
  readonly lines: readonly LoggedLine[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface TestContextOptions {
  readonly aws?: AwsDefaults;
  readonly networks?: readonly string[];
  readonly signal?: AbortSignal;
  readonly token?: string;
  readonly files?: ReadonlyMap<string, Uint8Array>;
  readonly pairs?: PairWorld;
  readonly loopValue?: string;
  readonly seal?: TaskContext['seal'];
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

export function taskContext(options: TestContextOptions = {}): TestContext {
  const lines: LoggedLine[] = [];
  const files = new Map<string, Uint8Array>(options.files);
  return {
    execution: { id: 'execution-1', namespace: 'company.team', flowId: 'test', revision: 1 },
    taskId: 'task',
    path: 'task',
    attempt: 1,
    token: options.token ?? 'execution-1/task',
    resumed: undefined,
    signal: options.signal ?? new AbortController().signal,
    changes: noChanges,
    subflows: noSubflows,
    resume: () => Promise.reject(new Error('nothing runs here')),
    aws: options.aws ?? {},
    networks: options.networks ?? ['loopback'],
    lines,
    files,
    log(level, message) {
      lines.push({ level, message });
    },
    loopValue: async () => options.loopValue,
    directory: () => Promise.reject(new Error('There is no disk here.')),
    kv: pairsOf(options.pairs, options.token),
    namespaceFiles: noNamespaceFiles,
    now: () => options.pairs?.clock.now() ?? Date.UTC(2026, 0, 1),
    random: () => 0.5,
    async putFile(name, bytes) {
      const address = `kestra:///company/team/test/executions/execution-1/${name}`;
      files.set(address, bytes);
      return address;
    },
    async getFile(address) {
      const bytes = files.get(address);
      if (bytes === undefined) throw new Error(`No file at ${address}.`);
      return bytes;
    },
    fileSize: async (address) => files.get(address)?.length,
    deleteFile: async (address) => files.delete(address),
    renderItem: () => Promise.reject(new Error('Nothing is known of variables here.')),
    readLogs: async () => [],
    countExecutions: async () => 0,
    runSpec: () => Promise.reject(new Error('No task runs another one here.')),
    seal: options.seal,
  };
}

/**
 * Runs one task as an execution would: read from a flow, checked, rendered, converted. `properties`
 * are those a flow author writes; `variables` are what its expressions may name.
 */
export async function runTask(
  type: string,
  properties: Readonly<Record<string, unknown>>,
  context: TaskContext,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  // JSON is YAML, so this is a flow.
  const tasks = [{ id: 'task', type, ...properties }];
  const source = JSON.stringify({ id: 'test', namespace: 'company.team', tasks });
  const { flow, issues } = await readFlow(source);
  const task = flow?.branches['tasks']?.[0];
  if (task === undefined) throw new Error(issues.map((issue) => describe(issue)).join('\n'));
  const values = fromPlain(variables);
  const scope = { variables: isMap(values) ? values : new Map(), host: noHost };
  const definition = await findTask(task.type);
  if (definition?.kind !== 'runnable') throw new Error(`${type} does not run.`);
  const rendered = renderProperties(task, scope, definition.rendersItself);
  const { outputs } = await definition.run(rendered, {
    ...context,
    renderItem: (template, item) => renderItem(template, item, scope),
  });
  return { ...outputs };
}

/** The failure a task ends with; an error of the test where it ends well or breaks otherwise. */
export async function failureOf(running: Promise<unknown>): Promise<Failure> {
  try {
    await running;
  } catch (error) {
    if (error instanceof TaskFailure) return error.failure;
    throw error;
  }
  throw new Error('The task did not fail.');
}
