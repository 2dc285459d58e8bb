/**
 * One HTTP exchange: redirects, limits, time-outs and decompression. It knows no task.
 *
 * On node:http rather than fetch, for what flows ask for and fetch refuses: a GET with a body, a
 * time-out for connecting alone, certificates that are not checked, headers as they were sent.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { TaskFailure } from '../define.ts';
import { checkDestination } from './destination.ts';
import { unpack } from './encoding.ts';
import { HeaderMap } from './header-map.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: HeaderMap;
  readonly body?: Buffer | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body: Buffer;
}

export interface ExchangeOptions {
  readonly signal: AbortSignal;
  readonly followRedirects: boolean;
  readonly connectTimeoutMs: number | undefined;
  /** How long nothing may arrive. */
  readonly idleTimeoutMs: number;
  readonly bodyBytesMax: number;
  readonly trustsAllCertificates: boolean;
  readonly proxy: Proxy | undefined;
  /** Networks beside the public internet that may be reached (src/tasks/network.ts). */
  readonly networks: readonly string[];
  readonly authorizer: Authorizer;
}

/** What proves who asks. Not called once a redirect has left the first origin. */
export interface Authorizer {
  authorize(request: HttpRequest): Promise<HttpRequest>;
  /** What to ask instead after a 401; undefined where nothing else can be said. */
  answer?(request: HttpRequest, response: HttpResponse): HttpRequest | undefined;
}

/** An HTTP proxy. */
export interface Proxy {
  readonly address: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** The answer cannot be had: refused, cut off, too slow, or too large. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
}

const cutOff = 'The connection was closed before the response was complete';
const redirectsMax = 50;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Not for another origin than the one they were written for. */
const privateHeaders = ['authorization', 'proxy-authorization', 'cookie', 'x-amz-security-token'];

export async function exchange(
  request: HttpRequest,
  options: ExchangeOptions,
): Promise<HttpResponse> {
  let next = request;
  let isHome = true;
  for (let redirects = 0; redirects <= redirectsMax; redirects += 1) {
    checkDestination(next.url, options.networks);
    isHome &&= next.url.origin === request.url.origin;
    const response = isHome ? await askedAtHome(next, options) : await exchangeOnce(next, options);
    const location = response.headers.get('location');
    const isRedirect = redirectStatuses.has(response.status) && location !== undefined;
    if (!options.followRedirects || !isRedirect) return response;
    next = redirected(next, response.status, location);
  }
  throw new ExchangeError(`Maximum redirects (${redirectsMax}) exceeded`);
}

async function askedAtHome(request: HttpRequest, options: ExchangeOptions): Promise<HttpResponse> {
  const { authorizer } = options;
  const response = await exchangeOnce(await authorizer.authorize(request), options);
  const again = response.status === 401 ? authorizer.answer?.(request, response) : undefined;
  return again === undefined ? response : exchangeOnce(again, options);
}

/** 303 asks for a GET; after 301 and 302 a POST becomes one, as browsers made it. */
function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  const url = URL.parse(location, request.url.href);
  if (url === null) throw new ExchangeError(`Redirected to "${location}", which is no address`);
  const becomesGet =
    (status === 303 && request.method !== 'HEAD') ||
    ((status === 301 || status === 302) && request.method === 'POST');
  const dropped = [
    ...(url.origin === request.url.origin ? [] : privateHeaders),
    ...(becomesGet ? ['content-type', 'content-length', 'idempotency-key'] : []),
  ];
  return {
    url,
    method: becomesGet ? 'GET' : request.method,
    headers: request.headers.without(dropped),
    ...(becomesGet ? {} : { body: request.body }),
  };
}

async function exchangeOnce(request: HttpRequest, options: ExchangeOptions): Promise<HttpResponse> {
  try {
    const incoming = await start(request, options);
    const headers = HeaderMap.fromRaw(incoming.rawHeaders);
    const packed = await collect(incoming, options.bodyBytesMax);
    const encoding = packed.length === 0 ? undefined : headers.get('content-encoding');
    const body = await unpack(packed, encoding, options.bodyBytesMax);
    if (body === 'too-large') throw tooLarge(options.bodyBytesMax);
    const status = incoming.statusCode ?? 0;
    if (body === undefined) return { status, headers, body: packed };
    // How long a body was and how it was packed is of no use any more once it is unpacked.
    return { status, headers: headers.without(['content-encoding', 'content-length']), body };
  } catch (error) {
    const isOurs = error instanceof ExchangeError || error instanceof TaskFailure;
    if (options.signal.aborted || isOurs) throw error;
    throw new ExchangeError(reasonOf(error), { cause: error });
  }
}

function start(request: HttpRequest, options: ExchangeOptions): Promise<http.IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const { url, method, body } = request;
  const outgoing = (url.protocol === 'https:' ? https : http).request(url, {
    method,
    headers: request.headers.toObject(),
    signal: options.signal,
    // A connection for each exchange: sockets kept by a frozen function are dead when it thaws.
    ...wayTo(url, options),
    ...(options.trustsAllCertificates ? { rejectUnauthorized: false } : {}),
  });
  let incoming: http.IncomingMessage | undefined;
  outgoing.on('response', (response) => {
    incoming = response;
    resolve(response);
  });
  outgoing.on('error', reject);
  outgoing.setTimeout(options.idleTimeoutMs, () => {
    const error = new ExchangeError(`Read timed out after ${options.idleTimeoutMs} ms`);
    // The response first: destroyed by way of its request it would only say "aborted".
    incoming?.destroy(error);
    outgoing.destroy(error);
  });
  limitConnecting(outgoing, options.connectTimeoutMs);
  // Without a body only these methods announce that it is empty.
  if (body === undefined && !['POST', 'PUT', 'PATCH'].includes(method)) outgoing.end();
  else outgoing.setHeader('content-length', body?.length ?? 0).end(body);
  return promise;
}

/** Straight to an address that was checked, or by a proxy, which then looks names up. */
function wayTo(
  url: URL,
  { proxy, networks }: ExchangeOptions,
): Pick<http.RequestOptions, 'agent' | 'lookup'> {
  if (proxy === undefined) return { agent: false, lookup: checkDestination(url, networks) };
  const address = proxyUrl(proxy);
  return { agent: agentOf(address, url), lookup: checkDestination(address, networks) };
}

function proxyUrl({ address, port, username, password }: Proxy): URL {
  const proxy = URL.parse(`http://${address.replace(/^https?:\/\//i, '')}`);
  if (proxy === null) throw new ExchangeError(`"${address}" is no address of a proxy`);
  proxy.port = String(port);
  if (username !== undefined) proxy.username = encodeURIComponent(username);
  if (password !== undefined) proxy.password = encodeURIComponent(password);
  return proxy;
}

/** Node's own way through a proxy: in the clear for http, by a tunnel for https. */
function agentOf(proxy: URL, { protocol }: URL): http.Agent {
  return protocol === 'https:'
    ? new https.Agent({ proxyEnv: { HTTPS_PROXY: proxy.href } })
    : new http.Agent({ proxyEnv: { HTTP_PROXY: proxy.href } });
}

function limitConnecting(outgoing: http.ClientRequest, timeoutMs: number | undefined): void {
  if (timeoutMs === undefined) return;
  const timer = setTimeout(() => {
    outgoing.destroy(new ExchangeError(`Connect timed out after ${timeoutMs} ms`));
  }, timeoutMs);
  outgoing.on('socket', (socket) => {
    socket.on('connect', () => clearTimeout(timer));
  });
  outgoing.on('close', () => clearTimeout(timer));
}

/** Counts while reading; leaving the loop early closes the connection. */
async function collect(incoming: http.IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      chunks.push(chunk);
    }
  } catch (error) {
    // Node's word for it is "aborted", as if somebody here had.
    if (!(error instanceof Error && error.message === 'aborted')) throw error;
    const announced = incoming.headers['content-length'];
    const sizes =
      announced === undefined ? '' : `Invalid size, got ${bytes}, expected ${announced}. `;
    throw new ExchangeError(sizes + cutOff, { cause: error });
  }
  return Buffer.concat(chunks);
}

function tooLarge(bytesMax: number): ExchangeError {
  return new ExchangeError(`The response body is larger than the limit of ${bytesMax} bytes`);
}

/** A connection that fails on every address of a host gives a list of reasons and no message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}
