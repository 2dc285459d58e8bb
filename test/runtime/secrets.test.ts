/** SECRET inputs from the start of an execution to its end: what is kept, sent, logged and shown. */
import { generateKeySync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import { writeJson } from '../../src/expression/json.ts';
import { resolveFlowInputs } from '../../src/runtime/inputs.ts';
import { unpack } from '../../src/runtime/pack.ts';
import type { Runtime, Settings } from '../../src/runtime/runtime.ts';
import { settingsFrom } from '../../src/runtime/runtime.ts';
import { createSecrets } from '../../src/runtime/secrets.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type ExecutionView, viewExecution } from '../../src/runtime/view.ts';
import { baton, type Result } from '../cli/baton.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

const token = 'tok-4f9c"31aa\\77e2/b0';
const pin = 'pin-0923-1187';
const stored = 'password-of-the-database';
const clear = [token, pin, stored];

const flow = `
id: secrets
namespace: demo
inputs:
  - {id: token, type: SECRET}
  - {id: nested.pin, type: SECRET}
  - {id: size, type: INT, defaults: "{{ inputs.token | length }}", dependsOn: {inputs: [token]}}
  - {id: absent, type: SECRET, required: false}
tasks:
  - id: shown
    type: io.kestra.plugin.core.log.Log
    message: |
      plain {{ inputs.token }} {{ inputs.nested.pin }} {{ secret('DB') }}
      coded {{ ('user:' ~ inputs.token ~ ':x') | base64encode }} {{ inputs.nested | json }}
      split {{ inputs.token | slice(0, 9) }}
        {{ inputs.token | slice(9, 21) }}
  - {id: length, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.token | length }} {{ inputs.size }}"}
  - {id: none, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.absent ?? 'none' }}"}
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    tasks:
      - {id: same, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.nested.pin == 'pin-' ~ '0923-' ~ 1187 }}"}
  - id: refused
    type: io.kestra.plugin.core.execution.Fail
    errorMessage: "refused: {{ inputs.token }} with {{ secret('DB') }}"
outputs:
  - {id: kept, type: SECRET, value: "{{ inputs.token }}"}
  - {id: size, type: INT, value: "{{ inputs.size }}"}
`;

const key = generateKeySync('aes', { length: 256 });
const settings: Partial<Settings> = { encryptionKey: key, secrets: { DB: stored } };
const sealed = { type: 'io.kestra.datatype:aes_encrypted', value: expect.any(String) };

function keyed(runtime: Runtime, encryptionKey: Settings['encryptionKey']): Runtime {
  const { encryptionKey: _, ...others } = runtime.settings;
  return { ...runtime, settings: { ...others, ...(encryptionKey && { encryptionKey }) } };
}

async function startFlow(
  engine: EmbeddedEngine,
  source: string,
  { given = {}, at = engine.runtime }: { given?: Record<string, unknown>; at?: Runtime } = {},
): Promise<ExecutionView> {
  const { flow: compiled } = await storeFlow(engine.runtime, source);
  const { inputs, issues } = await resolveFlowInputs(at, compiled, given);
  if (!inputs) throw new Error(issues.map(({ message }) => message).join('\n'));
  const { execution } = await startExecution(engine.runtime, { flow: compiled, inputs });
  await engine.whenEnded(execution.id);
  await engine.idle();
  return (await viewExecution(engine.runtime, execution.id)) as ExecutionView;
}

/** Outputs of a task run as expressions see them. */
async function inClear(
  { runtime }: EmbeddedEngine,
  { id }: ExecutionView,
  path: string,
): Promise<string> {
  const { outputs = '' } = (await runtime.store.readSlot(id, path)) ?? {};
  return writeJson(createSecrets(key).reveal(await unpack(outputs, runtime.blobs)));
}

/** Everything below the directory, as text in which clear values would be found. */
function onDisk(directory: string): string {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
    .join('\n');
}

describe('an execution with SECRET inputs', () => {
  let engine: EmbeddedEngine;
  let view: ExecutionView;
  let sent: string;
  let log: string;
  beforeAll(async () => {
    engine = await startEmbedded({}, settings);
    const send = vi.spyOn(engine.runtime.queue, 'send');
    view = await startFlow(engine, flow, { given: { token, 'nested.pin': pin } });
    sent = send.mock.calls.flatMap(([messages]) => messages.map(({ body }) => body)).join('\n');
    const entries = await engine.logs.readLogs(view.id);
    log = entries.map(({ message }) => message).join('\n');
  });
  afterAll(async () => engine.close());

  it('keeps and shows the inputs encrypted', () => {
    expect(view.inputs).toEqual({
      token: sealed,
      nested: { pin: sealed },
      size: token.length,
      absent: null,
    });
    expect(view.outputs).toEqual({ kept: sealed, size: token.length });
  });

  it('has no clear value on disk, in a message or in a view', () => {
    const disk = onDisk(engine.directory);
    const quoted = clear.map((value) => JSON.stringify(value).slice(1, -1));
    for (const value of [...clear, ...quoted, btoa(pin)]) {
      expect([value, disk.includes(value)]).toEqual([value, false]);
      expect([value, sent.includes(value)]).toEqual([value, false]);
      expect([value, JSON.stringify(view).includes(value)]).toEqual([value, false]);
    }
    // What is there is what was looked through.
    expect(disk).toContain('io.kestra.datatype:aes_encrypted');
    expect(sent).toContain('io.kestra.datatype:aes_encrypted');
  });

  it('lets expressions work with the clear value', () => {
    const output = (taskId: string): unknown[] =>
      view.taskRuns.filter((run) => run.taskId === taskId).map(({ outputs }) => outputs);
    expect(output('length')).toEqual([{ value: `${token.length} ${token.length}` }]);
    expect(output('none')).toEqual([{ value: 'none' }]);
    expect(output('same')).toEqual([{ value: 'true' }, { value: 'true' }]);
  });

  it('masks them in the log: as they are, encoded, and over two lines', () => {
    expect(log.split('\n').slice(0, 3)).toEqual([
      'plain ******** ******** ********',
      expect.stringMatching(/^coded dXNlc\S*\*{8}\S* \{"pin":\s?"\*{8}"\}$/),
      'split ********',
    ]);
  });

  it('masks them in failures', () => {
    const { error, attempts } = view.taskRuns.find(({ taskId }) => taskId === 'refused') ?? {};
    expect(error?.message).toBe('refused: ******** with ********');
    expect(attempts?.at(-1)?.error?.message).toBe('refused: ******** with ********');
    expect(log).toContain('refused: ******** with ********');
  });
});

describe('keys', () => {
  let engine: EmbeddedEngine;
  beforeAll(async () => {
    engine = await startEmbedded({}, settings);
  });
  afterAll(async () => engine.close());

  const small = `
id: small
namespace: demo
inputs: [{id: token, type: SECRET}, {id: data, type: JSON, required: false}]
tasks: [{id: show, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.token }}{{ inputs.data | json }}"}]`;

  it('refuses SECRET inputs without one', async () => {
    const at = keyed(engine.runtime, undefined);
    const started = startFlow(engine, small, { given: { token }, at });
    await expect(started).rejects.toThrow('no encryption key is configured for SECRET inputs');
    await expect(started).rejects.not.toThrow(token);
  });

  it('says so where a value was encrypted with another', async () => {
    const at = keyed(engine.runtime, generateKeySync('aes', { length: 128 }));
    const { state, taskRuns } = await startFlow(engine, small, { given: { token }, at });
    expect(state).toBe('FAILED');
    expect(taskRuns[0]?.error?.message).toMatch(
      /^'token' cannot be decrypted: BATON_ENCRYPTION_KEY is not the key it was encrypted with/,
    );
  });

  it('says so where the key is gone', async () => {
    const keyless = await startEmbedded();
    try {
      const { taskRuns } = await startFlow(keyless, small, {
        given: { token },
        at: keyed(keyless.runtime, key),
      });
      expect(taskRuns[0]?.error?.message).toBe(
        "'token' is encrypted and there is no key to open it: BATON_ENCRYPTION_KEY is not set",
      );
    } finally {
      await keyless.close();
    }
  });

  it('does not open what a caller hands in as if it had been encrypted', async () => {
    const first = await startFlow(engine, small, { given: { token } });
    const { token: copied } = first.inputs as { token: unknown };
    const second = await startFlow(engine, small, { given: { token: copied, data: copied } });
    const shown = await inClear(engine, second, 'show');
    expect(shown).toContain('aes_encrypted');
    expect(shown).not.toContain(token.slice(0, 8));
  });

  it('encrypts the same value differently each time', async () => {
    const views = [1, 2].map(() => startFlow(engine, small, { given: { token } }));
    const [one, two] = await Promise.all(views);
    expect(one?.inputs).not.toEqual(two?.inputs);
  });

  it('encrypts and decrypts for expressions', async () => {
    const view = await startFlow(
      engine,
      `
id: functions
namespace: demo
variables: {key: MDEyMzQ1Njc4OWFiY2RlZg==}
tasks:
  - {id: there, type: io.kestra.plugin.core.debug.Return, format: "{{ encrypt(vars.key, 'hello') }}"}
  - {id: back, type: io.kestra.plugin.core.debug.Return, format: "{{ decrypt(vars.key, outputs.there.value) }}"}
  - {id: wrong, type: io.kestra.plugin.core.debug.Return, format: "{{ decrypt('AAAA', outputs.there.value) }}"}`,
    );
    const { taskRuns } = view;
    expect(taskRuns[0]?.outputs).toEqual({ value: expect.stringMatching(/^[A-Za-z0-9+/]{44}$/) });
    // Whoever encrypted it did not mean it to be read by all.
    expect(taskRuns[1]?.outputs).toEqual({ value: '********' });
    expect(await inClear(engine, view, 'back')).toBe('{"value":"hello"}');
    expect(taskRuns[2]?.error?.message).toContain("'key' must be the base64 of 16, 24 or 32 bytes");
  });

  it.each(['', undefined])('is absent when the variable is %j', (value) => {
    expect(settingsFrom({ BATON_ENCRYPTION_KEY: value })).not.toHaveProperty('encryptionKey');
  });

  it.each([16, 24, 32])('may have %i bytes', (bytes) => {
    const text = Buffer.alloc(bytes, 7).toString('base64');
    const read = settingsFrom({ BATON_ENCRYPTION_KEY: `${text}\n` });
    expect(read.encryptionKey?.symmetricKeySize).toBe(bytes);
    expect(JSON.stringify(read)).not.toContain(text);
  });

  it.each(['c2hvcnQ=', 'no base64 at all, though 32 chars', 'A'.repeat(40)])(
    'is not %j',
    (text) => {
      expect(() => settingsFrom({ BATON_ENCRYPTION_KEY: text })).toThrow(
        /^BATON_ENCRYPTION_KEY must be the base64 of 16, 24 or 32 bytes \(make one with: openssl/,
      );
    },
  );
});

describe('the command line', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'baton-secrets-'));
    await writeFile(join(directory, 'flow.yaml'), flow);
  });
  afterAll(async () => rm(directory, { recursive: true, force: true }));
  afterEach(() => vi.unstubAllEnvs());

  const run = (...args: readonly string[]): Promise<Result> => baton(...args, '-d', directory);

  it('shows no clear value, whatever it is asked', async () => {
    vi.stubEnv('BATON_ENCRYPTION_KEY', key.export().toString('base64'));
    vi.stubEnv('SECRET_DB', btoa(stored));
    const given = ['-i', `token=${token}`, '-i', `nested.pin=${pin}`];
    const ran = await run('run', join(directory, 'flow.yaml'), ...given);
    const id = /^execution (.*)$/m.exec(ran.err)?.[1] ?? ran.err;
    const shown = await Promise.all([
      run('get', id),
      run('logs', id),
      run('eval', '{{ inputs }} {{ inputs.token }} {{ [inputs.nested.pin] }}', '-e', id, '--trace'),
    ]);
    for (const { out, err } of [ran, ...shown]) {
      for (const value of clear)
        expect([value, (out + err).includes(value)]).toEqual([value, false]);
    }
    expect(shown.map(({ out }) => out.includes('********'))).toEqual([true, true, true]);
    expect(shown[0]?.out).toContain('io.kestra.datatype:aes_encrypted');
  });

  it('needs no key to be given: the directory has one, and nothing is in clear', async () => {
    vi.stubEnv('BATON_ENCRYPTION_KEY', '');
    vi.stubEnv('SECRET_DB', btoa(stored));
    const own = join(directory, 'own');
    const given = ['-i', `token=${token}`, '-i', `nested.pin=${pin}`];
    const ran = await baton('run', join(directory, 'flow.yaml'), ...given, '-d', own);
    const id = /^execution (.*)$/m.exec(ran.err)?.[1] ?? ran.err;
    const length = '{{ inputs.token | length }}';
    const shown = await Promise.all([
      baton('get', id, '-d', own),
      baton('logs', id, '-d', own),
      baton('eval', length, '-e', id, '-d', own),
    ]);
    expect(shown[2]?.out).toBe(`integer ${token.length}\n`);
    const files = await Promise.all(
      (await readdir(own))
        .filter((name) => name.startsWith('baton.'))
        .map(async (name) => readFile(join(own, name), 'latin1')),
    );
    const said = [ran, ...shown].map(({ out, err }) => out + err);
    expect(said.join('')).toContain('********');
    for (const value of clear) {
      expect([value, [...said, ...files].some((text) => text.includes(value))]).toEqual([
        value,
        false,
      ]);
    }
  });

  it('stops at a key that is none, without showing it', async () => {
    vi.stubEnv('BATON_ENCRYPTION_KEY', 'hunter2hunter2');
    const { code, out, err } = await run('run', join(directory, 'flow.yaml'));
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(
      /^baton run: BATON_ENCRYPTION_KEY must be the base64 of 16, 24 or 32 bytes/,
    );
    expect(err).not.toContain('hunter2');
  });
});
