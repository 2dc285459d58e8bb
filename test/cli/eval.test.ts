/** `baton eval` as a person calls it: a process with arguments, two streams and an exit code. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');

let directory: string;
let context: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'baton-eval-'));
  context = join(directory, 'context.json');
  await writeFile(context, '{"whole": 1, "real": 1.0, "rows": [{"n": 1}, {"n": 2.5}]}');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function baton(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], SECRET_TOKEN: btoa('hunter"22') },
  });
  child.stdin.end(input);
  const code = new Promise<number | null>((end) => child.once('close', end));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

const evaluated = (template: string, ...options: string[]): Promise<Ended> =>
  baton(['eval', template, '--context', context, ...options]);

describe('with a file', () => {
  it.each([
    ['{{ whole }}', 'integer 1'],
    ['{{ real }}', 'double 1.0'],
    ['{{ real }} ', 'string "1.0 "'],
    ['{{ rows }}', 'list [{"n": 1}, {"n": 2.5}]'],
    ['{{ null }}', 'null'],
    ['{{ rows[1].n > whole }}', 'boolean true'],
    ["{{ rows | jq('map(.n)') }}", 'list [[1, 2.5]]'],
  ])('%s is %s', async (template, expected) => {
    expect(await evaluated(template)).toEqual({ code: 0, out: `${expected}\n`, err: '' });
  });

  it('traces every part in order of evaluation', async () => {
    const { out } = await evaluated('{{ (rows[5].n ?? rows[1].n) * 2 + whole }}', '--trace');
    // Brackets that change nothing are left out.
    expect(out.split('\n')).toEqual([
      '          rows = list [{"n": 1}, {"n": 2.5}]',
      '        rows[5] does not exist',
      '      rows[5].n does not exist',
      '          rows = list [{"n": 1}, {"n": 2.5}]',
      '        rows[1] = map {"n": 2.5}',
      '      rows[1].n = double 2.5',
      '    rows[5].n ?? rows[1].n = double 2.5',
      '  rows[5].n ?? rows[1].n * 2 = double 5.0',
      '  whole = integer 1',
      'rows[5].n ?? rows[1].n * 2 + whole = double 6.0',
      '',
      'double 6.0',
      '',
    ]);
  });

  it('points at what failed', async () => {
    const { code, out, err } = await evaluated('{{ whole +\n\trows[0].m }}', '--trace');
    expect(code).toBe(1);
    expect(out).toContain('rows[0].m failed: Unable to find `m`');
    expect(err.split('\n').slice(-4)).toEqual([
      expect.stringContaining('at line 2'),
      '  \trows[0].m }}',
      '  \t        ^',
      '',
    ]);
  });

  it('points at what cannot be read', async () => {
    const { code, out, err } = await evaluated('{{ whole + }}');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^1:12 {2}syntax {2}.*\n {2}\{\{ whole \+ \}\}\n {13}\^\n$/);
  });

  it('masks secrets, in the trace and in quotes too', async () => {
    const template = `{{ secret('TOKEN') ~ 'hunter"22' ~ [secret('TOKEN')] }}`;
    const { code, out } = await evaluated(template, '--trace');
    expect(code).toBe(0);
    expect(out).not.toContain('hunter');
    expect(out).toContain('secret(\'TOKEN\') = string "********"\n');
    const failed = await evaluated("{{ secret('TOKEN') | date }}");
    expect([failed.code, failed.err.includes('hunter')]).toEqual([1, false]);
  });

  it('ends what has no end', async () => {
    const { code, err } = await evaluated("{{ rows | jq('[range(1e12)]') }}");
    // On a slow machine time is up before memory is full.
    expect([code, err]).toEqual([1, expect.stringMatching(/exceeds the limit jq(Bytes|Ms) of/)]);
  });

  it('reads the expression from standard input', async () => {
    expect(await baton(['eval', '-'], '{{ 1 + 2 }}')).toMatchObject({
      code: 0,
      out: 'integer 3\n',
    });
  });

  it.each([
    [['{{ 1 }}', '--context', 'nowhere.json'], 'cannot read nowhere.json'],
    [['{{ 1 }}', '--context', main], 'cannot read'],
    [['whole'], "there is no expression in it; write '{{ whole }}'"],
    [['{{ 1 }}', '--task', 'a'], '--task needs --execution'],
    [['{{ 1 }}', '--task', 'a', '--wrong'], '--wrong'],
    [[], 'name an expression'],
    [['{{ 1 }}', '{{ 2 }}'], 'only one argument'],
    [['{{ 1 }}', '--execution', 'x', '--context', 'y'], 'either --context or --execution'],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await baton(['eval', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});

const flow = `
id: loops
namespace: demo
inputs:
  - { id: n, type: INT, defaults: 3 }
tasks:
  - id: outer
    type: io.kestra.plugin.core.flow.ForEach
    values: ["a", "b"]
    tasks:
      - id: inner
        type: io.kestra.plugin.core.flow.ForEach
        values: "{{ [1, 2] }}"
        tasks:
          - id: fetch
            type: io.kestra.plugin.core.debug.Return
            format: "{{ parent.taskrun.value }}{{ taskrun.value }}-{{ inputs.n }}"
  - id: group
    type: io.kestra.plugin.core.flow.Sequential
    tasks:
      - { id: first, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.n }}" }
    finally:
      - { id: last, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.id }}" }
`;

describe('with a stored execution', () => {
  let id: string;
  let store: string;
  beforeAll(async () => {
    store = join(directory, 'store');
    await writeFile(join(directory, 'flow.yaml'), flow);
    const ran = await baton(['run', join(directory, 'flow.yaml'), '-d', store]);
    id = /^execution (.*)$/m.exec(ran.err)?.[1] ?? ran.err;
  });

  const at = (template: string, ...options: string[]): Promise<Ended> =>
    baton(['eval', template, '-e', id, '-d', store, ...options]);

  it.each([
    ['{{ inputs.n }}', [], 'integer 3'],
    ['{{ outputs.fetch.b["2"].value }}', [], 'string "b2-3"'],
    ['{{ outputs.fetch.a }}', [], 'map {"1": {"value": "a1-3"}, "2": {"value": "a2-3"}}'],
    ['{{ execution.state }}', [], 'string "SUCCESS"'],
    ['{{ taskrun.value }}', ['-t', 'outer[1]/inner[0]/fetch'], 'string "1"'],
    ['{{ taskrun.iteration }}', ['-t', 'outer[1]/inner[0]/fetch'], 'integer 0'],
    ['{{ parents[0].taskrun.value }}', ['-t', 'outer[1]/inner[0]/fetch'], 'string "b"'],
    ['{{ taskrun.value }}', ['-t', 'outer[1]/inner'], 'string "b"'],
    ['{{ outputs.last.value == taskrun.id }}', ['-t', 'group/finally/last'], 'boolean true'],
    ['{{ task.id }}', ['-t', 'last'], 'string "last"'],
    ['{{ task.id }}', ['-t', 'outer'], 'string "outer"'],
  ])('%s %j is %s', async (template, options, expected) => {
    expect(await at(template, ...options)).toEqual({ code: 0, out: `${expected}\n`, err: '' });
  });

  it('shows what was not read as it is', async () => {
    const { out } = await at('{{ outputs.fetch.a["1"].value }}', '--trace');
    expect(out).toMatch(/^ {8}outputs = map \{…\}\n {6}outputs\.fetch = map \{…\}\n/);
  });

  it.each([
    ['fetch', /run more than once; name one run:\n {2}outer\[0\]\/inner\[0\]\/fetch\n/],
    ['lst', /no task run has the path "lst"\. Did you mean "last"\?|There are:\n/],
    ['outer[7]/inner', /Did you mean "outer\[[01]\]\/inner"\?/],
  ])('refuses the task %s', async (task, message) => {
    const { code, err } = await at('{{ 1 }}', '-t', task);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  });

  it('refuses an execution that is not there', async () => {
    const { code, err } = await baton(['eval', '{{ 1 }}', '-e', 'nothing', '-d', store]);
    expect([code, err]).toEqual([2, expect.stringContaining('there is no execution nothing')]);
  });
});
