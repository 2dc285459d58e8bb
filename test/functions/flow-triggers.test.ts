/** Flow triggers through the Lambda handlers, on the emulators: what one flow ends, another begins. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeployedEngine, startDeployed } from '../helpers/deployed.ts';

let engine: DeployedEngine;
beforeAll(async () => {
  engine = await startDeployed();
});
afterAll(async () => engine.close());

const task = '{id: make, type: io.kestra.plugin.core.debug.Return, format: "{{ flow.id }}"}';
const upstream = (id: string): string => `
id: ${id}
namespace: aws
tasks: [${task}]
outputs: [{id: made, type: STRING, value: "{{ outputs.make.value }}"}]
`;
const listener = `
id: both
namespace: aws
tasks: [${task}]
outputs:
  - {id: made, type: STRING, value: "{{ trigger.outputs.a.made }} {{ trigger.outputs.b.made }}"}
triggers:
  - {id: after, type: io.kestra.plugin.core.trigger.Flow, dependsOn: [{flowId: a}, {flowId: b}]}
`;

async function json(method: string, path: string, body?: string) {
  const response = await engine.request(method, path, body);
  return (await response.json()) as Record<string, unknown>;
}

test('two upstream flows start the listener once, with the outputs of both', async () => {
  await json('POST', '/flows', listener);
  for (const id of ['a', 'b']) {
    await json('POST', '/', upstream(id));
    while ((await engine.pump()) > 0);
  }
  const { results } = (await json('GET', '/executions?namespace=aws&flowId=both')) as {
    readonly results: readonly { readonly id: string }[];
  };
  expect(results).toHaveLength(1);
  expect(await json('GET', `/executions/${results[0]?.id}`)).toMatchObject({
    state: 'SUCCESS',
    outputs: { made: 'a b' },
  });
});
