/**
 * A flow as the simulation thinks of it: few kinds of tasks, each of which does the same whenever and
 * however often it runs. `source.ts` writes it in the flow language, `oracle.ts` reads it.
 */
export interface FlowSpec {
  readonly id: string;
  readonly lists: Lists;
  /** Attempts of every task that says nothing itself. */
  readonly attempts?: number;
  /** How many of its executions run at once; others wait. */
  readonly limit?: number;
  /** Ends of this flow start it. */
  readonly listensTo?: string;
  /** Tells revisions of the same tasks apart. */
  readonly note?: number;
}

/** `tasks` at the root; what flowables have beside them. */
export interface Lists {
  readonly tasks: readonly TaskSpec[];
  readonly errors?: readonly TaskSpec[];
  readonly finally?: readonly TaskSpec[];
  /** At the root only. */
  readonly afterExecution?: readonly TaskSpec[];
}

interface Common {
  readonly id: string;
  readonly attempts?: number;
  readonly allowFailure?: boolean;
  readonly allowWarning?: boolean;
  /** Its `runIf` is false. */
  readonly skipped?: boolean;
}

type Leaf =
  /** Puts out a text made of its own id, its loop value, and what those tasks put out. */
  | { readonly kind: 'give'; readonly refs: readonly string[]; readonly in?: LoopKind }
  /** Fails that many times and goes well then; `only` for one loop value. */
  | {
      readonly kind: 'fail';
      readonly times: number;
      readonly only?: string;
      readonly in?: LoopKind;
    }
  | { readonly kind: 'sleep'; readonly ms: number }
  | { readonly kind: 'call'; readonly flow: string };

export type LoopKind = 'each' | 'loop';

type Flowable =
  | { readonly kind: 'sequential' }
  | { readonly kind: 'allow' }
  | { readonly kind: 'parallel'; readonly limit: number }
  /** `after`: for each of its tasks, which of the earlier ones it waits for. */
  | { readonly kind: 'dag'; readonly after: readonly (readonly number[])[] }
  | { readonly kind: LoopKind; readonly limit: number; readonly values: readonly string[] }
  | { readonly kind: 'until'; readonly rounds: number }
  /** `tasks` are run, or `other`. */
  | {
      readonly kind: 'if' | 'switch';
      readonly isTrue: boolean;
      readonly other: readonly TaskSpec[];
    }
  /** Without a duration somebody has to resume it. */
  | { readonly kind: 'pause'; readonly ms?: number; readonly atEnd: 'RESUME' | 'WARN' | 'FAIL' };

export type LeafSpec = Common & Leaf;
export type FlowableSpec = Common & Lists & Flowable;
export type TaskSpec = LeafSpec | FlowableSpec;

export function isFlowable(task: TaskSpec): task is FlowableSpec {
  return 'tasks' in task;
}

/** The lists directly below, by the names that `Lists` and `other` give them. */
function listsBelow(of: Lists | FlowableSpec): readonly (readonly TaskSpec[])[] {
  const { tasks, errors = [], finally: last = [], afterExecution = [] } = of;
  return [tasks, errors, last, afterExecution, 'other' in of ? of.other : []];
}

export function* tasksBelow(of: Lists | FlowableSpec): Iterable<TaskSpec> {
  for (const task of listsBelow(of).flat()) {
    yield task;
    if (isFlowable(task)) yield* tasksBelow(task);
  }
}
