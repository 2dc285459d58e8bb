/**
 * What goes wrong for real: queues that lose everything, a record that nobody can read, and a task
 * for the long lane. Also that every execution ends all the same.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListQueuesCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { dueKey, executionKey, slotKey } from '../../src/adapters/aws/table.ts';
import { clientSettings } from './aws.ts';
import type { Outputs } from './cdk.ts';
import type { Ingest } from './ingest.ts';

/** The second task's message waits in the queue meanwhile. */
const waiting = (id: string, wait: string): string => `
id: ${id}
namespace: test.deployed
tasks:
  - { id: first, type: io.kestra.plugin.core.debug.Return, format: one }
  - { id: wait, type: io.kestra.plugin.core.flow.Sleep, duration: ${wait} }
  - { id: last, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.first.value }}" }
`;

async function change(
  endpoint: string,
  { Baton }: Outputs,
  key: { readonly pk: string; readonly sk: string },
  [name, value]: readonly [name: string, value: string],
): Promise<void> {
  await new DynamoDBClient(clientSettings(endpoint)).send(
    new UpdateItemCommand({
      TableName: Baton['TableName'],
      Key: { pk: { S: key.pk }, sk: { S: key.sk } },
      UpdateExpression: 'SET #name = :value',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': { S: value } },
    }),
  );
}

async function untilWaiting(ingest: Ingest, id: string): Promise<void> {
  for (let attempt = 0; attempt < 80; attempt += 1) {
    const { taskRuns } = await ingest.show(id);
    if (taskRuns.some(({ taskId }) => taskId === 'wait')) return;
    await sleep(250);
  }
  throw new Error(`${id} does not wait.`);
}

/** All queues are emptied while executions wait in them; the sweep sends again what is missing. */
export async function checkPurgedQueues(
  endpoint: string,
  outputs: Outputs,
  ingest: Ingest,
): Promise<void> {
  const started = await Promise.all(
    [1, 2, 3].map(() => ingest.start(waiting('purged', 'PT8S'), {})),
  );
  for (const { id } of started) await untilWaiting(ingest, id);
  const sqs = new SQSClient(clientSettings(endpoint));
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand());
  for (const QueueUrl of QueueUrls) await sqs.send(new PurgeQueueCommand({ QueueUrl }));
  // As if they should have moved long ago.
  for (const { id } of started) {
    await change(endpoint, outputs, executionKey(id), ['xd', dueKey(1)]);
  }
  const { FunctionError, Payload } = await new LambdaClient(clientSettings(endpoint)).send(
    new InvokeCommand({ FunctionName: outputs.Baton['SweepFunction'] }),
  );
  const answer = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, answer);
  assert.deepEqual(JSON.parse(answer), { recovered: started.length });
  for (const { id } of started) {
    const { taskRuns } = await ingest.waitForSuccess(id);
    assert.equal(taskRuns.find(({ taskId }) => taskId === 'last')?.outputs?.['value'], 'one');
  }
}

/** Its message fails every time, becomes a dead letter, and the execution ends with the reason. */
export async function checkDeadLetter(
  endpoint: string,
  outputs: Outputs,
  ingest: Ingest,
): Promise<void> {
  const { id } = await ingest.start(waiting('damaged', 'PT5S'), {});
  await untilWaiting(ingest, id);
  await change(endpoint, outputs, slotKey(id, 'wait'), ['n', 'damaged']);
  for (let attempt = 0; attempt < 240; attempt += 1) {
    const [{ state } = {}] = await ingest.list('test.deployed', 'damaged');
    if (state === 'FAILED') {
      const lines = await ingest.logs(id);
      assert.ok(lines.some(({ message }) => message.includes('cannot be read')));
      return;
    }
    await sleep(250);
  }
  throw new Error(`${id} has not ended.`);
}

export async function checkLongLane(
  endpoint: string,
  { Baton }: Outputs,
  ingest: Ingest,
): Promise<void> {
  const { id } = await ingest.start(
    `
id: long-lane
namespace: test.deployed
tasks:
  - { id: long, type: io.kestra.plugin.core.log.Log, message: on the long lane, timeout: PT5M }
`,
    {},
  );
  await ingest.waitForSuccess(id);
  const { events = [] } = await new CloudWatchLogsClient(clientSettings(endpoint)).send(
    new FilterLogEventsCommand({ logGroupName: Baton['StepLongLogGroup'] }),
  );
  assert.ok(events.some(({ message = '' }) => message.includes(id) && message.includes('"long"')));
}
