/**
 * `taskCache`: outputs of a task are kept under the digest of all it was told, and taken from there
 * when it is told the same again. They are packed as in slots, and are nowhere in clear but there.
 *
 * A cache may forget: a large value lies in a blob of the execution that made it, and goes with it.
 * What is found is copied, so that it lives as long as the execution that found it. Whatever goes
 * wrong with the cache itself is logged, and the task runs as if there were none.
 */
import { createHash } from 'node:crypto';
import { BrokenInvariant } from '../engine/assert.ts';
import type { Packed } from '../engine/execution.ts';
import type { Flow, Task } from '../engine/flow.ts';
import { writeJson } from '../expression/json.ts';
import { fromPlain } from '../expression/value.ts';
import { putBlob } from './pack.ts';
import type { Runtime } from './runtime.ts';
import type { Log } from './task-context.ts';

export interface TaskCache {
  /** Undefined: nothing is kept. `blobKey` names the blob that a large value is copied to. */
  find(blobKey: string): Promise<{ readonly outputs?: Packed } | undefined>;
  keep(outputs: Packed | undefined): Promise<void>;
}

/** What the task is told, and who tells it. */
interface Told {
  readonly flow: Flow;
  readonly task: Task;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly loopValue: string | undefined;
  readonly log: Log;
  /** The execution: whoever keeps something twice keeps the same. */
  readonly writer: string;
}

const type = 'OUTPUTS';
/** In place of a packed value: it put out nothing. */
const nothing = '';

export function taskCacheOf(runtime: Runtime, told: Told): TaskCache {
  const { task, log, writer } = told;
  const { keyValues, blobs, clock } = runtime;
  const digest = digestOf(told);
  // No flow can name such a namespace, and digests spread over many partitions.
  const namespace = `${told.flow.namespace}/task-cache/${digest.slice(0, 2)}`;
  return {
    find: (blobKey) =>
      orWarn(log, async () => {
        const kept = await keyValues.get(namespace, digest, clock.now());
        if (kept === undefined) return undefined;
        const { value } = kept;
        if (value === nothing) return {};
        if (typeof value === 'string' || value instanceof Uint8Array) return { outputs: value };
        const bytes = await blobs.get(value.blob);
        if (bytes === undefined) return undefined;
        return { outputs: { ...value, blob: await putBlob(blobs, blobKey, bytes) } };
      }),
    async keep(outputs) {
      await orWarn(log, async () => {
        const now = clock.now();
        const { ttlMs } = task.cache ?? {};
        const expiry = ttlMs === undefined ? {} : { expiresAt: now + ttlMs };
        const pair = { key: digest, value: outputs ?? nothing, type, writer, ...expiry };
        await keyValues.put(namespace, pair, now);
      });
    },
  };
}

function digestOf({ flow, task, properties, loopValue }: Told): string {
  const told = [flow.namespace, flow.id, task.id, task.type, loopValue ?? null, properties];
  return createHash('sha256')
    .update(writeJson(fromPlain(told)))
    .digest('hex');
}

async function orWarn<T>(log: Log, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BrokenInvariant) throw error;
    log('WARN', `The task cache cannot be used: ${String(error)}`);
    return undefined;
  }
}
