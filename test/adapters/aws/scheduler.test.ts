import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openScheduler, type Scheduler } from '../../../src/adapters/aws/scheduler.ts';
import { credentials, region, startStub, type StubRequest } from '../../helpers/emulators.ts';

/** EventBridge Scheduler with the one operation that is used: a name can be taken once. */
const requests: StubRequest[] = [];
const names = new Set<string>();
let stub: Awaited<ReturnType<typeof startStub>>;
let client: SchedulerClient;
let scheduler: Scheduler;

const options = {
  queueArns: { fast: 'arn:fast', long: 'arn:long' },
  roleArn: 'arn:role',
  group: 'baton',
};

beforeAll(async () => {
  stub = await startStub((request) => {
    requests.push(request);
    if (request.body['GroupName'] !== 'baton')
      return { status: 404, error: 'ResourceNotFoundException' };
    if (names.has(request.path)) return { status: 409, error: 'ConflictException', body: {} };
    names.add(request.path);
    return { body: { ScheduleArn: 'arn' } };
  });
  client = new SchedulerClient({ endpoint: stub.endpoint, region, credentials });
  scheduler = openScheduler(client, options);
});

afterAll(() => stub.close());
beforeEach(() => {
  requests.length = 0;
});

const message = {
  body: '{"execution":"e1"}',
  lane: 'long',
  notBefore: Date.UTC(2026, 10, 21, 20, 0, 0, 1),
  key: `e1/1/${'each[3]/'.repeat(40)}wait/2`,
} as const;

it('a long wait is a schedule that fires once, not before its date, and deletes itself', async () => {
  await scheduler.schedule(message);
  expect(requests).toHaveLength(1);
  expect(requests[0]?.method).toBe('POST');
  expect(requests[0]?.path).toMatch(/^\/schedules\/[0-9a-f]{64}$/);
  expect(requests[0]?.body).toMatchObject({
    GroupName: 'baton',
    ScheduleExpression: 'at(2026-11-21T20:00:01)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: { Arn: 'arn:long', RoleArn: 'arn:role', Input: message.body },
  });
});

it('the same message again finds its schedule, another one makes its own', async () => {
  await scheduler.schedule(message);
  await scheduler.schedule({ ...message, key: `${message.key}#` });
  const [first, second] = requests.map(({ path }) => path);
  expect(first).not.toBe(second);
  expect(names.size).toBe(2);
});

it('any other refusal is an error', async () => {
  const astray = openScheduler(client, { ...options, group: 'nowhere' });
  await expect(astray.schedule(message)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
