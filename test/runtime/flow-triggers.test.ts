/** Flow triggers on the embedded engine: what starts, with what, and that it starts once. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storeFlow } from '../../src/api/flows.ts';
import type { Execution } from '../../src/engine/execution.ts';
import { toPlain } from '../../src/expression/value.ts';
import { fireFlowTriggers } from '../../src/runtime/flow-triggers.ts';
import { unpack } from '../../src/runtime/pack.ts';
import { startExecution } from '../../src/runtime/start.ts';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';

let engine: EmbeddedEngine;
beforeEach(async () => {
  engine = await startEmbedded();
});
afterEach(async () => engine.close());

const log = 'io.kestra.plugin.core.log.Log';
const give = 'io.kestra.plugin.core.debug.Return';

const upstream = (id: string, more = ''): string => `
id: ${id}
namespace: company.team
labels: {source: ${id}}
tasks: [{id: make, type: ${give}, format: "made by ${id}"}]
outputs: [{id: made, type: STRING, value: "{{ outputs.make.value }}"}]
${more}`;

const listener = (trigger: string, more = ''): string => `
id: listener
namespace: company.other
tasks: [{id: note, type: ${log}, message: "{{ trigger.executionId }}"}]
triggers: [{id: after, type: io.kestra.plugin.core.trigger.Flow, ${trigger}}]
${more}`;

async function run(source: string): Promise<Execution> {
  const { flow } = await storeFlow(engine.runtime, source);
  const { execution } = await startExecution(engine.runtime, { flow, inputs: new Map() });
  await engine.whenEnded(execution.id);
  await engine.idle();
  return (await engine.runtime.store.readExecution(execution.id)) ?? execution;
}

async function startedOf(flowId: string): Promise<readonly Execution[]> {
  await engine.idle();
  const { store } = engine.runtime;
  const { items } = await store.listExecutions({ namespace: 'company.other', flowId, limit: 100 });
  const read = await Promise.all(items.map(({ id }) => store.readExecution(id)));
  return read.filter((one): one is Execution => one !== undefined).toReversed();
}

const opened = async (packed: Execution['trigger']): Promise<unknown> =>
  packed === undefined ? undefined : toPlain(await unpack(packed, engine.runtime.blobs));

async function variablesOf({ trigger }: Execution): Promise<Record<string, unknown>> {
  const record = (await opened(trigger)) as { readonly variables: Record<string, unknown> };
  return record.variables;
}

async function again(execution: Execution): Promise<void> {
  const flow = await engine.runtime.flows.load(execution.flow);
  await fireFlowTriggers(engine.runtime, flow, execution);
}

async function warningsOf({ id }: Execution): Promise<readonly string[]> {
  return (await engine.logs.readLogs(id, 'WARN')).map(({ message }) => message);
}

describe('one upstream flow', () => {
  test('what it brings, as trigger record, labels and inputs', async () => {
    await storeFlow(
      engine.runtime,
      listener(
        'labels: {by: "{{ trigger.flowId }}", lost: "{{ trigger.outputs.nothing }}"}, inputs: {text: "{{ trigger.outputs.made }}", task: "{{ outputs.make.value }}"}',
        'inputs: [{id: text, type: STRING}, {id: task, type: STRING}, {id: missing, type: STRING}]\nlabels: {own: label}',
      ),
    );
    const cause = await run(upstream('extract'));
    const [started, second] = await startedOf('listener');
    expect(second).toBeUndefined();
    expect(started).toMatchObject({
      state: 'SUCCESS',
      labels: { own: 'label', by: 'extract', 'system.from': 'trigger' },
    });
    expect(started?.labels).not.toHaveProperty('lost');
    expect(await opened(started?.trigger)).toEqual({
      id: 'after',
      type: 'io.kestra.plugin.core.trigger.Flow',
      variables: {
        executionId: cause.id,
        executionLabels: { source: 'extract' },
        state: 'SUCCESS',
        startDate: new Date(cause.createdAt).toISOString(),
        endDate: new Date(cause.endedAt ?? 0).toISOString(),
        namespace: 'company.team',
        flowId: 'extract',
        flowRevision: 1,
        outputs: { made: 'made by extract' },
      },
    });
    expect(await opened(started?.inputs)).toEqual({
      text: 'made by extract',
      task: 'made by extract',
    });
    expect((await engine.logs.readLogs(started?.id ?? '')).map(({ message }) => message)).toContain(
      cause.id,
    );
  });

  test('however often the end is told, it starts once', async () => {
    await storeFlow(engine.runtime, listener('states: [SUCCESS]'));
    const cause = await run(upstream('extract'));
    await Promise.all([again(cause), again(cause)]);
    await again(cause);
    expect(await startedOf('listener')).toHaveLength(1);
    await run(upstream('extract'));
    expect(await startedOf('listener')).toHaveLength(2);
  });

  test('never its own executions, and not those that conditions leave out', async () => {
    await storeFlow(
      engine.runtime,
      listener(
        'states: [SUCCESS, RUNNING], when: "{{ labels.source == \'wanted\' }}", conditions: [{type: io.kestra.plugin.core.condition.ExecutionNamespace, namespace: company, comparison: PREFIX}]',
      ),
    );
    await run(upstream('other'));
    expect(await startedOf('listener')).toEqual([]);
    await run(upstream('wanted'));
    const states = await Promise.all((await startedOf('listener')).map(variablesOf));
    expect(states.map(({ state }) => state)).toEqual(['RUNNING', 'SUCCESS']);
  });

  test('what cannot be rendered starts nothing, warns, and leaves the cause as it was', async () => {
    await storeFlow(engine.runtime, listener('inputs: {text: "{{ outputs.nothing.value }}"}'));
    const cause = await run(upstream('extract'));
    expect(cause.state).toBe('SUCCESS');
    expect(await startedOf('listener')).toEqual([]);
    expect(await warningsOf(cause)).toEqual([
      expect.stringContaining("Trigger 'after' of company.other.listener could not start it"),
    ]);
  });

  test('inputs of the wrong type start nothing', async () => {
    const number = 'inputs: [{id: n, type: INT}]';
    await storeFlow(engine.runtime, listener('inputs: {n: "{{ trigger.flowId }}"}', number));
    const cause = await run(upstream('extract'));
    expect(await startedOf('listener')).toEqual([]);
    expect(await warningsOf(cause)).toHaveLength(1);
  });

  test('failOnTriggerError leaves a failed execution that says why', async () => {
    await storeFlow(
      engine.runtime,
      listener('failOnTriggerError: true, inputs: {text: "{{ outputs.nothing.value }}"}'),
    );
    const cause = await run(upstream('extract'));
    await again(cause);
    const started = await startedOf('listener');
    expect(started).toMatchObject([{ state: 'FAILED', error: { code: 'trigger' } }]);
  });

  test('the latest revision decides, and a disabled flow never starts', async () => {
    await storeFlow(engine.runtime, listener('states: [SUCCESS]'));
    await run(upstream('extract'));
    await storeFlow(engine.runtime, listener('states: [FAILED]'));
    await run(upstream('extract'));
    await storeFlow(engine.runtime, listener('states: [SUCCESS]', 'disabled: true'));
    await run(upstream('extract'));
    await storeFlow(engine.runtime, listener('states: [SUCCESS], disabled: true'));
    await run(upstream('extract'));
    expect((await startedOf('listener')).map(({ flow }) => flow.revision)).toEqual([1]);
  });

  test('a revision stored elsewhere a moment ago decides as well', async () => {
    const { runtime } = engine;
    await storeFlow(runtime, listener('states: [SUCCESS]'));
    await runtime.listeners.for('SUCCESS');
    const before = await runtime.store.readFlow('company.other', 'listener');
    const changed = listener(
      'states: [SUCCESS], conditions: [{type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: n, flowId: f}]',
    );
    const forget = runtime.listeners.forget.bind(runtime.listeners);
    runtime.listeners.forget = () => undefined;
    await storeFlow(runtime, changed);
    await run(upstream('extract'));
    runtime.listeners.forget = forget;
    expect(before?.flow.revision).toBe(1);
    expect(await startedOf('listener')).toEqual([]);
  });

  test('task ids are looked up for flows that ask for them', async () => {
    await storeFlow(
      engine.runtime,
      listener(
        'states: [FAILED], labels: {x: "{{ flow.id }}"}',
        'variables: {last: "{{ trigger.lastTaskId }} {{ trigger.firstFailedTaskId }}"}',
      ),
    );
    await run(`
id: failing
namespace: company.team
tasks: [{id: bad, type: io.kestra.plugin.core.execution.Fail}]
errors: [{id: handler, type: ${log}, message: m}]
`);
    const [started] = await startedOf('listener');
    expect(started && (await variablesOf(started))).toMatchObject({
      firstFailedTaskId: 'bad',
      lastTaskId: 'handler',
    });
  });
});

describe('several upstream flows', () => {
  const all = 'dependsOn: [{flowId: a, states: [SUCCESS]}, {flowId: b}]';

  test('fires when all are there, with the outputs of each, and then anew', async () => {
    await storeFlow(engine.runtime, listener(all));
    await run(upstream('a'));
    await run(upstream('a'));
    expect(await startedOf('listener')).toEqual([]);
    const last = await run(upstream('b'));
    await again(last);
    const [started, second] = await startedOf('listener');
    expect(second).toBeUndefined();
    expect(started && (await variablesOf(started))).toMatchObject({
      executionId: last.id,
      outputs: {
        made: 'made by b',
        a: { made: 'made by a' },
        b: { made: 'made by b' },
        'company.team': { a: { made: 'made by a' }, b: { made: 'made by b' } },
      },
    });
    await run(upstream('b'));
    expect(await startedOf('listener')).toHaveLength(1);
    await run(upstream('a'));
    expect(await startedOf('listener')).toHaveLength(2);
  });

  test('upstream executions that end at once fire once', async () => {
    await storeFlow(engine.runtime, listener('dependsOn: [{flowId: a}, {flowId: b}, {flowId: c}]'));
    const ends = await Promise.all(['a', 'b', 'c'].map((id) => run(upstream(id))));
    await Promise.all([...ends, ...ends].map(again));
    expect(await startedOf('listener')).toHaveLength(1);
  });

  test('any of them, and those that `when` lets through', async () => {
    await storeFlow(
      engine.runtime,
      listener(
        `dependsOn: [{flowId: a, when: "{{ outputs.made == 'made by b' }}"}, {flowId: b, when: "{{ flowId == 'b' and labels.source == 'b' and not hasRetryAttempt }}"}], mode: ANY`,
      ),
    );
    await run(upstream('a'));
    expect(await startedOf('listener')).toEqual([]);
    const cause = await run(upstream('b'));
    await again(cause);
    expect(await startedOf('listener')).toHaveLength(1);
  });

  test('once in a window', async () => {
    await storeFlow(
      engine.runtime,
      listener('dependsOn: [{namespace: company.team}], window: {every: P30000D, fireOnce: true}'),
    );
    await run(upstream('a'));
    await run(upstream('b'));
    expect(await startedOf('listener')).toHaveLength(1);
  });

  test('outside its hours nothing counts', async () => {
    const hour = (new Date().getUTCHours() + 2) % 24;
    const time = (at: number): string => `${String(at % 24).padStart(2, '0')}:00:00`;
    await storeFlow(
      engine.runtime,
      listener(
        `dependsOn: [{flowId: a}], window: {from: "${time(hour)}", to: "${time(hour + 1)}"}`,
      ),
    );
    await run(upstream('a'));
    expect(await startedOf('listener')).toEqual([]);
  });
});
