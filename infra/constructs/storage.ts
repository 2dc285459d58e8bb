/**
 * Where executions and flows live: one table, and one bucket for values too large for an item.
 *
 * Keys and indexes come from the adapter that reads them, so that both cannot drift apart.
 */
import { type CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { expiringObjects } from '../../src/adapters/aws/object-keys.ts';
import { type IndexName, indexes, tableKeys } from '../../src/adapters/aws/table.ts';
import { acknowledge, logicalId } from './acknowledge.ts';

interface StorageProps {
  readonly removal: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
  readonly retentionDays: number;
}

export class Storage extends Construct {
  readonly table: TableV2;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id);
    const isKept = props.removal === RemovalPolicy.RETAIN;

    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: tableKeys.partitionKey, type: AttributeType.STRING },
      sortKey: { name: tableKeys.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: tableKeys.ttl,
      globalSecondaryIndexes: indexes.map((index) => ({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.STRING },
        ...projectionOf(index.projection),
      })),
      // Nothing to pay while nothing runs, and no capacity to guess.
      billing: Billing.onDemand(),
      // Encrypted at rest with DynamoDB's own key, free of charge; a KMS key would be billed per use.
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      // The flow registry has no other copy. Billed by stored size, which the TTL keeps small.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: isKept },
      deletionProtection: isKept,
      removalPolicy: props.removal,
    });

    this.bucket = new Bucket(this, 'Values', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        {
          prefix: expiringObjects,
          // A value outlives the record that points to it, which expires within days of its date.
          expiration: Duration.days(props.retentionDays + 10),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: props.removal,
      // CloudFormation cannot delete a bucket that holds objects.
      autoDeleteObjects: !isKept,
    });
    if (!isKept) this.keepLogsOfEmptying();
    acknowledge(this.bucket, {
      'AwsSolutions-S1':
        'Objects are read and written by our own functions only, through a role. Data events of ' +
        'CloudTrail show the calls where an account wants them; a second bucket would be paid by all.',
    });
  }

  /**
   * The CDK's function that empties the bucket would log into a group that Lambda makes and nobody
   * removes; given one of the stack, destroying leaves nothing.
   */
  private keepLogsOfEmptying(): void {
    const logs = new LogGroup(this, 'EmptyingLogs', {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const provider = Stack.of(this).node.findChild(
      'Custom::S3AutoDeleteObjectsCustomResourceProvider',
    );
    const handler = provider.node.findChild('Handler') as CfnResource;
    handler.addPropertyOverride('LoggingConfig.LogGroup', logs.logGroupName);
  }

  /** Reading and writing records and values. What is not a flow's file is left to TTL and life cycle. */
  grantReadWrite(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      resourceArns: [this.table.tableArn],
    });
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:GetObject', 's3:PutObject'],
      resourceArns: [this.bucket.arnForObjects('*')],
    });
    // Without it S3 answers "access denied" instead of "no such key" for what has expired.
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucket.bucketArn],
    });
    acknowledge(role, {
      [`AwsSolutions-IAM5[Resource::<${logicalId(this.bucket)}.Arn>/*]`]:
        'The bucket holds values and files of executions and namespaces, and nothing else.',
    });
  }

  /** Deleting items whose partition key begins with one of these, and no other item of the table. */
  grantDelete(role: Role, prefixes: readonly string[]): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['dynamodb:DeleteItem'],
      resourceArns: [this.table.tableArn],
      conditions: {
        'ForAllValues:StringLike': {
          'dynamodb:LeadingKeys': prefixes.map((prefix) => `${prefix}*`),
        },
      },
    });
  }

  /** Deleting files, which a task of a flow may ask for. Goes with reading and writing. */
  grantDeleteFiles(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['s3:DeleteObject'],
      resourceArns: [this.bucket.arnForObjects('*')],
    });
  }

  /** Reading several records with one call: who was halted lately, and the headers of a list. */
  grantReadSeveral(role: Role): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['dynamodb:BatchGetItem'],
      resourceArns: [this.table.tableArn],
    });
  }

  /** Lists: of the API, and of what is overdue. Running a task needs none. */
  grantLists(role: Role, names: readonly IndexName[]): void {
    Grant.addToPrincipal({
      grantee: role,
      actions: ['dynamodb:Query'],
      resourceArns: names.map((name) => `${this.table.tableArn}/index/${name}`),
    });
  }
}

function projectionOf(
  attributes: readonly string[],
): Pick<GlobalSecondaryIndexPropsV2, 'projectionType' | 'nonKeyAttributes'> {
  if (attributes.length === 0) return { projectionType: ProjectionType.KEYS_ONLY };
  return { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...attributes] };
}
