/**
 * An embedded engine of its own for one case, below a directory that goes with it, and the events by
 * which a case waits: every record the engine writes, never a fixed sleep.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../src/adapters/embedded/open.ts';
import type { LogReader } from '../../src/engine/ports.ts';
import { costMeter } from '../../src/runtime/cost-meter.ts';
import { runLocal } from '../../src/runtime/local.ts';
import {
  noSettings,
  type Runtime,
  runtimeOf,
  type Settings,
  silentMetrics,
} from '../../src/runtime/runtime.ts';
import { watched } from '../../src/runtime/watch.ts';

export interface Engine {
  readonly runtime: Runtime;
  readonly logs: LogReader;
  /** Resolves with what `look` finds, looked for again after each record that the engine writes. */
  until<T>(wanted: Wanted<T>): Promise<T>;
  /** Errors of steps that will be tried again: shown with a case that fails. */
  readonly stepErrors: readonly string[];
  close(): Promise<void>;
}

interface Wanted<T> {
  /** In words, for the message when it does not come. */
  readonly what: string;
  readonly withinMs: number;
  readonly look: () => Promise<T | undefined>;
}

/** What was waited for did not come. */
class TooLate extends Error {
  override readonly name = 'TooLate';
}

export async function openEngine(settings: Partial<Settings> = {}): Promise<Engine> {
  const directory = await mkdtemp(join(tmpdir(), 'baton-conformance-'));
  const meter = costMeter();
  const embedded = await openEmbedded({ directory, meter });
  const events = new Events();
  const store = watched(embedded.store, {
    slot: () => events.happened(),
    ended: () => events.happened(),
  });
  const runtime = runtimeOf({
    store: {
      ...store,
      async replaceExecution(seen, next) {
        const isReplaced = await store.replaceExecution(seen, next);
        events.happened();
        return isReplaced;
      },
    },
    keyValues: embedded.keyValues,
    queue: embedded.queue,
    blobs: embedded.blobs,
    logs: embedded.logs,
    metrics: silentMetrics,
    clock: { now: () => Date.now() },
    random: { next: Math.random },
    settings: { ...noSettings, ...settings },
  });
  const stepErrors: string[] = [];
  runLocal(runtime, embedded.deliveries, {
    meter,
    onError: (error) => stepErrors.push(String(error)),
  });
  return {
    runtime,
    logs: embedded.logs,
    until: (wanted) => until(events, wanted),
    stepErrors,
    async close() {
      await embedded.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

class Events {
  #next = Promise.withResolvers<void>();

  happened(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  get next(): Promise<void> {
    return this.#next.promise;
  }
}

async function until<T>(events: Events, { what, withinMs, look }: Wanted<T>): Promise<T> {
  const expired = Promise.withResolvers<'expired'>();
  const timer = setTimeout(() => expired.resolve('expired'), withinMs);
  try {
    for (;;) {
      // Taken before looking, so that what happens meanwhile is not missed.
      const { next } = events;
      const found = await look();
      if (found !== undefined) return found;
      if ((await Promise.race([next, expired.promise])) === 'expired') {
        throw new TooLate(`${what} did not come within ${withinMs} ms`);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
