/** What is still there after the stacks were destroyed. The bootstrap stack is not ours to count. */
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientSettings, stackNames } from './aws.ts';

/** Names of what is left, by kind; kinds of which nothing is left are not there. */
export async function leftovers(
  endpoint: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const settings = clientSettings(endpoint);
  const lambda = new LambdaClient(settings);
  const { TableNames } = await new DynamoDBClient(settings).send(new ListTablesCommand());
  const { Functions } = await lambda.send(new ListFunctionsCommand());
  const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand());
  const { QueueUrls } = await new SQSClient(settings).send(new ListQueuesCommand());
  const scheduler = new SchedulerClient(settings);
  const { Schedules } = await scheduler.send(new ListSchedulesCommand());
  const { ScheduleGroups } = await scheduler.send(new ListScheduleGroupsCommand());
  const { Buckets } = await new S3Client(settings).send(new ListBucketsCommand());
  const { logGroups } = await new CloudWatchLogsClient(settings).send(
    new DescribeLogGroupsCommand(),
  );
  const { Parameters } = await new SSMClient(settings).send(new DescribeParametersCommand());
  const found = {
    stacks: (await stackNames(endpoint)).filter((name) => name !== 'CDKToolkit'),
    tables: TableNames,
    functions: Functions?.map(({ FunctionName }) => FunctionName),
    mappings: EventSourceMappings?.map(({ UUID }) => UUID),
    queues: QueueUrls,
    schedules: Schedules?.map(({ Name }) => Name),
    scheduleGroups: ScheduleGroups?.map(({ Name }) => Name).filter((name) => name !== 'default'),
    buckets: Buckets?.map(({ Name }) => Name).filter((name) => !name?.startsWith('cdk-')),
    // Secrets are made by whoever runs flows: the test, and not the stack.
    parameters: Parameters?.map(({ Name }) => Name).filter(
      (name) => !/^\/(cdk-bootstrap|baton\/secrets)\//.test(name ?? ''),
    ),
    logGroups: logGroups?.map(({ logGroupName }) => logGroupName),
  };
  return Object.fromEntries(
    Object.entries(found)
      .map(([kind, names]) => [kind, (names ?? []).map(String)] as const)
      .filter(([, names]) => names.length > 0),
  );
}
