/**
 * What a task is: one value that carries its type name, words for people, schemas and behaviour.
 *
 * Schemas are functions of zod and the `expression` wrapper, so that importing a task to run it does
 * not load the schema library: only the flow reader (src/flow) calls them. A property wrapped in
 * `expression()` may hold `{{ … }}`; it is rendered and converted before `run` sees it. One that is
 * not wrapped is taken as written.
 */
import type { z as Zod } from 'zod';
import type { Fan, Json, Lane, Numbered, Task } from '../engine/flow.ts';
import type { Failure, Path } from '../engine/execution.ts';
import type { LogLevel } from '../engine/flow.ts';
import type { EndState, State } from '../engine/states.ts';

export type Z = typeof Zod;
export type Shape = Readonly<Record<string, Zod.ZodType>>;
/** Marks a property that is rendered before the run. Keeps the type `run` sees. */
export type ExpressionWrapper = <S extends Zod.ZodType>(schema: S) => Zod.ZodType<Zod.output<S>>;
type ShapeOf<P extends Shape> = (z: Z, expression: ExpressionWrapper) => P;
type Read<P extends Shape> = Zod.output<Zod.ZodObject<P>>;

interface Described {
  /** Kestra's class name, so that flows run unmodified. */
  readonly type: string;
  readonly aliases?: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly group: 'core' | 'http' | 'aws';
  /** Not for flows to name: a part of another task. */
  readonly isInternal?: true;
  /** Properties of Kestra's task that are not there yet: a flow that uses one is refused by name. */
  readonly unsupported?: readonly string[];
  /** Whole flows, as YAML. Each must parse; tests run them. */
  readonly examples: readonly { readonly title: string; readonly flow: string }[];
}

export interface Runnable<P extends Shape = Shape, O extends Shape = Shape> extends Described {
  readonly kind: 'runnable';
  /** Where it runs when it declares no time-out of its own. */
  readonly lane?: Lane;
  /** What of the execution it changes: it is then read where it is used, and does not travel. */
  readonly changes?: 'labels' | 'variables';
  /** What it does is not in its outputs: a `taskCache` would leave it out, and is not looked at. */
  readonly isNeverCached?: true;
  readonly properties: ShapeOf<P>;
  readonly outputs: ShapeOf<O>;
  /** Has outputs beside the declared ones, which nobody knows before it runs. */
  readonly hasFurtherOutputs?: boolean;
  /** Properties handed over as written, checked like the others: the task renders them itself. */
  readonly rendersItself?: readonly string[];
  /** Outputs that are sealed texts: expressions read them in clear. */
  readonly sealedOutputs?: readonly string[];
  run(task: Read<P>, context: TaskContext): Promise<RunResult<Read<O>>>;
}

export interface Flowable<P extends Shape = Shape, O extends Shape = Shape> extends Described {
  readonly kind: 'flowable';
  readonly properties: ShapeOf<P>;
  readonly outputs: ShapeOf<O>;
  /** Where the lists of children stand in the task's YAML, beside `errors` and `finally`. */
  children(task: Readonly<Record<string, unknown>>): readonly ChildList[];
  /** The property that declares inputs, as those of a flow are declared. */
  readonly declaresInputs?: string;
  /** Always allows failure, whatever the flow says. */
  readonly allowsFailure?: boolean;
  /** The tasks of its list `tasks` work in one directory, each where the one before it left off. */
  readonly sharesDirectory?: boolean;
  /**
   * How it opens, from the rendered properties; `branches` names the lists of children it has. Throws
   * a `TaskFailure` where it cannot.
   */
  open(
    task: Read<P>,
    branches: ReadonlySet<string>,
    opening: Opening,
  ): Opened<Read<O>> | Promise<Opened<Read<O>>>;
  /** Tasks it is made of, which the flow does not write: by branch. */
  parts?(task: Task): Readonly<Record<string, readonly Task[]>>;
  /** What its loop value is called in expressions: `taskrun.value` where absent. */
  readonly loop?: 'item' | 'items';
  /** Asked when its members have ended, before its `errors` and `finally`: what comes next. */
  ended?(task: Read<P>, asked: Asked): Promise<Answer<Read<O>>>;
}

export interface Opening {
  /** What it gave with `again` before; undefined the first time. */
  readonly resumed: Readonly<Record<string, unknown>> | undefined;
  /** How often its members have run before. */
  readonly round: number;
  /** A file of the internal store. */
  readFile(address: string): Promise<Uint8Array>;
  readonly directory: SharedDirectory;
  /** Of the flow. */
  readonly namespace: string;
  readonly namespaceFiles: NamespaceFiles;
  /** Whether compiled conditions hold for the execution as it is now. */
  holdAll(conditions: readonly Json[]): Promise<boolean>;
}

/** What the tasks of a flowable with `sharesDirectory` work in. */
export interface SharedDirectory {
  /** As `directory` of a running task. */
  path(): Promise<string>;
  /** Puts the files that were kept last into it, if they are still there. */
  restore(): Promise<void>;
  /** Keeps files, by their paths in it, for later executions of the flow; without a TTL: while they last. */
  keep(names: readonly string[], ttlMs: number | undefined): Promise<void>;
}

export interface Opened<O> {
  readonly fan?: Fan;
  /** In the place of the values of a loop: many that differ by a number only. */
  readonly numbered?: Numbered;
  readonly outputs?: O;
  /** Not yet: open it again after `afterMs`, or when somebody resumes it. */
  readonly again?: { readonly afterMs?: number; readonly paused?: boolean };
  /** Why its fan has a bad outcome from the start. */
  readonly failure?: Failure;
  /** The whole execution ends with it, and so. */
  readonly exits?: EndState;
}

export interface Asked {
  /** How its members ended. */
  readonly outcome: EndState;
  readonly round: number;
  /** When it first opened. */
  readonly startedAt: number;
  now(): number;
  /** Whether an expression, rendered where the flowable stands, is true. */
  isTrue(expression: string): Promise<boolean>;
  /** Outputs of the runs of a task in its members, by iteration, in no particular order. */
  outputsOf(taskId: string): AsyncIterable<IterationOutputs>;
  readonly taskId: string;
  /** The values of its fan, and their keys where they are those of a map. */
  readonly values: readonly string[];
  readonly keys: readonly string[] | undefined;
  /** Stores a file of this execution and returns its `kestra://` address. */
  putFile(name: string, bytes: Uint8Array): Promise<string>;
  readonly directory: SharedDirectory;
}

export interface IterationOutputs {
  readonly iteration: number;
  readonly endedAt: number;
  readonly outputs: Readonly<Record<string, unknown>>;
}

export type Answer<O> =
  /** Its members run once more. */
  | { readonly type: 'again'; readonly afterMs: number; readonly outputs?: O }
  | {
      readonly type: 'done';
      readonly outcome: EndState;
      readonly outputs?: O;
      readonly failure?: Failure;
      /** It is shown as a task that ran: with an attempt. */
      readonly asAttempt?: boolean;
    };

export type TaskDefinition = Runnable | Flowable;

export interface ChildList {
  /** Branch name in the compiled flow and in paths: `tasks`, `then`, … */
  readonly branch: string;
  /** Where the list stands below the task, for instance `['then']`. */
  readonly at: readonly (string | number)[];
  readonly required: boolean;
  /** Ids of the tasks of the same branch that those of this list wait for (graphs). */
  readonly after?: readonly string[];
  /** No flowables in it. */
  readonly runnableOnly?: boolean;
}

/** Outputs as plain JSON; a forced state such as WARNING where a task has one. */
export interface RunResult<O> {
  readonly outputs?: O;
  /** KILLED, CANCELLED: what it waited for ended so. */
  readonly state?: 'SUCCESS' | 'WARNING' | 'KILLED' | 'CANCELLED';
  /** The whole execution ends with this task run, and so. */
  readonly exits?: EndState;
  /**
   * Not done yet: run again after `afterMs`, with the outputs given here as `context.resumed`. No
   * worker waits meanwhile, and it is not a new attempt. `paused` shows the task run as PAUSED, which
   * somebody may resume; without `afterMs` only that, or the task's time-out, ends the wait.
   */
  readonly again?: { readonly afterMs?: number; readonly paused?: boolean };
  /** With `again`: the execution whose end it waits for. */
  readonly child?: string;
}

/** What a running task may use. */
export interface TaskContext {
  readonly execution: {
    readonly id: string;
    readonly namespace: string;
    readonly flowId: string;
    readonly revision: number;
  };
  readonly taskId: string;
  readonly path: Path;
  /** 1 for the first. */
  readonly attempt: number;
  /** `taskrun.value`: the value of the loop it runs for, if it stands in one. */
  loopValue(): Promise<string | undefined>;
  /** The same for every attempt and redelivery of this task run: an idempotency key. */
  readonly token: string;
  /** What the task gave with `again` before; undefined the first time. */
  readonly resumed: Readonly<Record<string, unknown>> | undefined;
  /** Aborted at the task's time-out. */
  readonly signal: AbortSignal;
  log(level: LogLevel, message: string): void;
  now(): number;
  random(): number;
  /**
   * Path of a directory on disk for this attempt, which is gone when the attempt has ended. Empty;
   * inside a WorkingDirectory with the files that the tasks before this one left.
   */
  directory(): Promise<string>;
  /** Stores a file of this task run, below folders where its name has some. Gives its `kestra://` address. */
  putFile(name: string, bytes: Uint8Array): Promise<string>;
  getFile(address: string): Promise<Uint8Array>;
  /** In bytes; undefined where there is no such file. */
  fileSize(address: string): Promise<number | undefined>;
  /** False where there was none. Only files of the flow's own namespace can be deleted. */
  deleteFile(address: string): Promise<boolean>;
  /**
   * Renders a template for one item, which is a map as Ion or JSON text: its fields stand in front
   * of the variables of the task run. A `failure` is one of the expression; an item that is no map
   * fails the task.
   */
  renderItem(template: string, item: string): Promise<RenderedItem>;
  /** Lines of an execution's log at that level and above, oldest first; the oldest 20,000. */
  readLogs(execution: string, minLevel: LogLevel): Promise<readonly LogRow[]>;
  /** How many executions there are. Fails where that are too many to be looked at. */
  countExecutions(query: ExecutionCountQuery): Promise<number>;
  /** Reads the YAML of a task and runs it as this task run. */
  runSpec(spec: string): Promise<RunResult<Record<string, unknown>>>;
  /** What is stored in place of a text nobody is to read; undefined without an encryption key. */
  readonly seal: ((clear: string) => SealedText) | undefined;
  /** Executions that this task run starts. */
  readonly subflows: Subflows;
  /** Changes what the execution is, for the tasks that come after this one. */
  readonly changes: ExecutionChanges;
  /** Resumes what is paused in an execution, this one where none is named. */
  resume(
    execution: string | undefined,
    inputs: Readonly<Record<string, unknown>>,
  ): Promise<'resumed' | 'not-paused' | 'unknown-execution' | readonly string[]>;
  readonly kv: KeyValues;
  readonly namespaceFiles: NamespaceFiles;
  /** Region, endpoint and credentials for AWS calls of flows that name none (local runs). */
  readonly aws: AwsDefaults;
  /** Networks beside the public internet that its requests may go to (src/tasks/network.ts). */
  readonly networks?: readonly string[] | undefined;
}

export type RenderedItem = { readonly text: string } | { readonly failure: Failure };

/** A line of the log as flows see it. */
export interface LogRow {
  readonly timestamp: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly executionId: string;
  readonly taskId?: string;
  readonly taskRunId?: string;
  /** 0 for the first. */
  readonly attemptNumber?: number;
}

export interface ExecutionCountQuery {
  readonly namespace: string;
  /** Absent: all flows of the namespace. */
  readonly flowId?: string;
  /** Absent or empty: any. */
  readonly states?: readonly State[];
  /** Milliseconds since the epoch, by the date the execution was created; both are included. */
  readonly from: number;
  readonly to: number;
}

export interface SealedText {
  readonly type: string;
  readonly value: string;
}

export interface Subflows {
  /**
   * Starts an execution for this attempt, or finds the one it has started before, and resolves with
   * its id. With `wait`, its end runs this task run again. Throws a `TaskFailure` where the flow
   * cannot be started.
   */
  start(request: SubflowRequest): Promise<string>;
  /** How it ended; undefined while it has not. */
  ended(execution: string): Promise<SubflowEnd | undefined>;
  /** Expressions rendered where that execution stands at its end. */
  render(
    execution: string,
    templates: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>;
}

export interface SubflowRequest {
  readonly namespace: string;
  readonly flowId: string;
  readonly revision?: number | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Also those of this execution that the flow does not set itself. */
  readonly inheritLabels: boolean;
  readonly wait: boolean;
  /** Milliseconds since the epoch. */
  readonly scheduleDate?: number | undefined;
  /** After a restart: go on with the execution that failed, instead of a new one. */
  readonly restartsFailed: boolean;
}

export interface SubflowEnd {
  /** Another one where the flow was retried as a whole. */
  readonly executionId: string;
  readonly state: EndState;
  /** Of the flow, where it has some. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export interface ExecutionChanges {
  /** Adds labels, or gives them another value. */
  labels(labels: Readonly<Record<string, string>>): Promise<void>;
  /** Puts what `change` makes of the variables in their place; it may be called more than once. */
  variables(
    change: (variables: Readonly<Record<string, unknown>>) => Record<string, unknown>,
  ): Promise<void>;
}

/** Key-value pairs of namespaces. A name that no key or namespace can have is a failure. */
export interface KeyValues {
  /** Undefined: there is none. */
  get(namespace: string, key: string): Promise<StoredPair | undefined>;
  /** In the flow's own namespace, then in those above it. */
  find(key: string): Promise<StoredPair | undefined>;
  /** False: `absentOnly`, and there is one that this task run did not put. */
  put(namespace: string, pair: GivenPair): Promise<boolean>;
  /** True: there was one. `expiredOnly`: only one that has expired is taken, and counts. */
  delete(
    namespace: string,
    key: string,
    options?: { readonly expiredOnly?: boolean },
  ): Promise<boolean>;
  /** In their order. `expired`: those that have expired and are still kept, instead of the others. */
  keys(
    namespace: string,
    options?: { readonly prefix?: string; readonly expired?: boolean },
  ): AsyncIterable<string>;
  /** Namespaces that have flows, in no particular order. */
  namespaces(): AsyncIterable<string>;
}

/**
 * Files of namespaces, by paths such as `queries/all.sql`, which outlive executions. A name that no
 * namespace or file can have is a failure.
 */
export interface NamespaceFiles {
  /** Paths, in their order. */
  list(namespace: string): AsyncIterable<string>;
  get(namespace: string, path: string): Promise<Uint8Array | undefined>;
  /** False: `absentOnly`, and there is one that this task run did not put. */
  put(
    namespace: string,
    path: string,
    file: { readonly bytes: Uint8Array; readonly absentOnly: boolean },
  ): Promise<boolean>;
  /** False where there was none. */
  delete(namespace: string, path: string): Promise<boolean>;
}

/** The value is plain JSON. */
export interface StoredPair {
  readonly value: unknown;
  readonly type: string;
  readonly description?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

interface GivenPair extends Omit<StoredPair, 'description' | 'expiresAt'> {
  readonly key: string;
  readonly description?: string | undefined;
  readonly expiresAt?: number | undefined;
  readonly absentOnly?: boolean;
}

export interface AwsDefaults {
  /** Assumed for AWS calls of flows that name neither role nor keys. */
  readonly roleArn?: string;
  /** Names of what belongs to the engine itself: calls that use it need a role or keys of their own. */
  readonly own?: readonly string[];
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The way a task says that it failed. Anything else thrown is a failure with code `task-error`. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';
  readonly failure: Failure;
  /** What is put out all the same. */
  readonly outputs: Readonly<Record<string, unknown>> | undefined;

  constructor(
    failure: Failure,
    options?: ErrorOptions & { readonly outputs?: Readonly<Record<string, unknown>> },
  ) {
    super(failure.message, options);
    this.failure = failure;
    this.outputs = options?.outputs;
  }
}

export function runnable<P extends Shape, O extends Shape>(
  definition: Omit<Runnable<P, O>, 'kind'>,
): Runnable<P, O> {
  return { kind: 'runnable', ...definition };
}

export function flowable<P extends Shape, O extends Shape>(
  definition: Omit<Flowable<P, O>, 'kind'>,
): Flowable<P, O> {
  return { kind: 'flowable', ...definition };
}
