/** The embedded engine in a temporary directory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../src/adapters/embedded/open.ts';
import type { End, ExecutionId } from '../../src/engine/execution.ts';
import type { LogReader, Message } from '../../src/engine/ports.ts';
import { type CostMeter, costMeter } from '../../src/runtime/cost-meter.ts';
import { runLocal } from '../../src/runtime/local.ts';
import {
  noSettings,
  type Runtime,
  runtimeOf,
  type Settings,
  silentMetrics,
} from '../../src/runtime/runtime.ts';
import type { AwsDefaults } from '../../src/tasks/define.ts';
import { watched } from '../../src/runtime/watch.ts';

export interface EmbeddedEngine {
  readonly directory: string;
  readonly runtime: Runtime;
  readonly logs: LogReader;
  readonly meter: CostMeter;
  whenEnded(id: ExecutionId): Promise<End>;
  /** Messages for which this is true are lost on the way to the queue. */
  lose(isLost: (message: Message) => boolean): void;
  /** Resolves when no message is due, in hand or waiting. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export async function startEmbedded(
  aws: AwsDefaults = {},
  settings: Partial<Settings> = {},
): Promise<EmbeddedEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'baton-'));
  const meter = costMeter();
  const embedded = await openEmbedded({ directory, meter });
  const ends = new Map<ExecutionId, PromiseWithResolvers<End>>();
  const endOf = (id: ExecutionId): PromiseWithResolvers<End> => {
    const known = ends.get(id) ?? Promise.withResolvers<End>();
    ends.set(id, known);
    return known;
  };
  let isLost: (message: Message) => boolean = () => false;
  const runtime = runtimeOf({
    store: watched(embedded.store, { ended: (id, end) => endOf(id).resolve(end) }),
    keyValues: embedded.keyValues,
    queue: { send: (messages) => embedded.queue.send(messages.filter((one) => !isLost(one))) },
    blobs: embedded.blobs,
    secretStore: embedded.secretStore,
    logs: embedded.logs,
    metrics: silentMetrics,
    clock: { now: () => Date.now() },
    random: { next: Math.random },
    settings: { ...noSettings, networks: ['loopback'], ...settings, aws },
  });
  const errors: unknown[] = [];
  runLocal(runtime, embedded.deliveries, { onError: (error) => errors.push(error) });
  return {
    directory,
    runtime,
    logs: embedded.logs,
    meter,
    whenEnded: (id) => endOf(id).promise,
    lose(which) {
      isLost = which;
    },
    idle: () => embedded.deliveries.idle(),
    async close() {
      await embedded.close();
      await rm(directory, { recursive: true, force: true });
      if (errors.length > 0) throw new AggregateError(errors, 'steps failed');
    },
  };
}
