/**
 * What a running engine is made of: the ports, and settings of the place it runs in. Composition
 * roots (functions/*, src/cli, tests) build one; everything in src/runtime takes it as an argument.
 */
import type { KeyObject } from 'node:crypto';
import type {
  BlobStore,
  Clock,
  KeyValueStore,
  LogReader,
  LogSink,
  MetricSink,
  Queue,
  Random,
  SecretStore,
  StateStore,
} from '../engine/ports.ts';
import type { AwsDefaults } from '../tasks/define.ts';
import { keyForm, keyOf } from './crypto.ts';
import { FanCache } from './fan-cache.ts';
import { FlowCache } from './flow-cache.ts';
import { Halts } from './halts.ts';
import { ListenerCache } from './listeners.ts';
import { notingFailures } from './port-failure.ts';
import { encryptionKeyVariable } from './secrets.ts';

export interface Runtime {
  readonly store: StateStore;
  readonly keyValues: KeyValueStore;
  /** Absent: secrets come from the environment alone. */
  readonly secretStore?: SecretStore;
  readonly queue: Queue;
  readonly blobs: BlobStore;
  readonly logs: LogSink & LogReader;
  readonly metrics: MetricSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly flows: FlowCache;
  readonly fans: FanCache;
  readonly halts: Halts;
  readonly listeners: ListenerCache;
  readonly settings: Settings;
}

export interface Settings {
  /** `envs.*` of expressions: names in lower case, without the prefix. */
  readonly envs: Readonly<Record<string, string>>;
  /** `globals.*` of expressions. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Secrets by upper-case name, where they come from the environment (`SECRET_<NAME>`, base64). */
  readonly secrets: Readonly<Record<string, string>>;
  /** Opens and seals values of SECRET inputs; without it flows that have some cannot be started. */
  readonly encryptionKey?: KeyObject;
  readonly aws: AwsDefaults;
  /**
   * Networks beside the public internet that requests of flows may go to: `loopback`, `private`, or
   * such as 10.1.0.0/16.
   */
  readonly networks?: readonly string[];
}

/** A setting that cannot be used: nothing starts. The message never shows the value. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
}

export const noSettings: Settings = { envs: {}, globals: {}, secrets: {}, aws: {} };

export const silentMetrics: MetricSink = { count: () => undefined, duration: () => undefined };

/** What a process keeps in mind from one message to the next. */
type Memories = Pick<Runtime, 'flows' | 'fans' | 'halts' | 'listeners'>;

/** A runtime from its ports, with memories of its own but for those that are given. */
export function runtimeOf(
  ports: Omit<Runtime, keyof Memories>,
  memories: Partial<Memories> = {},
): Runtime {
  const { clock } = ports;
  const store = notingFailures(ports.store);
  return {
    ...ports,
    store,
    queue: notingFailures(ports.queue),
    blobs: notingFailures(ports.blobs),
    keyValues: notingFailures(ports.keyValues),
    flows: memories.flows ?? new FlowCache(store),
    fans: memories.fans ?? new FanCache(),
    halts: memories.halts ?? new Halts(store, clock),
    listeners: memories.listeners ?? new ListenerCache(store, clock),
  };
}

const networksVariable = 'BATON_ALLOWED_NETWORKS';

const prefixes = ['ENV_', 'KESTRA_'];

/** Settings read from environment variables, as Kestra reads them. */
export function settingsFrom(environment: Readonly<Record<string, string | undefined>>): Settings {
  const envs: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (name.startsWith('SECRET_')) secrets[name.slice(7).toUpperCase()] = decodeBase64(value);
    const prefix = prefixes.find((start) => name.startsWith(start));
    if (prefix) envs[name.slice(prefix.length).toLowerCase()] = value;
  }
  return {
    envs,
    globals: {},
    secrets,
    ...encryptionKeyFrom(environment[encryptionKeyVariable]),
    ...networksFrom(environment[networksVariable]),
    aws: {},
  };
}

/** Separated by commas. */
function networksFrom(text: string | undefined): Pick<Settings, 'networks'> {
  if (text === undefined) return {};
  const networks = text.split(',').map((one) => one.trim());
  const known = /^(loopback|private|[0-9a-f:.]+\/\d{1,3})$/;
  if (text.trim() === '') return { networks: [] };
  if (networks.every((one) => known.test(one))) return { networks };
  throw new InvalidSetting(
    `${networksVariable} lists loopback, private, or networks such as 10.1.0.0/16`,
  );
}

function encryptionKeyFrom(text: string | undefined): Pick<Settings, 'encryptionKey'> {
  if (text === undefined || text === '') return {};
  const encryptionKey = keyOf(text);
  if (encryptionKey) return { encryptionKey };
  throw new InvalidSetting(
    `${encryptionKeyVariable} must be ${keyForm} (make one with: openssl rand -base64 32)`,
  );
}

function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
