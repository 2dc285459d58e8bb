/**
 * A map whose entries are made when asked for. `get` may throw `Pending`; the interpreter then loads
 * and renders again (src/expression/pending.ts).
 */
import type { Value } from '../expression/value.ts';

export interface LazySource {
  get(key: string): Value | undefined;
  /** Every key there is, in order: only asked when a template prints or walks the whole map. */
  keys(): Iterable<string>;
}

export class LazyMap extends Map<string, Value> {
  readonly #source: LazySource;

  constructor(source: LazySource) {
    super();
    this.#source = source;
  }

  override get(key: string): Value | undefined {
    return this.#source.get(key);
  }

  override has(key: string): boolean {
    return this.#source.get(key) !== undefined;
  }

  override keys(): MapIterator<string> {
    return this.#filled().keys();
  }

  override values(): MapIterator<Value> {
    return this.#filled().values();
  }

  override entries(): MapIterator<[string, Value]> {
    return this.#filled().entries();
  }

  override [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }

  override forEach(each: (value: Value, key: string, map: Map<string, Value>) => void): void {
    for (const [key, value] of this.entries()) each(value, key, this);
  }

  override get size(): number {
    return this.#filled().size;
  }

  #filled(): Map<string, Value> {
    const filled = new Map<string, Value>();
    for (const key of this.#source.keys()) {
      const value = this.#source.get(key);
      if (value !== undefined) filled.set(key, value);
    }
    return filled;
  }
}

/** A lazy map over named makers: `{ id: () => … }`. A maker that gives undefined has no such key. */
export function lazily(makers: Readonly<Record<string, () => Value | undefined>>): LazyMap {
  return new LazyMap({
    get: (key) => (Object.hasOwn(makers, key) ? makers[key]?.() : undefined),
    keys: () => Object.keys(makers),
  });
}
