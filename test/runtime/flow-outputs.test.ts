/** Outputs of a flow have the types that the flow declares. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedEngine, startEmbedded } from '../helpers/embedded.ts';
import { runFlow } from '../helpers/run-flow.ts';

let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await startEmbedded();
});
afterAll(() => engine.close());

async function run(type: string, value: string, more = ''): ReturnType<typeof runFlow> {
  return runFlow(
    engine,
    `id: outputs
namespace: tests
tasks: [{id: a, type: io.kestra.plugin.core.debug.Return, format: "12"}]
outputs: [{id: o, type: ${type}, value: ${value}${more}}]
`,
  );
}

const table: readonly (readonly [type: string, value: string, output: unknown])[] = [
  ['INT', `'{{ outputs.a.value }}'`, 12],
  ['FLOAT', `'{{ outputs.a.value }}.5'`, 12.5],
  ['STRING', `'{{ outputs.a.value }}'`, '12'],
  ['STRING', `'{{ 1 + 1 }}'`, '2'],
  ['STRING', `'{{ outputs.a }}'`, '{"value":"12"}'],
  ['BOOLEAN', `'TRUE'`, true],
  ['BOOL', `'{{ outputs.a.value == 13 }}'`, false],
  ['JSON', `'{"a": [{{ outputs.a.value }}]}'`, { a: [12] }],
  ['JSON', `'{{ outputs.a }}'`, { value: '12' }],
  ['ARRAY', `'[1, "b"]'`, [1, 'b']],
  ['ARRAY', `['{{ outputs.a.value }}', 3]`, ['12', 3]],
  ['DURATION', 'PT90S', 'PT1M30S'],
  ['URI', `'https://example.com/{{ outputs.a.value }}'`, 'https://example.com/12'],
];

test.each(table)('%s %s', async (type, value, output) => {
  expect(await run(type, value)).toMatchObject({ state: 'SUCCESS', outputs: { o: output } });
});

test('a value of another type fails the execution, and nothing is given out', async () => {
  const view = await run('INT', `'{{ outputs.a.value }}x'`);
  expect(view).toMatchObject({
    state: 'FAILED',
    error: {
      code: 'invalid-output',
      message:
        'Outputs failed: Invalid value for output `o`. Cause: it must be an integer of 32 bits',
    },
  });
  expect(view.outputs).toBeUndefined();
});

test('an output that need not be there is null', async () => {
  const view = await run('INT', `'{{ null }}'`, ', required: false');
  expect(view).toMatchObject({ state: 'SUCCESS', outputs: { o: null } });
});
