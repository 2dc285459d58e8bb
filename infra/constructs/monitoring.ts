/**
 * One dashboard, and alarms on what a person must look at. Nine alarms: the first ten are free.
 *
 * Executions that fail because their flow fails are not alarms: they are an ordinary outcome, shown
 * on the dashboard and by the saved query.
 */
import { Duration } from 'aws-cdk-lib/core';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { OrchestratorStack } from '../orchestrator-stack.ts';
import type { NodeFunction } from './node-function.ts';

interface MonitoringProps {
  readonly stack: OrchestratorStack;
  readonly alarmTopicArn: string | undefined;
}

const period = Duration.minutes(5);

export class Monitoring extends Construct {
  private readonly alarms: Alarm[] = [];

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.alarmOnDelays(props.stack);
    this.alarmOnErrors(props.stack);
    if (props.alarmTopicArn !== undefined) {
      const action = new SnsAction(Topic.fromTopicArn(this, 'Topic', props.alarmTopicArn));
      for (const alarm of this.alarms) alarm.addAlarmAction(action);
    }
    addDashboard(this, props.stack);
  }

  private alarmOnDelays({ queues, deadLetter }: OrchestratorStack): void {
    this.alarm('DeadLetters', {
      // Its consumer takes a dead letter at once, so the queue's own count would miss most.
      metric: deadLetter.function.metricInvocations({ period }),
      threshold: 1,
      says: 'A message failed five times: something other than its flow is wrong.',
    });
    this.alarm('DeadLetterDepth', {
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({
        period,
        statistic: 'max',
      }),
      threshold: 1,
      periods: 3,
      says: 'A dead letter has not been recovered for 15 minutes: read the dead-letter logs.',
    });
    this.alarm('FastLaneAge', {
      metric: queues.fast.metricApproximateAgeOfOldestMessage({ period, statistic: 'max' }),
      threshold: 5 * 60,
      says: 'Tasks wait for minutes: concurrency is used up, or messages fail again and again.',
    });
    this.alarm('LongLaneAge', {
      metric: queues.long.metricApproximateAgeOfOldestMessage({ period, statistic: 'max' }),
      // A long task may hold its message for 15 minutes.
      threshold: 30 * 60,
      says: 'Long tasks wait: concurrency is used up, or messages fail again and again.',
    });
  }

  private alarmOnErrors({ fast, long, sweep, ingest }: OrchestratorStack): void {
    for (const [id, lane] of Object.entries({ StepFast: fast, StepLong: long })) {
      this.alarm(`${id}Errors`, {
        metric: lane.function.metricErrors({ period }),
        threshold: 1,
        says: 'The step function crashed or ran out of time or memory; its batch comes again.',
      });
    }
    this.alarm('StepThrottles', {
      metric: fast.function.metricThrottles({ period }),
      threshold: 100,
      says: "The account's Lambda concurrency is used up.",
    });
    this.alarm('SweepErrors', {
      metric: sweep.function.metricErrors({ period: Duration.minutes(15) }),
      // One failed run is made good by the next.
      threshold: 2,
      says: 'The sweep fails: lost messages are not recovered.',
    });
    this.alarm('Ingest5xx', {
      metric: urlMetric('Url5xxCount', ingest),
      threshold: 1,
      says: 'Ingest answered with a server error.',
    });
  }

  private alarm(
    id: string,
    alarm: { metric: IMetric; threshold: number; periods?: number; says: string },
  ): void {
    this.alarms.push(
      new Alarm(this, id, {
        metric: alarm.metric,
        threshold: alarm.threshold,
        alarmDescription: alarm.says,
        evaluationPeriods: alarm.periods ?? 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        // An idle system reports nothing.
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    );
  }
}

function addDashboard(scope: Construct, stack: OrchestratorStack): void {
  const { fast, long, ingest, queues, storage } = stack;
  const dashboard = new Dashboard(scope, 'Dashboard', { defaultInterval: Duration.hours(3) });
  dashboard.addWidgets(
    new GraphWidget({
      title: 'Executions ended, by flow and state',
      // The functions count them; flows and states are whatever has been seen.
      left: [
        new MathExpression({
          expression: `SEARCH('{Baton,service,state} executions', 'Sum', 300)`,
          usingMetrics: {},
          label: '',
        }),
      ],
      width: 24,
      height: 6,
    }),
  );
  dashboard.addWidgets(
    graph('Requests to ingest', [
      urlMetric('UrlRequestCount', ingest),
      urlMetric('Url4xxCount', ingest),
      urlMetric('Url5xxCount', ingest),
    ]),
    graph('Task runs under way', [
      fast.function.metric('ConcurrentExecutions', { label: 'fast', statistic: 'max' }),
      long.function.metric('ConcurrentExecutions', { label: 'long', statistic: 'max' }),
    ]),
    graph('Step errors and throttles', [
      fast.function.metricErrors({ label: 'fast errors' }),
      fast.function.metricThrottles({ label: 'fast throttles' }),
      long.function.metricErrors({ label: 'long errors' }),
      long.function.metricThrottles({ label: 'long throttles' }),
    ]),
  );
  dashboard.addWidgets(
    graph('Messages', [
      queues.fast.metricNumberOfMessagesSent({ label: 'fast sent' }),
      queues.long.metricNumberOfMessagesSent({ label: 'long sent' }),
      queues.deadLetters.metricApproximateNumberOfMessagesVisible({ label: 'dead letters' }),
    ]),
    graph('Age of the oldest message (s)', [
      queues.fast.metricApproximateAgeOfOldestMessage({ label: 'fast' }),
      queues.long.metricApproximateAgeOfOldestMessage({ label: 'long' }),
    ]),
    graph('Table units consumed', [
      storage.table.metricConsumedWriteCapacityUnits({ label: 'written' }),
      storage.table.metricConsumedReadCapacityUnits({ label: 'read' }),
    ]),
  );
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 });
}

function urlMetric(metricName: string, { function: { functionName } }: NodeFunction): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { FunctionName: functionName },
    statistic: 'sum',
    period,
  });
}
