/** `taskCache`: when a task is run again and when not, seen by what it leaves behind. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { viewExecution } from '../../src/runtime/view.ts';
import { fromPlain, type ValueMap } from '../../src/expression/value.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

/** Values of these are 1.5 MB of digits: too many for a record. */
const large = `{% for i in range(0, 60000) %}{{ i * i * 7919 }}-{% endfor %}`;

let engine: EmbeddedEngine;
beforeEach(async () => {
  engine = await startEmbedded();
});
afterEach(async () => engine.close());

async function run(source: string, inputs: Readonly<Record<string, unknown>> = {}) {
  const { flow } = await storeFlow(engine.runtime, source);
  const given = fromPlain(inputs) as ValueMap;
  const { execution } = await startExecution(engine.runtime, { flow, inputs: given });
  await engine.whenEnded(execution.id);
  const view = await viewExecution(engine.runtime, execution.id);
  const logs = await engine.logs.readLogs(execution.id);
  return {
    id: execution.id,
    state: view?.state,
    outputs: view?.taskRuns.find(({ taskId }) => taskId === 'a')?.outputs,
    states: view?.taskRuns.map(({ state }) => state),
    hits: logs.filter(({ message }) => message.includes('task cache')).map(({ path }) => path),
    logs,
  };
}

/** A flow whose task `a` gives a file, which is another one each time it runs. */
const writing = (more: string, content = '{{ inputs.x }}'): string => `
id: cached
namespace: demo
inputs: [{id: x, type: STRING, required: false}]
tasks: [{id: a, type: io.kestra.plugin.core.storage.Write, content: "${content}", ${more}}]`;

const cached = 'taskCache: {enabled: true}';

describe('a cached task', () => {
  test('is not run for properties it was run for before', async () => {
    const first = await run(writing(cached), { x: 'one' });
    const second = await run(writing(cached), { x: 'one' });
    const other = await run(writing(cached), { x: 'two' });
    expect([first.hits, second.hits, other.hits]).toEqual([[], ['a'], []]);
    expect(second).toMatchObject({ state: 'SUCCESS', outputs: first.outputs });
    expect(other.outputs).not.toEqual(first.outputs);
    // The change of the flow is none of the task.
    const changed = await run(`${writing(cached)}\ndescription: changed`, { x: 'one' });
    expect(changed.outputs).toEqual(first.outputs);
  });

  test.each([
    ['another task', writing(cached).replace('id: a,', 'id: b,')],
    ['another flow', writing(cached).replace('id: cached', 'id: other')],
    ['another namespace', writing(cached).replace('namespace: demo', 'namespace: demo.sub')],
    ['another property', writing(`${cached}, extension: .csv`)],
    ['a task that is not cached', writing('taskCache: {enabled: false}')],
  ])('%s runs', async (_, source) => {
    await run(writing(cached), { x: 'one' });
    expect((await run(source, { x: 'one' })).hits).toEqual([]);
  });

  test('runs again when its time has passed', async () => {
    const source = writing('taskCache: {enabled: true, ttl: PT1H}');
    await run(source, { x: 'one' });
    expect((await run(source, { x: 'one' })).hits).toEqual(['a']);
    const real = engine.runtime.clock.now;
    Object.assign(engine.runtime.clock, { now: () => real() + 3_600_000 });
    expect((await run(source, { x: 'one' })).hits).toEqual([]);
  });

  test('that failed runs again; the attempt that did not is kept', async () => {
    const fails = (condition: string): string => `
id: failing
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.execution.Fail, condition: "${condition}", ${cached},
     retry: {type: constant, interval: PT0.001S, maxAttempts: 2}}`;
    for (const _ of [1, 2]) {
      expect(await run(fails('true'))).toMatchObject({ hits: [], state: 'FAILED' });
    }
    const second = '{{ taskrun.attemptsCount < 1 }}';
    expect(await run(fails(second))).toMatchObject({ hits: [], state: 'SUCCESS' });
    expect(await run(fails(second))).toMatchObject({ hits: ['a'], state: 'SUCCESS' });
  });

  test('gives a large value of its own, also when the first one is gone', async () => {
    const source = `
id: large
namespace: demo
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: "${large}", ${cached}}
  - {id: length, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value | length }}"}`;
    const first = await run(source);
    const second = await run(source);
    expect(second.hits).toEqual(['a']);
    expect(second.outputs).toEqual(first.outputs);
    const slots = [first, second].map(({ id }) => engine.runtime.store.readSlot(id, 'a'));
    const [one, two] = (await Promise.all(slots)).map((slot) => slot?.outputs);
    expect(one).toMatchObject({ blob: expect.stringContaining(first.id) });
    expect(two).toMatchObject({ blob: expect.stringContaining(second.id) });

    const { get } = engine.runtime.blobs;
    const gone = (one as { blob: string }).blob;
    const blobs = { get: async (at: string) => (at === gone ? undefined : get(at)) };
    Object.assign(engine.runtime.blobs, blobs);
    expect((await run(source)).hits).toEqual([]);
  });

  test('runs where the cache cannot be reached, and says so', async () => {
    const refuse = () => Promise.reject(new Error('throttled'));
    Object.assign(engine.runtime.keyValues, { get: refuse, put: refuse });
    const { state, logs } = await run(writing(cached), { x: 'one' });
    expect(state).toBe('SUCCESS');
    const warnings = logs.filter(({ level }) => level === 'WARN').map(({ message }) => message);
    expect(warnings).toEqual([
      'The task cache cannot be used: Error: throttled',
      'The task cache cannot be used: Error: throttled',
    ]);
  });

  test('keeps nothing of what it was told but a digest, out of sight of flows', async () => {
    await run(writing(cached, 'secret-{{ inputs.x }}'), { x: 'word' });
    const keys = await run(`
id: keys
namespace: demo
tasks: [{id: a, type: io.kestra.plugin.core.kv.GetKeys}]`);
    expect(keys.outputs).toEqual({ keys: [] });
    const kept = [];
    for (let part = 0; part < 256; part += 1) {
      const namespace = `demo/task-cache/${part.toString(16).padStart(2, '0')}`;
      const { items } = await engine.runtime.keyValues.list(namespace, { limit: 9, now: 0 });
      kept.push(...items);
    }
    expect(kept.map(({ key }) => key)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(JSON.stringify(kept)).not.toContain('word');
  });
});
