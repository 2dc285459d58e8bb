import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { openRelease } from '../../../src/adapters/aws/release.ts';
import { credentials, region, startStub } from '../../helpers/emulators.ts';

it('a failed message comes back at once, then after ever longer, at its own queue', async () => {
  const bodies: Record<string, unknown>[] = [];
  const stub = await startStub(({ body }) => {
    bodies.push(body);
    return bodies.length > 4 ? { status: 400, error: 'ReceiptHandleIsInvalid' } : {};
  });
  const client = new SQSClient({ endpoint: stub.endpoint, region, credentials });
  const urls = { fast: `${stub.endpoint}/0/fast`, long: `${stub.endpoint}/0/long` };
  const release = openRelease(client, urls, { fast: 'arn:fast', long: 'arn:long' });
  await release('arn:fast', 'handle', 1);
  await release('arn:fast', 'handle', 2);
  await release('arn:long', 'handle', 3);
  await release('arn:long', 'handle', 99);
  expect(bodies).toEqual([
    { QueueUrl: urls.fast, ReceiptHandle: 'handle', VisibilityTimeout: 0 },
    { QueueUrl: urls.fast, ReceiptHandle: 'handle', VisibilityTimeout: 1 },
    { QueueUrl: urls.long, ReceiptHandle: 'handle', VisibilityTimeout: 3 },
    { QueueUrl: urls.long, ReceiptHandle: 'handle', VisibilityTimeout: 60 },
  ]);
  // Too late to change anything, and nothing is lost by it.
  await expect(release('arn:long', 'gone', 1)).resolves.toBeUndefined();
  await stub.close();
});
