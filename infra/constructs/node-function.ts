/**
 * A Lambda function of ours: one bundle, a role that may write its own logs and nothing else yet,
 * and a log group of JSON lines with an end.
 */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib/core';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function,
  LoggingFormat,
  type RecursiveLoop,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Bundle } from '../bundle.ts';

export interface NodeFunctionProps {
  readonly bundle: Bundle;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
  readonly removal: RemovalPolicy;
  readonly recursiveLoop?: RecursiveLoop;
  /** Function URLs and queues are retried by their callers; only schedules need to say so. */
  readonly retryAttempts?: number;
}

export class NodeFunction extends Construct {
  readonly function: Function;
  readonly logGroup: LogGroup;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    // Made here and not by Lambda on the first line, which would be kept for ever and never removed.
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: props.removal,
    });
    // The managed policy AWSLambdaBasicExecutionRole would allow writing to every log group.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
    });
    this.logGroup.grantWrite(this.role);

    this.function = new Function(this, 'Function', {
      description: props.description,
      code: Code.fromAsset(props.bundle.directory),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      // A fifth cheaper than x86 for the same work.
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role: this.role,
      environment: {
        ...props.environment,
        POWERTOOLS_SERVICE_NAME: 'baton',
        POWERTOOLS_METRICS_NAMESPACE: 'Baton',
      },
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Lambda must not drop lines: a flow's own DEBUG and TRACE entries are part of its log.
      applicationLogLevelV2: ApplicationLogLevel.TRACE,
      // START, END and REPORT lines would be most of the bytes billed; our lines carry what they say.
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(props.recursiveLoop !== undefined && { recursiveLoop: props.recursiveLoop }),
      ...(props.retryAttempts !== undefined && { retryAttempts: props.retryAttempts }),
    });
  }
}
