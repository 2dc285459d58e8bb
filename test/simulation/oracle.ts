/**
 * What an execution must come to, by a plain recursive reading of the flow: no batons, no messages,
 * no time. Slow and obvious on purpose.
 */
import { type EndState, worseOf } from '../../src/engine/states.ts';
import {
  type FlowableSpec,
  type FlowSpec,
  isFlowable,
  type LeafSpec,
  type Lists,
  type TaskSpec,
} from './spec.ts';

interface ExpectedRun {
  readonly state: EndState;
  /** Of runnable tasks; 0 where it was not run. */
  readonly attempts?: number;
  readonly value?: string;
  /** False: whether it runs depends on timing; if it does, it ends so. */
  readonly isCertain: boolean;
  /** It has no record of its own, and only the last round of a loop is walked to show such. */
  readonly mayBeHidden?: boolean;
}

export interface Expected {
  readonly state: EndState;
  readonly runs: ReadonlyMap<string, ExpectedRun>;
  readonly output: string;
  /** Executions of other flows that it starts, by flow. */
  readonly calls: ReadonlyMap<string, number>;
  /** Nothing of it depends on timing. */
  readonly isCertain: boolean;
}

/** By the flows that may be called, and the one that is read. */
const readings = new WeakMap<readonly FlowSpec[], Map<FlowSpec, Expected>>();

export function expected(flows: readonly FlowSpec[], flow: FlowSpec): Expected {
  const known = readings.get(flows) ?? new Map<FlowSpec, Expected>();
  readings.set(flows, known);
  const found = known.get(flow) ?? new Reading(flows, flow).read();
  known.set(flow, found);
  return found;
}

/** What surrounds a task. */
interface Around {
  readonly attempts: number;
  readonly isCertain: boolean;
  /** Values given by tasks, as seen here. */
  readonly given: Map<string, string>;
  readonly loopValue?: string;
  /** In a round that another one follows. */
  readonly isEarlier?: boolean;
}

type Tasks = readonly TaskSpec[];

class Reading {
  readonly #flows: readonly FlowSpec[];
  readonly #flow: FlowSpec;
  readonly #runs = new Map<string, ExpectedRun>();
  readonly #calls = new Map<string, number>();

  constructor(flows: readonly FlowSpec[], flow: FlowSpec) {
    this.#flows = flows;
    this.#flow = flow;
  }

  read(): Expected {
    const { lists, attempts = 1 } = this.#flow;
    const around: Around = { attempts, isCertain: true, given: new Map() };
    const state = this.#body(lists, '', around, () => this.#list(lists.tasks, '', around));
    const last = lists.tasks.findLast(({ kind }) => kind === 'give');
    const output = last ? (around.given.get(last.id) ?? '-') : 'none';
    this.#all(lists.afterExecution ?? [], 'afterExecution/', around);
    const runs = this.#runs;
    const isCertain = [...runs.values()].every((run) => run.isCertain);
    return { state, runs, output, calls: this.#calls, isCertain };
  }

  #body(lists: Lists, prefix: string, around: Around, tasks: () => EndState): EndState {
    const outcome = tasks();
    if (outcome === 'FAILED') this.#all(lists.errors ?? [], `${prefix}errors/`, around);
    this.#all(lists.finally ?? [], `${prefix}finally/`, around);
    return outcome;
  }

  /** One after the other, until one fails. */
  #list(tasks: Tasks, prefix: string, around: Around): EndState {
    let worst: EndState = 'SUCCESS';
    for (const task of tasks) {
      worst = worseOf(worst, this.#task(task, prefix, around));
      if (worst === 'FAILED') break;
    }
    return worst;
  }

  /** One after the other, whatever becomes of them. */
  #all(tasks: Tasks, prefix: string, around: Around): void {
    for (const task of tasks) this.#task(task, prefix, around);
  }

  #task(task: TaskSpec, prefix: string, around: Around): EndState {
    const path = `${prefix}${task.id}`;
    const { isCertain } = around;
    if (task.skipped) {
      this.#runs.set(path, { state: 'SKIPPED', isCertain });
      return 'SKIPPED';
    }
    const attempts = task.attempts ?? around.attempts;
    if (!isFlowable(task)) return this.#leaf(task, path, { ...around, attempts });
    const reached = this.#flowable(task, path, { ...around, attempts });
    const state = allowed(task.kind === 'allow' ? { ...task, allowFailure: true } : task, reached);
    const mayBeHidden = around.isEarlier === true;
    this.#runs.set(path, { state, isCertain, mayBeHidden });
    return state;
  }

  #leaf(task: LeafSpec, path: string, { isCertain, given, loopValue, attempts }: Around): EndState {
    switch (task.kind) {
      case 'sleep':
        this.#runs.set(path, { state: 'SUCCESS', attempts: 1, isCertain });
        return 'SUCCESS';
      case 'give': {
        const values = task.refs.map((ref) => given.get(ref) ?? '-');
        const value = `${task.id}${task.in ? `@${loopValue}` : ''}(${values.join(',')})`;
        given.set(task.id, value).set(`[${task.id}`, value);
        this.#runs.set(path, { state: 'SUCCESS', attempts: 1, value, isCertain });
        return 'SUCCESS';
      }
      case 'fail': {
        const fails = task.only === undefined || task.only === loopValue ? task.times : 0;
        const made = Math.min(fails + 1, attempts);
        const state = fails >= attempts ? allowed(task, 'FAILED') : 'SUCCESS';
        this.#runs.set(path, { state, attempts: made, isCertain });
        return state;
      }
      case 'call': {
        const called = this.#flows.find(({ id }) => id === task.flow);
        if (!called) throw new Error(`there is no flow ${task.flow}`);
        const child = expected(this.#flows, called);
        const made = child.state === 'FAILED' ? attempts : 1;
        this.#call(task.flow, made);
        for (const [id, count] of child.calls) this.#call(id, count * made);
        const state = allowed(task, child.state);
        this.#runs.set(path, { state, attempts: made, isCertain: isCertain && child.isCertain });
        return state;
      }
    }
  }

  #call(flow: string, times: number): void {
    this.#calls.set(flow, (this.#calls.get(flow) ?? 0) + times);
  }

  #flowable(task: FlowableSpec, path: string, around: Around): EndState {
    const body = (tasks: () => EndState) => this.#body(task, `${path}/`, around, tasks);
    switch (task.kind) {
      case 'sequential':
      case 'allow':
        return body(() => this.#list(task.tasks, `${path}/`, around));
      case 'if':
        return body(() => this.#branch(task, around, `${path}/then/`, `${path}/else/`));
      case 'switch':
        return body(() => this.#branch(task, around, `${path}/case-a/`, `${path}/defaults/`));
      case 'pause':
        if (task.ms !== undefined && task.atEnd === 'WARN') return 'WARNING';
        if (task.ms !== undefined && task.atEnd === 'FAIL') return 'FAILED';
        return body(() => this.#list(task.tasks, `${path}/`, around));
      case 'until':
        // A maximum of rounds is one that is passed.
        return this.#rounds(task.rounds + 1, task.tasks, path, around);
      case 'dag':
        return body(() => this.#graph(task.tasks, task.after, `${path}/`, around));
      case 'parallel': {
        const members = task.tasks.map(
          (member) => (within: Around) => this.#task(member, `${path}/`, within),
        );
        return body(() => this.#members(members, task.limit, around));
      }
      case 'each':
      case 'loop': {
        const members = task.values.map((loopValue, index) => (within: Around) => {
          const given = new Map(within.given);
          return this.#list(task.tasks, `${path}[${index}]/`, { ...within, given, loopValue });
        });
        return this.#members(members, task.limit, around);
      }
    }
  }

  #branch(
    task: Extract<FlowableSpec, { isTrue: boolean }>,
    around: Around,
    yes: string,
    no: string,
  ): EndState {
    if (task.isTrue) return this.#list(task.tasks, yes, around);
    return this.#list(task.other, no, around);
  }

  #rounds(rounds: number, tasks: Tasks, path: string, around: Around): EndState {
    let worst: EndState = 'SUCCESS';
    for (let round = 0; round < rounds; round++) {
      const given = new Map(around.given);
      const isLast = round + 1 === rounds;
      const isEarlier = around.isEarlier === true || !isLast;
      worst = this.#list(tasks, `${path}[${round}]/`, { ...around, given, isEarlier });
      if (worst === 'FAILED') break;
    }
    return worst;
  }

  /** In their order, which respects what they wait for; what waits for a failure does not run. */
  #graph(tasks: Tasks, after: FlowableAfter, prefix: string, around: Around): EndState {
    const good = new Map<number, boolean>();
    let worst: EndState = 'SUCCESS';
    for (const [index, task] of tasks.entries()) {
      const runs = (after[index] ?? []).every((other) => good.get(other));
      const state = runs ? this.#task(task, prefix, around) : 'FAILED';
      good.set(index, state !== 'FAILED');
      if (runs) worst = worseOf(worst, state);
    }
    return worst;
  }

  /** Where a member of a limited fan fails, which others have started by then depends on timing. */
  #members(
    members: readonly ((around: Around) => EndState)[],
    limit: number,
    around: Around,
  ): EndState {
    const isLimited = limit > 1 && limit < members.length;
    const fails = isLimited && this.#wouldFail(members, around);
    let worst: EndState = 'SUCCESS';
    for (const [index, member] of members.entries()) {
      const isCertain = around.isCertain && (!fails || index < limit);
      worst = worseOf(worst, member({ ...around, isCertain }));
      if (worst === 'FAILED' && limit === 1) break;
    }
    return worst;
  }

  /** Tries it on paper. */
  #wouldFail(members: readonly ((around: Around) => EndState)[], around: Around): boolean {
    const calls = new Map(this.#calls);
    const states = members.map((member) => member({ ...around, given: new Map(around.given) }));
    this.#calls.clear();
    for (const [flow, count] of calls) this.#calls.set(flow, count);
    return states.includes('FAILED');
  }
}

type FlowableAfter = readonly (readonly number[])[];

function allowed(task: TaskSpec, state: EndState): EndState {
  const failure = state === 'FAILED' && task.allowFailure ? 'WARNING' : state;
  return failure === 'WARNING' && task.allowWarning ? 'SUCCESS' : failure;
}
