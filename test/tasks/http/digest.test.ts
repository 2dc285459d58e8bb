/** Digest authentication: the examples of RFC 7616 and RFC 2617, and a server that checks. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { digestAuthorization } from '../../../src/tasks/http/digest.ts';
import { failureOf, runTask, taskContext } from '../../helpers/task-context.ts';

const rfc7616 = {
  account: { username: 'Mufasa', password: 'Circle of Life' },
  challenge: (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
  request: {
    method: 'GET',
    url: new URL('http://www.example.org/dir/index.html'),
    clientNonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  },
};

describe('the answer to a challenge', () => {
  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('with %s', (algorithm, response) => {
    const { account, challenge, request } = rfc7616;
    const header = digestAuthorization([challenge(algorithm)], account, request);
    expect(header).toContain(`response="${response}"`);
    expect(header).toContain('username="Mufasa"');
    expect(header).toContain('uri="/dir/index.html"');
    expect(header).toContain('nc=00000001');
    expect(header).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
  });

  test('the stronger one of two challenges is answered', () => {
    const { account, challenge, request } = rfc7616;
    const challenges = ['Basic realm="x"', challenge('MD5'), challenge('SHA-256')];
    expect(digestAuthorization(challenges, account, request)).toContain('algorithm=SHA-256');
  });

  test.each([
    ['Basic realm="x"'],
    ['Digest realm="x", nonce="n", algorithm=ROT13'],
    ['Digest realm="x", nonce="n", qop="auth-int"'],
  ])('none to %s', (challenge) => {
    const { account, request } = rfc7616;
    expect(digestAuthorization([challenge], account, request)).toBeUndefined();
  });
});

/** Answers 401 with a challenge until it is told what it computes itself from its own password. */
async function startGuarded(): Promise<{ origin: string; asked: string[] }> {
  const asked: string[] = [];
  const nonce = 'a "quoted" nonce';
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    asked.push(headers.authorization?.split(' ')[0] ?? 'nothing');
    const challenge = `Digest realm="r", nonce="${nonce.replaceAll('"', '\\"')}", qop="auth", algorithm=SHA-256`;
    const clientNonce = /cnonce="([^"]+)"/.exec(headers.authorization ?? '')?.[1] ?? '';
    const expected = digestAuthorization(
      [challenge],
      { username: 'ada', password: 'se:cret' },
      { method, url: new URL(url, 'http://localhost'), clientNonce },
    );
    if (headers.authorization === expected) response.writeHead(200).end('in');
    else response.writeHead(401, { 'WWW-Authenticate': ['Basic realm="r"', challenge] }).end('out');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe('a server that asks for it', () => {
  const type = 'io.kestra.plugin.core.http.Request';
  const auth = (password: string) => ({
    options: { auth: { type: 'DIGEST', username: 'ada', password } },
  });

  test('is answered, path and query included', async () => {
    const { origin, asked } = await startGuarded();
    const properties = { uri: `${origin}/a%20b?c=1`, ...auth('se:cret') };
    expect(await runTask(type, properties, taskContext())).toMatchObject({ code: 200, body: 'in' });
    expect(asked).toEqual(['nothing', 'Digest']);
  });

  test('is asked twice, not for ever, with the wrong password', async () => {
    const { origin, asked } = await startGuarded();
    const failure = await failureOf(runTask(type, { uri: origin, ...auth('no') }, taskContext()));
    expect(failure).toMatchObject({ code: 'http-status', data: { status: 401 } });
    expect(asked).toEqual(['nothing', 'Digest']);
  });
});
