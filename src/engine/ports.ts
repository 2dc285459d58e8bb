/**
 * The whole outside world of the engine, in one file. Domain operations, not a key-value interface.
 *
 * Two promises every back end keeps, checked by one contract suite (test/contract):
 * - An operation that resolved is durable, or becomes durable together with everything done after
 *   it: no message is handed out, and `settled` does not resolve, before the writes made earlier
 *   are on disk. (The embedded store groups a tick's operations into one commit.)
 * - A rejected operation may or may not have happened. Repeating it is harmless.
 */
import type { End, Execution, ExecutionId, Packed, Path, Slot } from './execution.ts';
import type { Flow, FlowKey, Lane, LogLevel } from './flow.ts';
import { isState, type State } from './states.ts';

/** What is stored cannot be read: damaged, or written by something else. Asking again cannot help. */
export class CorruptRecord extends Error {
  override readonly name = 'CorruptRecord';
}

/** A record as a store read it; whatever is wrong with it is told with its name. */
export function readRecord<T extends Pick<Slot, 'state' | 'epoch'> & Partial<Slot & Execution>>(
  name: string,
  read: () => T,
): T {
  try {
    const record = read();
    const { state, epoch, turn = 1, createdAt, startedAt = createdAt } = record;
    if (!isState(state)) throw new TypeError(`${String(state).slice(0, 50)} is no state`);
    for (const count of [epoch, turn]) {
      if (!Number.isSafeInteger(count) || count < 1) throw new TypeError(`${count} is no count`);
    }
    if (!Number.isFinite(startedAt)) throw new TypeError(`${startedAt} is no date`);
    return record;
  } catch (error) {
    const reason = (error as Error).message;
    throw new CorruptRecord(`The record of ${name} cannot be read: ${reason}`, { cause: error });
  }
}

export interface StateStore extends TriggerStore {
  /**
   * Creates the header. 'exists' when the id is taken, which leaves the record as it is. One that was
   * deleted keeps its id: nothing is begun anew among what is left of its messages.
   */
  createExecution(execution: Execution): Promise<'created' | 'exists'>;
  readExecution(id: ExecutionId): Promise<Execution | undefined>;
  /**
   * Ends the execution if it has not ended in this epoch, and returns it as it is then. Undefined:
   * another step already did.
   */
  endExecution(id: ExecutionId, epoch: number, end: End): Promise<Execution | undefined>;
  /**
   * Puts `next` in the place of the header that was read, if nothing has changed it since (B6):
   * version, epoch and state are as in `seen`. `next` gets the next version. False: read it again.
   */
  replaceExecution(seen: Execution, next: Execution): Promise<boolean>;
  /**
   * Deletes the header that was read, if nothing has changed it since, and then all that lies below
   * it: slots, joins, places, and the log where it is kept in the same place. Its id stays taken.
   * False: read it again. What a crash on the way leaves behind expires like all of an execution.
   */
  deleteExecution(seen: Execution): Promise<boolean>;

  /**
   * Writes a slot if it is absent, or of an older epoch, or of an older turn and not at its end: an
   * end is final in its epoch (B1). The loser gets the record that stands, which leads to the same
   * successors (B3).
   */
  commitSlot(id: ExecutionId, slot: Slot): Promise<{ won: true } | { won: false; slot: Slot }>;
  /**
   * Writes a slot in place of the one that was read, or where none was, if that is still so: what a
   * task run has come to since is not taken from it by who has not seen it. False: read it again.
   */
  replaceSlot(id: ExecutionId, seen: Slot | undefined, slot: Slot): Promise<boolean>;
  readSlot(id: ExecutionId, path: Path): Promise<Slot | undefined>;
  /** Batons of the execution's epochs before this one lead nowhere any more. */
  noteHalted(id: ExecutionId, epoch: number, now: number): Promise<void>;
  /** The name of a pause. Told until it is forgotten: an execution may be paused for months. */
  notePaused(name: string): Promise<void>;
  forgetPaused(name: string): Promise<void>;
  /**
   * One cheap read, perhaps a moment old; a note of a halt may be missing where very many are made,
   * and is told for five minutes at least.
   */
  readHalted(now: number): Promise<Halted>;
  /** All slots of the execution, or those whose paths begin so, in no particular order. */
  readSlots(id: ExecutionId, prefix?: string): AsyncIterable<Slot>;

  /** Adds a member to a join set and returns the whole set (B5). Adding twice changes nothing. */
  addToJoin(id: ExecutionId, join: JoinKey, member: string): Promise<readonly string[]>;
  /**
   * Hands the next member of a limited fan to a place that has finished one. Repeating the call with
   * the same `after` gives the same answer. `undefined`: none is left. 'passed': the place has
   * finished a later member since, so whoever asks is late and has nothing to send.
   */
  claimMember(id: ExecutionId, claim: Claim): Promise<number | 'passed' | undefined>;

  /** Who holds which member of a limited fan; undefined while nothing has been claimed. */
  readPlaces(id: ExecutionId, path: Path, epoch: number): Promise<Places | undefined>;

  /** Stores the source if it differs from the latest revision's (text equality). */
  putFlow(
    source: string,
    compiled: Omit<Flow, 'revision'>,
  ): Promise<StoredFlow & { changed: boolean }>;
  /** Without a revision: the latest. */
  readFlow(namespace: string, id: string, revision?: number): Promise<StoredFlow | undefined>;
  listFlows(page: PageRequest & { namespace?: string }): Promise<Page<FlowKey>>;

  /**
   * Adds a member to a set of a flow if fewer than `max` are in it, or if it is one already. False:
   * the set is full. Sets count what a flow may have at once, by name and never by a number, so that
   * repeating any of this changes nothing (B5).
   */
  joinFlowSet(key: FlowSetKey, member: string, max: number): Promise<boolean>;
  leaveFlowSet(key: FlowSetKey, members: readonly string[]): Promise<void>;
  readFlowSet(key: FlowSetKey): Promise<readonly string[]>;

  /** Executions that wait for a place of their flow: oldest first, then by id. */
  enqueueExecution(flow: FlowName, waiting: Waiting): Promise<void>;
  dequeueExecution(flow: FlowName, waiting: Waiting): Promise<void>;
  nextQueued(flow: FlowName): Promise<Waiting | undefined>;

  /** Newest first. Items carry what a list shows; `inputs` may be left out as empty text. */
  listExecutions(query: ExecutionQuery): Promise<Page<Execution>>;
  /** Executions whose `dueAt` has passed, most overdue first. */
  listOverdue(now: number, limit: number): Promise<readonly ExecutionId[]>;
  /** Nothing happens where nothing is due any more. */
  postpone(id: ExecutionId, dueAt: number): Promise<void>;

  /** Resolves once everything done before is durable. */
  settled(): Promise<void>;
}

/** What triggers need of the store, beside the flows and executions themselves. */
interface TriggerStore {
  /**
   * Flows whose latest revision has Flow triggers, by that revision. It may still name one that has
   * none any more; it never leaves one out.
   */
  listListeners(): Promise<readonly FlowKey[]>;
  readTriggerState(key: TriggerStateKey): Promise<TriggerState | undefined>;
  /** Writes version n + 1 over version n, 1 where there is none. False: somebody else did; read again. */
  writeTriggerState(key: TriggerStateKey, state: TriggerState): Promise<boolean>;
}

export interface TriggerStateKey {
  readonly namespace: string;
  readonly flowId: string;
  readonly triggerId: string;
  /** Which of the trigger's records, for instance the name of a window. */
  readonly name: string;
}

export interface TriggerState {
  readonly version: number;
  /** JSON text; a store never looks inside. */
  readonly value: string;
  /** From then on the record may be gone. */
  readonly expiresAt: number;
}

/** Executions whose batons need not be worked on. */
export interface Halted {
  /** From which epoch on batons still count. */
  readonly epochs: ReadonlyMap<ExecutionId, number>;
  /** Pauses of whole executions, and perhaps some that are over. */
  readonly paused: ReadonlySet<string>;
}

export interface JoinKey {
  readonly path: Path;
  readonly epoch: number;
  /** Which set of the join tree: level and index, for instance `0.12`. */
  readonly shard: string;
}

export interface Claim {
  readonly path: Path;
  readonly epoch: number;
  /** 0 ≤ place < first. */
  readonly place: number;
  /** The member this place has just finished: what makes a repeated claim recognisable. */
  readonly after: number;
  /** Members handed out at the start, which is also the number of places. */
  readonly first: number;
  readonly of: number;
  /** A member failed: no further member is handed to anyone. */
  readonly stop: boolean;
}

export interface Places {
  /** Members below this have been handed out. */
  readonly next: number;
  /** A member failed: none is handed out any more. */
  readonly stop: boolean;
  /** What each place was handed last; places that never claimed are left out. */
  readonly held: readonly { readonly place: number; readonly member: number }[];
}

/** A flow in all its revisions. */
export type FlowName = Omit<FlowKey, 'revision'>;

export interface FlowSetKey extends FlowName {
  /** Which set: `places`, or a span of time. */
  readonly set: string;
}

export interface Waiting {
  readonly id: ExecutionId;
  /** When the execution was created. */
  readonly createdAt: number;
}

export interface StoredFlow {
  readonly flow: Flow;
  readonly source: string;
}

export interface PageRequest {
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface ExecutionQuery extends PageRequest {
  readonly namespace?: string;
  /** Needs `namespace`. */
  readonly flowId?: string;
  readonly state?: State;
}

/** A message to be sent: the text of a baton, its lane, and from when on it may be delivered. */
export interface Message {
  readonly body: string;
  readonly lane: Lane;
  readonly notBefore?: number;
  /**
   * Equal for equal work: names the schedule of a long wait, so that sending twice makes one. Starts
   * with `<execution id>:`, which says whose bill it is on.
   */
  readonly key: string;
}

export interface Queue {
  /** Sends all of them, in as few requests as the back end allows, at any delay. */
  send(messages: readonly Message[]): Promise<void>;
}

/**
 * Pairs of a namespace, which outlive executions. A pair whose time has come counts as not there,
 * by the `now` of the call; a back end may remove it at any moment after.
 */
export interface KeyValueStore {
  get(namespace: string, key: string, now: number): Promise<KeyValue | undefined>;
  /** 'exists': `absentOnly`, and there is one by another writer, which stays as it is. */
  put(namespace: string, pair: NewKeyValue, now: number): Promise<'stored' | 'exists'>;
  /** True: there was one. `expiredOnly`: only one that has expired is taken, and counts. */
  delete(
    namespace: string,
    key: string,
    options: { readonly now: number; readonly expiredOnly?: boolean },
  ): Promise<boolean>;
  /** In the order of keys, by their bytes. */
  list(namespace: string, query: KeyQuery): Promise<Page<KeyEntry>>;
}

/** A pair as lists show it: without its value. */
export interface KeyEntry {
  readonly key: string;
  /** What kind of value it is, in words of whoever put it. */
  readonly type: string;
  readonly description?: string;
  /** Kept when the pair is replaced. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt?: number;
}

export interface KeyValue extends KeyEntry {
  readonly value: Packed;
}

export interface NewKeyValue extends Omit<KeyValue, 'createdAt' | 'updatedAt'> {
  /** Names the work that puts it: a put that is repeated finds its own pair and replaces it. */
  readonly writer: string;
  /** Refused where there is one, unless by the same writer. */
  readonly absentOnly?: boolean;
}

export interface KeyQuery extends PageRequest {
  readonly prefix?: string;
  readonly now: number;
  /** Those that have expired and are still kept, instead of those that have not. */
  readonly expired?: boolean;
}

/** Secrets by namespace and name. They are set where they are kept; the engine only reads them. */
export interface SecretStore {
  /** Of the first of these namespaces that has one by that name. */
  find(namespaces: readonly string[], name: string): Promise<string | undefined>;
}

/** What blobs that are kept for good have their keys begin with. */
export const keptBlobs = 'kept/';

/**
 * Values by key. Any text is a key. What belongs to an execution has its id in front (`<id>/inputs`),
 * or after `/executions/` where it is a file of the internal store (src/runtime/files.ts).
 */
export interface BlobStore {
  /** A value up to so many bytes, as packed, is better kept in its record than here. */
  readonly recordBytesMax: number;
  /**
   * Writing the same key again replaces it. Returns the key. Blobs may be removed when executions of
   * their day have expired, except those whose key begins with `keptBlobs`. With `once` the key says
   * what the bytes are: nobody writes others under it, and nobody reads it before somebody has
   * written it whole; a store may save what keeps a reader from seeing half of the bytes. They are
   * the caller's again when it resolves.
   */
  put(key: string, bytes: Uint8Array, once?: 'once'): Promise<string>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** In bytes; undefined where nothing has that key. */
  size(key: string): Promise<number | undefined>;
  /** What is not there needs no deleting. */
  delete(key: string): Promise<void>;
}

/** One line of a task's or the engine's log; the shape is the same locally and in CloudWatch. */
export interface LogEntry {
  readonly timestamp: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly executionId: ExecutionId;
  readonly namespace: string;
  readonly flowId: string;
  readonly revision: number;
  readonly taskId?: string;
  readonly path?: Path;
  readonly attempt?: number;
}

export interface LogSink {
  write(entry: LogEntry): void;
}

export interface LogReader {
  /** Oldest first, at most `linesMax` of them. `minLevel` keeps that level and above. */
  readLogs(id: ExecutionId, minLevel?: LogLevel, linesMax?: number): Promise<readonly LogEntry[]>;
  /** How long a line that was written may not be found yet; 0: it is found at once. */
  readonly lagMs: number;
}

export interface Clock {
  now(): number;
}

export interface Random {
  /** In [0, 1). */
  next(): number;
}

/** One metric of the running system (EMF on AWS, ignored locally). */
export interface MetricSink {
  count(name: string, value: number, dimensions: Readonly<Record<string, string>>): void;
  duration(name: string, ms: number, dimensions: Readonly<Record<string, string>>): void;
}

/**
 * Billable operations, counted where the call is made (SDK middleware, embedded store).
 * - read, write: DynamoDB request units by item size (an embedded store counts the same sizes)
 * - send, receive, delete: SQS requests, one per 64 KiB begun; a batch is one request
 * - invoke: Lambda invocations; put, get: S3 requests; schedule: EventBridge Scheduler calls
 */
export type Operation =
  | 'read'
  | 'write'
  | 'send'
  | 'receive'
  | 'delete'
  | 'invoke'
  | 'put'
  | 'get'
  | 'schedule';

export interface Meter {
  /** One call that was billed `units`. */
  count(operation: Operation, units: number, execution?: ExecutionId): void;
}
