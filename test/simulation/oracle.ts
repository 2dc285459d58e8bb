/**
 * What an execution must come to, by a plain recursive reading of the flow: no batons, no messages,
 * no time. Slow and obvious on purpose.
 */
import { type EndState, worseOf } from '../../src/engine/states.ts';
import { textOf } from './reference.ts';
import {
  givesOutput,
  type CallSpec,
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
  /** Undefined where none is put out. */
  readonly output: string | undefined;
  /** Executions of other flows that it starts, by flow; and of its own, where it is retried. */
  readonly calls: ReadonlyMap<string, number>;
  /** Nothing of it depends on timing. */
  readonly isCertain: boolean;
  /** Not even its state is certain: a limited fan fails in one way or another. */
  readonly isUnsure: boolean;
  /** Ids of tasks that have given it a label. */
  readonly labels: ReadonlySet<string>;
}

/** What an execution is told, and which try of its flow it is. */
export interface Circumstances {
  readonly input: string;
  readonly number: number;
}

export const first: Circumstances = { input: '-', number: 1 };

/** By the flows that may be called, the one that is read, and the circumstances. */
const readings = new WeakMap<readonly FlowSpec[], Map<FlowSpec, Map<string, Expected>>>();

export function expected(
  flows: readonly FlowSpec[],
  flow: FlowSpec,
  circumstances: Circumstances = first,
): Expected {
  const ofFlows = readings.get(flows) ?? new Map<FlowSpec, Map<string, Expected>>();
  readings.set(flows, ofFlows);
  const known = ofFlows.get(flow) ?? new Map<string, Expected>();
  ofFlows.set(flow, known);
  const key = `${circumstances.number} ${circumstances.input}`;
  const found = known.get(key) ?? new Reading(flows, flow, circumstances).read();
  known.set(key, found);
  return found;
}

/** Of the last of all its tries: what somebody who waits for it sees. With the calls of them all. */
export function expectedLast(flows: readonly FlowSpec[], flow: FlowSpec, input: string): Expected {
  const calls = new Map<string, number>();
  let isCertain = true;
  let isUnsure = false;
  for (let number = 1; ; number += 1) {
    const one = expected(flows, flow, { input, number });
    for (const [id, count] of one.calls) calls.set(id, (calls.get(id) ?? 0) + count);
    isCertain &&= one.isCertain;
    isUnsure ||= one.isUnsure;
    if (one.state !== 'RETRIED') return { ...one, calls, isCertain, isUnsure };
    calls.set(flow.id, (calls.get(flow.id) ?? 0) + 1);
  }
}

/** What surrounds a task. */
interface Around {
  /** Undefined: nobody but the flow says. */
  readonly attempts: number | undefined;
  readonly isCertain: boolean;
  /** Values given by tasks, as seen here. */
  readonly given: Map<string, string>;
  readonly loopValue?: string;
  /** In a round that another one follows. */
  readonly isEarlier?: boolean;
  /** The execution has ended: nothing can end it any more. */
  readonly isAfter?: boolean;
}

type Tasks = readonly TaskSpec[];

/** The whole execution ends, whatever is left. */
class Exit extends Error {
  readonly state: EndState;
  readonly hasOutputs: boolean;

  constructor(state: EndState, hasOutputs = state !== 'KILLED' && state !== 'CANCELLED') {
    super(`the execution ends ${state}`);
    this.state = state;
    this.hasOutputs = hasOutputs;
  }
}

class Reading {
  readonly #flows: readonly FlowSpec[];
  readonly #flow: FlowSpec;
  readonly #circumstances: Circumstances;
  readonly #runs = new Map<string, ExpectedRun>();
  readonly #calls = new Map<string, number>();
  readonly #labels = new Set<string>();
  #isUnsure = false;

  constructor(flows: readonly FlowSpec[], flow: FlowSpec, circumstances: Circumstances) {
    this.#flows = flows;
    this.#flow = flow;
    this.#circumstances = circumstances;
  }

  read(): Expected {
    const { lists, attempts } = this.#flow;
    const { input } = this.#circumstances;
    const given = new Map([['#m', input]]);
    const around: Around = { attempts, isCertain: true, given };
    const { state, hasOutputs } = this.#untilExit(() => {
      this.#keepAssertion('always');
      return this.#body(lists, '', around, () => this.#list(lists.tasks, '', around));
    });
    const last = givesOutput(lists);
    const value = last ? (given.get(textOf(last)) ?? '-') : 'none';
    const output = this.#flow.wide ? `${value} ${input}` : value;
    this.#all(lists.afterExecution ?? [], 'afterExecution/', { ...around, isAfter: true });
    const runs = this.#runs;
    const isCertain = [...runs.values()].every((run) => run.isCertain);
    return {
      state,
      runs,
      output: hasOutputs ? output : undefined,
      calls: this.#calls,
      isCertain,
      isUnsure: this.#isUnsure,
      labels: this.#labels,
    };
  }

  #untilExit(work: () => EndState): Pick<Exit, 'state' | 'hasOutputs'> {
    try {
      return { state: work(), hasOutputs: true };
    } catch (error) {
      if (error instanceof Exit) return error;
      throw error;
    }
  }

  /** Ends the execution where the flow asserts what is false from then on. */
  #keepAssertion(isFalse: 'always' | 'after', task?: string): void {
    const sla = this.#flow.wide?.sla;
    if (sla?.kind !== 'assertion' || sla.isFalse !== isFalse || sla.behavior === 'NONE') return;
    if (sla.isFalse === 'after' && sla.task !== task) return;
    throw new Exit(sla.behavior === 'FAIL' ? 'FAILED' : 'CANCELLED', false);
  }

  #body(lists: Lists, prefix: string, around: Around, tasks: () => EndState): EndState {
    const outcome = tasks();
    if (outcome === 'FAILED') this.#all(lists.errors ?? [], `${prefix}errors/`, around);
    const isOver = outcome === 'KILLED' || outcome === 'RETRIED';
    if (!isOver) this.#all(lists.finally ?? [], `${prefix}finally/`, around);
    return outcome;
  }

  /** One after the other, until one fails. */
  #list(tasks: Tasks, prefix: string, around: Around): EndState {
    let worst: EndState = 'SUCCESS';
    for (const task of enabled(tasks)) {
      worst = worseOf(worst, this.#task(task, prefix, around));
      if (prefix === '') this.#keepAssertion('after', task.id);
      if (isBad(worst)) break;
    }
    return worst;
  }

  /** One after the other, whatever becomes of them. */
  #all(tasks: Tasks, prefix: string, around: Around): void {
    for (const task of enabled(tasks)) this.#task(task, prefix, around);
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
    const mayBeHidden = around.isEarlier === true;
    try {
      const reached = this.#flowable(task, path, { ...around, attempts });
      const state = allowed(
        task.kind === 'allow' ? { ...task, allowFailure: true } : task,
        reached,
      );
      this.#runs.set(path, { state, isCertain, mayBeHidden });
      return state;
    } catch (error) {
      // What was open ends with the execution.
      if (error instanceof Exit)
        this.#runs.set(path, { state: error.state, isCertain, mayBeHidden });
      throw error;
    }
  }

  #leaf(task: LeafSpec, path: string, around: Around): EndState {
    const { isCertain, given, loopValue } = around;
    const succeeds = (ref?: string, value?: string): EndState => {
      if (ref !== undefined && value !== undefined) given.set(ref, value);
      this.#runs.set(path, {
        state: 'SUCCESS',
        attempts: 1,
        isCertain,
        ...(value !== undefined && ref === task.id && { value }),
      });
      return 'SUCCESS';
    };
    switch (task.kind) {
      case 'sleep':
        if (task.timeoutMs === undefined || task.timeoutMs > task.ms) return succeeds();
        return this.#failing(task, path, around, Infinity);
      case 'give': {
        const values = task.refs.map((ref) => given.get(ref) ?? '-');
        const value = `${task.id}${task.in ? `@${loopValue}` : ''}(${values.join(',')})`;
        given.set(`[${task.id}`, value);
        return succeeds(textOf(task), value);
      }
      case 'fail': {
        const fails = task.only === undefined || task.only === loopValue ? task.times : 0;
        return this.#failing(task, path, around, fails);
      }
      case 'assert':
        return task.holds ? succeeds() : this.#failing(task, path, around, Infinity);
      case 'exit':
        this.#runs.set(path, { state: task.state, attempts: 1, isCertain });
        if (around.isAfter) return task.state;
        throw new Exit(task.state);
      case 'once':
        // Whether it was lost never matters.
        this.#runs.set(path, { state: 'SUCCESS', isCertain });
        return 'SUCCESS';
      case 'label':
        if (isCertain) this.#labels.add(task.id);
        return succeeds();
      case 'set':
        return succeeds(`$${task.id}`, `set ${task.id}`);
      case 'unset':
        return succeeds(`$${task.of}`, '-');
      case 'put':
        return succeeds(`put ${task.id}`, `put ${task.id}`);
      case 'get':
        return succeeds(task.id, given.get(`put ${task.of}`));
      case 'remove':
        return succeeds();
      case 'call':
        return this.#called(task, task, path, around, task.passes ? task.id : '-');
    }
  }

  /** It fails that many times, if it is tried as often. */
  #failing(task: LeafSpec, path: string, around: Around, fails: number): EndState {
    const { isCertain, attempts = 1 } = around;
    const made = Math.min(fails + 1, attempts);
    const state = fails >= attempts ? this.#failed(task, around) : 'SUCCESS';
    this.#runs.set(path, { state, attempts: made, isCertain });
    return state;
  }

  /** After its last attempt. Where only the flow says what then, a new execution may be made. */
  #failed(task: TaskSpec, { attempts }: Around): EndState {
    const { executions = 0 } = this.#flow.wide ?? {};
    const isRetried = attempts === undefined && this.#circumstances.number < executions;
    return isRetried ? 'RETRIED' : allowed(task, 'FAILED');
  }

  #called(
    task: TaskSpec,
    { flow, isNotAwaited, isForgiving }: CallSpec,
    path: string,
    around: Around,
    input: string,
  ): EndState {
    const { isCertain, attempts = 1, given } = around;
    const called = this.#flows.find(({ id }) => id === flow);
    if (!called) throw new Error(`there is no flow ${flow}`);
    const child = expectedLast(this.#flows, called, input);
    const isTold = !isNotAwaited && !isForgiving;
    if (child.isUnsure && isTold) this.#isUnsure = true;
    const end = isNotAwaited || isForgiving ? 'SUCCESS' : afterCall(child.state);
    const made = end === 'FAILED' ? attempts : 1;
    this.#call(flow, made);
    for (const [id, count] of child.calls) this.#call(id, count * made);
    const state = end === 'FAILED' ? this.#failed(task, around) : allowed(task, end);
    if (!isNotAwaited && child.output !== undefined) given.set(`>${task.id}`, child.output);
    this.#runs.set(path, { state, attempts: made, isCertain: isCertain && child.isCertain });
    return state;
  }

  #call(flow: string, times: number): void {
    this.#calls.set(flow, (this.#calls.get(flow) ?? 0) + times);
  }

  #flowable(task: FlowableSpec, path: string, around: Around): EndState {
    const body = (tasks: () => EndState) => this.#body(task, `${path}/`, around, tasks);
    switch (task.kind) {
      case 'sequential':
      case 'directory':
      case 'allow':
        return body(() => this.#list(task.tasks, `${path}/`, around));
      case 'if':
        return body(() => this.#branch(task, around, `${path}/then/`, `${path}/else/`));
      case 'switch':
        return body(() => this.#branch(task, around, `${path}/case-a/`, `${path}/defaults/`));
      case 'pause':
        if (task.ms === undefined && task.asks) around.given.set(`?${task.id}`, 'yes');
        if (task.ms !== undefined && task.atEnd !== 'RESUME') return pauseEnd(task.atEnd, around);
        return body(() => this.#list(task.tasks, `${path}/`, around));
      case 'until':
        // A maximum of rounds is one that is passed.
        return this.#rounds(task, path, around);
      case 'items':
        return this.#items(task, path, around);
      case 'dag':
        return body(() => this.#graph(task.tasks, task.after, `${path}/`, around));
      case 'parallel': {
        const members = enabled(task.tasks).map(
          (member) => (within: Around) => this.#task(member, `${path}/`, within),
        );
        return body(() => this.#members(members, task.limit, around));
      }
      case 'side': {
        const members = task.values.flatMap((loopValue, index) =>
          enabled(task.tasks).map(
            (member) => (within: Around) =>
              this.#task(member, `${path}[${index}]/`, { ...within, loopValue }),
          ),
        );
        return this.#members(members, task.limit, around);
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

  /** The file, its parts, a flow for each of them, and what they put out together. */
  #items(
    { id, rows, call, ...task }: Extract<FlowableSpec, { kind: 'items' }>,
    path: string,
    around: Around,
  ): EndState {
    const { isCertain } = around;
    const each = `${path}/${id}_each`;
    const one = { state: 'SUCCESS', attempts: 1, isCertain } as const;
    this.#runs.set(`${path}/${id}_file`, one).set(`${each}/${id}_each_split`, one);
    const itemsPath = `${each}/${id}_each_items`;
    // Its members are not shown.
    const item: TaskSpec = {
      ...task,
      id,
      kind: 'call',
      ...call,
      allowFailure: false,
      allowWarning: false,
    };
    let state: EndState = 'SUCCESS';
    for (let row = 0; row < rows; row += 1) {
      const input = call.passes ? String(row) : '-';
      state = worseOf(state, this.#called(item, call, itemsPath, around, input));
    }
    const isCertainToo = this.#runs.get(itemsPath)?.isCertain ?? isCertain;
    this.#runs.set(itemsPath, { state, isCertain: isCertainToo });
    if (!isBad(state)) this.#runs.set(`${each}/${id}_each_merge`, one);
    this.#runs.set(each, { state, isCertain });
    return state;
  }

  #rounds(
    { rounds: max, tasks, failsAtMax }: Extract<FlowableSpec, { kind: 'until' }>,
    path: string,
    around: Around,
  ): EndState {
    const rounds = max + 1;
    let worst: EndState = 'SUCCESS';
    for (let round = 0; round < rounds; round++) {
      const given = new Map(around.given);
      const isLast = round + 1 === rounds;
      const isEarlier = around.isEarlier === true || !isLast;
      worst = this.#list(tasks, `${path}[${round}]/`, { ...around, given, isEarlier });
      if (isBad(worst)) return worst;
    }
    return failsAtMax ? 'FAILED' : worst;
  }

  /** In their order, which respects what they wait for; what waits for a failure does not run. */
  #graph(tasks: Tasks, after: FlowableAfter, prefix: string, around: Around): EndState {
    const good = new Map<number, boolean>();
    let worst: EndState = 'SUCCESS';
    for (const [index, task] of tasks.entries()) {
      const runs = (after[index] ?? []).every((other) => good.get(other));
      const state = runs ? this.#task(task, prefix, around) : 'FAILED';
      good.set(index, !isBad(state));
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
    const bad = isLimited ? this.#wouldFail(members, around) : new Set();
    if (bad.size > 1) this.#isUnsure = true;
    let worst: EndState = 'SUCCESS';
    for (const [index, member] of members.entries()) {
      const isCertain = around.isCertain && (bad.size === 0 || index < limit);
      worst = worseOf(worst, member({ ...around, isCertain }));
      if (isBad(worst) && limit === 1) break;
    }
    return worst;
  }

  /** In how many ways: tries it on paper. */
  #wouldFail(
    members: readonly ((around: Around) => EndState)[],
    around: Around,
  ): ReadonlySet<EndState> {
    const calls = new Map(this.#calls);
    const labels = new Set(this.#labels);
    const states = members.map((member) => member({ ...around, given: new Map(around.given) }));
    this.#calls.clear();
    for (const [flow, count] of calls) this.#calls.set(flow, count);
    this.#labels.clear();
    for (const label of labels) this.#labels.add(label);
    return new Set(states.filter(isBad));
  }
}

type FlowableAfter = readonly (readonly number[])[];

/** What comes after it is not run. */
function isBad(state: EndState): boolean {
  return state !== 'SUCCESS' && state !== 'WARNING' && state !== 'SKIPPED';
}

/** What the end of a called execution is to the task that called it. */
function afterCall(state: EndState): EndState {
  return state === 'WARNING' || state === 'KILLED' || state === 'FAILED' ? state : 'SUCCESS';
}

function pauseEnd(atEnd: 'WARN' | 'FAIL' | 'CANCEL' | 'TIMEOUT', { isAfter }: Around): EndState {
  if (atEnd === 'WARN') return 'WARNING';
  if (atEnd !== 'CANCEL') return 'FAILED';
  if (isAfter) return 'CANCELLED';
  throw new Exit('CANCELLED');
}

function enabled(tasks: Tasks): Tasks {
  return tasks.filter(({ disabled }) => disabled !== true);
}

function allowed(task: TaskSpec, state: EndState): EndState {
  const failure = state === 'FAILED' && task.allowFailure ? 'WARNING' : state;
  return failure === 'WARNING' && task.allowWarning ? 'SUCCESS' : failure;
}
