/** What the orchestrator stack must have, whatever else changes in its template. */
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { indexes } from '../../src/adapters/aws/table.ts';
import { limits } from '../../src/engine/limits.ts';
import { laneTimeouts } from '../../infra/constructs/queues.ts';
import { makeStacks } from './stacks.ts';

const production = Template.fromStack(makeStacks().orchestrator);
const trial = Template.fromStack(makeStacks({ removal: 'destroy' }).orchestrator);

describe('table', () => {
  test('is on demand, expires records, can be restored and refuses to be deleted', () => {
    production.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: Match.objectLike({
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      }),
    });
  });

  test('has the keys and indexes that the store uses', () => {
    const [table] = Object.values(production.findResources('AWS::DynamoDB::GlobalTable'));
    const made = table?.['Properties'].GlobalSecondaryIndexes.map(
      (index: { IndexName: string; KeySchema: { AttributeName: string }[] }) => [
        index.IndexName,
        ...index.KeySchema.map(({ AttributeName }) => AttributeName),
      ],
    );
    expect(made).toEqual(
      indexes.map(({ name, partitionKey, sortKey }) => [name, partitionKey, sortKey]),
    );
  });
});

describe('queues', () => {
  test('hold a message a little longer than its function may run, and give up after five', () => {
    for (const timeout of Object.values(laneTimeouts)) {
      production.hasResourceProperties('AWS::SQS::Queue', {
        VisibilityTimeout: timeout.toSeconds() + 10,
        RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: Match.anyValue() },
        SqsManagedSseEnabled: true,
      });
    }
  });

  test("give a task's time-out room within the function's", () => {
    expect(laneTimeouts.fast.toMilliseconds()).toBeGreaterThan(limits.fastLaneMs);
    expect(laneTimeouts.long.toMilliseconds()).toBeGreaterThan(limits.longLaneMs);
  });

  test('report partial failures, within bounds', () => {
    const mappings = Object.values(production.findResources('AWS::Lambda::EventSourceMapping'));
    expect(mappings).toHaveLength(3);
    for (const { Properties } of mappings) {
      expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(Properties.ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('functions', () => {
  const functions = Object.entries(production.findResources('AWS::Lambda::Function'));

  test('run Node 24 on arm64 and write JSON lines to a log group with an end', () => {
    expect(functions).toHaveLength(6);
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        LoggingConfig: {
          LogFormat: 'JSON',
          ApplicationLogLevel: 'TRACE',
          SystemLogLevel: 'WARN',
          LogGroup: { Ref: expect.any(String) },
        },
      });
    }
    production.resourceCountIs('AWS::Lambda::Function', functions.length);
    production.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  test('may call themselves through the queue', () => {
    const looping = functions.filter(([, { Properties }]) => Properties.RecursiveLoop === 'Allow');
    expect(looping.map(([id]) => id.replace(/Function.*/, '')).sort()).toEqual([
      'DeadLetter',
      'StepFast',
      'StepLong',
    ]);
  });

  test('answer signed requests only', () => {
    production.resourceCountIs('AWS::Lambda::Url', 1);
    production.allResourcesProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    production.resourceCountIs('AWS::Lambda::Permission', 0);
  });
});

test('table, bucket, logs and key are kept in production, and nothing of a trial', () => {
  const retained = (template: Template) => {
    const resources: Record<string, { Type: string; DeletionPolicy?: string }> =
      template.toJSON()['Resources'];
    return Object.values(resources)
      .filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')
      .map(({ Type }) => Type);
  };
  expect([...new Set(retained(production))].sort()).toEqual([
    'AWS::DynamoDB::GlobalTable',
    'AWS::Logs::LogGroup',
    'AWS::S3::Bucket',
    'Custom::EncryptionKey',
  ]);
  expect(retained(trial)).toEqual([]);
});

test('values are private and encrypted, and those of executions expire', () => {
  production.hasResourceProperties('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 100, Prefix: 'x/' })] },
  });
});

test('alarms and saved queries are there, the alarms within the free ten', () => {
  const alarms = production.findResources('AWS::CloudWatch::Alarm');
  expect(Object.keys(alarms).length).toBeLessThanOrEqual(10);
  production.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Threshold: 1,
    TreatMissingData: 'notBreaching',
  });
  production.resourceCountIs('AWS::Logs::QueryDefinition', 2);
});

test('options that are not known stop the synthesis', () => {
  expect(() => makeStacks({ removal: 'delete' })).toThrow(
    'Context "removal" is "delete"; it may be retain, destroy.',
  );
  expect(() => makeStacks({ retentionDays: 'soon' })).toThrow(/whole number of days/);
});
