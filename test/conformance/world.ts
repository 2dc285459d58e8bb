/** What one case has seen: its executions by name, what each step gave back, how to look things up. */
import type { Execution } from '../../src/engine/execution.ts';
import type { Case, Folder } from './cases.ts';
import type { Engine } from './engine.ts';
import { type KestraExecution, viewAsKestra } from './kestra-view.ts';
import { lookupIn, type Lookup } from './references.ts';

export interface StepResult {
  /** The execution object the call gave back, before the engine went on. */
  readonly immediate?: KestraExecution;
  /** Values the step worked with, for references such as `steps[0].scheduleDate`. */
  readonly used?: Readonly<Record<string, unknown>>;
  /** Why inputs or a request were refused. */
  readonly error?: string;
  readonly typedInputs?: Readonly<Record<string, unknown>>;
  /** Name of the execution the step is about. */
  readonly of?: string;
  /** When the step was over. */
  readonly at: number;
}

export class CaseWorld {
  readonly case: Case;
  readonly folder: Folder;
  readonly engine: Engine;
  /** No wait of the case is longer. */
  readonly limitMs: number;
  readonly executions = new Map<string, string>();
  readonly steps: StepResult[] = [];
  /** Ids of the flows loaded so far, with their namespaces. */
  readonly namespaces = new Map<string, string>();

  constructor(options: {
    readonly case: Case;
    readonly folder: Folder;
    readonly engine: Engine;
    readonly limitMs: number;
  }) {
    this.case = options.case;
    this.folder = options.folder;
    this.engine = options.engine;
    this.limitMs = options.limitMs;
  }

  /** The id behind a name that an earlier step gave. */
  idOf(name: string): string {
    const id = this.executions.get(name);
    if (id === undefined) throw new Error(`no step has made an execution ${name}`);
    return id;
  }

  async view(name: string): Promise<KestraExecution> {
    const view = await viewAsKestra(this.engine.runtime, this.idOf(name));
    if (view === undefined) throw new Error(`the execution ${name} is gone`);
    return view;
  }

  /** All executions of a flow, oldest first. */
  async executionsOf(flowId: string): Promise<readonly KestraExecution[]> {
    const { runtime } = this.engine;
    const namespace = this.namespaces.get(flowId) ?? this.case.namespace;
    const headers: Execution[] = [];
    for (let after: string | undefined; ; ) {
      const page = await runtime.store.listExecutions({
        namespace,
        flowId,
        limit: 100,
        ...(after !== undefined && { after }),
      });
      headers.push(...page.items);
      after = page.next;
      if (after === undefined) break;
    }
    const views = await Promise.all(headers.map(({ id }) => viewAsKestra(runtime, id)));
    return views.filter((view) => view !== undefined).toReversed();
  }

  /**
   * References as seen from the execution `current`. Looking up does not wait, so everything it may
   * need is read here.
   */
  async lookup(current?: KestraExecution): Promise<Lookup> {
    const named = new Map<string, KestraExecution | undefined>();
    for (const [name, id] of this.executions) {
      named.set(name, await viewAsKestra(this.engine.runtime, id));
    }
    const related = new Map<string, KestraExecution | undefined>();
    for (const flowId of this.namespaces.keys()) {
      related.set(flowId, lastEnded(await this.executionsOf(flowId)));
    }
    return lookupIn((name, argument) => {
      if (argument !== undefined) {
        if (name === 'taskRun') return current?.taskRuns.find((run) => run.taskId === argument);
        if (name === 'related') return related.get(argument);
      }
      if (name === 'steps') return this.steps.map(({ used }) => used);
      if (name === 'execution') return current;
      if (named.has(name)) return named.get(name);
      // A path without a root is about the execution itself.
      return current?.[name as keyof KestraExecution];
    });
  }
}

export function lastEnded(executions: readonly KestraExecution[]): KestraExecution | undefined {
  return executions.toSorted((a, b) => ((a.endDate ?? '') < (b.endDate ?? '') ? -1 : 1)).at(-1);
}
