/**
 * A batch of batons: they run side by side, each commits alone, failures are reported per item. A
 * message that failed is made visible again soon instead of after the whole visibility time-out.
 */
import { receive } from '../src/runtime/receive.ts';
import { apart, isSuspect } from './apart.ts';
import { batchHandler } from './batch.ts';
import { deployed, report } from './composition.ts';

const { aws, runtime } = deployed();

export const handler = batchHandler(aws, async (delivery) => {
  const { body, receives, queueArn, receiptHandle, messageId, batchSize } = delivery;
  try {
    if (isSuspect(receives, batchSize)) await runtime.queue.send([apart(body, messageId)]);
    else await receive(runtime, body, receives);
  } catch (error) {
    report(`A step failed on receive ${receives}; the message goes back`, error);
    await aws.release(queueArn, receiptHandle, receives);
    throw error;
  }
});
