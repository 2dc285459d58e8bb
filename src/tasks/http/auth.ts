/** Who asks: basic, bearer, digest, or AWS Signature 4 for Function URLs with IAM. */
import { randomBytes } from 'node:crypto';
import { type TaskContext, TaskFailure } from '../define.ts';
import { assumedRole } from '../aws/assume-role.ts';
import type { Keys, TemporaryKeys } from '../aws/client-settings.ts';
import type { Authorizer, HttpRequest } from './client.ts';
import { type DigestAccount, digestAuthorization } from './digest.ts';

export interface Auth {
  readonly type: 'BASIC' | 'BEARER' | 'DIGEST' | 'AWS_SIGV4';
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly region?: string | undefined;
  readonly service?: string | undefined;
}

type AwsContext = Pick<TaskContext, 'aws' | 'now'>;

const anonymous: Authorizer = { authorize: async (request) => request };

/** A header that the flow sets itself stays as it is. */
export function authorizerOf(auth: Auth | undefined, context: AwsContext): Authorizer {
  switch (auth?.type) {
    case undefined:
      return anonymous;
    case 'BASIC': {
      const pair = Buffer.from(`${auth.username ?? ''}:${auth.password ?? ''}`);
      return withAuthorization(`Basic ${pair.toString('base64')}`);
    }
    case 'BEARER':
      return withAuthorization(`Bearer ${auth.token ?? ''}`);
    case 'DIGEST':
      return digest({ username: auth.username ?? '', password: auth.password ?? '' });
    case 'AWS_SIGV4':
      return { authorize: (request) => signed(request, auth, context) };
  }
}

function withAuthorization(value: string): Authorizer {
  return { authorize: async (request) => authorized(request, value) };
}

function authorized(request: HttpRequest, value: string): HttpRequest {
  return { ...request, headers: request.headers.withDefault('Authorization', value) };
}

/** Asks without a word first: what to say depends on the server's challenge. */
function digest(account: DigestAccount): Authorizer {
  return {
    ...anonymous,
    answer(request, { headers }) {
      if (request.headers.get('authorization') !== undefined) return undefined;
      const clientNonce = randomBytes(24).toString('base64url');
      const { method, url } = request;
      const challenges = headers.all('www-authenticate');
      const value = digestAuthorization(challenges, account, { method, url, clientNonce });
      return value === undefined ? undefined : authorized(request, value);
    },
  };
}

async function signed(request: HttpRequest, auth: Auth, context: AwsContext): Promise<HttpRequest> {
  const { AwsV4Signer } = await import('aws4fetch');
  const signer = new AwsV4Signer({
    ...(await keysOf(context)),
    region: regionOf(request.url, auth, context),
    service: serviceOf(auth, request.url),
    method: request.method,
    url: request.url.href,
    ...(request.body === undefined ? {} : { body: new Uint8Array(request.body) }),
  });
  const { headers } = await signer.sign();
  let all = request.headers;
  // The names a signature covers come back in lower case, `host` among them, which is set anyway.
  for (const [name, value] of headers) if (name !== 'host') all = all.with(name, value);
  return { ...request, headers: all };
}

/**
 * Services whose addresses are those of somebody's function or API. The engine signs with its own
 * role, which may do to its table and queues what no flow should: for the services themselves there
 * are tasks, which look at what is asked for.
 */
const services: ReadonlySet<string> = new Set([
  'lambda',
  'execute-api',
  'appsync',
  'vpc-lattice-svcs',
]);

function serviceOf({ service = 'lambda' }: Auth, url: URL): string {
  const isApiOfLambda =
    service === 'lambda' &&
    /(^|\.)lambda(-fips)?\.[a-z0-9-]+\.(amazonaws|api)\./.test(url.hostname);
  if (services.has(service) && !isApiOfLambda) return service;
  throw new TaskFailure({
    code: 'aws-service',
    message: `AWS_SIGV4 signs for Function URLs (lambda), ${[...services].slice(1).join(', ')}; for the API of "${service}" use a task of its own.`,
    retryable: false,
  });
}

/** The role that flows have, the context's credentials, or on Lambda those of the function's own role. */
async function keysOf({ aws, now }: AwsContext): Promise<Keys> {
  if (aws.roleArn !== undefined) return keysOfRole(aws.roleArn, aws, now());
  if (aws.credentials !== undefined) return aws.credentials;
  const accessKeyId = process.env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = process.env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = process.env['AWS_SESSION_TOKEN'];
  if (!accessKeyId || !secretAccessKey) {
    throw new TaskFailure({
      code: 'aws-credentials',
      message: 'AWS_SIGV4 needs credentials, and neither the engine nor the environment has any.',
      retryable: false,
    });
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** Kept until shortly before they end. */
const keysOfRoles = new Map<string, TemporaryKeys>();
const keysMs = 60 * 60_000;
const renewedMs = 5 * 60_000;

async function keysOfRole(roleArn: string, aws: AwsContext['aws'], now: number): Promise<Keys> {
  const known = keysOfRoles.get(roleArn);
  if (known && (known.expiration?.getTime() ?? 0) - renewedMs > now) return known;
  const role = { roleArn, externalId: undefined, sessionName: 'baton', durationMs: keysMs };
  const { region, endpoint, credentials } = aws;
  const keys = await assumedRole(role, {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
  })();
  keysOfRoles.set(roleArn, keys);
  return keys;
}

/** A Function URL names its region: `https://<id>.lambda-url.<region>.on.aws/`. */
function regionOf(url: URL, auth: Auth, { aws }: AwsContext): string {
  const named = /\.lambda-url\.([a-z0-9-]+)\.on\.aws$/.exec(url.hostname)?.[1];
  return auth.region ?? named ?? aws.region ?? process.env['AWS_REGION'] ?? 'us-east-1';
}
