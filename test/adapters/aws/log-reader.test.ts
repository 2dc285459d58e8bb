import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { expect, it } from 'vitest';
import { openLogReader } from '../../../src/adapters/aws/log-reader.ts';
import { credentials, region, startStub, type StubRequest } from '../../helpers/emulators.ts';

const line = (second: number, message: string, executionId = 'e"1') =>
  JSON.stringify({
    timestamp: `2026-11-21T20:00:0${second}.000Z`,
    level: 'INFO',
    message,
    executionId,
    namespace: 'n',
    flowId: 'f',
    revision: 1,
  });

it('all groups and pages are searched from the start of the execution, and put in order', async () => {
  const requests: StubRequest[] = [];
  const events: Record<string, readonly string[]> = {
    fast: [line(1, 'first'), 'START RequestId: 1', line(3, 'third')],
    long: [line(2, 'second'), line(2, 'not ours', 'e2'), '{"no": "entry"}'],
  };
  const stub = await startStub((request) => {
    requests.push(request);
    const { logGroupName, nextToken } = request.body;
    const lines = events[String(logGroupName)] ?? [];
    const at = Number(nextToken ?? 0);
    const more = at + 1 < lines.length;
    return {
      body: { events: [{ message: lines[at] }], ...(more && { nextToken: String(at + 1) }) },
    };
  });
  const client = new CloudWatchLogsClient({ endpoint: stub.endpoint, region, credentials });
  const reader = openLogReader(client, { groups: ['fast', 'long'], startOf: async () => 1234 });
  const found = await reader.readLogs('e"1');
  expect(found.map(({ message }) => message)).toEqual(['first', 'second', 'third']);
  expect(found[0]?.timestamp).toBe(Date.UTC(2026, 10, 21, 20, 0, 1));
  expect(requests).toHaveLength(6);
  for (const { body } of requests) {
    expect(body).toMatchObject({ filterPattern: '{ $.executionId = "e\\"1" }', startTime: 1234 });
  }
  await stub.close();
});
