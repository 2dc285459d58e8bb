/**
 * Batons that the queue handed out too often: their task run ends FAILED with the reason and the
 * execution goes on from there. What is no baton is reported and let go.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { giveUp } from '../src/runtime/step.ts';
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
    await giveUp(runtime, record.body, `its message was received ${receives} times`);
    return undefined;
  } catch (error) {
    report('A dead letter could not be settled; it stays in the queue', error);
    return { itemIdentifier: record.messageId };
  }
}
