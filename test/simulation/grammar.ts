/** Random flows over everything the language has that behaves the same at any time. */
import type { SeededRandom } from '../../src/adapters/simulated/random.ts';
import type { FlowSpec, Lists, LoopKind, TaskSpec } from './spec.ts';
import { WiderGrammar } from './wider-grammar.ts';

/** Where a task stands: what it may refer to, and the loop around it. */
export interface Scope {
  readonly visible: readonly string[];
  readonly loop?: LoopKind;
  readonly values?: readonly string[];
  /** What is put out here is found in ways the grammar leaves out: loops in loops, rounds. */
  readonly isClosed?: boolean;
  /** After the end nothing can be resumed. */
  readonly isAfter?: boolean;
  /** Others run beside it. */
  readonly isConcurrent?: boolean;
  /** Nothing but runnable tasks stand here. */
  readonly isDirectory?: boolean;
  /** Tasks before it in its list that have changed something. */
  readonly changed?: readonly string[];
  readonly depth: number;
}

/**
 * Several flows: later ones may call earlier ones, or listen to their ends. `wider`: the chance that
 * the rest of the language is drawn from, where the flows are to have it.
 */
export function randomFlows(random: SeededRandom, wider?: SeededRandom): readonly FlowSpec[] {
  const flows: FlowSpec[] = [];
  const count = 1 + (random.chance(0.4) ? 1 + random.below(2) : 0);
  while (flows.length < count) {
    const more = wider && new WiderGrammar(wider, flows);
    const flow = new Grammar(random, flows, more).flow();
    flows.push(more?.flow(flow) ?? flow);
  }
  return flows;
}

class Grammar {
  readonly #random: SeededRandom;
  readonly #callable: readonly string[];
  readonly #id: string;
  readonly #isListener: boolean;
  readonly #wider: WiderGrammar | undefined;
  #tasks = 0;

  constructor(random: SeededRandom, before: readonly FlowSpec[], wider: WiderGrammar | undefined) {
    this.#random = random;
    this.#wider = wider;
    this.#id = `f${before.length}`;
    this.#isListener = before.length > 0 && random.chance(0.4);
    this.#callable = before.filter(({ listensTo }) => listensTo === undefined).map(({ id }) => id);
  }

  flow(): FlowSpec {
    const visible = this.#wider ? ['#m'] : [];
    const scope = { visible, depth: this.#random.chance(0.7) ? 2 : 3 };
    const listensTo = this.#isListener ? this.#callable.at(-1) : undefined;
    const attempts = this.#chance(0.1) ? 1 + this.#upTo(2) : undefined;
    const limit = this.#chance(0.15) ? 1 + this.#upTo(1) : undefined;
    const lists = this.#lists(scope, 1, 4);
    return {
      id: this.#id,
      lists: this.#chance(0.15)
        ? { ...lists, afterExecution: this.#list({ ...scope, isAfter: true }, 1, 2) }
        : lists,
      ...(attempts !== undefined && { attempts }),
      ...(limit !== undefined && { limit }),
      ...(listensTo !== undefined && { listensTo }),
    };
  }

  #lists(scope: Scope, min: number, max: number): Lists {
    const below = { ...scope, depth: scope.depth - 1 };
    return {
      tasks: this.#list(scope, min, max),
      ...(this.#chance(0.15) && { errors: this.#list(below, 1, 2) }),
      ...(this.#chance(0.15) && { finally: this.#list(below, 1, 2) }),
    };
  }

  /** One after the other: the later may refer to the earlier. */
  #list(scope: Scope, min: number, max: number): readonly TaskSpec[] {
    const tasks: TaskSpec[] = [];
    const visible = [...scope.visible];
    const changed: string[] = [];
    for (let count = min + this.#upTo(max - min); count > 0; count -= 1) {
      const task = this.#task({ ...scope, visible, ...(this.#wider && { changed }) });
      tasks.push(task);
      if (this.#wider) {
        note(task, changed);
        if (task.kind === 'unset') visible.splice(visible.indexOf(`$${task.of}`), 1);
        const ref = this.#wider.refTo(task, scope);
        if (ref !== undefined) visible.push(ref);
      }
      if (task.kind !== 'give' || scope.isClosed) continue;
      if (scope.loop === undefined && !this.#wider) visible.push(task.id);
      if (scope.loop === 'each') visible.push(`[${task.id}`);
    }
    return tasks;
  }

  /** Side by side: none may refer to another. */
  #members(scope: Scope, min: number, max: number): readonly TaskSpec[] {
    const { changed: _, ...alone } = scope;
    const within = { ...alone, isConcurrent: true };
    return Array.from({ length: min + this.#upTo(max - min) }, () => this.#task(within));
  }

  #task(scope: Scope): TaskSpec {
    const id = `t${this.#tasks++}`;
    const common = {
      id,
      ...(this.#chance(0.12) && { allowFailure: true }),
      ...(this.#chance(0.06) && { allowWarning: true }),
      ...(this.#chance(0.15) && { attempts: 1 + this.#upTo(2) }),
      ...(this.#chance(0.05) && { skipped: true }),
    };
    const isLeaf = scope.depth <= 0 || this.#chance(0.45);
    const own = this.#wider?.common(common, scope) ?? common;
    return (isLeaf ? this.#leaf(own, scope) : this.#flowable(own, scope)) as TaskSpec;
  }

  #leaf(common: { readonly id: string }, scope: Scope): object {
    const { loop, values = [], visible } = scope;
    const other = this.#wider?.leaf(common, scope, this.#isListener ? [] : this.#callable);
    if (other) return other;
    const draw = this.#random.next();
    if (draw < 0.2) {
      const only = values.length > 0 && this.#chance(0.6) ? this.#oneOf(values) : undefined;
      const times = this.#chance(0.4) ? 99 : 1 + this.#upTo(1);
      const where = only === undefined ? {} : { only, in: loop };
      return { ...common, kind: 'fail', times, ...where };
    }
    if (draw < 0.25) return { ...common, kind: 'sleep', ms: this.#oneOf([500, 5_000, 3_600_000]) };
    // Who calls what it listens to would never end.
    if (draw < 0.32 && !this.#isListener && this.#callable.length > 0) {
      const flow = this.#oneOf(this.#callable);
      return { ...common, kind: 'call', ...(this.#wider?.call(flow) ?? { flow }) };
    }
    const refs = visible.filter(() => this.#chance(0.3)).slice(-3);
    return { ...common, kind: 'give', refs, ...(loop && this.#chance(0.8) && { in: loop }) };
  }

  #flowable(common: { readonly id: string }, scope: Scope): object {
    const below = insideOf(scope);
    const inside = () => this.#lists(below, 1, 3);
    const leaves = () => this.#lists({ ...below, depth: 0, isDirectory: true }, 1, 3);
    const other = this.#wider?.flowable(common, scope, leaves);
    if (other) return other;
    const draw = this.#random.next();
    if (draw < 0.12) return { ...common, kind: 'sequential', ...inside() };
    if (draw < 0.2) return { ...common, kind: 'allow', ...inside() };
    if (draw < 0.42) {
      const { tasks: _, ...handlers } = inside();
      return {
        ...common,
        kind: 'parallel',
        limit: this.#upTo(2),
        ...handlers,
        tasks: this.#members(below, 1, 4),
      };
    }
    if (draw < 0.52) {
      const tasks = this.#members(below, 1, 4);
      const after = tasks.map((_, index) =>
        tasks.flatMap((__, other) => (other < index && this.#chance(0.4) ? [other] : [])),
      );
      const { tasks: _, ...handlers } = inside();
      return { ...common, kind: 'dag', after, ...handlers, tasks };
    }
    if (draw < 0.72) return this.#loop(common, scope);
    if (draw < 0.78) {
      const rounds = 1 + this.#upTo(2);
      const visible = scope.visible.filter(isOutside);
      const tasks = this.#list({ ...unlooped(below), visible, isClosed: true }, 1, 2);
      const loop: TaskSpec = { ...common, kind: 'until', rounds, tasks };
      return this.#wider?.respelled(loop) ?? loop;
    }
    if (draw < 0.92) {
      const kind = this.#chance(0.5) ? 'if' : 'switch';
      const otherwise = this.#list(below, kind === 'if' ? 0 : 1, 2);
      return { ...common, kind, isTrue: this.#chance(0.6), other: otherwise, ...inside() };
    }
    const { attempts: _, ...pausing } = common as { id: string; attempts?: number };
    const atEnd = this.#oneOf(['RESUME', 'RESUME', 'WARN', 'FAIL'] as const);
    const endsItself = atEnd !== 'RESUME' || scope.isAfter || this.#chance(0.5);
    const ms = endsItself ? { ms: this.#oneOf([1_000, 1_800_000]) } : {};
    return { ...pausing, kind: 'pause', atEnd, ...ms, tasks: this.#list(below, 0, 2) };
  }

  #loop(common: { readonly id: string }, scope: Scope): object {
    const kind: LoopKind = this.#chance(0.6) ? 'each' : 'loop';
    const isInner = scope.loop !== undefined || scope.isClosed === true;
    // An iteration with nothing in it leaves no record to show it by.
    const count = isInner ? 1 + this.#upTo(3) : this.#upTo(4);
    const values = Array.from({ length: count }, (_, index) => `v${index}`);
    const visible = scope.visible.filter(isOutside);
    const isClosed = scope.loop !== undefined || scope.isClosed === true;
    const below = unlooped({ ...scope, depth: scope.depth - 1 });
    const inside: Scope = { ...below, visible, loop: kind, values, isClosed };
    if (this.#wider) return this.#wideLoop(common, kind, inside, this.#wider);
    const tasks = this.#list(inside, 1, 2);
    return { ...common, kind, values, limit: this.#upTo(3), tasks };
  }

  #wideLoop(common: Common, kind: LoopKind, inside: Scope, wider: WiderGrammar): TaskSpec {
    const { values = [] } = inside;
    const limit = this.#upTo(3);
    if (kind === 'each' && wider.isSideBySide()) {
      return { ...common, kind: 'side', values, limit, tasks: this.#members(inside, 1, 2) };
    }
    const tasks = this.#list(
      { ...inside, isConcurrent: limit !== 1 || inside.isConcurrent === true },
      1,
      2,
    );
    return wider.respelled({ ...common, kind, values, limit, tasks });
  }

  #chance(probability: number): boolean {
    return this.#random.chance(probability);
  }

  #upTo(max: number): number {
    return this.#random.below(max + 1);
  }

  #oneOf<T>(of: readonly T[]): T {
    return of[this.#random.below(of.length)] as T;
  }
}

interface Common {
  readonly id: string;
}

/** What it has changed, or no longer has. */
function note(task: TaskSpec, changed: string[]): void {
  if (task.disabled || task.skipped) return;
  const { kind, id } = task;
  if (kind === 'put') changed.push(`put ${id}`);
  if (kind === 'set') changed.push(id);
  const undone = kind === 'unset' ? task.of : kind === 'remove' ? `put ${task.of}` : undefined;
  if (undone !== undefined) changed.splice(changed.indexOf(undone), 1);
}

/** `taskrun.value` is known to the direct children of a ForEach only. */
function insideOf({ loop, values, visible, ...scope }: Scope): Scope {
  const below = { ...scope, depth: scope.depth - 1 };
  if (loop === 'loop') return { ...below, visible, loop, ...(values && { values }) };
  const isClosed = loop !== undefined || scope.isClosed === true;
  return { ...below, visible: visible.filter(isOutside), isClosed };
}

function unlooped({ loop: _, values: __, ...scope }: Scope): Scope {
  return scope;
}

function isOutside(ref: string): boolean {
  return !ref.startsWith('[');
}
