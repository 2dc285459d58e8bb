/** Baton embedded, put together as `baton run` and `baton dev` do it. */
import { storeFlow } from '../src/api/flows.ts';
import { type Local, openLocal } from '../src/cli/local.ts';
import type { ExecutionId } from '../src/engine/execution.ts';
import type { Flow } from '../src/engine/flow.ts';
import { fromPlain, type ValueMap } from '../src/expression/value.ts';
import { startExecution } from '../src/runtime/start.ts';
import { inDataDirectory } from './data-directory.ts';

export interface Engine {
  readonly local: Local;
  store(source: string): Promise<Flow>;
  start(flow: Flow, inputs?: Readonly<Record<string, unknown>>): Promise<ExecutionId>;
  /** From the request to the end, which is on disk then. Fails if the execution did. */
  run(flow: Flow, inputs?: Readonly<Record<string, unknown>>): Promise<ExecutionId>;
}

export async function withEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
  return inDataDirectory(async (directory) => {
    const ends = new Map<ExecutionId, string>();
    const waiting = new Map<ExecutionId, (state: string) => void>();
    const local = await openLocal({
      directory,
      watcher: {
        ended(id, { state }) {
          const resolve = waiting.get(id);
          if (resolve) resolve(state);
          else ends.set(id, state);
        },
      },
    });
    const start: Engine['start'] = async (flow, inputs = {}) => {
      const request = { flow, inputs: fromPlain(inputs) as ValueMap };
      return (await startExecution(local.runtime, request)).execution.id;
    };
    const ended = async (id: ExecutionId): Promise<string> =>
      ends.get(id) ?? new Promise((resolve) => waiting.set(id, resolve));
    try {
      return await work({
        local,
        store: async (source) => (await storeFlow(local.runtime, source)).flow,
        start,
        async run(flow, inputs) {
          const id = await start(flow, inputs);
          const state = await ended(id);
          ends.delete(id);
          waiting.delete(id);
          await local.runtime.store.settled();
          if (state !== 'SUCCESS') throw new Error(`execution ${id} ended ${state}`);
          return id;
        },
      });
    } finally {
      await local.close();
    }
  });
}
