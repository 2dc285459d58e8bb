/** The `options` of HTTP tasks: their schema, and one settled form of the current and older names. */
import type { ExpressionWrapper, Z } from '../define.ts';
import type { Auth } from './auth.ts';

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
        .enum(['BASIC', 'BEARER', 'AWS_SIGV4'])
        .describe(
          'AWS_SIGV4 signs with the credentials of the engine, for Function URLs with IAM.',
        ),
      username: text('BASIC: name of the user.'),
      password: text('BASIC: password of the user.'),
      token: text('BEARER: the token.'),
      region: text('AWS_SIGV4: region of the service. Read from a Function URL if absent.'),
      service: text('AWS_SIGV4: name of the service. `lambda` if absent.'),
    })
    .describe('Authentication.');
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
    logLevel: z.string().optional().describe('Deprecated: use `logs`.'),
  };
}

/** Durations are read as text and rendered to milliseconds. */
type Duration = string | number | undefined;

export interface GivenOptions {
  readonly timeout?:
    | { readonly connectTimeout?: Duration; readonly readIdleTimeout?: Duration }
    | undefined;
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
  readonly logLevel?: string | undefined;
}

export interface HttpOptions {
  readonly connectTimeoutMs: number | undefined;
  readonly idleTimeoutMs: number;
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
