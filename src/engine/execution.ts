/**
 * The records of one execution: its header, the slots of its task runs, the facts a step leaves.
 *
 * Dates are milliseconds since the epoch. Values (inputs, outputs, variables) are opaque here:
 * `Packed` text that `src/runtime/pack.ts` makes and opens, so that a store never looks inside.
 */
import type { FlowKey } from './flow.ts';
import type { EndState, State } from './states.ts';

export type ExecutionId = string;

/** The place of a task run in the tree of its execution, for instance `each[3]/choose/then/log`. */
export type Path = string;

/**
 * JSON text as it is, compressed bytes of it, or a pointer to a blob (`bytes` is the length of the
 * text). Doubles keep their point (`3.0`), so integers and doubles stay apart.
 */
export type Packed = string | Uint8Array | { readonly blob: string; readonly bytes: number };

export interface Execution {
  readonly id: ExecutionId;
  readonly flow: FlowKey;
  readonly state: State;
  /** 1, and +1 for each restart or halt: results of an older epoch no longer move the execution. */
  readonly epoch: number;
  /** Counts the requests from outside that changed this record; absent before the first. */
  readonly version?: number;
  /** Whose change the last one was (src/runtime/commit.ts). */
  readonly writer?: string;
  readonly createdAt: number;
  /** It does not start before; CREATED until then. */
  readonly scheduleDate?: number;
  readonly endedAt?: number;
  /** What admission and requests from outside made of the state, oldest first. */
  readonly history?: readonly StateChange[];
  /** KILLING: the end that is being made. */
  readonly halting?: {
    readonly state: EndState;
    readonly error?: Failure;
    /** No task of it had begun. */
    readonly unbegun?: boolean;
  };
  /** The end that a request gave a task run when this epoch began. */
  readonly marked?: { readonly path: Path; readonly state: EndState };
  readonly inputs: Packed;
  readonly labels: Readonly<Record<string, string>>;
  /** `vars.*` where they differ from the flow's own. */
  readonly variables?: Packed;
  readonly trigger?: Packed;
  readonly parentId?: ExecutionId;
  readonly originalId?: ExecutionId;
  /** The task run that waits for the end of this one: text of the baton that goes on there. */
  readonly waiter?: string;
  /** In a chain of retries and replays: which one this is, and when the first was created. */
  readonly chain?: { readonly number: number; readonly since: number };
  /** Task ids, or `id.value`, before which it stops for a debugger. */
  readonly breakpoints?: readonly string[];
  /** Flow outputs, once ended. */
  readonly outputs?: Packed;
  /** Why it failed where no task run says so (outputs that cannot be rendered). */
  readonly error?: Failure;
  /** While not ended: when the sweep should look whether something was lost (B4). */
  readonly dueAt?: number;
}

export interface StateChange {
  readonly state: State;
  readonly at: number;
}

/** What went wrong, as plain JSON that survives a round trip through the store. */
export interface Failure {
  /** kebab-case, for instance `timeout`, `expression`, `http-status`. */
  readonly code: string;
  readonly message: string;
  /** False: retrying cannot help, and no retry is made. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: Failure;
}

export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  readonly state: State;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error?: Failure;
  /** Address of the file with its log, where the task asks for one. */
  readonly logFile?: string;
}

/** The record of one task run. */
export interface Slot {
  readonly path: Path;
  readonly epoch: number;
  /**
   * Counts the messages of this path within the epoch, from 1: every retry and every re-entry takes
   * the next one. A slot only ever moves to a higher (epoch, turn): that is B1.
   */
  readonly turn: number;
  readonly state: State;
  readonly startedAt: number;
  /** When this record was made: the end, where the state is an end. */
  readonly endedAt: number;
  /** Runnable tasks: oldest first, at most `limits.attemptsKept`, the last one always kept. */
  readonly attempts?: readonly Attempt[];
  readonly outputs?: Packed;
  readonly error?: Failure;
  /** Flowable tasks: how it opened, decided once. */
  readonly fan?: Packed;
  /** A flowable with nothing left to run but its handlers: what its fan came to. */
  readonly outcome?: EndState;
  /** RETRYING, RETRIED, PAUSED, or a task that looks again later: when. */
  readonly resumeAt?: number;
  /** It was paused then, before it went on to what this record says. */
  readonly pausedAt?: number;
  /** The execution ends with this task run, and so. */
  readonly exits?: EndState;
  /** The execution it started and waits for. */
  readonly child?: ExecutionId;
  /** Key of the blob that lists the files it left in a directory shared with other tasks. */
  readonly directory?: string;
  /** Not begun: a breakpoint or a pause of the whole execution holds it back. */
  readonly held?: true;
  /** RUNNING and nothing else yet: whoever wrote this runs the task, which may run once only. */
  readonly claimed?: true;
  /** Whose write it is, as a few characters made by chance (src/runtime/commit.ts). */
  readonly writer?: string;
  /** What the step that wrote this used, for the cost shown with the execution. */
  readonly used?: Usage;
}

/** Billable work measured by one step up to its write; the rest follows from the records. */
export interface Usage {
  /** Wall time of the handler so far, in milliseconds. */
  readonly ms: number;
  /** Read request units. */
  readonly reads: number;
}

export interface End {
  readonly state: EndState;
  readonly endedAt: number;
  /** Work follows the end: when the sweep should look whether something of it was lost. */
  readonly dueAt?: number;
  readonly outputs?: Packed;
  readonly error?: Failure;
}
