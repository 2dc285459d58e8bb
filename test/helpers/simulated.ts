/**
 * The runtime on the simulated back end: nothing moves until it is told to. Whoever acts on it has a
 * life, which may end in the middle of a request; messages are worked on by lives without faults.
 */
import { storeFlow } from '../../src/api/flows.ts';
import { virtualClock } from '../../src/adapters/simulated/clock.ts';
import { type FaultPlan, Life, noFaults } from '../../src/adapters/simulated/faults.ts';
import { simulatedBlobs, simulatedLogs } from '../../src/adapters/simulated/files.ts';
import { simulatedKeyValues } from '../../src/adapters/simulated/key-values.ts';
import { type SimulatedQueue, simulatedQueue } from '../../src/adapters/simulated/queue.ts';
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { simulatedStore } from '../../src/adapters/simulated/store.ts';
import type { Execution, ExecutionId, Path } from '../../src/engine/execution.ts';
import type { Flow } from '../../src/engine/flow.ts';
import type { StateStore } from '../../src/engine/ports.ts';
import { receive } from '../../src/runtime/receive.ts';
import { noSettings, type Runtime, runtimeOf, silentMetrics } from '../../src/runtime/runtime.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { newExecutionId, startExecution } from '../../src/runtime/start.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { watched } from '../../src/runtime/watch.ts';

const hour = 3_600_000;
const seed = 7;

/** Who works on messages, and how it ends. */
export interface Worker {
  readonly runtime: Runtime;
  readonly life: Life;
}

type Delivery = Pick<NonNullable<ReturnType<SimulatedQueue['receive']>>, 'body' | 'receives'>;

export class SimulatedEngine {
  readonly clock = virtualClock(1_700_000_000_000);
  readonly store = simulatedStore({ clock: this.clock });
  readonly queue = simulatedQueue({ clock: this.clock });
  /** The attempts made, in their order: `path#attempt in epoch n`. */
  readonly attempts = new Map<ExecutionId, readonly string[]>();
  /** How each execution has ended, epoch after epoch. */
  readonly ends = new Map<ExecutionId, string[]>();
  #isStepping = false;
  readonly #random = seededRandom(seed);
  readonly logs = simulatedLogs();
  readonly blobs = simulatedBlobs();
  readonly #keyValues = simulatedKeyValues();
  readonly runtime = this.runtimeOf(noFaults).runtime;

  /** A life of its own, around everything there is. */
  runtimeOf(plan: FaultPlan): Worker {
    const life = new Life(plan);
    // Below the life, so that what was done by the call it died in is seen as well.
    const store = watched(this.#noting(), {
      ended: (id, { state }) => this.ends.set(id, [...(this.ends.get(id) ?? []), state]),
    });
    const runtime = runtimeOf({
      store: life.port('store', store),
      queue: life.port('queue', { send: (messages) => this.queue.send(messages) }),
      keyValues: life.port('keyValues', this.#keyValues),
      blobs: life.port('blobs', this.blobs),
      logs: this.logs,
      metrics: silentMetrics,
      clock: this.clock,
      random: this.#random,
      settings: noSettings,
    });
    return { runtime, life };
  }

  /** Starts the first of these flows; the others are there to be started by it. */
  async start(...sources: readonly string[]): Promise<Execution> {
    const stored: Flow[] = [];
    for (const source of sources) {
      stored.push((await storeFlow(this.runtime, source, { force: true })).flow);
    }
    const [flow] = stored;
    if (!flow) throw new Error('there is no flow to start');
    const id = newExecutionId(this.#random);
    const { inputs, issues } = await resolveFlowInputs(this.runtime, flow, {}, id);
    if (!inputs) throw new Error(issues.map(({ message }) => message).join());
    return (await startExecution(this.runtime, { flow, inputs, id })).execution;
  }

  /** Hands out messages until none is due, at most `steps` of them. Says how many. */
  async work(steps = Number.POSITIVE_INFINITY, first?: Worker): Promise<number> {
    for (let done = 0; done < steps; done++) {
      const message = this.queue.receive();
      if (!message) return done;
      this.#isStepping = true;
      const isCrashed = await this.#hand(message, first);
      this.#isStepping = false;
      if (!isCrashed) message.done();
      this.clock.advance(1);
    }
    return steps;
  }

  /** To the life that may crash, until it has; then to one that does not. */
  async #hand({ body, receives }: Delivery, first: Worker | undefined): Promise<boolean> {
    if (!first || first.life.isCrashed) {
      await receive(this.runtime, body, receives);
      return false;
    }
    await Promise.race([receive(first.runtime, body, receives), first.life.crashed]);
    return first.life.isCrashed;
  }

  /** Lets time pass until nothing is due any more; nobody sweeps. */
  async drain(first?: Worker): Promise<number> {
    let worked = await this.work(Infinity, first);
    for (let due = this.queue.nextAt(); due !== undefined; due = this.queue.nextAt()) {
      this.clock.advance(Math.max(0, due - this.clock.now()));
      worked += await this.work(Infinity, first);
    }
    return worked;
  }

  /** Lets time pass until nothing is due any more; then the sweep goes round. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 3; ) {
      const worked = await this.drain();
      this.clock.advance(hour);
      const swept = await sweep(this.runtime);
      idle = worked + swept === 0 ? idle + 1 : 0;
    }
  }

  header(id: ExecutionId): Execution {
    const execution = this.store.tables.executions.get(id);
    if (!execution) throw new Error(`there is no execution ${id}`);
    return execution;
  }

  /** Each attempt writes one result, whether it wins or not; requests write some of their own. */
  #noting(): StateStore {
    return {
      ...this.store,
      commitSlot: (id, slot) => {
        const attempt = slot.attempts?.at(-1)?.number;
        const standing = this.store.tables.slots.get(id)?.get(slot.path);
        // A restart writes what was kept once more, as it was.
        const isKept = standing?.endedAt === slot.endedAt && standing.epoch < slot.epoch;
        // What is still waiting has not come to anything yet.
        const hasEnded = attempt !== undefined && slot.state !== 'RUNNING';
        if (this.#isStepping && hasEnded && !isKept) {
          const made = `${slot.path}#${attempt} in epoch ${slot.epoch}`;
          this.attempts.set(id, [...(this.attempts.get(id) ?? []), made]);
        }
        return this.store.commitSlot(id, slot);
      },
    };
  }

  /** `path STATE`, in the order of paths. */
  records(id: ExecutionId): readonly string[] {
    const slots: ReadonlyMap<Path, { readonly state: string }> =
      this.store.tables.slots.get(id) ?? new Map();
    return [...slots].map(([path, { state }]) => `${path} ${state}`).sort();
  }
}
