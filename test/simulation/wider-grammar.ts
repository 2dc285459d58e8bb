/**
 * What the grammar has beyond its first words. It draws from a generator of its own, so that a seed
 * which leaves it out makes the flows it always made.
 */
import type { SeededRandom } from '../../src/adapters/simulated/random.ts';
import { textOf } from './reference.ts';
import type { CallSpec, FlowSpec, SlaSpec, TaskSpec, WideFlow } from './spec.ts';
import type { Scope } from './grammar.ts';

type Common = { readonly id: string };
type Inside = () => object;

const exits = ['SUCCESS', 'WARNING', 'FAILED', 'CANCELLED', 'KILLED'] as const;

export class WiderGrammar {
  readonly #random: SeededRandom;
  readonly #before: readonly FlowSpec[];

  constructor(random: SeededRandom, before: readonly FlowSpec[]) {
    this.#random = random;
    this.#before = before;
  }

  /** Another flow than the first grammar would make of it. */
  flow(flow: FlowSpec): FlowSpec {
    const { attempts, ...rest } = flow;
    const executions = this.#chance(0.2) ? 2 + this.#below(2) : undefined;
    const sla = this.#chance(0.2) ? this.#sla(flow) : undefined;
    const refusal = this.#chance(0.5) ? this.#oneOf(['CANCEL', 'FAIL'] as const) : undefined;
    const limit = flow.limit ?? (this.#chance(0.15) ? 1 + this.#below(2) : undefined);
    const wide: WideFlow = {
      ...(executions !== undefined && { executions }),
      ...(sla && { sla }),
      ...(limit !== undefined && refusal && { refusal }),
    };
    return {
      ...rest,
      ...(limit !== undefined && { limit }),
      ...(executions === undefined && attempts !== undefined && { attempts }),
      wide,
    };
  }

  #sla({ lists }: FlowSpec): SlaSpec {
    const behavior = this.#oneOf(['FAIL', 'CANCEL', 'NONE'] as const);
    if (this.#chance(0.4)) {
      const ms = this.#oneOf([1_000, 60_000, 3_600_000]);
      return { kind: 'duration', ms, behavior };
    }
    const isCheckable = ({ kind, skipped, disabled, ...task }: TaskSpec): boolean =>
      kind === 'give' && !skipped && !disabled && !('named' in task && task.named);
    const tasks = lists.tasks.filter(isCheckable);
    const [task] = tasks.length > 0 && this.#chance(0.6) ? [this.#oneOf(tasks)] : [];
    if (task) return { kind: 'assertion', isFalse: 'after', task: task.id, behavior };
    return { kind: 'assertion', isFalse: this.#oneOf(['always', 'never', 'never']), behavior };
  }

  /** Beside others, what has only disabled tasks in it leaves no record to show it by. */
  common<T extends Common>(common: T, { isConcurrent }: Scope): T {
    return {
      ...common,
      ...(!isConcurrent && this.#chance(0.04) && { disabled: true }),
      ...(this.#chance(0.04) && { logLevel: 'ERROR' }),
    };
  }

  /** What a task put out or changed, as those after it in its list may refer to it. */
  refTo(task: TaskSpec, { loop, isClosed }: Scope): string | undefined {
    const { id } = task;
    if (task.disabled || task.skipped) return undefined;
    if (task.kind === 'set') return `$${id}`;
    if (loop !== undefined || isClosed) return undefined;
    if (task.kind === 'give') return textOf(task);
    if (task.kind === 'get') return id;
    if (task.kind === 'pause') return task.asks && task.ms === undefined ? `?${id}` : undefined;
    const isTold = task.kind === 'call' && !task.isNotAwaited && this.#isSteady(task.flow);
    return isTold ? `>${id}` : undefined;
  }

  /** Undefined: one that the first grammar makes. */
  leaf(common: Common, scope: Scope, callable: readonly string[]): object | undefined {
    if (!this.#chance(0.5)) return undefined;
    const draw = this.#random.next();
    const changes = this.#changes(common, scope, draw);
    if (changes || draw < 0.4) return changes;
    if (draw < 0.5) {
      const ms = this.#oneOf([5_000, 3_600_000]);
      const timeoutMs = this.#oneOf([1_000, 1_000, 365 * 86_400_000]);
      return { ...common, kind: 'sleep', ms, timeoutMs };
    }
    if (draw < 0.62) return { ...common, kind: 'assert', holds: this.#chance(0.6) };
    if (draw < 0.67 && !scope.isConcurrent) {
      return { ...common, kind: 'exit', state: this.#oneOf(exits) };
    }
    if (draw < 0.74) {
      // It is claimed before it is known whether it runs at all.
      const skipped = false;
      return {
        ...common,
        skipped,
        kind: 'once',
        attempts: 1,
        allowFailure: true,
        allowWarning: true,
      };
    }
    if (draw < 0.88 && callable.length > 0) {
      const call = this.#call(callable);
      if (this.#chance(0.6) || scope.loop !== undefined || scope.isClosed || scope.isDirectory) {
        return { ...common, kind: 'call', ...call };
      }
      return { ...common, kind: 'items', rows: 1 + this.#below(3), call, tasks: [] };
    }
    const refs = scope.visible.filter(() => this.#chance(0.5)).slice(-4);
    const isNamed = scope.loop === undefined && !scope.isClosed && this.#chance(0.3);
    return {
      ...common,
      kind: 'give',
      refs,
      ...(this.#chance(0.5) ? { cached: true } : {}),
      ...(isNamed && { named: true }),
    };
  }

  /** What is changed back in a loop may be changed by a message that comes late. */
  #changes(common: Common, { visible, loop, isClosed, changed }: Scope, draw: number) {
    const mayUndo = loop === undefined && !isClosed && changed !== undefined;
    if (draw < 0.06) return { ...common, kind: 'label' };
    if (draw < 0.14) return { ...common, kind: 'set' };
    if (draw < 0.22) return { ...common, kind: 'put' };
    if (!mayUndo) return undefined;
    const put = changed.filter((id) => id.startsWith('put '));
    const set = changed.filter((id) => visible.includes(`$${id}`));
    if (draw < 0.32 && put.length > 0) {
      return { ...common, kind: 'get', of: this.#oneOf(put).slice('put '.length) };
    }
    if (draw < 0.36 && set.length > 0) {
      return { ...common, kind: 'unset', of: this.#oneOf(set) };
    }
    if (draw < 0.4 && put.length > 0) {
      return { ...common, kind: 'remove', of: this.#oneOf(put).slice('put '.length) };
    }
    return undefined;
  }

  flowable(common: Common, scope: Scope, inside: Inside): object | undefined {
    if (!this.#chance(0.3)) return undefined;
    const draw = this.#random.next();
    if (draw < 0.4) return { ...common, kind: 'directory', ...inside() };
    const { attempts: _, ...pausing } = common as { id: string; attempts?: number };
    if (draw < 0.6)
      return { ...pausing, kind: 'pause', atEnd: 'TIMEOUT', ms: 1_800_000, tasks: [] };
    if (draw < 0.75 && !scope.isConcurrent) {
      return { ...pausing, kind: 'pause', atEnd: 'CANCEL', ms: 60_000, tasks: [] };
    }
    if (scope.isAfter) return undefined;
    return { ...pausing, kind: 'pause', atEnd: 'RESUME', asks: true, tasks: [] };
  }

  /** Another spelling of a loop, or another loop. */
  respelled(loop: TaskSpec): TaskSpec {
    const { kind } = loop;
    if (kind === 'until') {
      return {
        ...loop,
        ...(this.#chance(0.3) && { failsAtMax: true }),
        ...(this.#chance(0.4) && { spelling: '0.x' }),
      };
    }
    if (kind !== 'each') return loop;
    if (loop.limit === 1 && this.#chance(0.5)) return { ...loop, spelling: '1.x' };
    return loop;
  }

  isSideBySide(): boolean {
    return this.#chance(0.15);
  }

  call(flow: string): CallSpec {
    const isNotAwaited = this.#chance(0.15);
    const isForgiving = !this.#isSteady(flow) || this.#chance(0.2);
    return {
      flow,
      ...(isNotAwaited && { isNotAwaited }),
      ...(isForgiving && { isForgiving }),
      ...(this.#chance(0.4) && { passes: true }),
      ...(this.#chance(0.3) && { isNewAfterRestart: true }),
    };
  }

  #call(callable: readonly string[]): CallSpec {
    return this.call(this.#oneOf(callable));
  }

  /** Whether it always comes to the same: nobody refuses it, no deadline ends it. */
  #isSteady(flow: string): boolean {
    const { wide } = this.#before.find(({ id }) => id === flow) ?? {};
    const { refusal, sla } = wide ?? {};
    const hasDeadline = sla?.kind === 'duration' && sla.behavior !== 'NONE';
    return refusal === undefined && !hasDeadline;
  }

  #chance(probability: number): boolean {
    return this.#random.chance(probability);
  }

  #below(limit: number): number {
    return this.#random.below(limit);
  }

  #oneOf<T>(of: readonly T[]): T {
    return of[this.#random.below(of.length)] as T;
  }
}
