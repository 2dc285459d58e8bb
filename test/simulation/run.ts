/** One seed: flows are stored and started, everything goes wrong for a while, and all must end well. */
import { seededRandom } from '../../src/adapters/simulated/random.ts';
import { readBaton, UnreadableBaton } from '../../src/engine/baton.ts';
import type { Execution, ExecutionId } from '../../src/engine/execution.ts';
import type { Message } from '../../src/engine/ports.ts';
import { isEnd, type State } from '../../src/engine/states.ts';
import { taskIdOf } from '../../src/engine/tree.ts';
import { type ReadableFlow, readFlow } from '../../src/flow/read.ts';
import { replayExecution, restartOnRevision } from '../../src/runtime/fork.ts';
import { halt } from '../../src/runtime/halt.ts';
import { receive } from '../../src/runtime/receive.ts';
import { changeTaskRunState, restart } from '../../src/runtime/restart.ts';
import { resume } from '../../src/runtime/resume.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { giveUp } from '../../src/runtime/step.ts';
import { sweep } from '../../src/runtime/sweep.ts';
import { Broken, check } from './invariants.ts';
import { Looks } from './looks.ts';
import { type Profile, randomProfile } from './profile.ts';
import { answer, heldIn, type Request, requestFor, resumption } from './requests.ts';
import { namespace, sourceOf } from './source.ts';
import { extraTask, type FlowSpec, type TaskSpec, tasksBelow } from './spec.ts';
import { type FaultAt, type How, type Process, World } from './world.ts';

export interface Plan {
  readonly seed: number;
  readonly flows: readonly FlowSpec[];
  readonly isTraced?: boolean;
  /** Where what happens is told, if it is traced. */
  readonly events?: string[];
  /** Messages in work are lost, too. */
  readonly isLossy?: boolean;
  /** Instead of what the seed says. */
  readonly profile?: Profile;
  readonly faultAt?: FaultAt;
  /** How often one message may be sent. */
  readonly sendsMax?: number;
  /** Nobody dies: nothing may be left to the sweep. */
  readonly isUnswept?: boolean;
  /** How many executions of each flow are started. */
  readonly starts?: number;
  readonly wish?: Wish;
}

/**
 * What somebody asks of the first execution of a flow that they see in a state, at once, and again
 * until they get an answer.
 */
interface Wish {
  readonly flow: string;
  readonly when: State;
  readonly request: 'restart' | 'replay';
  /** What every execution of the flow comes to then, whatever goes wrong on the way. */
  readonly becomes?: State;
}

/** What there is when all is over. */
export interface Aftermath {
  readonly world: World;
  readonly flows: readonly FlowSpec[];
  /** Families (by correlation) that somebody has changed from outside, or the dead-letter function. */
  readonly disturbed: ReadonlySet<string>;
  readonly replayed: boolean;
  /** By flow and number. */
  readonly revisions: ReadonlyMap<string, FlowSpec>;
  /** An end may have come to nobody's ears: see RELIABILITY.md, known and left. */
  readonly unheard: boolean;
  readonly wish?: Wish;
}

/** Events with faults, and how many may follow until all has ended. */
const faultyEvents = 400;
const eventsMax = 6_000;
/** The faults stop earlier where sweeps have come to be as late as this: little would happen until then. */
const overdueMax = 30 * 86_400_000;

export async function run(plan: Plan): Promise<Aftermath> {
  return new Run(plan).run();
}

class Run {
  readonly world: World;
  readonly #flows: readonly FlowSpec[];
  readonly #tasks: ReadonlyMap<string, TaskSpec>;
  readonly #disturbed = new Set<string>();
  readonly #toStart: { readonly flow: FlowSpec; readonly key: string }[] = [];
  readonly #isUnswept: boolean;
  /** While nobody has seen to it. */
  #wish: Wish | undefined;
  readonly #wished: Wish | undefined;
  readonly #dead: Message[] = [];
  #deadSeen = 0;
  readonly #looks: Looks;
  #events = 0;
  #isCalm = false;
  #replayed = false;
  #unheard = false;
  readonly #revisions = new Map<string, FlowSpec>();

  constructor({ seed, flows, isTraced = false, events = [], profile, ...plan }: Plan) {
    const random = seededRandom(seed ^ 0x2545f491);
    const loss = plan.isLossy ? seededRandom(seed ^ 0x1f83d9ab) : undefined;
    const faults = profile ?? randomProfile(random, loss);
    this.world = new World(seed, faults, isTraced ? events : undefined, plan);
    this.#looks = new Looks(this.world.observer);
    this.#flows = flows;
    this.#isUnswept = plan.isUnswept ?? false;
    this.#wished = plan.wish;
    this.#wish = plan.wish;
    this.#tasks = new Map(
      flows.flatMap((flow) =>
        [...tasksBelow(flow.lists)].map((task) => [`${flow.id} ${task.id}`, task]),
      ),
    );
    for (const flow of flows) {
      if (flow.limit !== undefined) this.world.observer.limit(flow.id, flow.limit);
      if (flow.listensTo !== undefined) continue;
      for (let count = plan.starts ?? 1 + random.below(2); count > 0; count -= 1) {
        this.#toStart.push({ flow, key: `${flow.id}-${count}` });
      }
    }
    this.world.tell(() => JSON.stringify(faults));
  }

  async run(): Promise<Aftermath> {
    const { world } = this;
    for (const flow of this.#flows) await this.#store(flow);
    for (; await this.#event(); this.#events += 1) {
      if (world.observer.broken) throw world.observer.broken;
      if (this.#events >= faultyEvents) this.#calm();
      check(this.#events < eventsMax, () => `B4: ${this.#stuck()} does not end`);
    }
    if (world.observer.broken) throw world.observer.broken;
    return {
      world,
      flows: this.#flows,
      disturbed: this.#disturbed,
      replayed: this.#replayed,
      revisions: this.#revisions,
      unheard: this.#unheard,
      ...(this.#wished && { wish: this.#wished }),
    };
  }

  async #store(spec: FlowSpec): Promise<void> {
    const { source, readable } = await compiled(spec);
    const { flow } = await this.world.store.putFlow(source, readable);
    this.#revisions.set(`${flow.id} ${flow.revision}`, spec);
  }

  get #isFaulty(): boolean {
    return this.#events < faultyEvents && !this.#isCalm;
  }

  #calm(): void {
    if (!this.#isCalm) this.world.calm();
    this.#isCalm = true;
  }

  /** False: nothing is left to happen. */
  async #event(): Promise<boolean> {
    const { world } = this;
    const { random, profile, clock, queue, parked } = world;
    clock.advance(random.below(20));
    const wished = this.#wish && this.#toAsk(this.#wish);
    if (wished) return wished;
    if (this.#toStart.length > 0 && random.chance(0.2)) return this.#start();
    if (this.#isFaulty && random.chance(profile.requests)) return this.#request();
    if (this.#isFaulty && random.chance(0.01)) return this.#sweep();
    if (parked.length > 0 && random.chance(0.2)) return this.#goOn();
    const deliveries = this.#deliveries();
    if (deliveries.length > 0) {
      await world.attend(deliveries);
      return true;
    }
    if (this.#dead.length > 0) return this.#giveUp();
    const next = queue.nextAt();
    if (next !== undefined && !(parked.length > 0 && random.chance(0.3))) {
      clock.advance(Math.max(0, next - clock.now()));
      return true;
    }
    if (parked.length > 0) return this.#goOn();
    if (this.#toStart.length > 0) return this.#start();
    return this.#idle();
  }

  /** Nothing moves by itself any more. */
  async #idle(): Promise<boolean> {
    const { clock, profile } = this.world;
    const paused = this.#paused((task) => task.kind === 'pause' && task.ms === undefined)[0];
    if (paused) return this.#resume(paused);
    for (const { execution, path } of this.#isWide ? heldIn(this.world) : []) {
      const { id } = execution;
      if (path !== undefined) return this.#resume({ id, path });
      const flow = this.#flowOf(execution);
      if (flow) return this.#ask(id, resumption(id, flow));
    }
    const due = Math.min(...this.#executions().map(({ dueAt = Infinity }) => dueAt));
    if (due === Infinity) return false;
    const needsSweep = this.#isUnswept && this.#executions().some(({ state }) => !isEnd(state));
    check(!needsSweep, () => `B4: ${this.#stuck()} waits for the sweep, and nobody has died`);
    if (due >= clock.now() + overdueMax) this.#calm();
    clock.advance(Math.max(0, due - clock.now()) + profile.indexLagMs);
    const canHelp = !this.#isCalm || this.#looks.canHelp(this.#executions(), clock.now());
    check(canHelp, () => `B4: ${this.#stuck()} does not end`);
    return this.#sweep();
  }

  #deliveries(): readonly Process[] {
    const { world } = this;
    const { random, profile, queue } = world;
    const begun: Process[] = [];
    for (let count = 1 + random.below(profile.atOnce); count > 0; count -= 1) {
      const delivery = queue.receive();
      for (const message of queue.dead.slice(this.#deadSeen)) this.#dead.push(message);
      this.#deadSeen = queue.dead.length;
      if (!delivery) break;
      const isBare = profile.bare > 0 && random.chance(profile.bare);
      const body = isBare ? (delivery.body.split('\n')[0] ?? '') : delivery.body;
      const ended = (how: How) => {
        if (how === 'failed') delivery.retry(0);
        if (how === 'gone') delivery.done();
        if (how === 'done' && !random.chance(profile.undeleted)) delivery.done();
      };
      const event = this.#events;
      const name = () => `#${event} ${nameOf(body)} (${delivery.receives})`;
      const work = (runtime: Runtime) => receive(runtime, body, delivery.receives);
      begun.push(world.begin(name, work, ended, true));
    }
    return begun;
  }

  async #do(
    name: string,
    work: (runtime: Runtime) => Promise<unknown>,
    ended: (how: How) => void = ignore,
  ): Promise<true> {
    const event = this.#events;
    const numbered = () => `#${event} ${name}`;
    // A restart while tasks for afterwards run takes the end away that they come after.
    const takesEnds = this.#flows.some(({ lists }) => lists.afterExecution);
    if (takesEnds && /^(restart|set)/.test(name)) this.#unheard = true;
    const process = this.world.begin(numbered, work, ended);
    await this.world.attend([process]);
    return true;
  }

  async #start(): Promise<true> {
    const { random, store } = this.world;
    const [next] = this.#toStart.splice(random.below(this.#toStart.length), 1);
    if (!next) throw new Error('there is one to start');
    const stored = await store.readFlow(namespace, next.flow.id);
    if (!stored) throw new Error('it has been stored');
    const breakpoints = this.#breakpoints(next.flow);
    const idempotencyKey = next.key;
    const inputs = new Map([['n', 5n]]);
    const request = { flow: stored.flow, inputs, idempotencyKey, ...breakpoints };
    // Whoever gets no answer asks again, mostly; with the same key.
    const ended = (how: How) => {
      if (how !== 'done' && random.chance(0.8)) this.#toStart.push(next);
    };
    return this.#do(`start ${next.key}`, (runtime) => startExecution(runtime, request), ended);
  }

  #breakpoints({ lists }: FlowSpec): { readonly breakpoints?: readonly string[] } {
    const { random } = this.world;
    if (!this.#isWide || !random.chance(0.1)) return {};
    const tasks = [...tasksBelow(lists)];
    const task = tasks[random.below(tasks.length)];
    return task ? { breakpoints: [task.id] } : {};
  }

  async #goOn(): Promise<true> {
    const { parked, random } = this.world;
    const process = parked[random.below(parked.length)];
    if (process) await this.world.goOn(process);
    return true;
  }

  async #sweep(): Promise<true> {
    return this.#do('sweep', sweep);
  }

  async #giveUp(): Promise<true> {
    const message = this.#dead.shift();
    if (!message) return true;
    const { body } = message;
    const id = executionOf(body);
    if (id !== undefined) this.#disturb(id);
    const work = async (runtime: Runtime) =>
      giveUp(runtime, body, 'too often').catch((error: unknown) => {
        if (!(error instanceof UnreadableBaton)) throw error;
      });
    return this.#do(`dead letter ${nameOf(body)}`, work, (how) => {
      if (how !== 'done' && how !== 'gone') this.#dead.push(message);
    });
  }

  async #request(): Promise<true> {
    const { random } = this.world;
    const executions = this.#executions();
    const execution = executions[random.below(executions.length)];
    if (!execution) return true;
    const { id } = execution;
    if (this.#isWide && random.chance(0.4)) {
      const flow = this.#flowOf(execution);
      const request = flow && requestFor(this.world, execution, flow);
      return request ? this.#ask(id, request) : true;
    }
    const draw = random.next();
    if (draw < 0.3) {
      const paused = this.#paused((task) => task.kind === 'pause' && task.atEnd === 'RESUME');
      const one = paused[random.below(paused.length)];
      return one ? this.#resume(one) : true;
    }
    if (draw < 0.5) {
      const flow = this.#flows[random.below(this.#flows.length)];
      const latest = flow && (await this.world.store.readFlow(namespace, flow.id));
      if (latest) await this.#store(revised(flow, latest.flow.revision));
      return true;
    }
    if (draw < 0.7) {
      this.#disturb(id);
      return this.#do(`kill ${id}`, (runtime) => halt(runtime, id, { state: 'KILLED' }));
    }
    if (draw < 0.9) {
      this.#disturb(id);
      return this.#do(`restart ${id}`, (runtime) => restart(runtime, id));
    }
    if (!isEnd(execution.state)) return true;
    this.#disturb(id);
    if (draw < 0.92) return this.#changeTaskRun(id);
    this.#replayed = true;
    if (draw < 0.95) {
      const { revision } = execution.flow;
      return this.#do(`restart ${id} on ${revision}`, (runtime) =>
        restartOnRevision(runtime, id, revision),
      );
    }
    return this.#do(`replay ${id}`, (runtime) => replayExecution(runtime, id));
  }

  /** Undefined: no execution is in that state. */
  #toAsk(wish: Wish): Promise<true> | undefined {
    const seen = this.#executions().find(
      ({ flow, state }) => flow.id === wish.flow && state === wish.when,
    );
    if (!seen) return undefined;
    this.#wish = undefined;
    this.#disturb(seen.id);
    this.#replayed ||= wish.request === 'replay';
    const ask = wish.request === 'replay' ? replayExecution : restart;
    return this.#do(
      `${wish.request} ${seen.id}`,
      (runtime) => ask(runtime, seen.id),
      (how) => {
        if (how !== 'done') this.#wish = wish;
      },
    );
  }

  #ask(id: ExecutionId, { name, work, disturbs, unhears, replays }: Request): Promise<true> {
    if (disturbs) this.#disturb(id);
    if (unhears) this.#unheard = true;
    if (replays) this.#replayed = true;
    return this.#do(name, work);
  }

  get #isWide(): boolean {
    return this.#flows.some(({ wide }) => wide !== undefined);
  }

  #flowOf({ flow: { id, revision } }: Execution): FlowSpec | undefined {
    return this.#revisions.get(`${id} ${revision}`);
  }

  /** Somebody says that a failed task run went well. */
  async #changeTaskRun(id: ExecutionId): Promise<true> {
    const slots = [...(this.world.store.tables.slots.get(id)?.values() ?? [])];
    const failed = slots.find(({ state }) => state === 'FAILED');
    if (!failed) return true;
    return this.#do(`set ${id} ${failed.path}`, (runtime) =>
      changeTaskRunState(runtime, id, failed.path, 'SUCCESS'),
    );
  }

  async #resume({ id, path }: Paused): Promise<true> {
    const request = { task: path, inputs: answer };
    return this.#do(`resume ${id} ${path}`, (runtime) => resume(runtime, id, request));
  }

  #paused(isMeant: (task: TaskSpec) => boolean): readonly Paused[] {
    const { slots, executions } = this.world.store.tables;
    const paused: Paused[] = [];
    for (const [id, ours] of slots) {
      const execution = executions.get(id);
      if (!execution || isEnd(execution.state)) continue;
      for (const { path, state, epoch } of ours.values()) {
        if (state !== 'PAUSED' || epoch !== execution.epoch) continue;
        const task = this.#tasks.get(`${execution.flow.id} ${taskIdOf(path)}`);
        if (task && isMeant(task)) paused.push({ id, path });
      }
    }
    return paused;
  }

  #disturb(id: ExecutionId): void {
    const execution = this.world.store.tables.executions.get(id);
    if (execution) this.#disturbed.add(familyOf(execution));
  }

  #executions(): readonly Execution[] {
    return [...this.world.store.tables.executions.values()];
  }

  #stuck(): string {
    const open = this.#executions().filter(
      ({ state, dueAt }) => !isEnd(state) || dueAt !== undefined,
    );
    return open.map(({ id, state }) => `${id} ${state}`).join(', ');
  }
}

const extended = new WeakMap<FlowSpec, FlowSpec>();

/**
 * By turns with one task more, which executions of earlier revisions must not run, and without it
 * again.
 */
function revised(flow: FlowSpec, latest: number): FlowSpec {
  if (latest % 2 === 0) return flow;
  const { tasks } = flow.lists;
  const revision = extended.get(flow) ?? {
    ...flow,
    note: 1,
    lists: { ...flow.lists, tasks: [...tasks, extraTask] },
  };
  extended.set(flow, revision);
  return revision;
}

interface Paused {
  readonly id: ExecutionId;
  readonly path: string;
}

export function familyOf({ id, labels }: Execution): string {
  return labels['system.correlationId'] ?? id;
}

function ignore(): void {
  // Nobody waits for the answer.
}

function executionOf(body: string): ExecutionId | undefined {
  return body.startsWith('wake ') ? undefined : readBaton(body).execution;
}

function nameOf(body: string): string {
  if (body.startsWith('wake ')) return body;
  const { execution, path, epoch, turn, range, asked } = readBaton(body);
  const more = range ? ` ${range.join('-')}` : asked ? ` asked ${asked}` : '';
  return `${execution} ${path} ${epoch}.${turn}${more}`;
}

interface Compiled {
  readonly source: string;
  readonly readable: ReadableFlow;
}

/** By flow: the rounds of a seed, and the attempts to shrink one, share most of theirs. */
const known = new WeakMap<FlowSpec, Compiled>();

async function compiled(spec: FlowSpec): Promise<Compiled> {
  const before = known.get(spec);
  if (before) return before;
  const source = sourceOf(spec);
  const { flow: readable, issues } = await readFlow(source);
  if (!readable) throw new Broken(`the flow is refused: ${JSON.stringify(issues)}\n${source}`);
  known.set(spec, { source, readable });
  return { source, readable };
}
