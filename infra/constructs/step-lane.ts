/** One lane: the step function on one of the two queues. Both lanes run the same code. */
import { Duration } from 'aws-cdk-lib/core';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { consume } from './consume.ts';
import { NodeFunction, type NodeFunctionProps } from './node-function.ts';

interface StepLaneProps extends Omit<NodeFunctionProps, 'recursiveLoop'> {
  readonly queue: Queue;
  readonly batchSize: number;
  readonly maxConcurrency: number;
}

export class StepLane extends NodeFunction {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: StepLaneProps) {
    super(scope, id, {
      ...props,
      // A flow *is* a loop of function and queue. Lambda would cut it after about 16 tasks.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    this.queue = props.queue;
    consume(this, props.queue, {
      batchSize: props.batchSize,
      // No waiting for a batch to fill: a lone baton runs at once.
      maxBatchingWindow: Duration.seconds(0),
      // A wide fan-out may use this many at a time and leaves the account's other functions room.
      // It also keeps the mapping from fetching messages it could not start.
      maxConcurrency: props.maxConcurrency,
    });
    // A message that failed is made visible again soon.
    Grant.addToPrincipal({
      grantee: this.role,
      actions: ['sqs:ChangeMessageVisibility'],
      resourceArns: [props.queue.queueArn],
    });
  }
}
