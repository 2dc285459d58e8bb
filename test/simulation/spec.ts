/**
 * A flow as the simulation thinks of it: few kinds of tasks, each of which does the same whenever and
 * however often it runs. `source.ts` writes it in the flow language, `oracle.ts` reads it.
 */
import type { EndState } from '../../src/engine/states.ts';

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
  /** What only flows of the wider grammar have. */
  readonly wide?: WideFlow;
}

export interface WideFlow {
  /** A failure that nothing else retries ends the execution RETRIED, and makes so many of them. */
  readonly executions?: number;
  /** What becomes of an execution that finds no place; it waits where this is absent. */
  readonly refusal?: 'CANCEL' | 'FAIL';
  readonly sla?: SlaSpec;
}

type Punishment = 'FAIL' | 'CANCEL' | 'NONE';

export type SlaSpec = { readonly behavior: Punishment } & (
  | { readonly kind: 'duration'; readonly ms: number }
  /** An assertion that is false from the start, or once a task of the root has ended; or never. */
  | { readonly kind: 'assertion'; readonly isFalse: 'always' | 'never' }
  | { readonly kind: 'assertion'; readonly isFalse: 'after'; readonly task: string }
);

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
  readonly disabled?: boolean;
  readonly logLevel?: 'ERROR';
}

type Leaf =
  /** Puts out a text made of its own id, its loop value, and what `refs` name (reference.ts). */
  | {
      readonly kind: 'give';
      readonly refs: readonly string[];
      readonly in?: LoopKind;
      /** With a task cache. */
      readonly cached?: boolean;
      /** By OutputValues. */
      readonly named?: boolean;
    }
  /** Fails that many times and goes well then; `only` for one loop value. */
  | {
      readonly kind: 'fail';
      readonly times: number;
      readonly only?: string;
      readonly in?: LoopKind;
    }
  /** Fails where it would take longer than its time-out. */
  | { readonly kind: 'sleep'; readonly ms: number; readonly timeoutMs?: number }
  | ({ readonly kind: 'call' } & CallSpec)
  | { readonly kind: 'assert'; readonly holds: boolean }
  /** The whole execution ends with it. */
  | { readonly kind: 'exit'; readonly state: EndState }
  /** A log line that is written at most once for each attempt; what becomes of it never matters. */
  | { readonly kind: 'once' }
  /** Each changes something of its own, named after it: what others do to it has no part in it. */
  | { readonly kind: 'label' | 'set' | 'put' }
  /** What `of` has changed is changed back, where it was. */
  | { readonly kind: 'unset' | 'remove'; readonly of: string }
  /** What a task of kind `put` has put. */
  | { readonly kind: 'get'; readonly of: string };

export interface CallSpec {
  readonly flow: string;
  readonly isNotAwaited?: boolean;
  /** A bad end of what is called is none of the task. */
  readonly isForgiving?: boolean;
  /** Its id is passed on as an input, and all labels. */
  readonly passes?: boolean;
  /** A restart makes a new execution. */
  readonly isNewAfterRestart?: boolean;
}

export type LoopKind = 'each' | 'loop';

type Flowable =
  | { readonly kind: 'sequential' }
  | { readonly kind: 'allow' }
  | { readonly kind: 'parallel'; readonly limit: number }
  /** Nothing but runnable tasks, in one directory. */
  | { readonly kind: 'directory' }
  /** A flow for each row of a file, which it writes first. */
  | { readonly kind: 'items'; readonly rows: number; readonly call: CallSpec }
  /** `after`: for each of its tasks, which of the earlier ones it waits for. */
  | { readonly kind: 'dag'; readonly after: readonly (readonly number[])[] }
  | {
      readonly kind: LoopKind;
      readonly limit: number;
      readonly values: readonly string[];
      readonly spelling?: '1.x';
    }
  /** Every task of every value beside every other. */
  | { readonly kind: 'side'; readonly limit: number; readonly values: readonly string[] }
  | {
      readonly kind: 'until';
      readonly rounds: number;
      readonly failsAtMax?: boolean;
      readonly spelling?: '0.x';
    }
  /** `tasks` are run, or `other`. */
  | {
      readonly kind: 'if' | 'switch';
      readonly isTrue: boolean;
      readonly other: readonly TaskSpec[];
    }
  /** Without a duration somebody has to resume it. */
  | {
      readonly kind: 'pause';
      readonly ms?: number;
      /** TIMEOUT: as FAIL, by the time-out of the task. */
      readonly atEnd: 'RESUME' | 'WARN' | 'FAIL' | 'CANCEL' | 'TIMEOUT';
      /** Whoever resumes it has to answer. */
      readonly asks?: boolean;
    };

export type LeafSpec = Common & Leaf;
export type FlowableSpec = Common & Lists & Flowable;
export type TaskSpec = LeafSpec | FlowableSpec;

/** What a later revision has more than the first. Nobody refers to it, so that results are the same. */
export const extraTask: TaskSpec = { id: 'extra', kind: 'give', refs: [] };

/** The task of the root whose output is that of the flow. */
export function givesOutput({ tasks }: Lists): TaskSpec | undefined {
  return tasks.findLast(({ kind, id }) => kind === 'give' && id !== extraTask.id);
}

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
