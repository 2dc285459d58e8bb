/** What a user reads and the exit codes: 0 fine, 1 the execution failed, 2 the input was wrong. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { baton } from './baton.ts';

let folder: string;
const file = (name: string): string => join(folder, name);
const data = (): string[] => ['--directory', file('data')];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baton-cli-'));
  await writeFile(
    file('good.yaml'),
    `id: good
namespace: cli
inputs: [{id: who, type: STRING, defaults: world}]
tasks:
  - {id: greet, type: io.kestra.plugin.core.debug.Return, format: "Hello {{ inputs.who }}"}
  - {id: say, type: io.kestra.plugin.core.log.Log, message: "{{ outputs.greet.value }}"}
outputs: [{id: said, type: STRING, value: "{{ outputs.greet.value }}"}]`,
  );
  await writeFile(
    file('failing.yaml'),
    'id: failing\nnamespace: cli\ntasks: [{id: f, type: io.kestra.plugin.core.execution.Fail}]',
  );
  await writeFile(
    file('bad.yaml'),
    'id: bad\nnamespace: cli\ntasks:\n  - {id: a, type: core.lgo}\n',
  );
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('run', () => {
  test('a flow that succeeds: outputs on standard output, progress on standard error', async () => {
    const { code, out, err } = await baton(
      'run',
      file('good.yaml'),
      '-i',
      'who=Ada',
      '--cost',
      ...data(),
    );
    expect(JSON.parse(out.slice(0, out.indexOf('}') + 1))).toEqual({ said: 'Hello Ada' });
    expect(err).toMatch(/SUCCESS +greet/);
    expect(err).toMatch(/INFO +Hello Ada/);
    expect(out).toMatch(/SQS sends +2 in 2 calls/);
    expect(code).toBe(0);
  });
  test('a flow that fails', async () => {
    const { code, err } = await baton('run', file('failing.yaml'), ...data());
    expect(err).toMatch(/FAILED +f/);
    expect(code).toBe(1);
  });
  test('a flow that is wrong', async () => {
    const { code, err } = await baton('run', file('bad.yaml'), ...data());
    expect(err).toMatch(/4:\d+ +unknown-task-type +"core\.lgo" is not a task type\. Did you mean/);
    expect(code).toBe(2);
  });
  test.each([
    ['no file', [], /name a flow file/],
    ['a file that is not there', ['nowhere.yaml'], /cannot read nowhere\.yaml/],
    ['an option that is none', ['x.yaml', '--fast'], /Unknown option '--fast'/],
    ['an input without a value', ['GOOD', '--input', 'who'], /--input who is not of the form/],
  ])('%s', async (_, args, message) => {
    const { code, err } = await baton(
      'run',
      ...args.map((arg) => (arg === 'GOOD' ? file('good.yaml') : arg)),
      ...data(),
    );
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

test('get and logs show what was run', async () => {
  const { err } = await baton('run', file('good.yaml'), ...data());
  const id = /execution (\w+)/.exec(err)?.[1] ?? '';
  const view = JSON.parse((await baton('get', id, ...data())).out);
  expect(view).toMatchObject({ id, state: 'SUCCESS', outputs: { said: 'Hello world' } });
  const lines = (await baton('logs', id, ...data())).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[1]).toMatchObject({
    executionId: id,
    namespace: 'cli',
    flowId: 'good',
    revision: 1,
    taskId: 'say',
    path: 'say',
    attempt: 1,
    level: 'INFO',
    message: 'Hello world',
  });
  expect(await baton('get', 'nothing', ...data())).toMatchObject({ code: 2 });
});

test('check reads flows without running them', async () => {
  expect(await baton('check', file('good.yaml'))).toMatchObject({ code: 0 });
  const { code, err } = await baton('check', file('good.yaml'), file('bad.yaml'));
  expect(err).toMatch(/bad\.yaml:4:\d+ +unknown-task-type/);
  expect(code).toBe(2);
});

test('an unknown command', async () => {
  const { code, err } = await baton('fly');
  expect(err).toMatch(/"fly" is not a command\. Commands: run, check/);
  expect(code).toBe(2);
});

describe('what waits', () => {
  beforeAll(async () => {
    await writeFile(
      file('limited.yaml'),
      `id: limited
namespace: cli
concurrency: {limit: 1}
tasks: [{id: hold, type: io.kestra.plugin.core.flow.Pause}]`,
    );
    await writeFile(
      file('checked.yaml'),
      `id: checked
namespace: cli
inputs: [{id: n, type: INT}]
checks:
  - {when: "{{ inputs.n > 0 }}", message: nothing to do}
  - {when: "{{ inputs.n < 9 }}", message: too much, behavior: FAIL_EXECUTION}
tasks: [{id: t, type: io.kestra.plugin.core.log.Log, message: m}]`,
    );
  });

  test('a queued execution is run past the limit, and force-run makes it go on', async () => {
    const { err } = await baton('run', file('limited.yaml'), ...data());
    expect(err).toMatch(/PAUSED \w+/);
    const queued = await baton('run', file('limited.yaml'), ...data());
    expect(queued.err).toMatch(/QUEUED \w+/);
    const id = /execution (\w+)/.exec(queued.err)?.[1] ?? '';
    expect(await baton('unqueue', id, '--state', 'x', ...data())).toMatchObject({ code: 2 });
    expect((await baton('unqueue', id, ...data())).err).toContain(`PAUSED ${id}`);
    const again = await baton('unqueue', id, ...data());
    expect(again).toMatchObject({ code: 2 });
    expect(again.err).toContain('is not in the queue of its flow');
    expect((await baton('force-run', id, ...data())).err).toContain(`SUCCESS ${id}`);
    expect((await baton('force-run', id, ...data())).err).toContain('has ended');
    expect((await baton('force-run', 'nobody', ...data())).err).toContain('there is no execution');
  });

  test('a check refuses an execution, or has it created FAILED', async () => {
    const run = (n: number) => baton('run', file('checked.yaml'), '-i', `n=${n}`, ...data());
    expect(await run(0)).toMatchObject({ code: 2, err: expect.stringMatching(/nothing to do/) });
    expect(await run(9)).toMatchObject({ code: 1, err: expect.stringMatching(/FAILED \w+/) });
    expect(await run(5)).toMatchObject({ code: 0 });
  });
});
