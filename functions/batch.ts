/** SQS batches: messages are handled side by side, and those that failed are reported by item. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Aws } from '../src/adapters/aws/open.ts';

export interface Delivery {
  readonly body: string;
  /** This time included. */
  readonly receives: number;
  readonly queueArn: string;
  readonly receiptHandle: string;
}

export function batchHandler(
  aws: Aws,
  handle: (delivery: Delivery) => Promise<void>,
): (event: SQSEvent) => Promise<SQSBatchResponse> {
  return async ({ Records }) => {
    const outcomes = await Promise.allSettled(Records.map((record) => handle(deliveryOf(record))));
    aws.metrics.flush();
    const failed = Records.filter((_, index) => outcomes[index]?.status === 'rejected');
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

function deliveryOf({ body, attributes, eventSourceARN, receiptHandle }: SQSRecord): Delivery {
  const receives = Number(attributes.ApproximateReceiveCount);
  return { body, receives, queueArn: eventSourceARN, receiptHandle };
}
