/**
 * The flows that executions of other flows may start, known for about a second: a process that ends
 * many executions looks for them once a second, and without any listener that is all it ever does.
 */
import type { Flow, FlowKey } from '../engine/flow.ts';
import type { Clock, StateStore } from '../engine/ports.ts';
import type { State } from '../engine/states.ts';
import { type FlowTrigger, triggerTypes } from '../engine/trigger.ts';

export interface Listener {
  readonly flow: FlowKey;
  readonly triggers: readonly FlowTrigger[];
}

const keptMs = 1_000;

export class ListenerCache {
  readonly #store: StateStore;
  readonly #clock: Clock;
  #known: ReadonlyMap<string, Listener> = new Map();
  #reading: { readonly at: number; readonly listeners: Promise<readonly Listener[]> } | undefined;

  constructor(store: StateStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Those with a trigger for this state. */
  async for(state: State): Promise<readonly Listener[]> {
    const listeners = await this.#current();
    return listeners.filter(({ triggers }) =>
      triggers.some(({ states }) => states.includes(state)),
    );
  }

  /** After a flow was stored here: the next look is a fresh one. */
  forget(): void {
    this.#reading = undefined;
  }

  async #current(): Promise<readonly Listener[]> {
    const now = this.#clock.now();
    if (this.#reading !== undefined && Math.abs(now - this.#reading.at) < keptMs) {
      return this.#reading.listeners;
    }
    const reading = { at: now, listeners: this.#read() };
    this.#reading = reading;
    // A failed read must not stay in the cache.
    reading.listeners.catch(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    return reading.listeners;
  }

  async #read(): Promise<readonly Listener[]> {
    const keys = await this.#store.listListeners();
    const entries = await Promise.all(
      keys.map(async (key) => [nameOf(key), await this.#load(key)] as const),
    );
    const found = entries.filter((entry) => entry[1] !== undefined) as [string, Listener][];
    this.#known = new Map(found);
    return [...this.#known.values()];
  }

  /** Revisions do not change, so what is known is not read again. */
  async #load(key: FlowKey): Promise<Listener | undefined> {
    const known = this.#known.get(nameOf(key));
    if (known !== undefined) return known;
    const { namespace, id, revision } = key;
    // The entry may be there before its revision is.
    const stored =
      (await this.#store.readFlow(namespace, id, revision)) ??
      (await this.#store.readFlow(namespace, id));
    return stored === undefined ? undefined : listenerOf(stored.flow);
  }
}

export function listenerOf(flow: Flow): Listener {
  const { namespace, id, revision, triggers = [], disabled = false } = flow;
  const listening = disabled ? [] : triggers.filter(isFlowTrigger);
  return { flow: { namespace, id, revision }, triggers: listening };
}

function isFlowTrigger(trigger: { readonly type: string }): trigger is FlowTrigger {
  return trigger.type === triggerTypes.flow;
}

function nameOf({ namespace, id, revision }: FlowKey): string {
  return `${namespace}/${id}/${revision}`;
}
