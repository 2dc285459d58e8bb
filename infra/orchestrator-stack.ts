/**
 * Baton itself: ingest behind a Function URL, one step function per lane, sweep, dead letters, and
 * the table, bucket and queues between them. It costs nothing per hour: what is billed at rest is
 * storage, alarms beyond the free ten, and the empty receives of the queue mappings (cents a month).
 */
import {
  Aws,
  CfnOutput,
  Duration,
  SecretValue,
  Stack,
  type StackProps,
  Tags,
} from 'aws-cdk-lib/core';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type FunctionUrl, InvokeMode, RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import type { Bundles, FunctionName } from './bundle.ts';
import { acknowledge, logicalId } from './constructs/acknowledge.ts';
import { consume } from './constructs/consume.ts';
import { EncryptionKey } from './constructs/encryption-key.ts';
import { Monitoring } from './constructs/monitoring.ts';
import { NodeFunction, type NodeFunctionProps } from './constructs/node-function.ts';
import { deadLetterTimeout, laneTimeouts, Queues } from './constructs/queues.ts';
import { SavedQueries } from './constructs/saved-queries.ts';
import { StepLane } from './constructs/step-lane.ts';
import { Storage } from './constructs/storage.ts';
import { executionPrefix, keyValuePrefix, queuedPrefix } from '../src/adapters/aws/table.ts';
import type { Options } from './options.ts';

interface OrchestratorStackProps extends StackProps {
  readonly bundles: Bundles;
  readonly options: Options;
}

export class OrchestratorStack extends Stack {
  readonly storage: Storage;
  readonly queues: Queues;
  /** What a flow touches in AWS is granted to the roles of the lanes (see `samples-stack.ts`). */
  readonly fast: StepLane;
  readonly long: StepLane;
  readonly deadLetter: NodeFunction;
  readonly sweep: NodeFunction;
  readonly ingest: NodeFunction;
  readonly ingestUrl: FunctionUrl;
  private readonly props: OrchestratorStackProps;
  private readonly encryptionKey: string;

  constructor(scope: Construct, id: string, props: OrchestratorStackProps) {
    super(scope, id, props);
    this.props = props;
    Tags.of(this).add('app', 'baton');

    this.storage = new Storage(this, 'Storage', props.options);
    this.queues = new Queues(this, 'Queues');
    this.encryptionKey = this.keyOfSecretOrOwn();
    this.fast = this.fastLane();
    this.long = this.longLane();
    this.deadLetter = this.deadLetterConsumer();
    this.sweep = this.sweepOnSchedule();
    this.ingest = this.ingestFunction();
    this.ingestUrl = this.ingest.function.addFunctionUrl({
      authType: props.options.urlAuth,
      invokeMode: InvokeMode.BUFFERED,
    });
    const workers = [this.fast, this.long, this.deadLetter, this.sweep, this.ingest];
    this.grantData(workers);

    if (props.options.flowRoleArn !== undefined) {
      // Tasks and http() run in the lanes; expressions of an end or an input, in the others too.
      for (const { role } of workers) {
        Grant.addToPrincipal({
          grantee: role,
          actions: ['sts:AssumeRole'],
          resourceArns: [props.options.flowRoleArn],
        });
      }
    }
    const executionLogs = [this.fast, this.long, this.deadLetter].map((one) => one.logGroup);
    // Logs are shown by the API, and read by tasks and expressions: of lanes, and of ends that other
    // functions reach.
    for (const { role, function: handler } of workers) {
      Grant.addToPrincipal({
        grantee: role,
        actions: ['logs:FilterLogEvents'],
        resourceArns: executionLogs.map((logGroup) => logGroup.logGroupArn),
      });
      handler.addEnvironment(
        'BATON_STEP_LOG_GROUPS',
        executionLogs.map((logGroup) => logGroup.logGroupName).join(','),
      );
    }
    new SavedQueries(this, 'Queries', { logGroups: executionLogs });
    new Monitoring(this, 'Monitoring', {
      stack: this,
      alarmTopicArn: props.options.alarmTopicArn,
    });
    this.addOutputs();
  }

  /**
   * CloudFormation puts the key in when it deploys: it is in no template, and the functions need no
   * permission to read it, and no call when they start. Lambda encrypts the variables at rest.
   */
  private keyOfSecretOrOwn(): string {
    const { bundles, options } = this.props;
    const { encryptionKeySecret, secretsSource, secretsPrefix, logRetention, removal } = options;
    if (encryptionKeySecret !== undefined) {
      return SecretValue.secretsManager(encryptionKeySecret).unsafeUnwrap();
    }
    const { value } = new EncryptionKey(this, 'EncryptionKey', {
      bundle: bundles['encryption-key'],
      secretsPrefix: secretsSource === 'parameter-store' ? secretsPrefix : undefined,
      logRetention,
      removal,
    });
    return value;
  }

  private grantData(workers: readonly NodeFunction[]): void {
    for (const worker of workers) {
      this.storage.grantReadWrite(worker.role);
      this.queues.grantSend(worker.role);
      // Each of them may render an expression that reads one.
      grantSecrets(worker.role, this.props.options);
    }
    for (const worker of [this.fast, this.long, this.ingest]) {
      this.storage.grantReadSeveral(worker.role);
    }
    for (const lane of [this.fast, this.long]) {
      this.storage.grantDelete(lane.role, [keyValuePrefix, queuedPrefix]);
    }
    for (const worker of [this.deadLetter, this.sweep, this.ingest]) {
      this.storage.grantDelete(worker.role, [queuedPrefix]);
    }
    this.storage.grantLists(this.sweep.role, ['open']);
    this.storage.grantLists(this.ingest.role, ['flow', 'time', 'state', 'open']);
    this.storage.grantDelete(this.ingest.role, [executionPrefix]);
    // Tasks that delete a file or count executions run in any lane.
    for (const lane of [this.fast, this.long]) {
      this.storage.grantDeleteFiles(lane.role);
      this.storage.grantLists(lane.role, ['flow', 'time', 'state', 'open']);
    }
  }

  private fastLane(): StepLane {
    return new StepLane(this, 'StepFast', {
      ...this.functionProps('step'),
      description: 'Baton: runs one task per message, tasks of up to a minute',
      queue: this.queues.fast,
      timeout: laneTimeouts.fast,
      // Twice the processor of 256 MB for 2 % more per million tasks: sends and writes dominate.
      memoryMb: 512,
      // Tasks mostly wait for others, so ten side by side share one environment and its price.
      batchSize: 10,
      maxConcurrency: 200,
    });
  }

  private longLane(): StepLane {
    return new StepLane(this, 'StepLong', {
      ...this.functionProps('step'),
      description: 'Baton: runs one task per message, tasks of up to 15 minutes',
      queue: this.queues.long,
      timeout: laneTimeouts.long,
      // Scripts and large results: more memory, and most of a processor.
      memoryMb: 1024,
      // A long task shares its memory and its deadline with nobody.
      batchSize: 1,
      maxConcurrency: 100,
    });
  }

  private deadLetterConsumer(): NodeFunction {
    const consumer = new NodeFunction(this, 'DeadLetter', {
      ...this.functionProps('dead-letter'),
      description: 'Baton: recovers executions whose message failed too often',
      timeout: deadLetterTimeout,
      memoryMb: 512,
      // It sends to the queues whose dead letters it reads.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    consume(consumer, this.queues.deadLetters, {
      // One that ends this function too must not keep others from being settled.
      batchSize: 1,
      // The least that AWS allows: repairing must not crowd out running.
      maxConcurrency: 2,
    });
    return consumer;
  }

  private sweepOnSchedule(): NodeFunction {
    const sweep = new NodeFunction(this, 'Sweep', {
      ...this.functionProps('sweep'),
      description: 'Baton: sends again what overdue executions have lost',
      timeout: Duration.seconds(60),
      memoryMb: 512,
      // The next run is five minutes away, and looks at the same executions.
      retryAttempts: 0,
    });
    const role = new Role(this, 'SweepScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    });
    acknowledge(role, {
      [`AwsSolutions-IAM5[Resource::<${logicalId(sweep.function)}.Arn>:*]`]:
        'The CDK grants the versions of a function together with it; the sweep has none.',
    });
    new Schedule(this, 'SweepSchedule', {
      description: 'Looks for overdue executions',
      // SQS redelivers what fails; the sweep is for what is lost altogether, which is rare. Five
      // minutes bound that delay for about 9,000 invocations a month.
      schedule: ScheduleExpression.rate(Duration.minutes(5)),
      target: new LambdaInvoke(sweep.function, {
        role,
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      }),
    });
    return sweep;
  }

  private ingestFunction(): NodeFunction {
    const { accessParameter, allowUnsigned } = this.props.options;
    const common = this.functionProps('ingest');
    const ingest = new NodeFunction(this, 'Ingest', {
      ...common,
      environment: {
        ...common.environment,
        BATON_ALLOW_UNSIGNED: allowUnsigned,
        ...(accessParameter !== undefined && { BATON_ACCESS_PARAMETER: accessParameter }),
      },
      description: 'Baton: stores flows, starts executions, answers questions about them',
      timeout: Duration.seconds(30),
      // Somebody waits for the answer, and reading YAML is processor work: over half a processor.
      memoryMb: 1024,
    });
    if (accessParameter !== undefined) {
      const resource = `parameter${accessParameter}`;
      Grant.addToPrincipal({
        grantee: ingest.role,
        actions: ['ssm:GetParameters'],
        resourceArns: [this.formatArn({ service: 'ssm', resource })],
      });
    }
    return ingest;
  }

  private functionProps(
    name: FunctionName,
  ): Pick<NodeFunctionProps, 'bundle' | 'environment' | 'logRetention' | 'removal'> {
    const { bundles, options } = this.props;
    return {
      bundle: bundles[name],
      logRetention: options.logRetention,
      removal: options.removal,
      environment: {
        BATON_TABLE: this.storage.table.tableName,
        BATON_BUCKET: this.storage.bucket.bucketName,
        BATON_FAST_QUEUE_URL: this.queues.fast.queueUrl,
        BATON_FAST_QUEUE_ARN: this.queues.fast.queueArn,
        BATON_LONG_QUEUE_URL: this.queues.long.queueUrl,
        BATON_LONG_QUEUE_ARN: this.queues.long.queueArn,
        BATON_SCHEDULE_GROUP: this.queues.waits.scheduleGroupName,
        BATON_SCHEDULE_ROLE_ARN: this.queues.waitsRole.roleArn,
        BATON_SECRETS_PREFIX: options.secretsPrefix,
        BATON_SECRETS_SOURCE: options.secretsSource,
        BATON_ALLOWED_NETWORKS: options.allowedNetworks,
        BATON_RETENTION_DAYS: String(options.retentionDays),
        ...(options.flowRoleArn !== undefined && { BATON_FLOW_ROLE_ARN: options.flowRoleArn }),
        BATON_ENCRYPTION_KEY: this.encryptionKey,
      },
    };
  }

  private addOutputs(): void {
    const outputs: Readonly<Record<string, string>> = {
      IngestUrl: this.ingestUrl.url,
      TableName: this.storage.table.tableName,
      BucketName: this.storage.bucket.bucketName,
      IngestFunction: this.ingest.function.functionName,
      StepFastFunction: this.fast.function.functionName,
      StepLongFunction: this.long.function.functionName,
      SweepFunction: this.sweep.function.functionName,
      DeadLetterFunction: this.deadLetter.function.functionName,
      IngestLogGroup: this.ingest.logGroup.logGroupName,
      StepFastLogGroup: this.fast.logGroup.logGroupName,
      StepLongLogGroup: this.long.logGroup.logGroupName,
      DeadLetterLogGroup: this.deadLetter.logGroup.logGroupName,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

/**
 * Reading secrets below the prefix. They are encrypted with the account's own key for the service,
 * which needs no grant; whoever uses another grants its decryption.
 */
function grantSecrets(role: Role, { secretsPrefix: prefix, secretsSource }: Options): void {
  const { action, place } = {
    'parameter-store': { action: 'ssm:GetParameters', place: `parameter${prefix}/*` },
    'secrets-manager': { action: 'secretsmanager:GetSecretValue', place: `secret:${prefix}/*` },
  }[secretsSource];
  const [service = ''] = action.split(':');
  const arn = `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${place}`;
  Grant.addToPrincipal({ grantee: role, actions: [action], resourceArns: [arn] });
  const shown = `arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${place}`;
  acknowledge(role, {
    [`AwsSolutions-IAM5[Resource::${shown}]`]:
      'Secrets are made by whoever runs flows, at any time, below one path that holds nothing else.',
  });
}
