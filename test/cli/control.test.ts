/** Commands that change the course of an execution: what a user reads, and the exit codes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import { openLocal } from '../../src/cli/local.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { baton } from './baton.ts';

let folder: string;
const run = (...args: string[]) => baton(...args, '--directory', join(folder, 'data'));
const view = async (id: string) => JSON.parse((await run('get', id)).out);
const idIn = (text: string): string => /execution (\w+)/.exec(text)?.[1] ?? '';

async function started(name: string, tasks: string): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  const inputs = 'inputs: [{id: n, type: INT, defaults: 1}]';
  await writeFile(file, `id: ${name}\nnamespace: cli\n${inputs}\ntasks:\n${tasks}`);
  return idIn((await run('run', file, '--force')).err);
}

const give = (id: string, value: string): string =>
  `  - {id: ${id}, type: io.kestra.plugin.core.debug.Return, format: "${value}"}\n`;
const failing =
  give('a', '{{ inputs.n }}') +
  give('b', "{{ taskrun.attemptsCount == 0 ? nothing : 'ok' }}") +
  give('c', '{{ outputs.a.value }}');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baton-cli-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

test('restart runs what failed, and what comes after it', async () => {
  const id = await started('restarted', failing);
  const { code, err } = await run('restart', id);
  expect(err).toMatch(/SUCCESS +b attempt 2[^]*SUCCESS +c[^]*SUCCESS \w+/);
  expect(err).not.toMatch(/ a /);
  expect(code).toBe(0);
  expect(await run('restart', id)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/nothing of execution \w+ has failed/),
  });
});

test('replay makes a new execution, from a task on or with other inputs', async () => {
  const id = await started('replayed', failing);
  const from = await run('replay', id, '--task', 'b');
  expect(from.code).toBe(0);
  expect(await view(idIn(from.err))).toMatchObject({ parentId: id, state: 'SUCCESS' });
  const other = await run('replay', id, '-i', 'n=7');
  expect(other.code).toBe(1);
  expect((await view(idIn(other.err))).inputs).toEqual({ n: 7 });
  expect(await view(id)).toMatchObject({ state: 'FAILED' });
});

test('set-state, labels and delete of what has ended', async () => {
  const id = await started('ended', failing);
  expect(await run('set-state', id, 'warning')).toMatchObject({ code: 0 });
  expect(await run('labels', id, 'team=a', 'why=a=b')).toMatchObject({ code: 0 });
  expect(await view(id)).toMatchObject({ state: 'WARNING', labels: { team: 'a', why: 'a=b' } });
  const marked = await run('set-state', id, 'SUCCESS', '--task', 'b');
  expect(marked.err).toMatch(/SUCCESS +c[^]*SUCCESS \w+/);
  expect(await run('delete', id)).toMatchObject({ code: 0 });
  expect(await run('get', id)).toMatchObject({ code: 2 });
});

test('kill ends what is paused, and it cannot be resumed', async () => {
  const id = await paused();
  expect(await run('delete', id)).toMatchObject({ code: 2, err: expect.stringMatching(/kill it/) });
  expect(await run('kill', id)).toMatchObject({ code: 0, err: expect.stringMatching(/KILLED/) });
  expect(await view(id)).toMatchObject({ state: 'KILLED' });
  expect(await run('resume', id)).toMatchObject({ code: 2 });
  expect(await run('kill', id)).toMatchObject({ code: 2, err: expect.stringMatching(/already/) });
});

/** In a process that has ended since: this one. */
async function paused(): Promise<string> {
  const local = await openLocal({ directory: join(folder, 'data') });
  const tasks = `  - {id: wait, type: io.kestra.plugin.core.flow.Pause}\n${give('after', 'x')}`;
  const source = `id: paused\nnamespace: cli\ntasks:\n${tasks}`;
  const { flow } = await storeFlow(local.runtime, source);
  const { execution } = await startExecution(local.runtime, { flow, inputs: new Map() });
  await local.deliveries.idle();
  await local.close();
  return execution.id;
}

describe('clear errors', () => {
  test.each([
    [['kill'], /name an execution id/],
    [['kill', 'nobody'], /there is no execution nobody in /],
    [['replay', 'nobody', '-i', 'n=1'], /there is no execution nobody/],
    [['set-state', 'nobody', 'fine'], /fine is none of SUCCESS, WARNING/],
    [['labels', 'nobody', 'x'], /A label needs a key/],
    [['delete', 'nobody'], /there is no execution nobody/],
  ])('%j', async (args, message) => {
    const { code, err } = await run(...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});
