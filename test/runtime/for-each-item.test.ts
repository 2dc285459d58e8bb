/** ForEachItem: its batches, its counts, its files, and what failing flows do to it. */
import { describe, expect, test } from 'vitest';
import { core, failing, flow, log, pause, Scenario } from './scenario.ts';

const rows = (content: string): string =>
  core('storage.Write', 'rows', `content: ${JSON.stringify(content)}, extension: .txt`);
const forEachItem = (more = ''): string =>
  core(
    'flow.ForEachItem',
    'each',
    `items: "{{ outputs.rows.uri }}", namespace: control, flowId: batch, inputs: {file: "{{ taskrun.items }}", number: "{{ taskrun.iteration }}"}${more}`,
  );
const batch = (tasks: readonly string[], more = ''): string => `id: batch
namespace: control
inputs: [{id: file, type: STRING}, {id: number, type: INT}]
tasks: [${tasks.join()}]
${more}`;
const reads = batch(
  [core('debug.Return', 'text', 'format: "{{ read(inputs.file) }}"')],
  'outputs: [{id: text, type: STRING, value: "{{ inputs.number }}: {{ outputs.text.value }}"}]',
);

async function fileOf(scenario: Scenario, uri: unknown): Promise<string> {
  const key = String(uri).replace('kestra:///', '');
  return Buffer.from((await scenario.engine.blobs.get(key)) ?? []).toString();
}

const states = async (scenario: Scenario): Promise<readonly string[]> =>
  Promise.all(scenario.others().map(async (id) => (await scenario.view(id)).state));

test('a flow for each batch; what they put out is merged in their order', async () => {
  const source = flow([rows('a\nb\nc\n'), forEachItem(', batch: {rows: 2}'), log('after')]);
  const scenario = await Scenario.ended(source, reads);
  await scenario.is(`
    after SUCCESS
    each SUCCESS
    each/each_items SUCCESS
    each/each_merge SUCCESS
    each/each_split SUCCESS
    rows SUCCESS
    SUCCESS`);
  expect(await states(scenario)).toEqual(['SUCCESS', 'SUCCESS']);
  expect(await scenario.outputs('each/each_items')).toMatchObject({
    numberOfBatches: 2,
    iterations: { CREATED: 0, RUNNING: 0, SUCCESS: 2 },
  });
  const { subflowOutputs } = await scenario.outputs('each/each_merge');
  const merged = (await fileOf(scenario, subflowOutputs)).split('\n');
  expect(merged.map((row) => JSON.parse(row) as unknown)).toEqual([
    { text: '0: a\nb\n' },
    { text: '1: c\n' },
  ]);
});

test('an empty file starts nothing, and the parts end well', async () => {
  const scenario = await Scenario.ended(flow([rows(''), forEachItem(), log('after')]), reads);
  await scenario.is(`
    after SUCCESS
    each SUCCESS
    each/each_items SUCCESS
    each/each_merge SUCCESS
    each/each_split SUCCESS
    rows SUCCESS
    SUCCESS`);
  expect(scenario.others()).toEqual([]);
});

describe('batches that fail', () => {
  const fails = batch([failing('a', 'n == 0 and inputs.number == 1'), log('b')]);

  test('do not stop the others; nothing is merged', async () => {
    const scenario = await Scenario.ended(flow([rows('a\nb\nc\n'), forEachItem()]), fails);
    await scenario.is(`
      each FAILED
      each/each_items FAILED
      each/each_split SUCCESS
      rows SUCCESS
      FAILED`);
    expect(await states(scenario)).toEqual(['SUCCESS', 'FAILED', 'SUCCESS']);
    expect(await scenario.outputs('each/each_items')).toMatchObject({
      numberOfBatches: 3,
      iterations: { SUCCESS: 2, FAILED: 1 },
    });
  });

  test('are not told with transmitFailed: false', async () => {
    const source = flow([rows('a\nb\n'), forEachItem(', transmitFailed: false')]);
    const scenario = await Scenario.ended(source, fails);
    expect((await scenario.view()).state).toBe('SUCCESS');
    expect(await scenario.outputs('each/each_items')).toMatchObject({
      iterations: { SUCCESS: 1, FAILED: 1 },
    });
  });

  test('are restarted with the parent, and only those', async () => {
    const scenario = await Scenario.ended(flow([rows('a\nb\nc\n'), forEachItem()]), fails);
    await scenario.restart(`
      each RUNNING
      each/each_items RUNNING
      each/each_split SUCCESS
      rows SUCCESS
      RESTARTED`);
    await scenario.engine.settle();
    expect((await scenario.view()).state).toBe('SUCCESS');
    expect(await states(scenario)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
    expect(await scenario.outputs('each/each_items')).toMatchObject({
      iterations: { SUCCESS: 3 },
    });
  });

  test('warnings are a warning', async () => {
    const warns = batch([failing('a', 'inputs.number == 1', ', allowFailure: true')]);
    const scenario = await Scenario.ended(flow([rows('a\nb\n'), forEachItem()]), warns);
    expect((await scenario.view()).state).toBe('WARNING');
    expect(await scenario.outputs('each/each_items')).toMatchObject({
      iterations: { SUCCESS: 1, WARNING: 1 },
    });
  });
});

test('a flow that is not there fails it, and nothing runs', async () => {
  const scenario = await Scenario.ended(flow([rows('a\nb\n'), forEachItem(), log('after')]));
  const { state, taskRuns } = await scenario.view();
  expect(state).toBe('FAILED');
  expect(taskRuns.map(({ taskId }) => taskId)).not.toContain('after');
});

test('without wait all of them count as done at once', async () => {
  const source = flow([rows('a\nb\nc\n'), forEachItem(', wait: false'), log('after')]);
  const scenario = await Scenario.ended(source, batch([pause]));
  expect((await scenario.view()).state).toBe('SUCCESS');
  expect(await states(scenario)).toEqual(['PAUSED', 'PAUSED', 'PAUSED']);
  expect(await scenario.outputs('each/each_items')).toMatchObject({
    numberOfBatches: 3,
    iterations: { SUCCESS: 3 },
  });
});

test('a kill reaches all of them', async () => {
  const source = flow([rows('a\nb\nc\n'), forEachItem()]);
  const scenario = await Scenario.begun(source, batch([pause]));
  expect(await states(scenario)).toEqual(['PAUSED', 'PAUSED', 'PAUSED']);
  await scenario.kill();
  expect(await states(scenario)).toEqual(['KILLED', 'KILLED', 'KILLED']);
  expect((await scenario.view()).state).toBe('KILLED');
});
