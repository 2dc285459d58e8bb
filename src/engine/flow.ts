/**
 * The compiled flow: what ingest stores beside the YAML source and what the step function loads.
 *
 * It is plain JSON, checked and normalised once when the flow is stored, so that running a task
 * needs neither a YAML parser nor a schema library. Disabled tasks are already gone. Task types are
 * canonical (aliases resolved). Nothing here knows what a task type does: a task either runs, or it
 * opens a fan of lists of children.
 */

import type { EndState } from './states.ts';
import { type Trigger, triggerTypes } from './trigger.ts';

export interface FlowKey {
  readonly namespace: string;
  readonly id: string;
  /** 1 for the first stored source, +1 for each changed one. An execution pins it (B8). */
  readonly revision: number;
}

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export interface Flow extends FlowKey {
  readonly description?: string;
  readonly disabled?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** `vars.*`, not rendered. */
  readonly variables: { readonly [key: string]: Json };
  readonly retry?: Retry;
  /** What the flow's outputs refer to. */
  readonly reads?: readonly Read[];
  /** What starts executions of it by itself; disabled ones are gone. */
  readonly triggers?: readonly Trigger[];
  readonly concurrency?: Concurrency;
  readonly quotas?: readonly Quota[];
  readonly checks?: readonly Check[];
  readonly sla?: readonly Sla[];
  /** Lists of the root: `tasks`, and where the flow has them `errors`, `finally`, `afterExecution`. */
  readonly branches: Branches;
}

/** How many executions of a flow may run at once, over all its revisions. */
export interface Concurrency {
  readonly limit: number;
  /** What becomes of one that finds no place. */
  readonly behavior: 'QUEUE' | 'CANCEL' | 'FAIL';
}

/** At most `limit` executions are started within any span of `durationMs`. */
export interface Quota {
  readonly durationMs: number;
  readonly limit: number;
  readonly behavior: 'CANCEL' | 'FAIL';
}

/** Asked before an execution is created by hand: `when` must be true. */
export interface Check {
  readonly when: string;
  readonly message: string;
  readonly style: 'ERROR' | 'SUCCESS' | 'WARNING' | 'INFO';
  readonly behavior: 'BLOCK_EXECUTION' | 'FAIL_EXECUTION' | 'CREATE_EXECUTION';
}

/** What an execution must keep while it has not ended. */
export type Sla = {
  readonly id: string;
  readonly behavior: 'FAIL' | 'CANCEL' | 'NONE';
  /** Given to an execution that breaks it. */
  readonly labels: Readonly<Record<string, string>>;
} & (
  | { readonly type: 'MAX_DURATION'; readonly durationMs: number }
  | { readonly type: 'EXECUTION_ASSERTION'; readonly assert: string }
);

/** Whether executions of other flows may start it. */
export function isListener({ triggers = [] }: Pick<Flow, 'triggers'>): boolean {
  return triggers.some(({ type }) => type === triggerTypes.flow);
}

/**
 * A value that expressions can refer to: root and first keys, null for any key. Root `*` is
 * everything. Only roots that batons carry: inputs, outputs, labels, trigger.
 */
export type Read = readonly [root: string, ...path: (string | null)[]];

/** Lists of children by branch name: `tasks`, `errors`, `finally`, `then`, `else`, … */
export type Branches = { readonly [branch: string]: readonly Task[] };

export interface Input {
  /** Dots nest: `a.b` is read as `inputs.a.b`. */
  readonly id: string;
  readonly type: string;
  readonly required: boolean;
  readonly defaults?: Json;
  /** Type-specific properties as written: `values`, `min`, `validator`, `itemType`, … */
  readonly rules: { readonly [key: string]: Json };
}

export interface Output {
  readonly id: string;
  readonly type: string;
  readonly required: boolean;
  readonly value: Json;
}

/** Fast: function time-out about 60 s. Long: 15 minutes, for tasks that declare a longer time-out. */
export type Lane = 'fast' | 'long';

export interface Task {
  readonly id: string;
  readonly type: string;
  /** The task's own properties as written, defaults filled in, child lists taken out. */
  readonly properties: { readonly [name: string]: Json };
  /** The properties rendered before the run, by dotted path, and what each becomes. */
  readonly conversions: { readonly [path: string]: ConversionKind };
  /** In a graph: ids of the tasks of the same list that must have ended before. */
  readonly after?: readonly string[];
  /** Present on flowable tasks only. */
  readonly branches?: Branches;
  /** Present when a flowable opens the same way every time: then it needs no message of its own. */
  readonly fan?: Fan;
  /** A flowable that is asked what comes next when its members have ended. */
  readonly asks?: boolean;
  /** Made by the compiler as a part of another task: it is not shown as a task run. */
  readonly hidden?: boolean;
  /** The tasks of its list `tasks` work in one directory. */
  readonly sharesDirectory?: boolean;
  /** What its loop value is called in expressions: `taskrun.value` where absent. */
  readonly loop?: 'item' | 'items';
  readonly runIf?: string;
  /** What the task's own expressions refer to (not those of its children). */
  readonly reads?: readonly Read[];
  readonly retry?: Retry;
  /** Outputs that are sealed texts, which expressions read in clear. */
  readonly sealedOutputs?: readonly string[];
  /** ISO-8601 duration or expression, per attempt. */
  readonly timeout?: string;
  readonly allowFailure?: boolean;
  readonly allowWarning?: boolean;
  readonly logLevel?: LogLevel;
  /** Its log goes to a file of the internal store, whose address is with the attempt. */
  readonly logToFile?: boolean;
  readonly lane?: Lane;
  /** What of the execution it changes: that does not travel with batons then. */
  readonly changes?: 'labels' | 'variables';
  /** Outputs are kept and used again for the same rendered properties. Without a TTL: for good. */
  readonly cache?: { readonly ttlMs?: number };
  /** The slot is claimed before the run; whoever finds it claimed fails the attempt. */
  readonly runOnce?: boolean;
}

/** From the least severe on. */
export const logLevels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What a rendered property is turned into before `run` sees it. */
export type ConversionKind =
  | 'text'
  /** A text, or a list of texts. */
  | 'texts'
  | 'integer'
  | 'number'
  | 'boolean'
  /** ISO-8601 duration; `run` sees milliseconds. */
  | 'duration'
  | 'list'
  | 'map'
  | 'any';

/** Many values that differ by a number only: `<prefix><index><suffix>`, kept as these few words. */
export interface Numbered {
  readonly prefix: string;
  readonly suffix: string;
  readonly count: number;
}

/**
 * How a flowable runs its children: members side by side, at most `limit` of them (0: no limit),
 * each member one list run in order. A sequence is a fan of one; of a branch that is not there, it
 * ends at once.
 */
export type Fan = Members & {
  /** There is nothing to run, or no longer: this is what it came to. */
  readonly outcome?: EndState;
};

type Members =
  /** With a round: run once more, and its number in the paths of its tasks. */
  | { readonly type: 'sequence'; readonly branch: string; readonly round?: number }
  /** One member per task of the branch (Parallel). */
  | { readonly type: 'tasks'; readonly branch: string; readonly limit: number }
  /** One member per task of the branch, each started when the tasks in its `after` have ended (Dag). */
  | { readonly type: 'graph'; readonly branch: string }
  /** One member per value, each running the whole branch (ForEach). Values are text. */
  | {
      readonly type: 'values';
      readonly branch: string;
      readonly limit: number;
      readonly values: readonly string[];
      /** Their keys, where they are those of a map. */
      readonly keys?: readonly string[];
      /** Every task of every value is a member of its own (EachParallel). */
      readonly sideBySide?: boolean;
    };

export type Retry = {
  /** Total number of attempts, the first included. Absent: no limit. */
  readonly maxAttempts?: number;
  readonly maxDurationMs?: number;
  readonly warningOnRetry?: boolean;
  /** Not the failed task but the whole flow runs again, as a new execution. */
  readonly newExecution?: boolean;
} & (
  | { readonly type: 'constant'; readonly intervalMs: number }
  | {
      readonly type: 'exponential';
      readonly intervalMs: number;
      readonly maxIntervalMs: number;
      readonly delayFactor: number;
    }
  | { readonly type: 'random'; readonly minIntervalMs: number; readonly maxIntervalMs: number }
);
