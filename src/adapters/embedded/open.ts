/**
 * The embedded back end: every port on one SQLite file and a folder of blobs, for one process that
 * writes and any number that look on. It survives `kill -9` and power loss: what was promised is on
 * disk, and messages that were in hand are handed out again by the next process.
 */
import type { KeyObject } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type {
  BlobStore,
  Clock,
  KeyValueStore,
  LogReader,
  LogSink,
  Meter,
  Queue,
  SecretStore,
  StateStore,
} from '../../engine/ports.ts';
import { blobsIn } from './blobs.ts';
import { systemClock, type WakingClock } from './clock.ts';
import { openDatabase, openDatabaseReadOnly } from './database.ts';
import { Deliveries } from './deliveries.ts';
import { keptKey, keyIfReadable } from './encryption-key.ts';
import { explained } from './errors.ts';
import { executionsOf, overdueOf } from './executions.ts';
import { flowsOf } from './flows.ts';
import { GroupCommit } from './group-commit.ts';
import { haltedOf } from './halted.ts';
import { joinsOf, placesOf } from './joins.ts';
import { keyValuesOf, sweepKeyValues } from './key-values.ts';
import { listsOf } from './lists.ts';
import { signIn, takeLock } from './lock.ts';
import { logsOf } from './logs.ts';
import { messagesOf } from './messages.ts';
import { requestsOf } from './requests.ts';
import { flowSetsOf, queuesOf } from './places.ts';
import { secretsIn } from './secrets.ts';
import { slotsOf } from './slots.ts';
import { triggersOf } from './triggers.ts';
import { type Bill, billOf } from './units.ts';

export interface EmbeddedOptions {
  /**
   * Holds `baton.db`, `baton.lock` and `blobs/`, `baton.key` once it was asked for, and
   * `secrets.json` where somebody puts one. Made when it is not there.
   */
  readonly directory: string;
  readonly meter?: Meter;
  /** A clock without `after` is woken by the system's timers. */
  readonly clock?: Clock & Partial<WakingClock>;
}

export interface EmbeddedReader {
  readonly store: StateStore;
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
  readonly secretStore: SecretStore;
  readonly logs: LogSink & LogReader;
  /** Seals what is secret, where the environment gives no other. Undefined where it cannot be read. */
  readonly encryptionKey: () => Promise<KeyObject | undefined>;
  readonly close: () => Promise<void>;
}

export interface Embedded extends EmbeddedReader {
  /** Made when it is asked for the first time. */
  readonly encryptionKey: () => Promise<KeyObject>;
  readonly queue: Queue;
  readonly deliveries: Pick<Deliveries, 'start' | 'stop' | 'idle'>;
  /** Resolves with the reason when the store has failed and refuses all work until reopened. */
  readonly failed: Promise<unknown>;
}

export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { file, lockFile, blobs, secrets, key } = filesIn(options.directory);
  try {
    mkdirSync(blobs, { recursive: true });
    // SQLite does not say that a file system is mounted read-only, only that it cannot open a file.
    accessSync(blobs, constants.W_OK);
  } catch (error) {
    throw explained(error, blobs);
  }
  const unlock = takeLock(lockFile, file);
  try {
    const clock: WakingClock = { ...systemClock, ...options.clock };
    const database = openDatabase(file);
    const commits = new GroupCommit(database, file, false);
    await commits.write(() => {
      signIn(database, clock.now());
      sweepKeyValues(database, clock.now());
    });
    await commits.settled();
    const bill = billOf(options.meter ?? silent);
    const messages = messagesOf(commits, clock, bill);
    const deliveries = new Deliveries(commits, messages, clock);
    return {
      ...portsOf(commits, blobs, bill, clock),
      secretStore: secretsIn(secrets),
      encryptionKey: () => keptKey(key),
      queue: { send: (sent) => messages.send(sent) },
      deliveries,
      failed: commits.failed,
      async close() {
        // A failed store cannot settle; it is closed all the same, so that it can be reopened.
        await deliveries.stop().catch(() => undefined);
        if (database.isOpen) database.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** For looking on, also while another process runs. Writing is refused. */
export async function openEmbeddedReadOnly(
  options: Pick<EmbeddedOptions, 'directory'>,
): Promise<EmbeddedReader> {
  const { file, blobs, secrets, key } = filesIn(options.directory);
  const database = openDatabaseReadOnly(file);
  const commits = new GroupCommit(database, file, true);
  return {
    ...portsOf(commits, blobs, billOf(silent), systemClock),
    secretStore: secretsIn(secrets),
    encryptionKey: () => keyIfReadable(key),
    close: async () => database.close(),
  };
}

function portsOf(commits: GroupCommit, blobs: string, bill: Bill, clock: Clock) {
  const store: StateStore = {
    ...executionsOf(commits, bill),
    ...requestsOf(commits, bill),
    ...overdueOf(commits, bill),
    ...slotsOf(commits, bill),
    ...joinsOf(commits, bill),
    ...placesOf(commits, bill),
    ...flowsOf(commits, bill),
    ...flowSetsOf(commits, bill),
    ...queuesOf(commits, bill),
    ...listsOf(commits, bill),
    ...haltedOf(commits, bill),
    ...triggersOf(commits, bill, clock),
    settled: () => commits.settled(),
  };
  return {
    store,
    keyValues: keyValuesOf(commits, bill),
    blobs: blobsIn(blobs, bill),
    logs: logsOf(commits),
  };
}

type FileName = 'file' | 'lockFile' | 'blobs' | 'secrets' | 'key';

function filesIn(directory: string): Record<FileName, string> {
  const folder = resolve(directory);
  return {
    file: join(folder, 'baton.db'),
    lockFile: join(folder, 'baton.lock'),
    blobs: join(folder, 'blobs'),
    secrets: join(folder, 'secrets.json'),
    key: join(folder, 'baton.key'),
  };
}

const silent: Meter = { count: () => undefined };
