/**
 * Flow revisions in memory. A revision never changes (B8), so an entry is good for ever; the oldest
 * unused ones make room. A warm step function thus runs task after task without reading its flow.
 */
import { assert } from '../engine/assert.ts';
import type { Flow, FlowKey } from '../engine/flow.ts';
import type { StateStore } from '../engine/ports.ts';

const flowsKept = 200;

export class FlowCache {
  readonly #store: StateStore;
  readonly #flows = new Map<string, Promise<Flow>>();

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** The pinned revision; fails if it is not in the registry, which nothing ever deletes from. */
  async load(key: FlowKey): Promise<Flow> {
    const name = `${key.namespace}/${key.id}/${key.revision}`;
    const cached = this.#flows.get(name);
    if (cached) {
      this.#flows.delete(name);
      this.#flows.set(name, cached);
      return cached;
    }
    const loading = this.#read(key);
    this.#flows.set(name, loading);
    // A failed read must not stay in the cache.
    loading.catch(() => this.#flows.delete(name));
    const oldest = this.#flows.keys().next().value;
    if (this.#flows.size > flowsKept && oldest !== undefined) this.#flows.delete(oldest);
    return loading;
  }

  async #read(key: FlowKey): Promise<Flow> {
    const stored = await this.#store.readFlow(key.namespace, key.id, key.revision);
    assert(stored, `flow ${key.namespace}.${key.id} has revision ${key.revision}`);
    return stored.flow;
  }
}
