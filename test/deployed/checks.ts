/** What must be true of a finished execution, looked up where it was written. */
import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { clientSettings } from './aws.ts';
import type { Outputs } from './cdk.ts';
import { isPlatformLine } from './gaps.ts';
import type { Execution, TaskRun } from './ingest.ts';

/** The flow's five tasks, in order. */
const taskIds = ['post_item', 'log_reply', 'extract_data', 'invoke', 'log_record'];

export function checkTaskRuns({ taskRuns }: Execution): void {
  assert.deepEqual(
    taskRuns.map(({ taskId, state }) => `${taskId} ${state}`),
    taskIds.map((taskId) => `${taskId} SUCCESS`),
  );
}

interface ItemRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly created_at: string;
  readonly updated_at: string;
}

interface ItemRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly createdTimestamp: string;
  readonly updatedTimestamp: string;
}

/** The record before and after: the same item, with a later timestamp. */
export function checkRecords(execution: Execution): void {
  const row = outputOf(execution, 'extract_data', 'row') as ItemRow;
  const record = outputOf(execution, 'invoke', 'payload') as ItemRecord;
  assert.equal(row.name, 'One');
  assert.equal(row.description, 'Description');
  const { updatedTimestamp, ...rest } = record;
  assert.deepEqual(rest, {
    id: row.id,
    name: row.name,
    description: row.description,
    createdTimestamp: row.created_at,
  });
  assert.ok(Date.parse(updatedTimestamp) > Date.parse(row.updated_at), 'the timestamp moved on');
}

export async function checkItem(
  endpoint: string,
  { BatonSamples }: Outputs,
  execution: Execution,
): Promise<void> {
  const { id } = outputOf(execution, 'extract_data', 'row') as ItemRow;
  const { Item } = await new DynamoDBClient(clientSettings(endpoint)).send(
    new GetItemCommand({ TableName: BatonSamples['ItemsTableName'], Key: { id: { S: id } } }),
  );
  assert.equal(Item?.['name']?.S, 'One');
}

/** Header and slots of the execution, with the outputs of the tasks on their slots. */
export async function checkStoredOutputs(
  endpoint: string,
  { Baton }: Outputs,
  execution: Execution,
): Promise<void> {
  const { Items = [] } = await new DynamoDBClient(clientSettings(endpoint)).send(
    new QueryCommand({
      TableName: Baton['TableName'],
      KeyConditionExpression: 'pk = :execution',
      ExpressionAttributeValues: { ':execution': { S: `X#${execution.id}` } },
    }),
  );
  const stored = new Map(Items.map((item) => [item['sk']?.S, item]));
  assert.ok(stored.has('#'), 'the header is stored');
  for (const taskId of taskIds) assert.ok(stored.has(`T#${taskId}`), `${taskId} has a slot`);
  const { id } = outputOf(execution, 'extract_data', 'row') as ItemRow;
  for (const taskId of ['post_item', 'extract_data', 'invoke']) {
    assert.ok(textOf(stored.get(`T#${taskId}`)).includes(id), `outputs of ${taskId}`);
  }
  for (const item of Items) assert.ok(Number(item['ttl']?.N) > Date.now() / 1000, 'it expires');
}

/** All of an item's texts; longer ones are stored deflated. */
export function textOf(item: Record<string, AttributeValue> = {}): string {
  return Object.values(item)
    .map(({ S, B }) => (B === undefined ? S : inflateRawSync(B).toString()))
    .join('\n');
}

/** Every line is JSON with a level; those of this execution say whose they are. */
export async function checkLogLines(
  endpoint: string,
  { Baton }: Outputs,
  execution: Execution,
): Promise<void> {
  const { events = [] } = await new CloudWatchLogsClient(clientSettings(endpoint)).send(
    new FilterLogEventsCommand({ logGroupName: Baton['StepFastLogGroup'] }),
  );
  const lines = events
    .map(({ message = '' }) => message.trim())
    .filter((message) => !isPlatformLine(message))
    .map((message) => parse(message))
    // Metrics are JSON lines too, in a format of their own.
    .filter((line) => !Object.hasOwn(line, '_aws'));
  const own = lines.filter(({ executionId }) => executionId === execution.id);
  for (const line of lines) assert.match(String(line['level']), /^(TRACE|DEBUG|INFO|WARN|ERROR)$/);
  for (const taskId of ['log_reply', 'log_record']) {
    const line = own.find((candidate) => candidate['taskId'] === taskId);
    assert.ok(line, `${taskId} has logged`);
    for (const field of ['timestamp', 'message', 'namespace', 'flowId', 'revision', 'path']) {
      assert.ok(Object.hasOwn(line, field), `the line of ${taskId} has ${field}`);
    }
  }
}

function parse(message: string): Record<string, unknown> {
  try {
    return JSON.parse(message);
  } catch {
    throw new Error(`This log line is not JSON: ${message}`);
  }
}

function outputOf({ taskRuns }: Execution, taskId: string, name: string): unknown {
  const taskRun: TaskRun | undefined = taskRuns.find((one) => one.taskId === taskId);
  assert.ok(taskRun?.outputs, `${taskId} has outputs`);
  return taskRun.outputs[name];
}
