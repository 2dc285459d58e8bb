/**
 * The back end of one simulated installation, and the processes that come and go around it. One
 * thread, a clock that is moved by hand, and every choice drawn from one seed.
 *
 * A process does one thing (handles a message, a request, a sweep) with ports that fail as the
 * profile says. It ends well, fails, crashes, or is parked: it stands still before a call until
 * somebody lets it go on, by which time its message may be in other hands.
 */
import { type VirtualClock, virtualClock } from '../../src/adapters/simulated/clock.ts';
import { type Fault, Life, SimulatedError } from '../../src/adapters/simulated/faults.ts';
import { simulatedBlobs, simulatedLogs } from '../../src/adapters/simulated/files.ts';
import { simulatedKeyValues } from '../../src/adapters/simulated/key-values.ts';
import { type SimulatedQueue, simulatedQueue } from '../../src/adapters/simulated/queue.ts';
import { type SeededRandom, seededRandom } from '../../src/adapters/simulated/random.ts';
import { type SimulatedStore, simulatedStore } from '../../src/adapters/simulated/store.ts';
import type { LogEntry, LogReader, LogSink } from '../../src/engine/ports.ts';
import { noSettings, type Runtime, runtimeOf, silentMetrics } from '../../src/runtime/runtime.ts';
import { Broken, Observer } from './invariants.ts';
import { type Profile, withoutFaults } from './profile.ts';

/** 'gone': crashed, and its message is never seen again. */
export type How = 'done' | 'failed' | 'crashed' | 'gone';

type Work = (runtime: Runtime) => Promise<unknown>;

export interface Process {
  /** Made where it is told: most runs tell nothing. */
  readonly name: () => string;
  readonly life: Life;
  readonly work: Promise<How>;
  readonly ended: (how: How) => void;
  /** Resolves when it is parked the next time. */
  stopped: PromiseWithResolvers<'parked'>;
  /** Lets it go on. */
  readonly held: (() => void)[];
}

/**
 * - parked: it stands still before the call, and goes on some time later
 * - gone: it dies before the call, and the queue loses its message: only the sweep is left
 */
export type Mishap = Fault | 'parked' | 'gone';

/** One mishap at the n-th call of all processes together, counted from 0. */
export interface FaultAt {
  readonly place: number;
  readonly fault: Mishap;
}

/** What goes wrong beside what the profile says, and how little must come of it. */
interface Limits {
  readonly faultAt?: FaultAt;
  /** How often one message may be sent: those that multiply would go on without end. */
  readonly sendsMax?: number;
}

/** Each sweep and each request may send a wait once more; what multiplies passes any bound. */
const sendsMaxByChance = 200;

export class World {
  readonly clock: VirtualClock = virtualClock(Date.parse('2026-05-04T12:00:00Z'));
  readonly random: SeededRandom;
  readonly observer: Observer;
  readonly store: SimulatedStore;
  readonly queue: SimulatedQueue;
  readonly blobs = simulatedBlobs();
  readonly keyValues = simulatedKeyValues();
  readonly logged: LogEntry[] = [];
  readonly logs: LogSink & LogReader = {
    ...simulatedLogs(),
    write: (entry) => void this.logged.push(entry),
  };
  readonly parked: Process[] = [];
  profile: Profile;
  /** Calls of ports that can fail, so far. */
  calls = 0;
  readonly #faultAt: FaultAt | undefined;
  readonly #events: string[] | undefined;
  readonly #ids: SeededRandom;
  readonly #warm: Runtime;
  #isBusy = false;
  #hasParked = false;

  constructor(
    seed: number,
    profile: Profile,
    events?: string[],
    { faultAt, sendsMax = sendsMaxByChance }: Limits = {},
  ) {
    this.random = seededRandom(seed ^ 0x5bd1e995);
    this.#ids = seededRandom(seed ^ 0x1b873593);
    this.profile = profile;
    this.#events = events;
    this.#faultAt = faultAt;
    const { clock, random } = this;
    const indexLagMs = () =>
      this.profile.indexLagMs > 0 ? random.below(this.profile.indexLagMs) : 0;
    this.observer = new Observer(simulatedStore({ clock, indexLagMs }), clock, sendsMax);
    this.store = this.observer.store;
    const queue = simulatedQueue({
      clock,
      random,
      faults: {
        copies: () => (this.#isLikely('lost') ? 0 : this.#isLikely('duplicated') ? 2 : 1),
        delayMs: () => (this.#isLikely('late') ? random.below(120_000) : 0),
      },
    });
    this.queue = {
      ...queue,
      get size() {
        return queue.size;
      },
      send: async (messages) => {
        for (const message of messages) this.observer.sent(message);
        await queue.send(messages);
      },
    };
    this.#warm = this.reliable();
  }

  /** No faults from now on. */
  calm(): void {
    this.tell(() => 'the faults stop');
    this.profile = withoutFaults(this.profile);
  }

  tell(what: () => string): void {
    this.#events?.push(`${this.clock.now() % 100_000_000} ${what()}`);
  }

  /** A runtime that nothing goes wrong with. */
  reliable(): Runtime {
    return this.#runtime();
  }

  /** `isStep`: the work of the step function, which keeps more in mind than an API does. */
  begin(name: () => string, work: Work, ended: (how: How) => void, isStep = false): Process {
    const held: (() => void)[] = [];
    let isUnsent = false;
    let isGone = false;
    const life = new Life({
      onCall: (call) => {
        this.observer.acts(life);
        const mishap = this.#mishap();
        isGone ||= mishap === 'gone';
        const fault = mishap === 'gone' ? 'crash-before' : mishap;
        if (call.port === 'queue') isUnsent ||= fault === 'refused' || fault === 'unknown';
        if (mishap) this.tell(() => `  ${name()}: ${mishap} ${call.port}.${call.method}`);
        return fault;
      },
      before: (call) => {
        if (!this.#isParked()) return this.#isBusy ? this.#others() : undefined;
        this.tell(() => `  ${name()}: parked at ${call.port}.${call.method}`);
        const { promise, resolve } = Promise.withResolvers<void>();
        held.push(resolve);
        process.stopped.resolve('parked');
        return promise.then(() => (this.#isBusy ? this.#others() : undefined));
      },
    });
    this.tell(name);
    const process: Process = {
      name,
      life,
      // Not before there is a process to be parked.
      work: Promise.resolve()
        .then(() => work(this.#runtime(life, isStep)))
        .then(
          () => {
            if (!isStep || !isUnsent) return 'done' as const;
            throw new Broken(`B2: ${name()} is done, and could not send what follows`);
          },
          (error: unknown) => this.#failed(name, error),
        ),
      ended: (how) => ended(how === 'crashed' && isGone ? 'gone' : how),
      held,
      stopped: Promise.withResolvers<'parked'>(),
    };
    return process;
  }

  /** Until each of them has ended or is parked. */
  async attend(processes: readonly Process[]): Promise<void> {
    this.#isBusy = processes.length > 1;
    const hows = await Promise.all(processes.map((process) => this.#attend(process)));
    this.#isBusy = false;
    // What it does beside the call it is parked at comes to its next call: nothing moves between events.
    if (hows.includes('parked')) await new Promise((resolve) => setImmediate(resolve));
  }

  async goOn(process: Process): Promise<void> {
    this.parked.splice(this.parked.indexOf(process), 1);
    this.tell(() => `${process.name()}: goes on`);
    process.stopped = Promise.withResolvers<'parked'>();
    for (const release of process.held.splice(0)) release();
    await this.attend([process]);
  }

  /** Lets other processes go first, some of the way. */
  async #others(): Promise<void> {
    for (let turns = this.random.below(6); turns > 0; turns -= 1) await Promise.resolve();
  }

  async #attend(process: Process): Promise<How | 'parked'> {
    const crashed = process.life.crashed.then(() => 'crashed' as const);
    const how = await Promise.race([process.work, crashed, process.stopped.promise]);
    if (how === 'crashed' || how === 'failed') this.observer.died(process.life);
    if (how === 'parked') this.parked.push(process);
    else process.ended(how);
    return how;
  }

  #failed(name: () => string, error: unknown): How {
    this.tell(() => `  ${name()}: ${String(error)}`);
    if (!isSimulated(error))
      throw new Broken(`${name()} fails by itself: ${(error as Error).stack}`);
    return 'failed';
  }

  #runtime(life?: Life, isStep = false): Runtime {
    const { store, queue, blobs, keyValues, logs, clock } = this;
    const through = <P extends object>(port: string, target: P): P =>
      life?.port(port, target) ?? target;
    const ports = {
      store: through('store', store),
      queue: through('queue', queue),
      blobs: through('blobs', blobs),
      keyValues: through('keyValues', keyValues),
      logs: through('logs', logs),
      metrics: silentMetrics,
      clock,
      random: this.#ids,
      settings: noSettings,
    };
    if (life === undefined || this.random.chance(0.2)) return runtimeOf(ports);
    // Most functions are warm: they know the flows, and of halts what they read a second ago.
    const { flows, listeners, fans, halts } = this.#warm;
    return runtimeOf(ports, { flows, listeners, fans, ...(isStep && { halts }) });
  }

  #isParked(): boolean {
    if (this.#faultAt?.fault !== 'parked') return this.#isLikely('parked');
    // The call is counted when it goes on: others come to this place, too.
    if (this.#hasParked || this.#faultAt.place !== this.calls) return false;
    this.#hasParked = true;
    return true;
  }

  #isLikely(what: 'parked' | 'lost' | 'duplicated' | 'late'): boolean {
    const probability = this.profile[what];
    return probability > 0 && this.random.chance(probability);
  }

  #mishap(): Fault | 'gone' | undefined {
    this.calls += 1;
    const { place, fault } = this.#faultAt ?? {};
    if (place === this.calls - 1 && fault !== 'parked') return fault;
    const { crash, refused, unknown, repeated, gone } = this.profile;
    if (crash + refused + unknown + repeated + gone === 0) return undefined;
    const draw = this.random.next();
    if (draw < crash) return draw < crash / 2 ? 'crash-before' : 'crash-after';
    if (draw < crash + refused) return 'refused';
    if (draw < crash + refused + unknown) return 'unknown';
    if (draw < crash + refused + unknown + repeated) return 'repeated';
    return draw < crash + refused + unknown + repeated + gone ? 'gone' : undefined;
  }
}

function isSimulated(error: unknown): boolean {
  if (error instanceof SimulatedError) return true;
  // The sweep tries all before it tells of those that failed.
  if (error instanceof AggregateError) return error.errors.every(isSimulated);
  return error instanceof Error && error.cause !== undefined && isSimulated(error.cause);
}
