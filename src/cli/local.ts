/**
 * The embedded engine as the commands use it: SQLite below a directory, this process as the worker.
 */
import { type KeyObject, randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { EmbeddedStoreError } from '../adapters/embedded/errors.ts';
import {
  type Embedded,
  type EmbeddedReader,
  openEmbedded,
  openEmbeddedReadOnly,
} from '../adapters/embedded/open.ts';
import type { LogEntry, LogReader } from '../engine/ports.ts';
import { type CostMeter, costMeter } from '../runtime/cost-meter.ts';
import { runLocal, sweepLocal } from '../runtime/local.ts';
import {
  InvalidSetting,
  type Runtime,
  runtimeOf,
  type Settings,
  settingsFrom,
  silentMetrics,
} from '../runtime/runtime.ts';
import { watched, type Watcher } from '../runtime/watch.ts';
import type { AwsDefaults } from '../tasks/define.ts';
import { textOf, UserError, type Values } from './command.ts';

export interface Reader {
  readonly directory: string;
  readonly runtime: Runtime;
  readonly logs: LogReader;
  close(): Promise<void>;
}

export interface Local extends Reader {
  readonly meter: CostMeter;
  readonly deliveries: Embedded['deliveries'];
  /** Rejects when the store has failed and nothing goes on. */
  readonly failed: Promise<never>;
}

export interface LocalOptions {
  readonly directory: string;
  readonly aws?: AwsDefaults;
  readonly watcher?: Watcher;
  readonly onLog?: (entry: LogEntry) => void;
  /** False: nothing is worked on, so that nothing starts before what is asked for is done. */
  readonly works?: boolean;
}

export const clock = { now: () => Date.now() };
export const random = {
  // Node draws these from a store of random bytes; asking the system each time takes ten times as long.
  next: () => randomInt(2 ** 32) / 2 ** 32,
};

/** Of the environment this process was started in. */
export function localSettings(): Settings {
  try {
    // What a flow asks on this machine or beside it is the person's own.
    return { networks: ['loopback', 'private'], ...settingsFrom(process.env) };
  } catch (error) {
    if (error instanceof InvalidSetting) throw new UserError(error.message);
    throw error;
  }
}

export async function openLocal(options: LocalOptions): Promise<Local> {
  // Before anything is opened: a setting that is wrong leaves nothing behind.
  const settings = { ...localSettings(), aws: options.aws ?? {} };
  const directory = resolve(options.directory);
  const meter = costMeter();
  const embedded = await orUserError(() => openEmbedded({ directory, meter }));
  const key = await keyFor(settings, embedded);
  const { onLog } = options;
  const logs = onLog === undefined ? embedded.logs : teed(embedded.logs, onLog);
  const runtime = runtimeOf({
    store: watched(embedded.store, options.watcher ?? {}),
    keyValues: embedded.keyValues,
    queue: embedded.queue,
    blobs: embedded.blobs,
    secretStore: embedded.secretStore,
    logs,
    metrics: silentMetrics,
    clock,
    random,
    settings: { ...settings, ...key },
  });
  let stopSweep = (): void => undefined;
  if (options.works !== false) {
    runLocal(runtime, embedded.deliveries, { onError: report, meter });
    stopSweep = sweepLocal(runtime, report);
  }
  const failed = embedded.failed.then((reason) => {
    throw reason;
  });
  failed.catch(() => undefined);
  return {
    directory,
    runtime,
    logs: embedded.logs,
    meter,
    deliveries: embedded.deliveries,
    failed,
    close() {
      stopSweep();
      return embedded.close();
    },
  };
}

/** For looking on, also while another process works in the same directory. */
export async function openReader(values: Values): Promise<Reader> {
  const settings = localSettings();
  const directory = resolve(textOf(values, 'directory') ?? '.baton');
  const reader = await orUserError(() => openEmbeddedReadOnly({ directory }));
  const { store, keyValues, blobs, secretStore, logs, close } = reader;
  const key = await keyFor(settings, reader);
  const runtime = runtimeOf({
    store,
    keyValues,
    blobs,
    secretStore,
    logs,
    queue: { send: async () => Promise.reject(new Error('this process only looks on')) },
    metrics: silentMetrics,
    clock,
    random,
    settings: { ...settings, ...key },
  });
  return { directory, runtime, logs, close };
}

/** Of the environment, else of the directory. */
async function keyFor(
  settings: Settings,
  { encryptionKey, close }: EmbeddedReader,
): Promise<{ readonly encryptionKey?: KeyObject }> {
  if (settings.encryptionKey) return {};
  try {
    const key = await orUserError(encryptionKey);
    return key ? { encryptionKey: key } : {};
  } catch (error) {
    await close();
    throw error;
  }
}

function teed(logs: Embedded['logs'], onLog: (entry: LogEntry) => void): Embedded['logs'] {
  return {
    ...logs,
    write(entry) {
      logs.write(entry);
      onLog(entry);
    },
  };
}

async function orUserError<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof EmbeddedStoreError) throw new UserError(error.message);
    throw error;
  }
}

function report(error: unknown): void {
  process.stderr.write(`baton: a step failed and will be tried again: ${String(error)}\n`);
}
