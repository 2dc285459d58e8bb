/** Flows that are brought to a point, a request, and what is then there to be seen. */
import { expect } from 'vitest';
import type { ExecutionId } from '../../src/engine/execution.ts';
import { replayExecution } from '../../src/runtime/fork.ts';
import { halt } from '../../src/runtime/halt.ts';
import { type Resumed, type ResumeRequest, resume } from '../../src/runtime/resume.ts';
import { changeTaskRunState, restart } from '../../src/runtime/restart.ts';
import { type ExecutionView, viewExecution } from '../../src/runtime/view.ts';
import { SimulatedEngine } from '../helpers/simulated.ts';

export const flow = (tasks: readonly string[], more = ''): string =>
  `id: scenario\nnamespace: control\ntasks: [${tasks.join()}]\n${more}`;
export const log = (id: string, more = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: ran${more}}`;
/** Fails as long as this holds; `n` counts the attempts made before. */
export const failing = (id: string, when = 'n == 0', more = ''): string => {
  const condition = when.replaceAll(/\bn\b/g, 'taskrun.attemptsCount');
  return `{id: ${id}, type: io.kestra.plugin.core.log.Log, message: "{{ (${condition}) ? nothing : 'ran' }}"${more}}`;
};
export const around = (type: string, id: string, tasks: readonly string[], more = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.flow.${type}, tasks: [${tasks.join()}]${more}}`;
export const forEach = (
  limit: number,
  tasks: readonly string[],
  values = ['x', 'y', 'z'],
): string =>
  around(
    'ForEach',
    'each',
    tasks,
    `, concurrencyLimit: ${limit}, values: ${JSON.stringify(values)}`,
  );
export const returns = (id: string, format: string): string =>
  `{id: ${id}, type: io.kestra.plugin.core.debug.Return, format: ${JSON.stringify(format)}}`;
/** A core task by the last part of its type, and its properties as YAML. */
export const core = (type: string, id: string, properties = ''): string =>
  `{id: ${id}, type: io.kestra.plugin.core.${type}${properties === '' ? '' : `, ${properties}`}}`;
export const pause = '{id: wait, type: io.kestra.plugin.core.flow.Pause}';

/** Task runs by path, then the state of the execution. */
export function shown({ taskRuns, state }: ExecutionView): string {
  const runs = taskRuns.map((run) => `${run.path} ${run.state}`).sort();
  return [...runs, state].join('\n');
}

export const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

export class Scenario {
  readonly engine = new SimulatedEngine();
  id: ExecutionId = '';

  /** Of the first flow; others are there to be started by it. */
  static async ended(...sources: readonly string[]): Promise<Scenario> {
    const scenario = await Scenario.begun(...sources);
    await scenario.engine.settle();
    return scenario;
  }

  /** After so many messages. */
  static async at(source: string, steps: number): Promise<Scenario> {
    const scenario = new Scenario();
    scenario.id = (await scenario.engine.start(source)).id;
    await scenario.engine.work(steps);
    return scenario;
  }

  /** Until nothing is due for now: no time passes. */
  static async begun(...sources: readonly string[]): Promise<Scenario> {
    const scenario = new Scenario();
    scenario.id = (await scenario.engine.start(...sources)).id;
    await scenario.engine.work();
    return scenario;
  }

  /** The executions that this one has led to, oldest first. */
  others(): readonly ExecutionId[] {
    return [...this.engine.store.tables.executions.keys()].filter((id) => id !== this.id);
  }

  /** Its states one after the other. */
  async history(id = this.id): Promise<string> {
    return (await this.view(id)).history.map(({ state }) => state).join(' ');
  }

  /** Outputs of the task run at a path. */
  async outputs(path: string, id = this.id): Promise<Readonly<Record<string, unknown>>> {
    const run = (await this.view(id)).taskRuns.find((each) => each.path === path);
    if (!run) throw new Error(`there is no task run ${path}`);
    return (run.outputs ?? {}) as Readonly<Record<string, unknown>>;
  }

  async resume(request: ResumeRequest = {}): Promise<Resumed['type']> {
    const { type } = await resume(this.engine.runtime, this.id, request);
    await this.engine.work();
    return type;
  }

  async view(id = this.id): Promise<ExecutionView> {
    const view = await viewExecution(this.engine.runtime, id);
    if (!view) throw new Error(`there is no execution ${id}`);
    return view;
  }

  async is(expected: string, id = this.id): Promise<void> {
    expect(shown(await this.view(id))).toBe(lines(expected));
  }

  async restart(expected: string): Promise<void> {
    const restarted = await restart(this.engine.runtime, this.id);
    if (restarted.type !== 'restarted') throw new Error(restarted.type);
    expect(shown(restarted.view)).toBe(lines(expected));
    await this.engine.work();
  }

  async mark(task: string, state: 'SUCCESS' | 'FAILED' | 'WARNING', expected: string) {
    const marked = await changeTaskRunState(this.engine.runtime, this.id, task, state);
    if (marked.type !== 'restarted') throw new Error(marked.type);
    expect(shown(marked.view)).toBe(lines(expected));
    await this.engine.work();
  }

  /** Resolves with the id of the new execution. */
  async replay(task: string | undefined, expected: string): Promise<ExecutionId> {
    const request = task === undefined ? {} : { task };
    const replayed = await replayExecution(this.engine.runtime, this.id, request);
    if (replayed.type !== 'replayed') throw new Error(replayed.type);
    expect(shown(replayed.view)).toBe(lines(expected));
    await this.engine.work();
    return replayed.execution.id;
  }

  async kill(): Promise<void> {
    expect(await halt(this.engine.runtime, this.id, { state: 'KILLED' })).toBe('halted');
  }

  /** `path#attempt in epoch n`, in the order in which they were made. */
  attempts(id = this.id): readonly string[] {
    return this.engine.attempts.get(id) ?? [];
  }
}
