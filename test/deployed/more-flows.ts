/**
 * What the sample flow does not reach: many messages in one execution, values that go to the bucket,
 * a wait that becomes a schedule, the sweep. Each also needs a permission that nothing else uses.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { clientSettings } from './aws.ts';
import type { Outputs } from './cdk.ts';
import type { Ingest } from './ingest.ts';

const iterations = 30;

/** Many rounds through function and queue, side by side, with joins and messages in batches. */
export async function checkManyTasks(ingest: Ingest): Promise<void> {
  const values = JSON.stringify(Array.from({ length: iterations }, (_, index) => index));
  const { id } = await ingest.start(
    `
id: many-tasks
namespace: test.deployed
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: ${values}
    concurrencyLimit: 2
    tasks:
      - id: one
        type: io.kestra.plugin.core.debug.Return
        format: "{{ taskrun.value }}"
`,
    {},
  );
  const { taskRuns } = await ingest.waitForSuccess(id);
  const done = taskRuns.filter(({ taskId, state: end }) => taskId === 'one' && end === 'SUCCESS');
  assert.equal(done.length, iterations);
}

export async function checkLargeValues(
  endpoint: string,
  { Baton }: Outputs,
  ingest: Ingest,
): Promise<void> {
  // Random, so that it stays large when deflated.
  const large = randomBytes(400_000).toString('base64');
  const { id } = await ingest.startStored(
    `
id: large-values
namespace: test.deployed
inputs:
  - id: text
    type: STRING
tasks:
  - id: copy
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.text }}"
  - id: measure
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.copy.value | length }}"
`,
    { text: large },
  );
  const { taskRuns } = await ingest.waitForSuccess(id);
  const measured = taskRuns.find(({ taskId }) => taskId === 'measure');
  assert.equal(measured?.outputs?.['value'], String(large.length));
  const { Contents = [] } = await new S3Client(clientSettings(endpoint)).send(
    new ListObjectsV2Command({ Bucket: Baton['BucketName'] }),
  );
  assert.ok(Contents.filter(({ Key }) => Key?.includes(id)).length >= 2, 'inputs and outputs');
}

export async function checkLongWait(endpoint: string, ingest: Ingest): Promise<void> {
  await ingest.start(
    `
id: long-wait
namespace: test.deployed
tasks:
  - id: fails_at_first
    type: io.kestra.plugin.core.execution.Fail
    retry:
      type: constant
      interval: PT20M
      maxAttempts: 2
`,
    {},
  );
  const scheduler = new SchedulerClient(clientSettings(endpoint));
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand());
    if (Schedules.some(({ Target }) => Target?.Arn?.includes(':sqs:'))) return;
    await sleep(250);
  }
  throw new Error('No schedule sends to a queue.');
}

/** Flows run with the step function's role, which may call what was granted and nothing else. */
export async function checkRefusal({ Baton }: Outputs, ingest: Ingest): Promise<void> {
  const { id } = await ingest.start(
    `
id: not-granted
namespace: test.deployed
tasks:
  - id: invoke
    type: io.kestra.plugin.aws.lambda.Invoke
    functionArn: ${Baton['SweepFunction']}
`,
    {},
  );
  const { state, taskRuns } = await ingest.waitForEnd(id, 60_000);
  assert.equal(state, 'FAILED');
  assert.match(JSON.stringify(taskRuns), /not authorized to perform: lambda:InvokeFunction/);
}

/** Invoked as its schedule does it; the execution that waits is not overdue. */
export async function checkSweep(endpoint: string, { Baton }: Outputs): Promise<void> {
  const { FunctionError, Payload } = await new LambdaClient(clientSettings(endpoint)).send(
    new InvokeCommand({ FunctionName: Baton['SweepFunction'] }),
  );
  const answer = Buffer.from(Payload ?? []).toString();
  assert.equal(FunctionError, undefined, answer);
  assert.deepEqual(JSON.parse(answer), { recovered: 0 });
}
