/** A loopback server that answers by path and remembers what it was sent. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface EchoServer {
  readonly origin: string;
  /** The same server under another host name: another origin. */
  readonly otherOrigin: string;
  readonly received: readonly Received[];
  last(): Received;
  close(): void;
}

const mebibyte = 1024 * 1024;

export async function startEchoServer(): Promise<EchoServer> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: Buffer.concat(chunks) });
    answer(new URL(url, 'http://localhost'), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    otherOrigin: `http://localhost:${port}`,
    received,
    last() {
      const last = received.at(-1);
      if (last === undefined) throw new Error('The server received nothing.');
      return last;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(url: URL, response: ServerResponse): void {
  const [, what = '', argument = ''] = url.pathname.split('/').map(decodeURIComponent);
  const send = (status: number, headers: OutgoingHttpHeaders, body: string | Buffer = ''): void => {
    response.writeHead(status, headers).end(body);
  };
  switch (what) {
    case 'status':
      return send(Number(argument), {}, url.searchParams.get('body') ?? '');
    case 'retry-after':
      return send(503, { 'Retry-After': argument });
    case 'redirect':
      return send(Number(argument), { Location: url.searchParams.get('to') ?? '/ok' });
    case 'loop':
      return send(302, { Location: '/loop' });
    case 'cookies':
      return send(200, { 'Set-Cookie': ['a=1', 'b=2'], 'X-One': 'x' }, 'ok');
    case 'latin1':
      return send(200, { 'Content-Type': 'text/plain; charset=ISO-8859-1' }, Buffer.from([0xfc]));
    case 'binary':
      return send(200, {}, Buffer.from([0x61, 0xef, 0xbf, 0xbf]));
    case 'gzip':
      return send(200, { 'Content-Encoding': 'gzip', 'X-Kept': '1' }, gzipSync('zipped'));
    case 'json':
      return send(200, { 'Content-Type': 'application/json' }, '{"list":[1,{"name":"b"}]}');
    case 'deflate':
      return send(200, { 'Content-Encoding': 'deflate' }, deflateSync('zipped'));
    case 'brotli':
      return send(200, { 'Content-Encoding': 'br' }, brotliCompressSync('zipped'));
    case 'empty-gzip':
      return send(200, { 'Content-Encoding': 'gzip' });
    case 'broken-gzip':
      return send(200, { 'Content-Encoding': 'gzip' }, 'not zipped');
    case 'bomb':
      return send(200, { 'Content-Encoding': 'gzip' }, gzipSync(Buffer.alloc(20 * mebibyte, 'a')));
    case 'large':
      return send(200, {}, Buffer.alloc(Number(argument), 'a'));
    case 'cut':
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half', () => response.destroy());
      return;
    case 'stall':
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half');
      return;
    case 'chunks-cut':
      response.writeHead(200);
      response.write('half', () => response.destroy());
      return;
    case 'file':
      return send(200, { 'Content-Disposition': url.searchParams.get('as') ?? 'inline' }, 'file');
    case 'silence':
      return;
    default:
      return send(200, { 'Content-Type': 'text/plain' }, 'ok');
  }
}
