/**
 * What a flow must come to, by a plain recursive reading of it: no batons, no distribution.
 * `outcome` says how the attempt of a task run goes; `values` how a loop opens.
 */
import type { Fan, Flow, Task } from '../../src/engine/flow.ts';
import type { EndState } from '../../src/engine/states.ts';

export interface Script {
  outcome(path: string, attempt: number): 'ok' | 'warn' | 'fail' | 'skip';
  fan(task: Task, path: string): Fan;
  /** Of a flowable that is asked. */
  answer(task: Task, path: string, round: number, outcome: EndState): EndState | 'again';
}

export interface Verdict {
  readonly state: EndState;
  /** Task runs that must have a record, and those that may have one: others of a failed limited fan. */
  readonly must: ReadonlySet<string>;
  readonly may: ReadonlySet<string>;
}

const order: readonly EndState[] = ['SUCCESS', 'WARNING', 'FAILED'];

function worst(states: readonly EndState[]): EndState {
  return order[Math.max(0, ...states.map((state) => order.indexOf(state)))] ?? 'SUCCESS';
}

export function judge(flow: Flow, script: Script): Verdict {
  const must = new Set<string>();
  const may = new Set<string>();
  let afterwards: () => unknown = () => undefined;
  const state = new Reading(flow, script, must, may).body(
    flow.branches,
    '',
    undefined,
    true,
    (list) => {
      const ended = list('tasks', '');
      afterwards = () => list('afterExecution', '');
      return ended;
    },
  );
  afterwards();
  return { state, must, may };
}

type Answer = (outcome: EndState) => EndState;
type RunList = (branch: string, prefix: string, only?: number) => EndState;

class Reading {
  readonly #flow: Flow;
  readonly #script: Script;
  readonly #must: Set<string>;
  readonly #may: Set<string>;

  constructor(flow: Flow, script: Script, must: Set<string>, may: Set<string>) {
    this.#flow = flow;
    this.#script = script;
    this.#must = must;
    this.#may = may;
  }

  body(
    branches: Flow['branches'],
    path: string,
    retry: Task['retry'],
    certain: boolean,
    tasks: (list: RunList) => EndState,
  ): EndState {
    const lend = retry ?? this.#lent;
    const list: RunList = (branch, prefix, only) => {
      const states: EndState[] = [];
      for (const [index, task] of (branches[branch] ?? []).entries()) {
        if (only !== undefined && index !== only) continue;
        const middle = branch === 'tasks' ? '' : `${branch}/`;
        const state = this.#task(task, `${prefix}${middle}${task.id}`, certain, lend);
        states.push(state);
        if (state === 'FAILED' && branch === 'tasks') break;
      }
      return worst(states);
    };
    const outcome = tasks(list);
    const prefix = path === '' ? '' : `${path}/`;
    if (outcome === 'FAILED') list('errors', prefix);
    list('finally', prefix);
    return outcome;
  }

  get #lent(): Task['retry'] {
    return this.#flow.retry;
  }

  #task(task: Task, path: string, certain: boolean, lent: Task['retry']): EndState {
    const state = task.branches
      ? this.#flowable(task, path, certain, lent)
      : this.#leaf(task, path, certain, lent);
    const failure = state === 'FAILED' && task.allowFailure ? 'WARNING' : state;
    return failure === 'WARNING' && task.allowWarning ? 'SUCCESS' : failure;
  }

  #leaf(task: Task, path: string, certain: boolean, lent: Task['retry']): EndState {
    (certain ? this.#must : this.#may).add(path);
    const attempts = (task.retry ?? lent)?.maxAttempts ?? 1;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const outcome = this.#script.outcome(path, attempt);
      if (outcome === 'skip') return 'SUCCESS';
      if (outcome !== 'fail') return outcome === 'warn' ? 'WARNING' : 'SUCCESS';
    }
    return 'FAILED';
  }

  #flowable(task: Task, path: string, certain: boolean, lent: Task['retry']): EndState {
    if (!task.fan || task.asks) (certain ? this.#must : this.#may).add(path);
    const fan = task.fan ?? this.#script.fan(task, path);
    const branches = task.branches ?? {};
    const retry = task.retry ?? lent;
    if (fan.type === 'sequence') {
      return this.body(branches, path, retry, certain, (list) =>
        task.asks ? this.#rounds(task, path, list) : list(fan.branch, `${path}/`),
      );
    }
    const answer: Answer = (outcome) =>
      task.asks ? (this.#script.answer(task, path, 0, outcome) as EndState) : outcome;
    const tasks = (branches[fan.branch] ?? []).length;
    const nothing = () => this.body(branches, path, retry, certain, () => answer('SUCCESS'));
    if (tasks === 0) return task.asks ? nothing() : 'SUCCESS';
    if (fan.type === 'graph') return this.#graph(branches, path, retry, certain, fan.branch);
    const of = fan.type !== 'values' ? tasks : fan.values.length * (fan.sideBySide ? tasks : 1);
    if (of === 0) return task.asks ? nothing() : 'SUCCESS';
    return this.#members(branches, path, retry, certain, fan, of, answer);
  }

  #rounds(task: Task, path: string, list: RunList): EndState {
    for (let round = 0; ; round++) {
      const outcome = list('tasks', `${path}[${round}]/`);
      const answer = this.#script.answer(task, path, round, outcome);
      if (answer !== 'again') return answer;
    }
  }

  /** Nodes in an order that respects what they wait for; what waits for a failure does not run. */
  #graph(
    branches: Flow['branches'],
    path: string,
    retry: Task['retry'],
    certain: boolean,
    branch: string,
  ): EndState {
    const tasks = branches[branch] ?? [];
    const ids = new Set(tasks.map(({ id }) => id));
    return this.body(branches, path, retry, certain, (list) => {
      const ended = new Map<string, EndState | 'blocked'>();
      while (ended.size < tasks.length) {
        for (const [index, { id, after = [] }] of tasks.entries()) {
          const waited = after.filter((other) => ids.has(other));
          if (ended.has(id) || !waited.every((other) => ended.has(other))) continue;
          const isBlocked = waited.some((other) =>
            ['FAILED', 'blocked'].includes(ended.get(other) ?? ''),
          );
          ended.set(id, isBlocked ? 'blocked' : list(branch, `${path}/`, index));
        }
      }
      return worst([...ended.values()].filter((state) => state !== 'blocked'));
    });
  }

  /** Where a member of a limited fan fails, which others had started depends on timing. */
  #members(
    branches: Flow['branches'],
    path: string,
    retry: Task['retry'],
    certain: boolean,
    fan: Extract<Fan, { type: 'tasks' | 'values' }>,
    of: number,
    answer: Answer = (outcome) => outcome,
  ): EndState {
    const sequential = fan.limit === 1 || of === 1;
    const limited = !sequential && fan.limit > 1 && fan.limit < of;
    const run = (
      sure: (member: number) => boolean,
      list: (certain: boolean) => RunList,
    ): EndState => {
      const states: EndState[] = [];
      for (let member = 0; member < of; member++) {
        const state = runMember(list(certain && sure(member)), branches, path, fan, member);
        states.push(state);
        if (state === 'FAILED' && sequential) break;
      }
      return worst(states);
    };
    const listOf = (sure: boolean): RunList => {
      let made: RunList | undefined;
      this.body({ [fan.branch]: branches[fan.branch] ?? [] }, path, retry, sure, (list) => {
        made = list;
        return 'SUCCESS';
      });
      if (!made) throw new Error('no list');
      return made;
    };
    return this.body(branches, path, retry, certain, () => {
      if (!limited) return answer(run(() => true, listOf));
      // Try it on paper first: does any member fail?
      const paper = new Reading(this.#flow, this.#script, new Set(), new Set());
      const fails = paper.#outcomeOfMembers(branches, path, retry, fan, of) === 'FAILED';
      return answer(run((member) => !fails || member < fan.limit, listOf));
    });
  }

  #outcomeOfMembers(
    branches: Flow['branches'],
    path: string,
    retry: Task['retry'],
    fan: Extract<Fan, { type: 'tasks' | 'values' }>,
    of: number,
  ): EndState {
    const { errors: _, finally: __, ...tasks } = branches;
    return this.#members(tasks, path, retry, true, { ...fan, limit: 0 }, of);
  }
}

function runMember(
  list: RunList,
  branches: Flow['branches'],
  path: string,
  fan: Extract<Fan, { type: 'tasks' | 'values' }>,
  member: number,
): EndState {
  if (fan.type === 'tasks') return list(fan.branch, `${path}/`, member);
  if (fan.sideBySide !== true) return list(fan.branch, `${path}[${member}]/`);
  const tasks = (branches[fan.branch] ?? []).length;
  return list(fan.branch, `${path}[${Math.floor(member / tasks)}]/`, member % tasks);
}
