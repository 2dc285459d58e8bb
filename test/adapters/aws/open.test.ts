import { expect, it } from 'vitest';
import { openAws } from '../../../src/adapters/aws/open.ts';
import { credentials, region } from '../../helpers/emulators.ts';

it('a variable that is not set is named when it is first needed', async () => {
  const environment = { BATON_TABLE: 'baton', BATON_BUCKET: '' };
  const aws = openAws({ environment, region, credentials });
  const message = { body: '{}', lane: 'fast', key: 'k' } as const;
  await expect(aws.queue.send([message])).rejects.toThrow(
    'The environment variable BATON_FAST_QUEUE_URL is not set.',
  );
  await expect(aws.blobs.get('s3://bucket/key')).rejects.toThrow('BATON_BUCKET is not set');
  expect(() => openAws({ environment: {}, region })).toThrow('BATON_TABLE is not set');
});
