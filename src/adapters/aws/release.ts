/**
 * Gives a message back whose handling failed, for another try soon instead of after the whole
 * visibility time-out. Each try waits twice as long as the one before.
 */
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Lane } from '../../engine/flow.ts';

/** `queueArn` and `receiptHandle` as the event source mapping delivered them. */
export type Release = (queueArn: string, receiptHandle: string, receives: number) => Promise<void>;

const longestSeconds = 60;

export function openRelease(
  client: SQSClient,
  urls: Readonly<Record<Lane, string>>,
  arns: Readonly<Record<Lane, string>>,
): Release {
  return async (queueArn, ReceiptHandle, receives) => {
    const QueueUrl = queueArn === arns.long ? urls.long : urls.fast;
    const VisibilityTimeout = Math.min(longestSeconds, 2 ** Math.max(0, receives - 1) - 1);
    try {
      await client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
      );
    } catch {
      // Only the time until the next try is lost: without this the message returns by itself.
    }
  };
}
