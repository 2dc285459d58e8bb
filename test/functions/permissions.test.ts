/**
 * What each function asks AWS for, recorded while it does all it can do, beside what its role allows:
 * nothing is missing, nothing is spare. (Every other test of the handlers runs under the same roles.)
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeployedEngine, startDeployed } from '../helpers/deployed.ts';
import { credentials, region, startStub } from '../helpers/emulators.ts';
import { allows, isAllowed, type Need, rolesOf } from '../helpers/iam.ts';
import { underRoles } from '../helpers/roles.ts';
import { makeStacks } from '../infra/stacks.ts';

const core = 'io.kestra.plugin.core';
const namespace = 'permissions';
const returns = (id: string, format: string, more = ''): string =>
  `{id: ${id}, type: ${core}.debug.Return, format: "${format}"${more}}`;
/** Hex digits at random: too many to stay in a record when deflated. */
const large = '{% for i in range(1, 3000) %}{{ uuid() }}{% endfor %}';

/** A flow of which one execution runs at a time; its end reads and writes whatever an end can. */
const ending = (id: string, task: string): string => `
id: ${id}
namespace: ${namespace}
concurrency: {behavior: QUEUE, limit: 1}
tasks:
  - ${returns('many', large)}
  ${task}
outputs:
  - {id: secret, type: INT, value: "{{ secret('DB') | length }}"}
  - {id: errors, type: INT, value: "{{ errorLogs() | length }}"}
  - {id: pair, type: STRING, value: "{{ kv('missing') ?? 'none' }}"}
  - {id: back, type: STRING, value: "{{ outputs.many.value }}"}
`;

const counted = `startDate: "{{ now() | dateAdd(-1, 'DAYS') }}", expression: "{{ count >= 0 }}"`;
const tasks = `
id: tasks
namespace: ${namespace}
tasks:
  - ${returns('secret', "{{ secret('DB') | length }}")}
  - {id: set, type: ${core}.kv.Set, key: city, value: Paris}
  - {id: unset, type: ${core}.kv.Delete, key: city}
  - {id: write, type: ${core}.storage.Write, content: "some text"}
  - {id: size, type: ${core}.storage.Size, uri: "{{ outputs.write.uri }}"}
  - {id: delete, type: ${core}.storage.Delete, uri: "{{ outputs.write.uri }}"}
  - {id: fetch, type: ${core}.log.Fetch}
  - {id: all, type: ${core}.execution.Count, ${counted}, namespaces: [${namespace}]}
  - {id: some, type: ${core}.execution.Count, ${counted}, namespaces: [${namespace}], states: [FAILED]}
  - {id: own, type: ${core}.execution.Count, ${counted}, flows: [{namespace: ${namespace}, flowId: tasks}]}
  - {id: open, type: ${core}.execution.Count, ${counted}, namespaces: [${namespace}], states: [RUNNING]}
  - {id: long, type: ${core}.debug.Return, format: x, timeout: PT10M}
`;
/** Its message waits longer than a queue can hold it. */
const waiting = `
id: waiting
namespace: ${namespace}
tasks:
  - {id: wait, type: ${core}.flow.Sleep, duration: PT1H}
  - ${returns('after', 'x')}
`;
/** Starts where another ends, in the other lane, and must be done in a time that is long. */
const listener = (upstream: string): string => `
id: after-${upstream}
namespace: ${namespace}
sla: [{id: late, type: MAX_DURATION, duration: PT5H, behavior: FAIL}]
tasks: [${returns('a', 'x', ', timeout: PT10M')}]
triggers:
  - {id: upstream, type: ${core}.trigger.Flow, dependsOn: [{flowId: ${upstream}}]}
`;
const withDefaults = `
id: defaults
namespace: ${namespace}
inputs:
  - {id: secret, type: STRING, defaults: "{{ secret('DB') }}"}
tasks: [${returns('a', 'x', ', timeout: PT10M')}]
`;

let engine: DeployedEngine;
const stubs: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  const stub = await startStub(({ target, body }) => {
    if (target === 'AmazonSSM.GetParameters') {
      return { body: { Parameters: [{ Name: (body['Names'] as string[])[0], Value: 'hidden' }] } };
    }
    if (target === 'Logs_20140328.FilterLogEvents') {
      const [, executionId] = /= "(.*)"/.exec(String(body['filterPattern'])) ?? [];
      const line = { executionId, level: 'ERROR', message: 'x', timestamp: '2026-01-01T00:00:00Z' };
      return { body: { events: [{ message: JSON.stringify(line), timestamp: 0 }] } };
    }
    return { body: { ScheduleArn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/baton/x' } };
  });
  stubs.push(stub);
  engine = await startDeployed({
    BATON_SECRETS_PREFIX: '/baton/secrets',
    AWS_ENDPOINT_URL_SSM: stub.endpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: stub.endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: stub.endpoint,
  });
  await everything();
});
afterAll(async () => {
  await engine.close();
  for (const stub of stubs) await stub.close();
});

async function request(method: string, path: string, body?: string, status = 201): Promise<string> {
  const response = await engine.request(method, path, body);
  const answer = await response.text();
  expect([response.status, answer]).toEqual([status, answer]);
  return answer === '' ? '' : ((JSON.parse(answer) as { id?: string }).id ?? '');
}

const start = (id: string, query = ''): Promise<string> =>
  request('POST', `/executions/${namespace}/${id}${query}`, '{}');

async function work(): Promise<void> {
  while ((await engine.pump()) > 0) continue;
}

/** What stands in the queues next, taken out of them. */
async function bodies(): Promise<readonly string[]> {
  return (await engine.take()).map(({ body }) => body);
}

async function everything(): Promise<void> {
  const last = `- ${returns('last', 'x', ', allowFailure: true')}`;
  const sources = [
    tasks,
    waiting,
    withDefaults,
    ending('lane', last),
    ending('ingested', `- {id: pause, type: ${core}.flow.Pause}`),
    ending('dead', last),
    ending('swept', last),
    listener('dead'),
    listener('swept'),
  ];
  for (const source of sources) await request('POST', '/flows', source);
  await lanes();
  await deadLetters();
  await sweeps();
  await ingest();
}

async function lanes(): Promise<void> {
  for (const id of ['tasks', 'waiting', 'lane', 'lane']) await start(id);
  await work();
  const sqs = new SQSClient({ region, credentials, endpoint: engine.emulators.endpoint });
  for (const { url } of Object.values(engine.emulators.queues)) {
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'no baton' }));
  }
  sqs.destroy();
  await engine.pump();
}

async function deadLetters(): Promise<void> {
  for (const id of ['dead', 'dead']) await start(id);
  await engine.handle('step', await bodies());
  await engine.handle('dead-letter', await bodies());
  await work();
}

async function sweeps(): Promise<void> {
  for (const id of ['swept', 'swept']) await start(id);
  await engine.pump();
  // The end itself is lost: the last task is done, and nobody has gone on from there.
  engine.failing(
    (need) =>
      need.action === 'dynamodb:UpdateItem' && need.leadingKeys?.[0]?.startsWith('X#') === true,
  );
  await engine.pump();
  engine.failing(() => false);
  await bodies();
  expect((await engine.sweep(2 * 3_600_000)).recovered).toBeGreaterThan(0);
  await work();
}

async function ingest(): Promise<void> {
  await start('defaults');
  await start('defaults', `?scheduleDate=${new Date(Date.now() + 3_600_000).toISOString()}`);
  const paused = await start('ingested');
  await start('ingested');
  await work();
  await request('POST', `/executions/${paused}/actions/resume`, '', 200);
  for (const query of [
    '',
    `?namespace=${namespace}`,
    `?namespace=${namespace}&flowId=lane`,
    '?state=FAILED',
    '?state=RUNNING',
  ]) {
    await request('GET', `/executions${query}`, undefined, 200);
  }
  await request('GET', `/executions/${paused}/logs`, undefined, 200);
  await work();
  await request('DELETE', `/executions/${paused}`, undefined, 204);
}

/** Granted, and called by no code of ours: the reason each is there. */
const notOurs: readonly (readonly [action: string, reason: string])[] = [
  ['logs:CreateLogStream', 'Lambda writes the log of a function under its role'],
  ['logs:PutLogEvents', 'Lambda writes the log of a function under its role'],
  ['sqs:ReceiveMessage', 'Lambda reads the queue under the role of the function'],
  ['sqs:DeleteMessage', 'Lambda deletes what was handled'],
  ['sqs:GetQueueAttributes', 'Lambda asks how many to start'],
];

const template = Template.fromStack(makeStacks().orchestrator);
const roles = rolesOf(template);
const functions = ['StepFast', 'StepLong', 'DeadLetter', 'Sweep', 'Ingest'];
/** Both lanes run the same code; which task runs where is said by its time-out. */
const lanesOfStep = ['StepFast', 'StepLong'];

function callsOf(role: string): readonly Need[] {
  const names = lanesOfStep.includes(role) ? lanesOfStep : [role];
  return names.flatMap((name) => engine.calls.get(name) ?? []);
}

describe.each(functions)('%s', (role) => {
  test('is allowed what it asks for', () => {
    const refused = (engine.calls.get(role) ?? []).filter(
      (need) => !isAllowed(roles[role] ?? [], need),
    );
    expect(refused).toEqual([]);
    expect(callsOf(role).length).toBeGreaterThan(10);
  });

  test('is allowed nothing that it does not ask for', () => {
    const ours = (roles[role] ?? []).filter(
      ({ action }) => !notOurs.some(([one]) => one === action),
    );
    // A condition on keys is as wide as each of its patterns.
    const narrow = ours.flatMap(({ leadingKeys, ...permission }) =>
      leadingKeys === undefined
        ? [permission]
        : leadingKeys.map((key) => ({ ...permission, leadingKeys: [key] })),
    );
    const spare = narrow.filter(
      (permission) => !callsOf(role).some((need) => allows(permission, need)),
    );
    expect(spare).toEqual([]);
  });

  test('names each resource', () => {
    expect((roles[role] ?? []).filter(({ resource }) => resource === '*')).toEqual([]);
  });
});

test('a call that is not allowed is refused, and noted', async () => {
  const { calls, as, end } = underRoles({ Reader: roles['Sweep'] ?? [] });
  const client = new SQSClient({ region, credentials, endpoint: 'http://127.0.0.1:1' });
  const other = new SendMessageCommand({
    QueueUrl: 'http://127.0.0.1:1/1/others',
    MessageBody: 'x',
  });
  await expect(as('Reader', () => client.send(other))()).rejects.toThrow(
    'Reader is not authorized to perform sqs:SendMessage on arn:aws:sqs:us-east-1:000000000000:others',
  );
  expect(calls.get('Reader')).toHaveLength(1);
  end();
});
