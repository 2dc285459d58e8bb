/**
 * What every AWS task shares: the connection properties, and one SDK client per connection, kept for
 * the life of the process so that a warm function reuses its sockets and credentials.
 *
 * Where a flow names nothing, the context's defaults count (local runs), then the SDK's default
 * chain, which on Lambda is the function's own role.
 */
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ExpressionWrapper, TaskContext, Z } from '../define.ts';
import { TaskFailure } from '../define.ts';
import { assumedRole } from './assume-role.ts';
import { type ClientSettings, staticKeys } from './client-settings.ts';
import { refuseOwn } from './own.ts';
import { checkedHandler } from './endpoint.ts';

/** The properties, to be spread into a task's own. */
export function connectionProperties(z: Z, expression: ExpressionWrapper) {
  const text = (description: string) => expression(z.string()).optional().describe(description);
  return {
    accessKeyId: text('Access key. Used together with `secretKeyId`, else not at all.'),
    secretKeyId: text('Secret key of `accessKeyId`.'),
    sessionToken: text('Session token of temporary keys.'),
    region: text('AWS region. Default: the region the engine runs in.'),
    endpointOverride: text('Address to call instead of the AWS endpoint. Empty means none.'),
    stsRoleArn: text('Role to assume. Wins over static keys, which are not used to assume it.'),
    stsRoleExternalId: text('External id the role asks for.'),
    stsRoleSessionName: text('Name of the session of the assumed role.'),
    stsEndpointOverride: text('Address to call instead of the STS endpoint.'),
    stsRoleSessionDuration: expression(z.iso.duration())
      .default('PT15M')
      .describe('How long the credentials of the assumed role hold.'),
    compatibilityMode: expression(z.boolean())
      .default(false)
      .describe('Accepted for S3-compatible stores; no effect on other services.'),
    forcePathStyle: expression(z.boolean())
      .default(false)
      .describe('Accepted for S3; no effect on other services.'),
  };
}

export interface Connection {
  readonly accessKeyId?: string | undefined;
  readonly secretKeyId?: string | undefined;
  readonly sessionToken?: string | undefined;
  readonly region?: string | undefined;
  readonly endpointOverride?: string | undefined;
  readonly stsRoleArn?: string | undefined;
  readonly stsRoleExternalId?: string | undefined;
  readonly stsRoleSessionName?: string | undefined;
  readonly stsEndpointOverride?: string | undefined;
  /** Milliseconds once rendered, though the schema reads a text. */
  readonly stsRoleSessionDuration?: string | number | undefined;
}

/** A client class of the SDK, as far as making one goes. */
type ClientClass<C> = new (settings: ClientSettings) => C;

/** By class, then by connection. Classes have no names left once bundled. */
const clients = new Map<unknown, Map<string, unknown>>();
/** A flow that makes up a region or a key for each call must not fill the memory. */
const clientsMax = 50;
const connectTimeoutMs = 10_000;

/** The client of this class for this connection: the kept one, or a new one. */
export async function clientFor<C extends object>(
  Client: ClientClass<C>,
  connection: Connection,
  context: TaskContext,
): Promise<C> {
  const ofClass = clients.get(Client) ?? new Map<string, unknown>();
  clients.set(Client, ofClass);
  const key = keyOf(connection, context);
  const kept = ofClass.get(key);
  if (kept instanceof Client) return kept;
  const client = new Client(await settingsFor(connection, context));
  if (!namesItself(connection)) guard(client, context.aws.own);
  const [oldest] = ofClass.keys();
  if (ofClass.size >= clientsMax && oldest !== undefined) ofClass.delete(oldest);
  ofClass.set(key, client);
  return client;
}

/** A role or keys of the flow's own: what they allow is not the engine's to know. */
function namesItself(connection: Connection): boolean {
  return given(connection.stsRoleArn) !== undefined || staticKeys(connection) !== undefined;
}

/** Looks at what goes out, whatever the task and its operation. */
function guard(client: object, own: readonly string[] | undefined): void {
  const { middlewareStack } = client as Partial<LambdaClient>;
  middlewareStack?.add(
    (next) => async (call) => {
      refuseOwn(call.input, own);
      return next(call);
    },
    { step: 'initialize', name: 'refuseOwn' },
  );
}

/** Of a task's properties only those of the connection decide whether a client can be shared. */
function keyOf(connection: Connection, context: TaskContext): string {
  return JSON.stringify([
    connection.accessKeyId,
    connection.secretKeyId,
    connection.sessionToken,
    connection.region,
    connection.endpointOverride,
    connection.stsRoleArn,
    connection.stsRoleExternalId,
    connection.stsRoleSessionName,
    connection.stsEndpointOverride,
    connection.stsRoleSessionDuration,
    context.aws,
    context.networks,
  ]);
}

async function settingsFor(connection: Connection, context: TaskContext): Promise<ClientSettings> {
  const endpoint = given(connection.endpointOverride);
  const region = given(connection.region) ?? context.aws.region;
  const address = endpoint ?? context.aws.endpoint;
  const credentials = await credentialsFor(connection, region, context);
  return {
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      ...(endpoint !== undefined && checkedHandler(endpoint, 'endpointOverride', context.networks)),
    },
    ...(region === undefined ? {} : { region }),
    ...(address === undefined ? {} : { endpoint: address }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/**
 * A role wins over static keys. STS is called with the default credentials: the static keys do not
 * take part in assuming the role, as in Kestra.
 */
async function credentialsFor(
  connection: Connection,
  region: string | undefined,
  context: TaskContext,
): Promise<ClientSettings['credentials'] | undefined> {
  const { aws } = context;
  const named = given(connection.stsRoleArn);
  const keys = named === undefined ? staticKeys(connection) : undefined;
  const roleArn = named ?? aws.roleArn;
  if (keys !== undefined || roleArn === undefined) return keys ?? aws.credentials;
  const stsEndpoint = given(connection.stsEndpointOverride);
  const endpoint = stsEndpoint ?? aws.endpoint;
  return assumedRole(
    {
      roleArn,
      externalId: given(connection.stsRoleExternalId),
      sessionName: given(connection.stsRoleSessionName) ?? `baton-${context.now()}`,
      durationMs: Number(connection.stsRoleSessionDuration),
    },
    {
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(stsEndpoint !== undefined && {
        requestHandler: checkedHandler(stsEndpoint, 'stsEndpointOverride', context.networks),
      }),
      ...(aws.credentials === undefined ? {} : { credentials: aws.credentials }),
    },
  );
}

/** Sends by `call`, and turns what the SDK throws into a failure that names the error. */
export async function callAws<T>(service: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw awsFailure(service, error);
  }
}

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

function awsFailure(service: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TaskFailure) return error;
  const { httpStatusCode: status, requestId } = (error as SdkError).$metadata ?? {};
  const details = [`Service: ${service}`];
  if (status !== undefined) details.push(`Status Code: ${status}`);
  if (requestId !== undefined) details.push(`Request ID: ${requestId}`);
  return new TaskFailure({
    code: 'aws',
    message: `${error.name}: ${error.message} (${details.join(', ')})`,
    data: { error: error.name, ...(status === undefined ? {} : { status }) },
  });
}

/** Trimmed; an empty text means that nothing is given. */
function given(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === '' ? undefined : text;
}
