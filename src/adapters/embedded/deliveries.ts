/**
 * Hands out messages: what the event source mapping and the queue's redelivery are on AWS.
 *
 * D1 A message is handed out only after the commit that holds it, everything done before it, and
 *    the count of this hand-out. It is chosen just before that commit, so this costs no sync.
 * D2 It is deleted when its handling has resolved, in the commit that holds what the handling did
 *    last (B2); after a rejection it is visible again after a back-off.
 * D3 After `receivesMax` hand-outs it goes to `dead`, also when each of them ended the process.
 * D4 Nothing polls: a send, a freed place or the date of the next waiting message starts a round.
 * D5 The date may be set forward or back: messages without a wait stay due.
 * D6 Both lanes take turns; long work never takes more than half of the places.
 * D7 Many are in hand when a process ends, and one of them may be why. Whoever has been handed out
 *    twice is from then on handed out with no other such message beside it, so that none is given up
 *    (D3) for what another did.
 */
import type { Lane } from '../../engine/flow.ts';
import type { WakingClock } from './clock.ts';
import type { CommitListener, GroupCommit } from './group-commit.ts';
import { type Messages, type StoredMessage, suspectReceives } from './messages.ts';

export interface Delivered {
  readonly body: string;
  readonly lane: Lane;
  /** 1 for the first time. */
  readonly receives: number;
}

export interface DeliveryOptions {
  readonly concurrency: number;
  handle(message: Delivered): Promise<void>;
  /** Given up on: the error is that of the last handling. */
  dead(message: Delivered, error: unknown): Promise<void>;
}

const receivesMax = 5;
const firstBackOffMs = 1_000;
const longestBackOffMs = 60_000;

export class Deliveries implements CommitListener {
  readonly #commits: GroupCommit;
  readonly #messages: Messages;
  readonly #clock: WakingClock;
  #options: DeliveryOptions | undefined;
  /** In hand, by number. */
  readonly #held = new Map<number, StoredMessage>();
  #chosen: StoredMessage[] = [];
  #turn: Lane = 'fast';
  /** The date of the latest round; a process starts as if it had been set back. */
  #seenAt = Number.POSITIVE_INFINITY;
  #wakeAt = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => undefined;
  #idleWaiters: (() => void)[] = [];
  #stopWaiters: (() => void)[] = [];

  constructor(commits: GroupCommit, messages: Messages, clock: WakingClock) {
    this.#commits = commits;
    this.#messages = messages;
    this.#clock = clock;
    commits.listen(this);
  }

  start(options: DeliveryOptions): void {
    if (this.#options !== undefined) throw new Error('deliveries have already been started');
    if (!(options.concurrency >= 1)) throw new RangeError('concurrency must be at least 1');
    this.#options = options;
    this.#commits.schedule();
  }

  /** Hands out nothing more and resolves when nothing is in hand. */
  async stop(): Promise<void> {
    this.#options = undefined;
    this.#sleep();
    if (this.#held.size > 0) await new Promise<void>((resolve) => this.#stopWaiters.push(resolve));
    await this.#commits.settled();
  }

  /** Resolves when there is no message: none due, none in hand, none waiting for its date. */
  async idle(): Promise<void> {
    if (this.#messages.size === 0 && !this.#commits.open) return;
    const failed = this.#commits.failed.then((error) => Promise.reject(error));
    const idle = new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    await Promise.race([idle, failed]);
  }

  beforeCommit(): void {
    const options = this.#options;
    if (options === undefined) return;
    const now = this.#clock.now();
    if (now < this.#seenAt) this.#messages.setBackTo(now);
    this.#seenAt = now;
    this.#choose(options.concurrency, now);
    this.#wakeForNext(now);
  }

  afterCommit(): void {
    const chosen = this.#chosen;
    this.#chosen = [];
    // D1. A stop between choice and commit cannot be: both are in one turn of the event loop.
    for (const message of chosen) void this.#handOut(message);
    if (this.#messages.size === 0) this.#idleWaiters.splice(0).forEach((resolve) => resolve());
  }

  #choose(concurrency: number, now: number): void {
    let free = concurrency - this.#held.size;
    if (free <= 0) return;
    const held = [...this.#held.values()];
    const inLong = held.filter(({ lane }) => lane === 'long').length;
    const longFree = Math.max(1, Math.floor(concurrency / 2)) - inLong;
    const waiting = {
      fast: this.#dueIn('fast', now, free),
      long: this.#dueIn('long', now, longFree),
    };
    if (!held.some(isSuspect)) this.#addSuspect(waiting, now, longFree);
    while (free > 0 && waiting.fast.length + waiting.long.length > 0) {
      const lane = waiting[this.#turn].length > 0 ? this.#turn : other(this.#turn);
      const seq = waiting[lane].shift();
      if (seq === undefined) return;
      const message = this.#messages.handOut(seq);
      this.#held.set(seq, message);
      this.#chosen.push(message);
      this.#turn = other(lane);
      free -= 1;
    }
  }

  /** One of all that are suspected, before the others of its lane (D7). */
  #addSuspect(waiting: Readonly<Record<Lane, number[]>>, now: number, longFree: number): void {
    for (const lane of [this.#turn, other(this.#turn)]) {
      if (lane === 'long' && longFree <= 0) continue;
      const suspect = this.#free(this.#messages.suspects(lane, now, 1 + this.#held.size))[0];
      if (suspect === undefined) continue;
      waiting[lane].unshift(suspect);
      return;
    }
  }

  #dueIn(lane: Lane, now: number, limit: number): number[] {
    if (limit <= 0) return [];
    return this.#free(this.#messages.due(lane, now, limit + this.#held.size)).slice(0, limit);
  }

  /** Those in hand are in the table still, and among the longest due. */
  #free(numbers: readonly number[]): number[] {
    return numbers.filter((seq) => !this.#held.has(seq));
  }

  #wakeForNext(now: number): void {
    const next = this.#messages.nextDueAfter(now) ?? Number.POSITIVE_INFINITY;
    if (next === this.#wakeAt) return;
    this.#sleep();
    if (next === Number.POSITIVE_INFINITY) return;
    this.#wakeAt = next;
    this.#cancelWake = this.#clock.after(next - now, () => this.#wake());
  }

  #wake(): void {
    const missing = this.#wakeAt - this.#clock.now();
    // Woken early: the timer was cut, or the date was set back.
    if (missing > 0) this.#cancelWake = this.#clock.after(missing, () => this.#wake());
    else {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#commits.schedule();
    }
  }

  #sleep(): void {
    this.#cancelWake();
    this.#cancelWake = () => undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  async #handOut(message: StoredMessage): Promise<void> {
    const options = this.#options;
    const { body, lane } = message;
    const receives = Math.min(message.receives + 1, receivesMax);
    const delivered: Delivered = { body, lane, receives };
    try {
      if (options === undefined) throw new Error('deliveries were stopped');
      // Every hand-out has been used, and the process did not live to say how the last one went.
      if (message.receives >= receivesMax) await options.dead(delivered, unanswered);
      else await this.#handle(options, delivered);
      this.#messages.remove(message);
    } catch {
      this.#tryAgainLater(message);
    }
    this.#held.delete(message.seq);
    this.#commits.schedule();
    if (this.#held.size === 0) this.#stopWaiters.splice(0).forEach((resolve) => resolve());
  }

  async #handle(options: DeliveryOptions, delivered: Delivered): Promise<void> {
    try {
      await options.handle(delivered);
    } catch (error) {
      if (delivered.receives < receivesMax) throw error;
      await options.dead(delivered, error);
    }
  }

  #tryAgainLater(message: StoredMessage): void {
    const backOff = Math.min(firstBackOffMs * 2 ** message.receives, longestBackOffMs);
    try {
      this.#messages.delay(message.seq, this.#clock.now() + backOff);
    } catch {
      // The store has failed and told everyone; the message is still there when it is reopened.
    }
  }
}

const unanswered = new Error(`handed out ${receivesMax} times and never answered`);

/** Also of one in hand: what it was when it was handed out. */
function isSuspect({ receives }: StoredMessage): boolean {
  return receives >= suspectReceives;
}

function other(lane: Lane): Lane {
  return lane === 'fast' ? 'long' : 'fast';
}
