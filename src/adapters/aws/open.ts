/**
 * Everything of AWS the runtime needs, composed from the environment that the stack sets.
 *
 * Clients are made once per process and tuned for Lambda: connections are kept, a host that does not
 * answer is given up within a second, and retries end well within the shortest function time-out.
 * What an ordinary step does not use is loaded when first asked for.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type {
  BlobStore,
  Clock,
  KeyValueStore,
  LogReader,
  LogSink,
  Queue,
  SecretStore,
  StateStore,
} from '../../engine/ports.ts';
import { openStore } from './dynamodb-store.ts';
import { openLogSink } from './log-sink.ts';
import { metered, type MeterOptions } from './meter.ts';
import { type FlushedMetrics, openMetrics } from './metrics.ts';
import { openRelease, type Release } from './release.ts';
import type { Scheduler, SchedulerOptions } from './scheduler.ts';
import { openQueue } from './sqs-queue.ts';

/** Names of the variables; `infra` sets them. */
export const environment = {
  table: 'BATON_TABLE',
  bucket: 'BATON_BUCKET',
  fastQueueUrl: 'BATON_FAST_QUEUE_URL',
  longQueueUrl: 'BATON_LONG_QUEUE_URL',
  fastQueueArn: 'BATON_FAST_QUEUE_ARN',
  longQueueArn: 'BATON_LONG_QUEUE_ARN',
  scheduleGroup: 'BATON_SCHEDULE_GROUP',
  scheduleRoleArn: 'BATON_SCHEDULE_ROLE_ARN',
  /** Separated by commas. */
  stepLogGroups: 'BATON_STEP_LOG_GROUPS',
  /** Optional: below it stand `<namespace>/<NAME>`, for instance `/baton/secrets`. */
  secretsPrefix: 'BATON_SECRETS_PREFIX',
  /** `secrets-manager`, or Parameter Store where it is anything else. */
  secretsSource: 'BATON_SECRETS_SOURCE',
  /** Optional. */
  retentionDays: 'BATON_RETENTION_DAYS',
} as const;

/**
 * A record is billed $0.625 per million and kilobyte, a blob $5 and $0.40 for each time it is read:
 * equal at 9 KB. Up to 16 KB the record is kept for being faster.
 */
const recordBytesMax = 16 * 1024;

/** From a line on standard output to CloudWatch Logs that finds it: seconds, as a rule. */
const logLagMs = 5_000;

export interface AwsOptions {
  /** Default: the variables above in `process.env`. One that is missing is an error on first use. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly region?: string;
  /** One address for every service, or one per service: emulators. */
  readonly endpoint?: string | Partial<Record<Service, string>>;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly metering?: MeterOptions;
  readonly clock?: Clock;
}

type Service = 'dynamodb' | 'sqs' | 's3' | 'scheduler' | 'logs' | 'ssm' | 'secretsmanager';

export interface Aws {
  readonly store: StateStore;
  readonly keyValues: KeyValueStore;
  readonly queue: Queue;
  readonly release: Release;
  readonly blobs: BlobStore;
  /** The text of a parameter of Parameter Store; undefined where there is none. */
  readonly parameter: (path: string) => Promise<string | undefined>;
  /** Absent where no prefix is set. */
  readonly secretStore?: SecretStore;
  readonly logs: LogSink & LogReader;
  readonly metrics: FlushedMetrics;
}

export function openAws(options: AwsOptions = {}): Aws {
  const variables = options.environment ?? process.env;
  const read: Read = (name) => {
    const value = variables[environment[name]];
    if (value === undefined || value === '') {
      throw new Error(`The environment variable ${environment[name]} is not set.`);
    }
    return value;
  };
  const days = variables[environment.retentionDays];
  const dynamodb = metered(new DynamoDBClient(settings(options, 'dynamodb')), options.metering);
  const table = read('table');
  const store = openStore(dynamodb, {
    table,
    ...(days !== undefined && { retentionDays: Number(days) }),
    ...(options.clock !== undefined && { clock: options.clock }),
  });
  const keyValues = once(async () =>
    (await import('./key-values.ts')).openKeyValues(dynamodb, table),
  );
  const queue = once(() => openLanes(options, read));
  const blobs = once(() => openBlobs(options, read('bucket')));
  const reader = once(() => openReader(options, read('stepLogGroups').split(','), store));
  return {
    store,
    keyValues: {
      get: async (...asked) => (await keyValues()).get(...asked),
      put: async (...asked) => (await keyValues()).put(...asked),
      delete: async (...asked) => (await keyValues()).delete(...asked),
      list: async (...asked) => (await keyValues()).list(...asked),
    },
    queue: { send: async (messages) => queue().send(messages) },
    release: async (queueArn, receiptHandle, receives) =>
      queue().release(queueArn, receiptHandle, receives),
    blobs: {
      recordBytesMax,
      put: async (key, bytes) => (await blobs()).put(key, bytes),
      get: async (key) => (await blobs()).get(key),
      size: async (key) => (await blobs()).size(key),
      delete: async (key) => (await blobs()).delete(key),
    },
    parameter: async (path) =>
      (await import('./parameter-store.ts')).openParameters(settings(options, 'ssm'))([path]),
    ...secretStoreOf(options, variables),
    logs: {
      ...openLogSink(),
      lagMs: logLagMs,
      readLogs: async (...query) => (await reader()).readLogs(...query),
    },
    metrics: openMetrics(),
  };
}

type Read = (name: keyof typeof environment) => string;

function openLanes(options: AwsOptions, read: Read): Queue & { release: Release } {
  const sqs = metered(new SQSClient(settings(options, 'sqs')), options.metering);
  const urls = { fast: read('fastQueueUrl'), long: read('longQueueUrl') };
  const queueArns = { fast: read('fastQueueArn'), long: read('longQueueArn') };
  const scheduler = once(() =>
    openSchedules(options, {
      queueArns,
      roleArn: read('scheduleRoleArn'),
      group: read('scheduleGroup'),
    }),
  );
  const queue = openQueue(sqs, {
    urls,
    scheduler: { schedule: async (message) => (await scheduler()).schedule(message) },
    ...(options.clock !== undefined && { clock: options.clock }),
  });
  return { ...queue, release: openRelease(sqs, urls, queueArns) };
}

async function openBlobs(options: AwsOptions, bucket: string) {
  const { S3Client, openBlobs: open } = await import('./s3-blobs.ts');
  // Bucket names in host names do not resolve at an emulator's address.
  const forcePathStyle = options.endpoint !== undefined;
  const client = new S3Client({ ...settings(options, 's3'), forcePathStyle });
  return open(metered(client, options.metering), bucket);
}

function secretStoreOf(
  options: AwsOptions,
  variables: NonNullable<AwsOptions['environment']>,
): { readonly secretStore?: SecretStore } {
  const { secretsPrefix, secretsSource } = environment;
  const [prefix = '', source] = [variables[secretsPrefix], variables[secretsSource]];
  if (prefix === '') return {};
  const secrets = once(async () => {
    const { openSecrets } = await import('./secrets.ts');
    const { clock = { now: () => Date.now() } } = options;
    return openSecrets({ prefix, source, clock, settings: (name) => settings(options, name) });
  });
  return {
    secretStore: { find: async (namespaces, name) => (await secrets()).find(namespaces, name) },
  };
}

async function openSchedules(options: AwsOptions, schedules: SchedulerOptions): Promise<Scheduler> {
  const { SchedulerClient, openScheduler } = await import('./scheduler.ts');
  const client = new SchedulerClient(settings(options, 'scheduler'));
  return openScheduler(metered(client, options.metering), schedules);
}

async function openReader(
  options: AwsOptions,
  groups: readonly string[],
  store: StateStore,
): Promise<Pick<LogReader, 'readLogs'>> {
  const { CloudWatchLogsClient, openLogReader } = await import('./log-reader.ts');
  const client = new CloudWatchLogsClient(settings(options, 'logs'));
  const startOf = async (id: string) => (await store.readExecution(id))?.createdAt;
  return openLogReader(client, { groups, startOf });
}

/** Functions differ in what they use and are given: a port asks for its variables on first use. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function settings({ region, endpoint, credentials }: AwsOptions, service: Service) {
  const address = typeof endpoint === 'string' ? endpoint : endpoint?.[service];
  return {
    ...(region !== undefined && { region }),
    ...(address !== undefined && { endpoint: address }),
    ...(credentials !== undefined && { credentials }),
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 1000,
      // Records and messages are small; values in S3 need not be.
      requestTimeout: service === 's3' ? 30_000 : 5000,
      throwOnRequestTimeout: true,
    },
  };
}
