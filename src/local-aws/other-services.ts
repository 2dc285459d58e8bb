/**
 * SQS, SNS and S3 by fauxqs, loaded at the first request for one of them, and the one STS call a
 * flow makes: AssumeRole, which hands out credentials that open everything here.
 *
 * Their contents live in memory: fauxqs persists only when it may listen on all addresses.
 */
import type { IncomingMessage } from 'node:http';
import type { buildApp } from 'fauxqs';
import { type Answer, json, readBody } from './http.ts';

export interface OtherServices {
  answer(request: IncomingMessage): Promise<Answer>;
  close(): Promise<void>;
}

/** Nothing local is larger: S3's limit per part is far above what a test sends. */
const bodyBytesMax = 256 * 1024 * 1024;
const sessionMs = 3_600_000;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'] as const;

export function otherServices(region: string): OtherServices {
  let starting: Promise<ReturnType<typeof buildApp>> | undefined;

  async function start(): Promise<ReturnType<typeof buildApp>> {
    const fauxqs = await import('fauxqs');
    const app = fauxqs.buildApp({ logger: false, defaultRegion: region });
    await app.ready();
    return app;
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const method = methods.find((known) => known === request.method);
    const body = await readBody(request, bodyBytesMax);
    if (method === undefined || body === undefined) {
      return json(400, { message: 'The local AWS cannot take this request.' });
    }
    const form = formOf(request, body);
    if (form?.get('Action') === 'AssumeRole') return assumedRole(form);
    starting ??= start();
    const app = await starting;
    const response = await app.inject({
      method,
      url: request.url ?? '/',
      headers: request.headers,
      payload: body,
    });
    const { statusCode: status, payload, rawPayload } = response;
    const headers = ownHeaders(response);
    if (!isSqs(request)) return { status, headers, body: rawPayload };
    delete headers['content-length'];
    return { status, headers, body: hereInQueueUrls(payload, request) };
  }

  async function close(): Promise<void> {
    if (starting !== undefined) await (await starting).close();
  }

  return { answer, close };
}

function isSqs(request: IncomingMessage): boolean {
  return String(request.headers['x-amz-target'] ?? '').startsWith('AmazonSQS');
}

/** fauxqs gives queues a host name that only some machines resolve; they are where they were asked. */
function hereInQueueUrls(body: string, request: IncomingMessage): string {
  const here = `http://${request.headers.host ?? '127.0.0.1'}`;
  return body.replaceAll(/http:\/\/sqs\.[\w-]+\.localhost(?::\d+)?/g, here);
}

/** Headers about the connection are this server's to write. */
function ownHeaders(response: { headers: object }): Record<string, string | string[]> {
  const kept = Object.entries(response.headers as Record<string, string | number | string[]>)
    .filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name))
    .map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]);
  return Object.fromEntries(kept);
}

function formOf(request: IncomingMessage, body: Buffer): URLSearchParams | undefined {
  const type = request.headers['content-type'] ?? '';
  return type.startsWith('application/x-www-form-urlencoded')
    ? new URLSearchParams(body.toString())
    : undefined;
}

function assumedRole(form: URLSearchParams): Answer {
  const expiration = new Date(Date.now() + sessionMs).toISOString();
  const session = encodeURIComponent(form.get('RoleSessionName') ?? '');
  const arn = `${encodeURI(form.get('RoleArn') ?? '')}/${session}`;
  const body = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><AssumedRoleId>LOCAL:${session}</AssumedRoleId><Arn>${arn}</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIALOCAL</AccessKeyId>
      <SecretAccessKey>local</SecretAccessKey>
      <SessionToken>${session}</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
  </AssumeRoleResult>
</AssumeRoleResponse>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}
