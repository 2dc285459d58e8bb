/** SQS batches: messages are handled side by side, and those that failed are reported by item. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Aws } from '../src/adapters/aws/open.ts';
import { readApart } from './apart.ts';

export interface Delivery {
  readonly body: string;
  /** This time included. */
  readonly receives: number;
  readonly queueArn: string;
  readonly receiptHandle: string;
  readonly messageId: string;
  /** Messages in hand at once, this one included. */
  readonly batchSize: number;
}

export function batchHandler(
  aws: Aws,
  handle: (delivery: Delivery) => Promise<void>,
): (event: SQSEvent) => Promise<SQSBatchResponse> {
  return async ({ Records }) => {
    const outcomes = await Promise.allSettled(
      Records.map((record) => handle(deliveryOf(record, Records.length))),
    );
    aws.metrics.flush();
    const failed = Records.filter((_, index) => outcomes[index]?.status === 'rejected');
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

function deliveryOf(record: SQSRecord, batchSize: number): Delivery {
  const { attributes, eventSourceARN: queueArn, receiptHandle, messageId } = record;
  const message = readApart(record.body, Number(attributes.ApproximateReceiveCount));
  return { ...message, queueArn, receiptHandle, messageId, batchSize };
}
