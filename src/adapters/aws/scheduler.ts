/**
 * Waits of more than 15 minutes: one-time schedules that send the message and delete themselves.
 *
 * The name is the digest of the message's key, so that sending it twice makes one schedule. Schedules
 * fire within a minute after their date. Loaded when the first long wait is met.
 */
import { createHash } from 'node:crypto';
import {
  ConflictException,
  CreateScheduleCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { Lane } from '../../engine/flow.ts';
import type { Message } from '../../engine/ports.ts';

/** Loaded together with what uses it. */
export { SchedulerClient };

export interface Scheduler {
  schedule(message: Message): Promise<void>;
}

export interface SchedulerOptions {
  readonly queueArns: Readonly<Record<Lane, string>>;
  /** Allows EventBridge Scheduler to send to both queues. */
  readonly roleArn: string;
  readonly group: string;
}

export function openScheduler(
  client: SchedulerClient,
  { queueArns, roleArn, group }: SchedulerOptions,
): Scheduler {
  return {
    async schedule({ body, lane, notBefore = 0, key }) {
      const command = new CreateScheduleCommand({
        Name: createHash('sha256').update(key).digest('hex'),
        GroupName: group,
        ScheduleExpression: `at(${atSecond(notBefore)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: { Arn: queueArns[lane], RoleArn: roleArn, Input: body },
      });
      try {
        await client.send(command);
      } catch (error) {
        // It is there already: made by an earlier attempt, for the same message.
        if (!(error instanceof ConflictException)) throw error;
      }
    },
  };
}

/** Never before the date: schedules know whole seconds. UTC is the default time zone. */
function atSecond(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().slice(0, 19);
}
