/** The `options` of HTTP tasks: their schema, and one settled form of the current and older names. */
import type { ExpressionWrapper, Z } from '../define.ts';
import type { Auth } from './auth.ts';
import type { Proxy } from './client.ts';

const logKinds = ['REQUEST_HEADERS', 'REQUEST_BODY', 'RESPONSE_HEADERS', 'RESPONSE_BODY'] as const;
export type LogKind = (typeof logKinds)[number];

export function optionsSchema(z: Z, expression: ExpressionWrapper) {
  return z
    .strictObject({
      timeout: z
        .strictObject({
          connectTimeout: duration(z, expression, 'Longest time for connecting.'),
          readIdleTimeout: duration(
            z,
            expression,
            'Longest time without any data. PT5M if absent.',
          ),
        })
        .optional(),
      proxy: proxySchema(z, expression).optional(),
      auth: authSchema(z, expression).optional(),
      ssl: sslSchema(z, expression).optional(),
      followRedirects: expression(z.boolean())
        .default(true)
        .describe('Whether to follow redirects.'),
      allowFailed: expression(z.boolean())
        .default(false)
        .describe('Whether status codes of 400 and above are fine.'),
      allowedResponseCodes: expression(z.array(z.int()))
        .optional()
        .describe('The only status codes that are fine, when given.'),
      defaultCharset: expression(z.string()).default('UTF-8').describe('Charset of the request.'),
      logs: z.array(z.enum(logKinds)).optional().describe('What to log, at DEBUG and TRACE.'),
      ...deprecatedOptions(z, expression),
    })
    .optional()
    .describe('How to ask: time-outs, authentication, what counts as a failure.');
}

function duration(z: Z, expression: ExpressionWrapper, description: string) {
  return expression(z.iso.duration()).optional().describe(description);
}

function authSchema(z: Z, expression: ExpressionWrapper) {
  const text = (description: string) => expression(z.string()).optional().describe(description);
  return z
    .strictObject({
      type: z
        .enum(['BASIC', 'BEARER', 'DIGEST', 'AWS_SIGV4'])
        .describe(
          'AWS_SIGV4 signs with the credentials of the engine, for Function URLs with IAM.',
        ),
      username: text('BASIC and DIGEST: name of the user.'),
      password: text('BASIC and DIGEST: password of the user.'),
      token: text('BEARER: the token.'),
      region: text('AWS_SIGV4: region of the service. Read from a Function URL if absent.'),
      service: text('AWS_SIGV4: name of the service. `lambda` if absent.'),
    })
    .describe('Authentication.');
}

/** Of SOCKS proxies nobody asks here; DIRECT is the word for none. */
const proxyTypes = ['DIRECT', 'HTTP'] as const;

function proxySchema(z: Z, expression: ExpressionWrapper) {
  const text = (description: string) => expression(z.string()).optional().describe(description);
  return z
    .strictObject({
      type: expression(z.enum(proxyTypes))
        .optional()
        .describe('DIRECT goes without the proxy. HTTP if absent and there is an address.'),
      address: text('Host of the proxy.'),
      port: expression(z.int().min(1).max(65_535)).optional().describe('Its port. 80 if absent.'),
      username: text('Name of the user at the proxy.'),
      password: text('Password of the user at the proxy.'),
    })
    .describe('An HTTP proxy; requests to https addresses go through a tunnel.');
}

export function sslSchema(z: Z, expression: ExpressionWrapper) {
  return z
    .strictObject({
      insecureTrustAllCertificates: expression(z.boolean())
        .optional()
        .describe('True accepts any certificate.'),
    })
    .describe('TLS.');
}

/** Names of older releases. Those marked so have no effect, as in Kestra. */
function deprecatedOptions(z: Z, expression: ExpressionWrapper) {
  return {
    connectTimeout: duration(z, expression, 'Deprecated: use `timeout.connectTimeout`.'),
    readTimeout: duration(z, expression, 'Deprecated: use `timeout.readIdleTimeout`.'),
    readIdleTimeout: duration(z, expression, 'Deprecated: no effect.'),
    connectionPoolIdleTimeout: duration(z, expression, 'Deprecated: no effect.'),
    maxContentLength: expression(z.int()).optional().describe('Deprecated: no effect.'),
    basicAuthUser: expression(z.string()).optional().describe('Deprecated: use `auth.username`.'),
    basicAuthPassword: expression(z.string())
      .optional()
      .describe('Deprecated: use `auth.password`.'),
    proxyType: expression(z.enum(proxyTypes)).optional().describe('Deprecated: use `proxy.type`.'),
    proxyAddress: expression(z.string()).optional().describe('Deprecated: use `proxy.address`.'),
    proxyPort: expression(z.int()).optional().describe('Deprecated: use `proxy.port`.'),
    proxyUsername: expression(z.string()).optional().describe('Deprecated: use `proxy.username`.'),
    proxyPassword: expression(z.string()).optional().describe('Deprecated: use `proxy.password`.'),
    logLevel: z.string().optional().describe('Deprecated: use `logs`.'),
  };
}

/** Durations are read as text and rendered to milliseconds. */
type Duration = string | number | undefined;

export interface GivenOptions {
  readonly timeout?:
    | { readonly connectTimeout?: Duration; readonly readIdleTimeout?: Duration }
    | undefined;
  readonly proxy?: GivenProxy | undefined;
  readonly auth?: Auth | undefined;
  readonly ssl?: { readonly insecureTrustAllCertificates?: boolean | undefined } | undefined;
  readonly followRedirects?: boolean | undefined;
  readonly allowFailed?: boolean | undefined;
  readonly allowedResponseCodes?: readonly number[] | undefined;
  readonly defaultCharset?: string | undefined;
  readonly logs?: readonly LogKind[] | undefined;
  readonly connectTimeout?: Duration;
  readonly readTimeout?: Duration;
  readonly basicAuthUser?: string | undefined;
  readonly basicAuthPassword?: string | undefined;
  readonly proxyType?: GivenProxy['type'];
  readonly proxyAddress?: string | undefined;
  readonly proxyPort?: number | undefined;
  readonly proxyUsername?: string | undefined;
  readonly proxyPassword?: string | undefined;
  readonly logLevel?: string | undefined;
}

interface GivenProxy {
  readonly type?: (typeof proxyTypes)[number] | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface HttpOptions {
  readonly connectTimeoutMs: number | undefined;
  readonly idleTimeoutMs: number;
  readonly proxy: Proxy | undefined;
  readonly auth: Auth | undefined;
  readonly trustsAllCertificates: boolean;
  readonly followRedirects: boolean;
  readonly allowFailed: boolean;
  readonly allowedCodes: readonly number[];
  readonly charset: string;
  readonly logs: readonly LogKind[];
}

const idleTimeoutMsDefault = 300_000;

export function settle(given: GivenOptions): HttpOptions {
  return {
    connectTimeoutMs: ms(given.timeout?.connectTimeout ?? given.connectTimeout),
    idleTimeoutMs: ms(given.timeout?.readIdleTimeout ?? given.readTimeout) ?? idleTimeoutMsDefault,
    proxy: proxyOf(given),
    auth: given.auth ?? basicAuth(given),
    trustsAllCertificates: given.ssl?.insecureTrustAllCertificates ?? false,
    followRedirects: given.followRedirects ?? true,
    allowFailed: given.allowFailed ?? false,
    // A list that was rendered may hold codes as text.
    allowedCodes: (given.allowedResponseCodes ?? []).map(Number),
    charset: given.defaultCharset ?? 'UTF-8',
    logs: given.logs ?? logsOfLevel(given.logLevel),
  };
}

function proxyOf(given: GivenOptions): Proxy | undefined {
  const { type, address, port, username, password } = given.proxy ?? {
    type: given.proxyType,
    address: given.proxyAddress,
    port: given.proxyPort,
    username: given.proxyUsername,
    password: given.proxyPassword,
  };
  if (type === 'DIRECT' || address === undefined || address === '') return undefined;
  return { address, port: port ?? 80, username, password };
}

function ms(duration: Duration): number | undefined {
  return duration === undefined ? undefined : Number(duration);
}

function basicAuth(given: GivenOptions): Auth | undefined {
  if (given.basicAuthUser === undefined) return undefined;
  return { type: 'BASIC', username: given.basicAuthUser, password: given.basicAuthPassword };
}

function logsOfLevel(level: string | undefined): readonly LogKind[] {
  switch (level?.toUpperCase()) {
    case 'TRACE':
      return logKinds;
    case 'DEBUG':
      return ['REQUEST_HEADERS', 'RESPONSE_HEADERS'];
    case 'INFO':
      return ['RESPONSE_HEADERS'];
    default:
      return [];
  }
}
