/**
 * One request as a flow describes it: the properties that HTTP tasks have in common, what goes out,
 * and whether the answer is fine. What becomes of the answer is left to the task.
 */
import { type ExpressionWrapper, type TaskContext, TaskFailure, type Z } from '../define.ts';
import { authorizerOf } from './auth.ts';
import { buildBody } from './body.ts';
import { exchange, ExchangeError, type HttpRequest, type HttpResponse } from './client.ts';
import { acceptedEncodings } from './encoding.ts';
import { logRequest, logResponse } from './exchange-log.ts';
import { HeaderMap } from './header-map.ts';
import {
  type GivenOptions,
  type HttpOptions,
  optionsSchema,
  settle,
  sslSchema,
} from './options.ts';

const quotedBodyMax = 4_000;
/** Repeating these does no harm, so they need no key. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export function requestProperties(z: Z, expression: ExpressionWrapper) {
  return {
    uri: expression(z.string().min(1)).describe('The address. Spaces are encoded, nothing else.'),
    method: expression(z.string()).default('GET').describe('The HTTP method.'),
    params: expression(z.record(z.string(), z.unknown()))
      .optional()
      .describe('Query parameters: a value, or a list of values, by name.'),
    body: expression(z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]))
      .optional()
      .describe('The body. A map or a list is sent as JSON.'),
    formData: expression(z.record(z.string(), z.unknown()))
      .optional()
      .describe('Form fields; with `contentType: multipart/form-data` also files.'),
    contentType: expression(z.string())
      .default('application/json')
      .describe('Content type of the request.'),
    headers: expression(z.record(z.string(), z.unknown())).optional().describe('Headers by name.'),
    options: optionsSchema(z, expression),
    allowFailed: expression(z.boolean())
      .optional()
      .describe('Deprecated: use `options.allowFailed`.'),
    sslOptions: sslSchema(z, expression).optional().describe('Deprecated: use `options.ssl`.'),
  };
}

/** The properties once they are rendered. */
export interface GivenRequest {
  readonly uri: string;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  readonly formData?: Readonly<Record<string, unknown>> | undefined;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly options?: GivenOptions | undefined;
  readonly allowFailed?: boolean | undefined;
  readonly sslOptions?: GivenOptions['ssl'];
}

interface Answer {
  /** The address that was asked, as text. */
  readonly uri: string;
  readonly response: HttpResponse;
  readonly allowsFailed: boolean;
}

/** What a request needs of the task that makes it. */
export type AskContext = Pick<
  TaskContext,
  'aws' | 'networks' | 'log' | 'getFile' | 'now' | 'signal' | 'token'
>;

interface AskOptions {
  /** Of the answer, unpacked. */
  readonly bodyBytesMax: number;
  /** Neither the log nor a failure shows the answer's body. */
  readonly hidesBody?: boolean;
}

/** Asks, and fails where the status code is none that the flow allows. */
export async function ask(
  task: GivenRequest,
  context: AskContext,
  { bodyBytesMax, hidesBody = false }: AskOptions,
): Promise<Answer> {
  const settled = settle({
    ...task.options,
    allowFailed: task.allowFailed ?? task.options?.allowFailed,
    ssl: task.sslOptions ?? task.options?.ssl,
  });
  const logs = settled.logs.filter((kind) => !hidesBody || kind !== 'RESPONSE_BODY');
  const options = { ...settled, logs };
  const address = addressOf(task.uri, task.params ?? {});
  const body = await buildBody({ ...task, charset: options.charset }, context);
  const method = task.method.toUpperCase();
  const headers = headersOf(task.headers ?? {})
    .withDefault('Content-Type', body.contentType)
    .withDefault('Accept-Encoding', acceptedEncodings)
    .withDefault('User-Agent', 'Baton')
    .withDefault('Idempotency-Key', safeMethods.has(method) ? undefined : keyOf(context));
  const request = { method, url: address.url, headers, body: body.bytes };
  const response = await sent(request, { options, bodyBytesMax }, context);
  if (!isAllowed(response.status, options)) {
    throw statusFailure(response, context, hidesBody);
  }
  return { uri: address.text, response, allowsFailed: options.allowFailed };
}

async function sent(
  request: HttpRequest,
  { options, bodyBytesMax }: { readonly options: HttpOptions; readonly bodyBytesMax: number },
  context: AskContext,
): Promise<HttpResponse> {
  logRequest(request, options.logs, context);
  try {
    const response = await exchange(request, {
      ...options,
      signal: context.signal,
      bodyBytesMax,
      networks: context.networks ?? [],
      authorizer: authorizerOf(options.auth, context),
    });
    logResponse(response, options.logs, context);
    return response;
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error;
    const message = `${error.message} (${request.method} ${request.url.origin})`;
    throw new TaskFailure({ code: 'http-exchange', message }, { cause: error.cause });
  }
}

/** The address as text, as the flow gave it where it has no parameters, and as a URL. */
function addressOf(
  uri: string,
  params: Readonly<Record<string, unknown>>,
): { text: string; url: URL } {
  const text = uri.trim().replaceAll(' ', '%20');
  const url = URL.parse(text);
  if (url === null) throw invalid('http-uri', `"${uri}" is not an address.`);
  for (const [name, value] of Object.entries(params)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      url.searchParams.append(name, scalar(`params.${name}`, item));
    }
  }
  return { text: Object.keys(params).length === 0 ? text : url.href, url };
}

function headersOf(headers: Readonly<Record<string, unknown>>): HeaderMap {
  return new HeaderMap(
    Object.entries(headers).flatMap(([name, value]) =>
      (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) => headerOf(name, item)),
    ),
  );
}

function headerOf(name: string, value: unknown): readonly [string, string] {
  const text = scalar(`headers.${name}`, value);
  // Node would refuse these too, in the middle of the exchange and in other words.
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
    throw invalid('http-header', `headers.${name} is not a valid HTTP header.`);
  }
  return [name, text];
}

function scalar(path: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid('http-property', `${path} must be a text, a number or a boolean.`);
}

/** A task run's token may hold what a header may not. */
function keyOf(context: AskContext): string {
  return context.token.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}

function isAllowed(status: number, options: HttpOptions): boolean {
  if (options.allowedCodes.length > 0) return options.allowedCodes.includes(status);
  return options.allowFailed || status < 400;
}

function statusFailure(
  response: HttpResponse,
  context: AskContext,
  hidesBody: boolean,
): TaskFailure {
  const body = hidesBody ? '' : response.body.subarray(0, quotedBodyMax).toString();
  const quoted = body === '' ? '' : ` and body:\n${body}`;
  const waitMs = retryAfterMs(response.headers.get('retry-after'), context.now());
  return new TaskFailure({
    code: 'http-status',
    message: `Failed http request with response code '${response.status}'${quoted}`,
    data: { status: response.status },
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  });
}

/** `Retry-After` is a number of seconds or a date. A retry waits for it at least. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const wait = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(wait) && wait > 0 ? wait : undefined;
}

export function invalid(code: string, message: string): TaskFailure {
  return new TaskFailure({ code, message, retryable: false });
}
