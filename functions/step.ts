/**
 * A batch of batons: they run side by side, each commits alone, failures are reported per item. A
 * message that failed is made visible again soon instead of after the whole visibility time-out.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { step } from '../src/runtime/step.ts';
import { deployed, report } from './composition.ts';

const { aws, runtime } = deployed();

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failed = await Promise.all(event.Records.map(handleRecord));
  aws.metrics.flush();
  return { batchItemFailures: failed.filter((failure) => failure !== undefined) };
}

async function handleRecord(record: SQSRecord): Promise<{ itemIdentifier: string } | undefined> {
  const receives = Number(record.attributes.ApproximateReceiveCount);
  try {
    await step(runtime, record.body, receives);
    return undefined;
  } catch (error) {
    report(`A step failed on receive ${receives}; the message goes back`, error);
    await aws.release(record.eventSourceARN, record.receiptHandle, receives);
    return { itemIdentifier: record.messageId };
  }
}
