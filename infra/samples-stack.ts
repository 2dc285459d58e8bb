/**
 * What the sample flow talks to: a table of items, a function that posts one, a function that
 * updates its timestamp. A stack of its own, so that Baton runs without it.
 *
 * It also shows how flows are allowed to touch something: grant it to Baton's flow roles, from the
 * stack that owns the thing.
 */
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib/core';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role } from 'aws-cdk-lib/aws-iam';
import { InvokeMode } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Bundles, FunctionName } from './bundle.ts';
import { NodeFunction } from './constructs/node-function.ts';
import type { Options } from './options.ts';
import type { OrchestratorStack } from './orchestrator-stack.ts';

interface SamplesStackProps extends StackProps {
  readonly bundles: Bundles;
  readonly options: Options;
  readonly orchestrator: OrchestratorStack;
}

export class SamplesStack extends Stack {
  constructor(scope: Construct, id: string, props: SamplesStackProps) {
    super(scope, id, props);
    Tags.of(this).add('app', 'baton');

    const items = new TableV2(this, 'Items', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      // Sample data: nothing to restore, nothing to keep.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false },
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const postItem = this.sample('PostItem', 'samples/post-item', props, {
      ITEMS_TABLE: items.tableName,
    });
    const updateTimestamp = this.sample('UpdateTimestamp', 'samples/update-timestamp', props, {});
    items.grant(postItem.role, 'dynamodb:PutItem');
    const url = { authType: props.options.urlAuth, invokeMode: InvokeMode.BUFFERED };
    const postItemUrl = postItem.function.addFunctionUrl(url);
    const updateTimestampUrl = updateTimestamp.function.addFunctionUrl(url);

    const { fast, long } = props.orchestrator;
    for (const [name, { role }] of Object.entries({ Fast: fast, Long: long })) {
      // By name, so that the permissions belong to this stack and go with it.
      const flowRole = Role.fromRoleName(this, `FlowRole${name}`, role.roleName);
      items.grant(flowRole, 'dynamodb:GetItem');
      updateTimestamp.function.grantInvokeLatestVersion(flowRole);
      postItemUrl.grantInvokeUrl(flowRole);
      updateTimestampUrl.grantInvokeUrl(flowRole);
    }

    new CfnOutput(this, 'PostItemUrl', { value: postItemUrl.url });
    new CfnOutput(this, 'UpdateTimestampUrl', { value: updateTimestampUrl.url });
    new CfnOutput(this, 'UpdateTimestampFunction', {
      value: updateTimestamp.function.functionName,
    });
    new CfnOutput(this, 'ItemsTableName', { value: items.tableName });
  }

  private sample(
    id: string,
    name: FunctionName,
    { bundles, options }: SamplesStackProps,
    environment: Readonly<Record<string, string>>,
  ): NodeFunction {
    return new NodeFunction(this, id, {
      bundle: bundles[name],
      description: `Baton sample: ${name}`,
      memoryMb: 256,
      timeout: Duration.seconds(10),
      environment,
      logRetention: options.logRetention,
      removal: RemovalPolicy.DESTROY,
    });
  }
}
