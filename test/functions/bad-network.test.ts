/**
 * The Lambda handlers on a network that loses, repeats, cuts, delays and refuses a tenth of their
 * requests to DynamoDB, SQS and S3. What was accepted ends once, and its records agree.
 */
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAws } from '../../src/adapters/aws/open.ts';
import { bookOf, namespace, sources, started, wrongsOf } from '../adapters/embedded/crash-flows.ts';
import { type BadNetwork, startBadNetwork } from '../helpers/bad-network.ts';
import { type DeployedEngine, startDeployed } from '../helpers/deployed.ts';
import { times } from '../helpers/effort.ts';
import { credentials, region } from '../helpers/emulators.ts';

const executions = times(14);
/** Some hex digits, too many to stay in a record when deflated. */
const large = `
id: large
namespace: ${namespace}
tasks:
  - id: many
    type: io.kestra.plugin.core.debug.Return
    format: "{% for i in range(1, 15000) %}{{ uuid() }}{% endfor %}"
  - { id: count, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.many.value | length }}" }
`;
const flows = [...started, 'large'];

const networks: BadNetwork[] = [];
let engine: DeployedEngine;
beforeAll(async () => {
  engine = await startDeployed({}, async (endpoint) => {
    const network = await startBadNetwork(endpoint, { seed: networks.length + 1, rate: 0.1 });
    networks.push(network);
    return network.endpoint;
  });
  const sqs = new SQSClient({ region, credentials, endpoint: engine.emulators.endpoint });
  for (const { url } of Object.values(engine.emulators.queues)) {
    const Attributes = { VisibilityTimeout: '3' };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
  }
  sqs.destroy();
});
afterAll(async () => {
  await engine.close();
  for (const network of networks) await network.close();
});

/** Asks until it is answered as it should be; every other answer says that something failed. */
async function insist(path: string, body: string, key: string): Promise<{ id: string }> {
  for (;;) {
    const response = await engine.request('POST', path, body, { 'idempotency-key': key });
    const answer = (await response.json()) as { id: string; code?: string };
    if (response.status < 300) return answer;
    expect({
      status: response.status,
      code: answer.code,
      ...(response.status < 500 && answer),
    }).toEqual({
      status: 500,
      code: 'internal',
    });
  }
}

test('everything accepted ends once, by the books', async () => {
  for (const source of [...sources, large]) await insist('/flows', source, 'none');
  const accepted = await Promise.all(
    Array.from({ length: executions }, async (_, n) => {
      const path = `/executions/${namespace}/${flows[n % flows.length]}`;
      return (await insist(path, '{}', `request-${n}`)).id;
    }),
  );
  const { store, blobs } = openAws(engine.emulators.options);
  const open = async () => {
    const { items } = await store.listExecutions({ limit: 1000 });
    return items.filter(({ endedAt }) => endedAt === undefined).map(({ id }) => id);
  };
  for (let idle = 0; (await open()).length > 0; ) {
    const [some, more] = await Promise.all([engine.pump(1), engine.pump(1)]);
    idle = some + more > 0 ? 0 : idle + 1;
    expect(idle, (await open()).join(' ')).toBeLessThan(20);
  }
  while ((await engine.pump(1)) > 0) continue;

  const { items } = await store.listExecutions({ limit: 1000 });
  expect(accepted.filter((id) => !items.some((item) => item.id === id))).toEqual([]);
  for (const { id, state, flow } of items) {
    const book = await bookOf({ store, blobs }, { id, flow: flow.id });
    expect({ id, state, wrongs: wrongsOf(book) }).toEqual({ id, state: 'SUCCESS', wrongs: [] });
  }
  const held = await store.readFlowSet({ namespace, id: 'limited', set: 'places' });
  expect({ held, queued: await store.nextQueued({ namespace, id: 'limited' }) }).toEqual({
    held: [],
    queued: undefined,
  });
  const ours = items.filter(({ flow }) => flow.id !== 'child').length;
  expect(ours).toBe(executions);
  console.log(executions, items.length, JSON.stringify(networks.map(({ counts }) => counts)));
});
