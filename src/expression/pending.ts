/**
 * How a synchronous interpreter reads values that are not in memory yet.
 *
 * A lazy map, a host function or a library that is not loaded throws `Pending`. The render is given
 * up, `settle` awaits `load()` and renders again from the start. Rendering has no effects, so doing
 * it again is free of consequences. No part of the language may catch a `Pending`: `??`, tests and
 * error wrapping let it pass.
 */

export class Pending extends Error {
  readonly key: string;
  readonly load: () => Promise<void>;

  constructor(key: string, load: () => Promise<void>) {
    super(`${key} is not in memory yet`);
    this.name = 'Pending';
    this.key = key;
    this.load = load;
  }
}

const settleRoundsMax = 1_000;

/** Runs `run` until it no longer asks for anything, loading what it asks for in between. */
export async function settle<T>(run: () => T, roundsMax: number = settleRoundsMax): Promise<T> {
  let last: string | undefined;
  for (let round = 0; round < roundsMax; round++) {
    let pending: Pending;
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Pending)) throw error;
      pending = error;
    }
    if (pending.key === last) {
      throw new Error(`broken invariant: loading ${pending.key} did not bring it into memory`);
    }
    last = pending.key;
    await pending.load();
  }
  throw new Error(`broken invariant: still pending (${last}) after ${roundsMax} rounds`);
}

/**
 * A module that is loaded on first use. The returned function gives the module or throws `Pending`;
 * this keeps the large libraries out of the bundle that every step loads.
 */
export function library<T>(key: string, load: () => Promise<T>): () => T {
  let loaded: T | undefined;
  const pending = async (): Promise<void> => {
    loaded = await load();
  };
  return () => {
    if (loaded === undefined) throw new Pending(`library:${key}`, pending);
    return loaded;
  };
}
