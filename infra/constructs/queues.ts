/**
 * The lanes' queues and what they share: one dead-letter queue, and the role and group for waits
 * that are longer than the 15 minutes an SQS delay can last.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** Function time-outs. A task's own time-out decides its lane (see `src/engine/limits.ts`). */
export const laneTimeouts = {
  fast: Duration.seconds(60),
  long: Duration.minutes(15),
} as const;

export const deadLetterTimeout = Duration.seconds(60);

export class Queues extends Construct {
  readonly fast: Queue;
  readonly long: Queue;
  readonly deadLetters: Queue;
  readonly waits: ScheduleGroup;
  readonly waitsRole: Role;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...protectedQueue,
      retentionPeriod: Duration.days(14),
      // Recovery is not urgent, and a failing one should be tried over days rather than minutes.
      visibilityTimeout: Duration.seconds(6 * deadLetterTimeout.toSeconds()),
    });
    this.fast = this.lane('Fast', laneTimeouts.fast);
    this.long = this.lane('Long', laneTimeouts.long);

    this.waits = new ScheduleGroup(this, 'Waits', {
      // With the queues it sends to. What was waiting is found overdue in the table, if that is kept.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.waitsRole = new Role(this, 'WaitsRole', {
      description: 'EventBridge Scheduler puts a baton back on its queue when a long wait is over',
      // Only schedules of our group may use it (confused deputy).
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: { 'aws:SourceArn': this.waits.scheduleGroupArn },
        },
      }),
    });
    this.grantSendMessage(this.waitsRole);
  }

  /** That alone: the CDK's grant adds looking for queues. */
  private grantSendMessage(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.fast.queueArn, this.long.queueArn],
    });
  }

  private lane(id: string, functionTimeout: Duration): Queue {
    return new Queue(this, id, {
      ...protectedQueue,
      // After a hard crash this is the time until redelivery, so it is the least that SQS mappings
      // allow, plus the time between receive and start. AWS recommends six times the time-out, for
      // mappings with a batching window or a function that is throttled for long; ours has neither
      // window nor reserved concurrency, and a baton that ends up in the dead-letter queue all the
      // same is recovered from there.
      visibilityTimeout: functionTimeout.plus(Duration.seconds(10)),
      retentionPeriod: Duration.days(14),
      // Five deliveries outlast a deploy or a throttled minute; after that, looking at the records
      // helps more than running the same message again.
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
  }

  /** Sending batons: now, delayed, or by a schedule. */
  grantSend(role: Role): void {
    this.grantSendMessage(role);
    // Creating is enough: a schedule deletes itself once it has fired. (The group's own `grant` names
    // the group, but the permission is checked on the schedule.)
    const schedules = `schedule/${this.waits.scheduleGroupName}/*`;
    Grant.addToPrincipal({
      grantee: role,
      actions: ['scheduler:CreateSchedule'],
      resourceArns: [Stack.of(this).formatArn({ service: 'scheduler', resource: schedules })],
    });
    this.waitsRole.grantPassRole(role);
    acknowledge(role, {
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:${schedules}]`]:
        'Schedules are named by the message they send; all of this group are ours.',
    });
  }
}

/** Encrypted at rest with SQS's own key (a KMS key is billed per use), in transit by policy. */
const protectedQueue = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const;
