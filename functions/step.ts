/**
 * A batch of batons: they run side by side, each commits alone, failures are reported per item. A
 * message that failed is made visible again soon instead of after the whole visibility time-out.
 */
import { receive } from '../src/runtime/receive.ts';
import { batchHandler } from './batch.ts';
import { deployed, report } from './composition.ts';

const { aws, runtime } = deployed();

export const handler = batchHandler(aws, async ({ body, receives, queueArn, receiptHandle }) => {
  try {
    await receive(runtime, body, receives);
  } catch (error) {
    report(`A step failed on receive ${receives}; the message goes back`, error);
    await aws.release(queueArn, receiptHandle, receives);
    throw error;
  }
});
