/** Requests through an HTTP proxy on loopback, in the clear and by a tunnel. */
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, runTask, taskContext } from '../../helpers/task-context.ts';
import { type EchoServer, startEchoServer } from './echo-server.ts';

const type = 'io.kestra.plugin.core.http.Request';
const seen: string[] = [];
let server: EchoServer;
let port: number;

const proxy = createServer((request, response) => {
  seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
  const { method, headers } = request;
  const onwards = forward(request.url ?? '', { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.pipe(response);
  });
  request.pipe(onwards);
});
proxy.on('connect', ({ url = '', headers }, socket) => {
  seen.push(`CONNECT ${url} ${headers['proxy-authorization'] ?? '-'}`);
  const [host, to] = url.split(':');
  const tunnel = connect(Number(to), host, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    tunnel.pipe(socket).pipe(tunnel);
  });
  tunnel.on('error', () => socket.destroy());
});

beforeAll(async () => {
  server = await startEchoServer();
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  port = (proxy.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  proxy.closeAllConnections();
  proxy.close();
});

describe('a proxy', () => {
  const basic = `Basic ${Buffer.from('ada:p@ss').toString('base64')}`;

  test.each([
    ['by its address', (at: number) => ({ proxy: { address: '127.0.0.1', port: at } }), '-'],
    [
      'with a user',
      (at: number) => ({
        proxy: { type: 'HTTP', address: '127.0.0.1', port: at, username: 'ada', password: 'p@ss' },
      }),
      basic,
    ],
    [
      'by older names',
      (at: number) => ({ proxyType: 'HTTP', proxyAddress: '127.0.0.1', proxyPort: at }),
      '-',
    ],
  ])('%s is asked for the address', async (_, options, authorization) => {
    seen.length = 0;
    const properties = { uri: `${server.origin}/ok`, options: options(port) };
    expect(await runTask(type, properties, taskContext())).toMatchObject({ code: 200, body: 'ok' });
    expect(seen).toEqual([`GET ${server.origin}/ok ${authorization}`]);
  });

  test('that is DIRECT is none', async () => {
    seen.length = 0;
    const options = { proxy: { type: 'DIRECT', address: '127.0.0.1', port } };
    await runTask(type, { uri: `${server.origin}/ok`, options }, taskContext());
    expect(seen).toEqual([]);
  });

  test('opens a tunnel for https, in which TLS is spoken with the server', async () => {
    seen.length = 0;
    const { port: plain } = new URL(server.origin);
    const options = { proxy: { address: '127.0.0.1', port } };
    const running = runTask(type, { uri: `https://127.0.0.1:${plain}/ok`, options }, taskContext());
    // The server behind it speaks no TLS, which is what the failure says.
    expect(await failureOf(running)).toMatchObject({ code: 'http-exchange' });
    expect(seen).toEqual([`CONNECT 127.0.0.1:${plain} -`]);
  });

  test('that is not there fails the task', async () => {
    const options = { proxy: { address: '127.0.0.1', port: 1 } };
    const running = runTask(type, { uri: `${server.origin}/ok`, options }, taskContext());
    expect(await failureOf(running)).toMatchObject({ code: 'http-exchange' });
  });
});
