/**
 * Feeds a function from a queue. Granted is what a mapping needs and no more: the CDK's own event
 * source adds looking for queues and changing how long messages stay hidden.
 */
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { EventSourceMappingOptions } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { NodeFunction } from './node-function.ts';

export function consume(
  { function: handler, role }: NodeFunction,
  queue: Queue,
  options: Pick<EventSourceMappingOptions, 'batchSize' | 'maxBatchingWindow' | 'maxConcurrency'>,
): void {
  handler.addEventSourceMapping('Messages', {
    ...options,
    eventSourceArn: queue.queueArn,
    // One failed baton must not bring its neighbours back.
    reportBatchItemFailures: true,
  });
  Grant.addToPrincipal({
    grantee: role,
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resourceArns: [queue.queueArn],
  });
}
