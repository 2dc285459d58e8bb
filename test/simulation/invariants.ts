/**
 * What must hold after every single write, checked as it is made: the store of the simulation, seen
 * through somebody who remembers everything.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SimulatedStore } from '../../src/adapters/simulated/store.ts';
import type { Head } from '../../src/engine/baton.ts';
import type { Execution, ExecutionId, Slot } from '../../src/engine/execution.ts';
import type { FlowKey } from '../../src/engine/flow.ts';
import { limits } from '../../src/engine/limits.ts';
import type { Clock, Message } from '../../src/engine/ports.ts';
import { canFollow, isEnd, type State } from '../../src/engine/states.ts';

export class Broken extends Error {
  override readonly name = 'Broken';
}

export function check(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Broken(what());
}

/** `at`: when it was written, which may be long after who wrote it looked at the clock. */
interface Ended {
  readonly epoch: number;
  readonly state: State;
  readonly at: number;
}

/** How often each epoch of an execution was ended, as which state. */
export type Ends = ReadonlyMap<ExecutionId, readonly Ended[]>;

/** A restart goes on over what was kept: the same record, of its epoch. */
function isTakenOver(before: Slot, { epoch, writer: _, ...slot }: Slot): boolean {
  const { epoch: kept, writer: __, ...was } = before;
  return kept < epoch && isDeepStrictEqual(was, slot);
}

export class Observer {
  readonly #seen: SimulatedStore;
  readonly #clock: Clock;
  /** When the header came to say so. */
  readonly #pausedAt = new Map<ExecutionId, number>();
  /** Every record that was ever written, by execution, path, epoch and turn. */
  readonly #written = new Set<string>();
  readonly #ends = new Map<ExecutionId, Ended[]>();
  readonly #limits = new Map<string, number>();
  /** Executions by the places they hold: id, or id and epoch. */
  readonly #places = new Map<string, ExecutionId>();
  readonly #deleted = new Set<ExecutionId>();
  #isAmended = false;
  /** What was taken after an end, and by whom. */
  readonly #late = new Map<string, Set<object>>();
  #acting: object | undefined;
  readonly #left = new Set<string>();
  readonly #queued = new Set<ExecutionId>();
  /** How often a message has been sent, by its key. */
  readonly #sends = new Map<string, number>();
  readonly #sendsMax: number;
  #broken: Broken | undefined;
  #writes = 0;

  /** `sendsMax`: of one message; who dies over it, and each sweep, may send what follows once more. */
  constructor(store: SimulatedStore, clock: Clock, sendsMax: number) {
    this.#sendsMax = sendsMax;
    this.#seen = store;
    this.#clock = clock;
  }

  get ends(): Ends {
    return this.#ends;
  }

  /** Whoever took this place came late, after the end, and died before it gave it back. */
  isLeft(member: string): boolean {
    return this.#left.has(placeName(member));
  }

  /** Who is in the queue of a flow, but for those that somebody brought there late and died. */
  get queued(): readonly ExecutionId[] {
    return [...this.#queued].filter((id) => !this.#left.has(entryName(id)));
  }

  /** The process whose call comes next. */
  acts(process: object): void {
    this.#acting = process;
  }

  /** It has not come to its end: what it had to take back is left. */
  died(process: object): void {
    for (const [name, takers] of this.#late) if (takers.has(process)) this.#left.add(name);
  }

  /** The first thing that did not hold. A step may swallow what is thrown in it, so it is kept. */
  get broken(): Broken | undefined {
    return this.#broken;
  }

  /** How often a header or a record has been written: what else changes leads to that. */
  get writes(): number {
    return this.#writes;
  }

  /** Somebody has deleted what had ended, or given it another end. */
  get hasRewritten(): boolean {
    return this.#deleted.size > 0 || this.#isAmended;
  }

  limit(flowId: string, limit: number): void {
    this.#limits.set(flowId, limit);
  }

  /** Somebody lets an execution run past the limit. */
  force(flowId: string): void {
    const limit = this.#limits.get(flowId);
    if (limit !== undefined) this.#limits.set(flowId, limit + 1);
  }

  get store(): SimulatedStore {
    const store = this.#seen;
    return {
      ...store,
      commitSlot: async (id, slot) => {
        const before = store.tables.slots.get(id)?.get(slot.path);
        const committed = await store.commitSlot(id, slot);
        if (committed.won) this.#try(() => this.#slotWritten(id, before, slot));
        return committed;
      },
      replaceSlot: async (id, seen, slot) => {
        const before = store.tables.slots.get(id)?.get(slot.path);
        const replaced = await store.replaceSlot(id, seen, slot);
        if (replaced) this.#try(() => this.#slotWritten(id, before, slot));
        return replaced;
      },
      joinFlowSet: async (key, member, max) => {
        const by = this.#acting;
        const joined = await store.joinFlowSet(key, member, max);
        const [id = member, epoch = '1'] = member.split('#');
        if (joined && key.set === 'places') this.#places.set(member, id);
        if (joined && this.#isOver(id, Number(epoch))) this.#tookLate(placeName(member), by);
        return joined;
      },
      leaveFlowSet: async (key, members) => {
        for (const member of members) this.#takenBack(placeName(member));
        const left = store.leaveFlowSet(key, members);
        if (key.set === 'places') this.#try(() => this.#placesLeft(members));
        return left;
      },
      enqueueExecution: async (flow, waiting) => {
        const { id } = waiting;
        const isLate = !this.#queued.has(id) || this.#late.has(entryName(id));
        if (isLate && this.#isOver(id)) this.#tookLate(entryName(id), this.#acting);
        this.#queued.add(id);
        return store.enqueueExecution(flow, waiting);
      },
      dequeueExecution: async (flow, waiting) => {
        this.#queued.delete(waiting.id);
        this.#takenBack(entryName(waiting.id));
        return store.dequeueExecution(flow, waiting);
      },
      createExecution: async (execution) => {
        const created = await store.createExecution(execution);
        if (created === 'created') this.#try(() => this.#created(execution));
        return created;
      },
      endExecution: async (id, epoch, end) => {
        const before = store.tables.executions.get(id);
        const ended = await store.endExecution(id, epoch, end);
        if (ended) this.#try(() => this.#changed(before, ended));
        return ended;
      },
      replaceExecution: async (seen, next) => {
        const before = store.tables.executions.get(seen.id);
        const replaced = await store.replaceExecution(seen, next);
        if (replaced) this.#try(() => this.#changed(before, next));
        return replaced;
      },
      deleteExecution: async (seen) => {
        const isGone = await store.deleteExecution(seen);
        if (isGone) this.#deleted.add(seen.id);
        if (isGone) this.#ends.delete(seen.id);
        return isGone;
      },
    };
  }

  #tookLate(name: string, by: object | undefined): void {
    const takers = this.#late.get(name) ?? new Set<object>();
    this.#late.set(name, by ? takers.add(by) : takers);
  }

  #takenBack(name: string): void {
    this.#late.delete(name);
    this.#left.delete(name);
  }

  /** In that epoch, or at all: it has ended or is gone. */
  #isOver(id: ExecutionId, epoch?: number): boolean {
    const execution = this.#seen.tables.executions.get(id);
    if (!execution || isEnd(execution.state)) return true;
    return epoch !== undefined && execution.epoch !== epoch;
  }

  #try(checks: () => void): void {
    try {
      checks();
    } catch (error) {
      this.#broken ??= error as Broken;
    }
  }

  #slotWritten(id: ExecutionId, before: Slot | undefined, slot: Slot): void {
    this.#writes += 1;
    const { path, epoch, turn, state } = slot;
    // Whoever was under way may leave something behind.
    if (this.#deleted.has(id)) return;
    const where = `${id} ${path} ${epoch}.${turn}`;
    check(!this.#written.has(where), () => `B1: ${where} has a second record`);
    this.#written.add(where);
    if (before && isTakenOver(before, slot)) return;
    this.#checkPaused(id, slot);
    this.#checkOver(id, slot);
    if (!before) return;
    const isLater = epoch > before.epoch || (epoch === before.epoch && turn > before.turn);
    check(isLater, () => `B1: ${where} goes back from ${before.epoch}.${before.turn}`);
    if (epoch !== before.epoch) return this.#ranAgain(id, before, slot);
    // One that was held back has begun since.
    // Whoever is woken too early leaves its turn to the next end of whom it waits for.
    const isWaitingOn = slot.child !== undefined && slot.child === before.child && !isEnd(state);
    check(before.held || !isWaitingOn, () => `waits: ${where} waits for ${slot.child} once more`);
    const isLegal = canFollow(before.held ? 'RUNNING' : before.state, state);
    check(isLegal, () => `states: ${where} goes from ${before.state} to ${state}`);
  }

  /** What begins looks at the notes, which are a second old at most. */
  #checkPaused(id: ExecutionId, { path, turn, state, startedAt, held, error }: Slot): void {
    const isGivenUp = error?.code === 'crashed';
    const shown = this.#seen.tables.executions.get(id)?.state;
    if (shown !== 'PAUSED' || turn > 1 || held || state === 'KILLED' || isGivenUp) return;
    const lateMs = startedAt - (this.#pausedAt.get(id) ?? Infinity);
    check(lateMs <= 2_000, () => `pause: ${id} ${path} began ${lateMs} ms after it was paused`);
  }

  /** When an epoch ends all has been written, but for what comes afterwards. */
  #checkOver(id: ExecutionId, { path, epoch, turn }: Slot): void {
    if (path.startsWith('afterExecution/')) return;
    for (const end of this.#ends.get(id) ?? []) {
      const isOver = end.epoch >= epoch;
      check(!isOver, () => `B6: ${id} ${path} ${epoch}.${turn} comes after the end ${end.epoch}`);
    }
  }

  /**
   * A restart keeps what was done well; what tells of failures and ends is done again. Whoever gave
   * it another end saw it fail: it may have gone well in a restart before that.
   */
  #ranAgain(id: ExecutionId, before: Slot, { path, epoch, turn, state }: Slot): void {
    const isAfterwards = /(^|\/)(errors|finally|afterExecution)\//.test(path);
    const wentWell = ['SUCCESS', 'WARNING', 'SKIPPED'].includes(before.state);
    const header = this.#seen.tables.executions.get(id);
    const isMarked = header?.epoch === epoch && header.marked?.path === path;
    const isGiven = isMarked && header.marked?.state === state && turn === 1;
    const where = `${id} ${path} ${epoch}.${turn}`;
    check(
      isAfterwards || !wentWell || isGiven,
      () => `restart: ${where} runs again, and was ${before.state}`,
    );
  }

  #created(execution: Execution): void {
    const { id } = execution;
    check(!this.#deleted.has(id), () => `${id} was deleted, and is started anew`);
    this.#changed(undefined, execution);
  }

  #changed(before: Execution | undefined, now: Execution): void {
    this.#writes += 1;
    const { id, epoch, state, endedAt, flow } = now;
    if (before) {
      const isPinned = isSameRevision(before.flow, flow);
      check(isPinned, () => `B8: ${id} changed its revision`);
      check(epoch >= before.epoch, () => `B6: ${id} goes back to epoch ${epoch}`);
      this.#checkState(before, now);
    }
    if (endedAt !== undefined && before?.endedAt === undefined) this.#ended(now);
    if (state === 'PAUSED' && before?.state !== 'PAUSED') this.#pausedAt.set(id, this.#clock.now());
    this.#checkLimit(flow.id);
    if (state === 'RUNNING') this.#checkPlace(now);
    check(
      isEnd(state) === (endedAt !== undefined),
      () => `states: ${id} is ${state}, ended ${endedAt}`,
    );
  }

  /** A restart passes through RESTARTED, which only its history shows. */
  #checkState(before: Execution, now: Execution): void {
    if (before.state === now.state && before.epoch === now.epoch) return;
    // Somebody has said how it is to be taken.
    if (before.endedAt !== undefined && before.epoch === now.epoch) {
      this.#isAmended = true;
      return;
    }
    const { history = [] } = now;
    const last = before.history?.at(-1);
    // A history is begun when the first request changes the state: what was before is in it then.
    // A long one has lost its middle, so that only its end can be compared.
    const isLast = (each?: { readonly state: State; readonly at: number }) =>
      each !== undefined && each.state === last?.state && each.at === last.at;
    // In one millisecond it may have come to the same state twice.
    const place = (before.history?.length ?? 0) - 1;
    const known = last
      ? isLast(history[place])
        ? place
        : history.findLastIndex(isLast)
      : history.findIndex(({ state }) => state === before.state);
    const passed = history.slice(known + 1).map(({ state }) => state);
    const way = [before.state, ...passed, ...(passed.at(-1) === now.state ? [] : [now.state])];
    for (const [index, state] of way.slice(1).entries()) {
      const from = way[index];
      if (from === undefined || from === state) continue;
      check(
        canFollow(from, state) || isHalting(from, now),
        () => `states: ${now.id} goes ${way.join(' → ')}`,
      );
    }
  }

  #ended({ id, epoch, state }: Execution): void {
    const ends = this.#ends.get(id) ?? [];
    check(
      ends.every((end) => end.epoch !== epoch),
      () => `${id} ended twice in epoch ${epoch}`,
    );
    ends.push({ epoch, state, at: this.#clock.now() });
    this.#ends.set(id, ends);
  }

  #checkLimit(flowId: string): void {
    const limit = this.#limits.get(flowId);
    if (limit === undefined) return;
    let running = 0;
    for (const { flow, state } of this.#seen.tables.executions.values()) {
      if (flow.id === flowId && state === 'RUNNING') running += 1;
    }
    check(running <= limit, () => `places: ${running} executions of ${flowId} run, not ${limit}`);
  }

  /** Who runs has a place, from before it says so until after its end. */
  #checkPlace({ id, epoch, flow, state }: Execution): void {
    if (!this.#limits.has(flow.id)) return;
    const has = [...this.#places.values()].includes(id);
    check(has, () => `places: ${id} of ${flow.id} has none in epoch ${epoch}, and is ${state}`);
  }

  #placesLeft(members: readonly string[]): void {
    for (const member of members) {
      const id = this.#places.get(member);
      if (id === undefined) continue;
      this.#places.delete(member);
      const execution = this.#seen.tables.executions.get(id);
      if (execution?.state === 'RUNNING') this.#checkPlace(execution);
    }
  }

  sent(message: Message): void {
    this.#try(() => this.#sent(message));
  }

  #sent({ body, key }: Message): void {
    const sends = (this.#sends.get(key) ?? 0) + 1;
    this.#sends.set(key, sends);
    check(sends <= this.#sendsMax, () => `B3: ${key} is sent ${sends} times`);
    const bytes = body.length * 3 <= limits.batonBytesMax ? 0 : Buffer.byteLength(body);
    check(bytes <= limits.batonBytesMax, () => `B7: a baton of ${bytes} bytes`);
    if (body.startsWith('wake ')) return;
    const { execution, flow, epoch } = headIn(body);
    const header = this.#seen.tables.executions.get(execution);
    if (!header && this.#deleted.has(execution)) return;
    check(header !== undefined, () => `B2: a baton of ${execution}, which does not exist`);
    const isPinned = isSameRevision(header.flow, flow);
    check(isPinned, () => `B8: a baton of ${execution} names another revision`);
    check(epoch <= header.epoch, () => `B6: a baton of ${execution} is of epoch ${epoch}`);
  }
}

const placeName = (member: string): string => `place ${member}`;
const entryName = (id: ExecutionId): string => `entry ${id}`;

/** Whoever gets the baton reads all of it; here the beginning will do. */
function headIn(body: string): Head {
  const end = body.indexOf(',"createdAt":');
  return JSON.parse(`${body.slice(0, end)}}`) as Head;
}

function isSameRevision(a: FlowKey, b: FlowKey): boolean {
  return a.namespace === b.namespace && a.id === b.id && a.revision === b.revision;
}

/** What halts an execution says how it is to end; that need not be KILLED. */
function isHalting(from: State, now: Execution): boolean {
  return from === 'KILLING' && isEnd(now.state);
}
