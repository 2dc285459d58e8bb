/**
 * What can go wrong between the engine and its back end, decided by a plan.
 *
 * A `Life` is one run of a process: a function invocation, a server between two crashes. Each life
 * gets ports of its own around the shared back end. A crashed life does nothing any more: the call it
 * crashed in and all later ones never settle, so no handler of the code under test runs, no `catch`
 * and no `finally`, as after `kill -9`. Whoever started the life is told through `crashed`.
 */

export interface PortCall {
  /** `store`, `queue`, … */
  readonly port: string;
  readonly method: string;
}

/**
 * - crash-before, crash-after: the life ends before, or after, the call has had its effect
 * - refused: throttled, no effect, an error
 * - unknown: the effect, and an error all the same
 * - repeated: the answer was lost and the client asked again: the effect twice, the second answer
 */
export type Fault = 'crash-before' | 'crash-after' | 'refused' | 'unknown' | 'repeated';

export interface FaultPlan {
  onCall(call: PortCall): Fault | undefined;
  /** Decides when a call may go ahead, which decides how lives interleave; undefined: at once. */
  before?(call: PortCall): Promise<void> | undefined;
}

export class SimulatedError extends Error {
  override readonly name = 'SimulatedError';
}

export class Life {
  readonly #plan: FaultPlan;
  #isCrashed = false;
  #crash: (call: PortCall) => void = () => undefined;
  /** Resolves with the call the life ended in. */
  readonly crashed = new Promise<PortCall>((resolve) => {
    this.#crash = resolve;
  });

  constructor(plan: FaultPlan) {
    this.#plan = plan;
  }

  get isCrashed(): boolean {
    return this.#isCrashed;
  }

  /** The port as this life sees it. */
  port<P extends object>(port: string, target: P): P {
    return new Proxy(target, {
      get: (_, method) => {
        const value: unknown = Reflect.get(target, method);
        if (typeof value !== 'function' || typeof method !== 'string') return value;
        const call = { port, method };
        const effect = (...args: unknown[]): unknown => Reflect.apply(value, target, args);
        if (streamed.has(method)) return (...args: unknown[]) => this.#stream(call, effect, args);
        if (immediate.has(method))
          return (...args: unknown[]) => (this.#isCrashed ? undefined : effect(...args));
        return (...args: unknown[]) => this.#call(call, effect, args);
      },
    });
  }

  async #call(call: PortCall, effect: Effect, args: readonly unknown[]): Promise<unknown> {
    if (this.#isCrashed) return never();
    const wait = this.#plan.before?.(call);
    if (wait) {
      await wait;
      // Another call of this life may have crashed it.
      if (this.#isCrashed) return never();
    }
    const fault = this.#plan.onCall(call);
    if (fault === 'crash-before') return this.#end(call);
    if (fault === 'refused') throw new SimulatedError(`${call.port}.${call.method} was refused`);
    if (fault === 'repeated') await effect(...args);
    const result = await effect(...args);
    if (this.#isCrashed) return never();
    if (fault === 'crash-after') return this.#end(call);
    if (fault === 'unknown') throw new SimulatedError(`${call.port}.${call.method}: no answer`);
    return result;
  }

  async *#stream(
    call: PortCall,
    effect: Effect,
    args: readonly unknown[],
  ): AsyncGenerator<unknown> {
    yield* (await this.#call(call, effect, args)) as AsyncIterable<unknown>;
  }

  #end(call: PortCall): Promise<never> {
    this.#isCrashed = true;
    this.#crash(call);
    return never();
  }
}

type Effect = (...args: unknown[]) => unknown;

const streamed: ReadonlySet<string> = new Set(['readSlots']);
/** Without a promise there is no moment to stop at: nothing goes wrong here. */
const immediate: ReadonlySet<string> = new Set(['write', 'now', 'next', 'count', 'duration']);

function never(): Promise<never> {
  return new Promise(() => undefined);
}

export const noFaults: FaultPlan = { onCall: () => undefined };

/** One fault at the n-th call, counted from 0: for trying out every place in turn. */
export function faultAt(place: number, fault: Fault): FaultPlan & { readonly calls: number } {
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    onCall: () => (calls++ === place ? fault : undefined),
  };
}
