/** Where requests of flows may go: addresses in all their spellings, names, redirects, proxies. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { bareHost, refusedKind } from '../../src/tasks/network.ts';
import { failureOf, runTask, taskContext } from '../helpers/task-context.ts';

const request = 'io.kestra.plugin.core.http.Request';

/** As the URL parser reads them. */
const spellings = `
169.254.169.254           link-local
2852039166                link-local
0xa9fea9fe                link-local
0xa9.0xfe.0xa9.0xfe       link-local
0251.0376.0251.0376       link-local
169.254.43518             link-local
169.254.169.254.          link-local
１６９.254.169.254          link-local
[::ffff:169.254.169.254]  link-local
[::ffff:a9fe:a9fe]        link-local
[::169.254.169.254]       link-local
[64:ff9b::169.254.169.254] link-local
[2002:a9fe:a9fe::1]       link-local
[2001:0:a9fe:a9fe::1]     link-local
[fe80::1]                 link-local
[fec0::1]                 link-local
[fd00:ec2::254]           link-local
[fd00:ec2::23]            link-local
169.254.170.2             link-local
0.0.0.0                   link-local
0x0                       link-local
0.0                       link-local
0177.0.0.1.               loopback
127.0.0.1.                loopback
127.0.0x1                 loopback
①②⑦.0.0.1                 loopback
%31%32%37.0.0.1           loopback
012.0.0.1                 private
0xac.020.0.1              private
3232235777                private
[::ffff:169.254.170.2]    link-local
[::ffff:100.100.100.200]  private
[0:0:0:0:0:ffff:7f00:1]   loopback
[::7f00:1]                loopback
[fe80::a9fe:a9fe]         link-local
0                         link-local
[::]                      link-local
[::ffff:0.0.0.0]          link-local
255.255.255.255           link-local
224.0.0.1                 link-local
[ff02::1]                 link-local
127.0.0.1                 loopback
127.1                     loopback
127.255.255.254           loopback
0x7f000001                loopback
017700000001              loopback
2130706433                loopback
[::1]                     loopback
[0:0:0:0:0:0:0:1]         loopback
[::ffff:127.0.0.1]        loopback
[::ffff:7f00:1]           loopback
[::127.0.0.1]             loopback
[64:ff9b::7f00:1]         loopback
10.0.0.1                  private
10.255.255.255            private
172.16.0.1                private
172.31.255.255            private
192.168.1.1               private
100.64.0.1                private
100.100.100.200           private
198.18.0.1                private
[fd12:3456::1]            private
[fc00::1]                 private
[::ffff:10.0.0.1]         private
[64:ff9b::10.0.0.1]       private
8.8.8.8                   public
172.32.0.1                public
11.0.0.0                  public
100.128.0.1               public
169.253.255.255           public
[2606:4700::1]            public
[64:ff9b::8.8.8.8]        public
`;

const cases = spellings
  .trim()
  .split('\n')
  .map((line) => line.split(/\s+/) as [string, string]);

describe('an address is known in any spelling', () => {
  test.each(cases)('%s: %s', (spelled, kind) => {
    const host = bareHost(new URL(`http://${spelled}/`));
    expect(refusedKind(host) ?? 'public').toContain(kind);
  });

  test.each(cases.filter(([, kind]) => kind !== 'public'))('%s is not asked', async (spelled) => {
    const uri = `http://user:hunter2@${spelled}:81/path?token=hunter2`;
    const running = runTask(request, { uri }, taskContext({ networks: [] }));
    const failure = await failureOf(running);
    expect(failure).toMatchObject({ code: 'http-destination', retryable: false });
    expect(failure.message).not.toContain('hunter2');
  });
});

test.each([
  ['127.0.0.1', ['loopback'], true],
  ['127.0.0.1', ['private'], false],
  ['10.1.2.3', ['private'], true],
  ['10.1.2.3', ['10.1.0.0/16'], true],
  ['10.2.2.3', ['10.1.0.0/16'], false],
  ['fd12::1', ['fd12::/16'], true],
  ['::ffff:10.1.2.3', ['10.1.0.0/16'], true],
  ['169.254.169.254', ['loopback', 'private', '0.0.0.0/0', '169.254.0.0/16'], false],
  ['fd00:ec2::254', ['private', 'fd00::/8'], false],
  ['0.0.0.0', ['loopback'], false],
])('%s where %j is allowed: %s', (address, allowed, isReached) => {
  expect(refusedKind(address, allowed) === undefined).toBe(isReached);
});

describe('on the way', () => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const to = new URL(url, 'http://h').searchParams.get('to');
    response.writeHead(to === null ? 200 : 302, to === null ? {} : { location: to }).end('ok');
  });
  let port: number;
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  afterEach(() => {
    asked.length = 0;
    vi.unstubAllEnvs();
  });

  const failure = async (properties: object, networks: readonly string[] = ['loopback']) =>
    failureOf(runTask(request, { ...properties }, taskContext({ networks })));

  test.each([['localhost'], ['LOCALHOST']])(
    'a name that leads to loopback is not asked: %s',
    async (host) => {
      const { code, message } = await failure({ uri: `http://${host}:${port}/secret-path` }, []);
      expect(code).toBe('http-destination');
      expect(message).toMatch(/leads to (127\.0\.0\.1|::1), a loopback address/);
      expect(message).not.toContain('secret-path');
      expect(asked).toEqual([]);
    },
  );

  // The URL parser takes no zone: it is refused before anything is looked up.
  test.each([
    ['[fe80::1%25eth0]'],
    ['[fe80::1%eth0]'],
    ['[::1%lo]'],
    ['127.0.0.1%00'],
    ['256.1.1.1'],
  ])('is no address: %s', async (host) => {
    expect(await failure({ uri: `http://${host}:${port}/` })).toMatchObject({ code: 'http-uri' });
    expect(asked).toEqual([]);
  });

  test('an address with a zone is what it is without', () => {
    expect(refusedKind('fe80::1%eth0', ['loopback', 'private', 'fe80::/10'])).toContain(
      'link-local',
    );
    expect(refusedKind('::1%lo')).toContain('loopback');
  });

  test('a name with a dot at its end is looked up and checked too', async () => {
    const { code } = await failure({ uri: `http://localhost.:${port}/` }, []);
    // Some resolvers know no such name; none may connect.
    expect(['http-destination', 'http-exchange']).toContain(code);
    expect(asked).toEqual([]);
  });

  test('a name is connected to where it is allowed', async () => {
    const uri = `http://localhost:${port}/`;
    const context = taskContext({ networks: ['loopback'] });
    expect(await runTask(request, { uri }, context)).toMatchObject({ code: 200 });
  });

  test.each([
    ['http://169.254.169.254/latest/meta-data/'],
    ['http://2852039166/'],
    ['http://[::ffff:169.254.169.254]/'],
    ['http://10.0.0.1/'],
    ['http://0xa9.0xfe.0xa9.0xfe/'],
    ['http://0251.0376.0251.0376/'],
    ['//169.254.169.254/latest/'],
    ['http://0.0.0.0/'],
    ['http://[::]/'],
    ['http://169.254.169.254./'],
    ['http://user@169.254.169.254/'],
    ['http://[fd00:ec2::254]/latest/meta-data/'],
    ['http://169.254.170.2/v2/credentials/'],
    ['file:///etc/passwd'],
    ['gopher://127.0.0.1/'],
  ])('a redirect does not lead to %s', async (to) => {
    const uri = `http://127.0.0.1:${port}/?to=${encodeURIComponent(to)}`;
    expect(await failure({ uri })).toMatchObject({ code: 'http-destination' });
    expect(asked).toHaveLength(1);
  });

  test.each([['169.254.169.254'], ['10.0.0.1'], ['0xa9fea9fe']])(
    'a proxy is no way to %s',
    async (address) => {
      const options = { proxy: { address, port: 80 } };
      const uri = 'http://example.com/';
      expect(await failure({ uri, options })).toMatchObject({ code: 'http-destination' });
    },
  );

  test('nor through a proxy that may be asked', async () => {
    const options = { proxy: { address: '127.0.0.1', port } };
    const uri = 'http://169.254.169.254/';
    expect(await failure({ uri, options })).toMatchObject({ code: 'http-destination' });
    expect(asked).toEqual([]);
  });

  test('a redirect does not lead to a name of what is refused', async () => {
    const server = createServer((_, response) => {
      response.writeHead(302, { location: `http://localhost:${port}/inside` }).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.2', resolve);
    });
    const uri = `http://127.0.0.2:${(server.address() as AddressInfo).port}/`;
    expect(await failure({ uri }, ['127.0.0.2/32'])).toMatchObject({ code: 'http-destination' });
    expect(asked).toEqual([]);
    server.close();
  });

  test.each([
    ['127.0.0.1'],
    ['localhost'],
    ['127.1'],
    ['2130706433'],
    ['[::1]'],
    ['[::ffff:127.0.0.1]'],
  ])('the API of the runtime is not asked, though loopback is allowed: %s', async (host) => {
    vi.stubEnv('AWS_LAMBDA_RUNTIME_API', `127.0.0.1:${port}`);
    expect(await failure({ uri: `http://${host}:${port}/` })).toMatchObject({
      code: 'http-destination',
    });
    const usual = await failure({ uri: 'http://127.0.0.1:9001/2018-06-01/runtime/' });
    expect(usual).toMatchObject({ code: 'http-destination' });
    expect(asked).toEqual([]);
  });
});
