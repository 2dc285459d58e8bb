/**
 * Tasks that ask for all the memory there is, in a process that has about as much as a function of
 * the fast lane: each ends FAILED by its own limit or is well, and the process goes on.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { times } from '../helpers/effort.ts';
import { core, returns } from './scenario.ts';

const run = promisify(execFile);
const heapMb = 400;
const mebibyte = 1024 * 1024;

let server: Server;
let origin: string;
beforeAll(async () => {
  server = createServer(({ url }, response) => {
    const [, kind = '', megabytes = ''] = (url ?? '').split('/');
    const piece = Buffer.from((kind === 'braces' ? '{},' : 'xyz').repeat(mebibyte / 3));
    function* pieces(): Iterable<Buffer> {
      if (kind === 'braces') yield Buffer.from('[');
      for (let sent = 0; sent < Number(megabytes); sent += 1) yield piece;
      if (kind === 'braces') yield Buffer.from('{}]');
    }
    Readable.from(pieces()).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const flowOf = (id: string, ...tasks: readonly string[]): string =>
  `id: ${id}\nnamespace: greedy\ntasks: [${tasks.join()}]\n`;
/** 8 Mi characters of this piece. */
const grown = (piece: string): string =>
  `{% set x = '${piece}' %}{% for i in 1..23 %}{% if (x | length) < 8000000 %}{% set x = x ~ x %}{% endif %}{% endfor %}`;
const get = (path: string): string => core('http.Request', 'get', `uri: "${origin}/${path}"`);

const member = (index: number): string => returns(`t${index}`, 'x');
const many = (count: number): string => Array.from({ length: count }, (_, n) => member(n)).join();
const nested = (depth: number): string => {
  let tasks = member(0);
  for (let level = 1; level <= depth; level += 1) {
    tasks = core('flow.Sequential', `s${level}`, `tasks: [${tasks}]`);
  }
  return tasks;
};

const limit = /exceeds the limit (steps|outputCharacters|rangeSize|jqBytes|jqMs) of/;
const greedy = (): readonly (readonly [source: string, state: string, error: RegExp])[] => [
  [
    flowOf(
      'doubling',
      returns('a', "{% set x = 'xx' %}{% for i in 1..60 %}{% set x = x ~ x %}{% endfor %}{{ x }}"),
    ),
    'FAILED',
    limit,
  ],
  [
    flowOf(
      'copies',
      returns(
        'a',
        `${grown('abc')}{% set l = [] %}{% for i in 1..1000 %}{% set l = l + [x ~ i] %}{% endfor %}{{ l | length }}`,
      ),
    ),
    'FAILED',
    limit,
  ],
  [
    flowOf(
      'raised',
      returns(
        'a',
        `${grown('abc')}{% set l = [] %}{% for i in 1..1000 %}{% set l = l + [x | upper] %}{% endfor %}{{ l | length }}`,
      ),
    ),
    'FAILED',
    limit,
  ],
  [
    flowOf(
      'lists',
      returns(
        'a',
        '{% set l = [] %}{% for i in 1..100000 %}{% set l = l + [range(1, 900000)] %}{% endfor %}',
      ),
    ),
    'FAILED',
    limit,
  ],
  [flowOf('split', returns('a', `${grown('abc')}{{ x | split('') | length }}`)), 'FAILED', limit],
  [
    flowOf('json', returns('a', `${grown('{},')}{{ fromJson('[' ~ x ~ '1]') | length }}`)),
    'FAILED',
    limit,
  ],
  [
    flowOf('ion', returns('a', `${grown('{},')}{{ fromIon('[' ~ x ~ '1]') | length }}`)),
    'FAILED',
    limit,
  ],
  [
    flowOf('yaml', returns('a', `${grown('{},')}{{ yaml('[' ~ x ~ '1]') | length }}`)),
    'FAILED',
    limit,
  ],
  [flowOf('jq', returns('a', "{{ [1] | jq('[range(1e12)]') | length }}")), 'FAILED', limit],
  [flowOf('outputs', returns('a', `${grown('abc')}{{ x }}{{ x }}`)), 'FAILED', limit],
  [
    flowOf('wide', core('flow.Parallel', 'all', `tasks: [${many(Math.min(5_000, times(1_000)))}]`)),
    'SUCCESS',
    /^$/,
  ],
  [flowOf('nested', nested(40)), 'SUCCESS', /^$/],
  [flowOf('deep', nested(200)), 'refused', /^too-deep$/],
  [flowOf('answer', get('text/100')), 'FAILED', /larger than the limit of 19922944 bytes/],
  [
    flowOf('braces', get('braces/15'), returns('a', '{{ fromJson(outputs.get.body) | length }}')),
    'FAILED',
    limit,
  ],
  [
    flowOf('function', returns('a', `{{ http(uri='${origin}/text/100') | length }}`)),
    'FAILED',
    /larger than the limit of 5242880 bytes/,
  ],
  [
    flowOf(
      'printing',
      core(
        'log.Log',
        'log',
        `message: [${Array.from({ length: 13 }, () => `"${grown('abc')}{{ x }}"`).join()}]`,
      ),
    ),
    'SUCCESS',
    /^$/,
  ],
];

test(`each ends by itself in ${heapMb} MB, and the process goes on`, async () => {
  const cases = greedy();
  const sources = [...cases.map(([source]) => source), flowOf('healthy', returns('a', 'fine'))];
  const file = join(mkdtempSync(join(tmpdir(), 'baton-greedy-')), 'flows.json');
  writeFileSync(file, JSON.stringify(sources));
  const child = fileURLToPath(new URL('greedy-child.ts', import.meta.url));
  const { stdout } = await run(process.execPath, [`--max-old-space-size=${heapMb}`, child, file]);
  const ended = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; state: string; error: string });
  for (const [index, [, state, error]] of cases.entries()) {
    const { id, ...end } = ended[index] ?? { id: 'none' };
    expect([id, end]).toEqual([id, { state, error: expect.stringMatching(error) }]);
  }
  expect(ended.at(-1)).toEqual({ id: 'healthy', state: 'SUCCESS', error: '' });
});
